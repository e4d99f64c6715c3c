"""One series made ready for a fit: finite, in step order, one value per step, and no longer than a fit can bear."""

from typing import NamedTuple

import numpy as np

from trainlog.analysis import Floats, Ints
from trainlog.analysis.robust import bin_edges, medians_of_bins


def clean(step: Ints, value: Floats) -> tuple[Ints, Floats]:
    """Finite points in step order; of several at one step the last one written wins, as after a resume.

    Raises ValueError when the arrays are not one-dimensional and equally long.
    """
    step, value = np.asarray(step, dtype=np.int64), np.asarray(value, dtype=np.float64)
    if step.shape != value.shape or step.ndim != 1:
        raise ValueError(f"step and value must be one-dimensional and equally long, not {step.shape} and {value.shape}")
    finite = np.isfinite(value)
    if not bool(finite.all()):
        step, value = step[finite], value[finite]
    if step.size < 2 or bool(np.all(step[1:] > step[:-1])):
        return step, value
    order = np.argsort(step, kind="stable")
    step, value = step[order], value[order]
    last = np.append(step[1:] != step[:-1], True)
    return step[last], value[last]


class Bins(NamedTuple):
    """Equal-count bins of a clean series, in step order.

    ``step`` (float64, steps) and ``value``: medians. ``low``, ``high``: extremes. ``points``: how many in each bin.
    """

    step: Floats
    value: Floats
    low: Floats
    high: Floats
    points: Ints


def bin_medians(step: Ints, value: Floats, most: int) -> Bins:
    """Cut a clean series of at least one point into at most ``most`` bins."""
    edges = bin_edges(value.size, most)
    first = edges[:-1]
    return Bins(
        medians_of_bins(step.astype(np.float64), most),
        medians_of_bins(value, most),
        np.minimum.reduceat(value, first),
        np.maximum.reduceat(value, first),
        np.diff(edges),
    )
