"""Order statistics that the detectors of events share: robust spread, noise beneath a trend, equal-count bins.

O(n) in the length of the input where nothing else is said.
"""

from collections.abc import Callable

import numpy as np

from trainlog._order import BLOCK, median, median_along
from trainlog.analysis import Floats, Ints

MAD_TO_SIGMA = 1.4826
"""Median absolute deviation of a normal distribution -> its standard deviation (1 / 0.6745)."""


def mad_sigma(values: Floats) -> float:
    """Standard deviation of the bulk of ``values``, from the median absolute deviation; 0 for an empty array."""
    if not len(values):
        return 0.0
    apart = values - median(values)
    return float(MAD_TO_SIGMA * median(np.abs(apart, out=apart)))


def difference_noise(values: Floats) -> float:
    """Standard deviation of the white noise on a smooth curve, from its second differences.

    A second difference of white noise has variance 6 sigma^2 (Gasser, Sroka & Jennen-Steinmetz 1986). First differences
    would count the slope of the curve as noise: on a falling loss they read up to eight times too much. 0 below 4 points.
    """
    if len(values) < 4:
        return 0.0
    second = np.empty(len(values) - 2)
    for at in range(0, len(second), BLOCK):
        second[at : at + BLOCK] = np.diff(values[at : at + BLOCK + 2], 2)
    return float(MAD_TO_SIGMA * median(np.abs(second, out=second)) / np.sqrt(6.0))


def split(values: Floats, count: int) -> tuple[Floats, Floats]:
    """Cut ``values`` into at most ``count`` runs of equal length (±1); returns two matrices, one run per row.

    The rows of the first are one longer than those of the second; together they hold every value, in order.
    """
    count = max(1, min(count, len(values)))
    size, longer = divmod(len(values), count)
    edge = longer * (size + 1)
    return values[:edge].reshape(longer, size + 1), values[edge:].reshape(count - longer, size)


def by_rows(matrix: Floats, reduce: Callable[[Floats], Floats]) -> Floats:
    """Reduce each row of a matrix to a number, as many rows at a time as one may copy freely. Returns float64[rows]."""
    some = max(1, BLOCK // max(1, matrix.shape[1]))
    return np.concatenate([reduce(matrix[at : at + some]) for at in range(0, len(matrix), some)])


def middles(rows: Floats) -> Floats:
    """The median of each row."""
    return median_along(rows, axis=1)


def medians_of_bins(values: Floats, count: int) -> Floats:
    """Medians of at most ``count`` equal-count bins. Returns ``values`` itself when it is that short already."""
    if len(values) <= count:
        return values
    return np.concatenate([by_rows(part, middles) for part in split(values, count) if part.size])


def minima_of_bins(values: Floats, count: int) -> Floats:
    """Minima of at most ``count`` equal-count bins: the floor of the series."""
    if len(values) <= count:
        return values
    return np.concatenate([np.min(part, axis=1) for part in split(values, count) if part.size])


def bin_edges(n: int, count: int) -> Ints:
    """First index of each of the bins that :func:`split` makes, and ``n`` at the end."""
    count = max(1, min(count, n))
    size, longer = divmod(n, count)
    starts = np.arange(count + 1, dtype=np.int64) * size
    return starts + np.minimum(np.arange(count + 1, dtype=np.int64), longer)


def trailing_median(values: Floats, window: int) -> Floats:
    """Median of the ``window`` values before each one (fewer at the start; the first stands for itself).

    O(n * window): bin first.
    """
    n = len(values)
    if not n:
        return values.copy()
    window = max(1, min(window, n))
    out = np.empty(n)
    out[0] = values[0]
    for i in range(1, min(window, n)):
        out[i] = median(values[:i])
    if n > window:
        views = np.lib.stride_tricks.sliding_window_view(values, window)[: n - window]
        out[window:] = median_along(views, axis=1)
    return out


def means_of_bins(values: Floats, count: int) -> Floats:
    """Means of at most ``count`` equal-count bins. Returns ``values`` itself when it is that short already."""
    if len(values) <= count:
        return values
    return np.concatenate([np.mean(part, axis=1) for part in split(values, count) if part.size])


def sticking_out(values: Floats, reach: int = 3) -> Floats:
    """How far each value lies beyond both what came before and what comes after it, in standard deviations of the noise; >= 0.

    Before and after are medians of ``reach`` values; the first and the last two values have no such neighbours, and get 0, as
    does everything where there is no noise to compare with. A slope or a step lies between the two, and does not stick out.
    """
    n, out = len(values), np.zeros(len(values))
    noise = difference_noise(values)
    if n < 2 * reach + 1 or noise <= 0:
        return out
    inside = np.arange(2, n - 2)
    before = np.array([median(values[max(0, i - reach) : i]) for i in inside])
    after = np.array([median(values[i + 1 : i + 1 + reach]) for i in inside])
    above, below = values[2 : n - 2] - np.maximum(before, after), np.minimum(before, after) - values[2 : n - 2]
    out[2 : n - 2] = np.maximum(0.0, np.maximum(above, below)) / noise
    return out
