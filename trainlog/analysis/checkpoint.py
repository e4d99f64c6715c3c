"""Which saved state to keep: chosen on the smooth curve, with what cannot be told apart from it and what it may cost."""

from typing import NamedTuple

import numpy as np

from trainlog._order import distinct, median, quantiles
from trainlog.analysis import Bools, Floats, Ints
from trainlog.analysis.curve import INTERVAL, Curve

TIED = 1.0
"""States whose curves differ by at most this many standard deviations of their difference are tied."""
CAUTION = 0.75
"""States are ranked by this quantile of their loss, not its median: what the evaluations say little about has to look better.
The median let the curve dip between two evaluations, or before the first ones (10 % more regret on drawn runs)."""
OUTSIDE = 2.5
"""A state whose own evaluation is worse than the curve by more standard deviations of the noise is not as good as the curve."""
MAX_STATES = 1000
"""Of more states so many are compared, evenly spaced, and the one nearest to the best: the curve has 100 points."""


class Choice(NamedTuple):
    """The state to keep among those that exist. Differences are in the metric's unit, >= 0, larger is worse."""

    step: int
    value: float
    low: float
    high: float
    """Smooth validation metric there, with its 90 % interval."""
    tied: tuple[int, ...]
    """Steps, ascending, that cannot be told apart from it; it is among them."""
    last_costs: float
    """How much worse the last state is; 0 when it is the one to keep, or no worse."""
    regret: float
    """How much better the truly best state is expected to be (mean over the posterior)."""
    spacing_costs: float
    """How much better the curve's best step is than any saved one."""

    @property
    def earliest_tied(self) -> int:
        """The first of the tied steps: as good as can be told, for the least computing."""
        return self.tied[0]


def choose_checkpoint(curve: Curve, saved: Ints, *, evaluated: tuple[Ints, Floats] | None = None) -> Choice | None:
    """Choose among ``saved`` steps (int64[k], any order); None when there are none, or fewer than two evaluations.

    ``evaluated``: steps (int64[n], ascending) and values (float64[n], finite) as logged. A state that was far worse than the
    curve when evaluated is chosen only if all were. States outside the evaluated steps are compared by the curve's ends.
    """
    steps = distinct(np.asarray(saved, dtype=np.int64))
    if not curve.step_grid.size or not steps.size:
        return None
    if steps.size > MAX_STATES:
        around = steps[np.abs(steps - likely_best(curve, evaluated=evaluated)).argmin()]
        steps = distinct(np.append(steps[np.linspace(0, steps.size - 1, MAX_STATES).astype(np.int64)], around))
    sign = -1.0 if curve.higher_is_better else 1.0
    whole = _curves_at(curve, steps)
    rank, allowed = _rank(curve, steps, evaluated)
    chosen = int(np.argmin(rank))
    behind = whole - whole[:, chosen : chosen + 1]
    tied = allowed & (behind.mean(axis=0) <= TIED * behind.std(axis=0))
    tied[chosen] = True
    value, _ = curve.at(float(steps[chosen]))
    low, high = np.sort(sign * quantiles(whole[:, chosen], INTERVAL))
    return Choice(
        step=int(steps[chosen]),
        value=value,
        low=float(low),
        high=float(high),
        tied=tuple(int(s) for s in steps[tied]),
        last_costs=max(0.0, median(behind[:, -1])),
        regret=float(np.mean(whole[:, chosen] - whole[:, allowed].min(axis=1))),
        spacing_costs=max(0.0, float(sign * value - (sign * curve.mean).min())),
    )


def likely_best(curve: Curve, *, evaluated: tuple[Ints, Floats] | None = None) -> int:
    """The step that would be chosen if all on the curve had been saved; arguments as in ``choose_checkpoint``.

    With few evaluations this lies between two of them: on 2,000 drawn runs with at most 16 that left a seventh less to be gained
    than the best of the evaluations did.
    """
    return round(float(curve.step_grid[np.argmin(_rank(curve, curve.step_grid, evaluated)[0])]))


def _rank(curve: Curve, steps: Ints | Floats, evaluated: tuple[Ints, Floats] | None) -> tuple[Floats, Bools]:
    """What states are chosen by (float64[steps], lower is better), and which were not far worse than the curve when evaluated.

    Those that were count as what was measured: by chance one in a hundred is, and a last state may still be better than the one before.
    """
    sign = -1.0 if curve.higher_is_better else 1.0
    at = round(CAUTION * (len(curve.samples) - 1))
    rank: Floats = np.interp(steps, curve.step_grid, np.partition(sign * curve.samples, at, axis=0)[at])
    if evaluated is None:
        return rank, np.ones(rank.shape, dtype=np.bool_)
    measured = sign * np.interp(steps, *evaluated)
    sound: Bools = measured - sign * np.interp(steps, curve.step_grid, curve.mean) <= OUTSIDE * curve.noise_sd
    return np.where(sound, rank, measured), sound


def _curves_at(curve: Curve, steps: Ints) -> Floats:
    """Every equally likely curve at some steps, signed so that lower is better; float64[samples, steps]."""
    grid, sign = curve.step_grid, -1.0 if curve.higher_is_better else 1.0
    right = np.clip(np.searchsorted(grid, steps), 1, grid.size - 1)
    share = np.clip((steps - grid[right - 1]) / (grid[right] - grid[right - 1]), 0, 1)
    out: Floats = sign * (curve.samples[:, right - 1] * (1 - share) + curve.samples[:, right] * share)
    return out
