"""A validation curve that only rises: where was it lowest before it was first evaluated?

Training is logged earlier and more often. Validation is taken as training plus a gap, and the gap as going back in a straight line, by
the first two evaluations, to nothing: the lowest point of that sum says where to stop. On 32,000 drawn runs it took a tenth off what
stopping costs, all of it in the 140 runs that were over before their first evaluation.
"""

import numpy as np

from trainlog.analysis import Ints
from trainlog.analysis.curve import MAX_BINS, Curve

AT_START = 0.8
"""Share of the equally likely curves that have to be lowest at the first evaluation (half of them let noise look like a rise)."""
CAUTION = 0.95
"""Quantile of the training loss that is looked at: a loss falls steeply at first, so that to stop too early costs most, and what training
says little about has to look better. With the median, one run lost a fifth of what all gained."""
BACK = 0.8
"""Share of the way back to that lowest point that is gone, for the same reason."""


def lowest_at_start(curve: Curve) -> bool:
    """Whether the curve has very probably risen ever since its first evaluation.

    Not with so many evaluations that they were put into bins: then next to nothing came before the first.
    """
    if not curve.evaluable or curve.n > MAX_BINS:
        return False
    worse = -curve.samples if curve.higher_is_better else curve.samples
    return float(np.mean(np.argmin(worse, axis=1) <= 1)) >= AT_START


def lowest_before(curve: Curve, evaluated: Ints, training: Curve) -> int | None:
    """The step before the first evaluation at which ``curve`` was lowest, going by ``training``; None if it was not lower there.

    ``evaluated``: steps int64[n >= 2], ascending. ``training``: the curve behind the same metric of the training data, turned so that
    lower is better.
    """
    first, second = (float(step) for step in evaluated[:2])
    early = training.step_grid[training.step_grid < first]
    if not early.size or second > training.step_grid[-1]:
        return None
    sign = -1.0 if curve.higher_is_better else 1.0
    gap, later = (sign * curve.at(step)[0] - training.at(step)[0] for step in (first, second))
    opens = max((later - gap) / (second - first), 0.0)
    at = round(CAUTION * (len(training.samples) - 1))
    cautious = np.partition(training.samples, at, axis=0)[at]
    expected = cautious[: early.size] + np.maximum(gap - opens * (first - early), min(gap, 0.0))
    lowest = int(np.argmin(expected))
    if expected[lowest] >= float(np.interp(first, training.step_grid, cautious)) + gap:
        return None
    return round(first - BACK * (first - float(early[lowest])))
