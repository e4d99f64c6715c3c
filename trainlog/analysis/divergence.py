"""A training loss that left its best level and did not come back: suddenly, slowly, or to a finite plateau."""

from typing import NamedTuple

import numpy as np

from trainlog._order import median, median_along
from trainlog.analysis import Floats
from trainlog.analysis.robust import bin_edges, difference_noise, medians_of_bins

BINS = 200
"""Bins of the coarse look; the step is then found among the points of three of them."""
END_SHARE = 0.03
"""Share of the run, at its end, whose median is compared with the best level (diagnosis-science (d))."""
OF_DROP = 0.25
"""Rise above the best level, as a fraction of all the loss had gained ... (same place: P .971, R 1.0)."""
OF_BEST = 0.10
"""... and as a fraction of the best level, whichever is larger."""
SIGMAS = 5.0
"""... and in standard deviations of the bin medians: flat noisy runs were the false alarms without it."""
LEFT = 0.01
"""Share of the final rise (or three standard deviations, if that is more) above which the best level has been left."""
BACK = 0.3
"""Share of the final rise below which a curve may count as back, and its complement above which it counts as up again."""
MIN_POINTS = 8
"""Fewer points do not carry this verdict."""
SUDDEN = 0.03
"""A climb from a tenth to nine tenths of the rise within this share of the run is sudden."""


class Divergence(NamedTuple):
    """Where a loss left its best level for good. Indices count points of the array that was judged."""

    start: int
    """First point above the band around the best level from which it never came back."""
    best_index: int
    best: float
    """The best level (a median), and the middle of the bin that holds it."""
    end: float
    """Median of the last 3 % of the run."""
    drop: float
    """What it had gained at its best, from the first points on."""
    sudden: bool
    """It left within 3 % of the run; otherwise it crept away."""
    settled: bool
    """It ended flat, at a finite level, not still rising."""

    @property
    def rise(self) -> float:
        """How far above the best level it ended."""
        return self.end - self.best


def find_divergence(y: Floats, *, of_drop: float = OF_DROP, of_best: float = OF_BEST) -> Divergence | None:
    """Return where ``y`` (finite values, lower is better) diverged, or None.

    ``of_drop``, ``of_best``: the rise that counts, as fractions of what had been gained and of the best level. None too below 8
    points. A loss that comes and goes (two or more full swings as large as the final rise) oscillates and is not called diverged.
    """
    n = len(y)
    if n < MIN_POINTS:
        return None
    medians = medians_of_bins(y, BINS)
    per_bin = n / len(medians)
    best_bin = int(np.argmin(_smooth(medians)))
    best = float(_smooth(medians)[best_bin])
    end = median(y[-max(3, round(END_SHARE * n)) :])
    drop = median(y[: max(1, min(3, n // 50))]) - best
    sigma = max(difference_noise(medians), difference_noise(y) / np.sqrt(per_bin))
    rise = end - best
    if rise <= max(of_drop * drop, of_best * abs(best), SIGMAS * sigma) or best_bin >= len(medians) - 1:
        return None
    # Back means back to what had been reached: the swings of a ruined run, all far above where it began, are no return.
    reached = max(drop, OF_BEST * abs(best))
    if _comes_and_goes(medians, best + min(BACK * rise, reached), best + (1 - BACK) * rise):
        return None
    limit = best + min(max(3 * sigma, LEFT * rise), reached)
    inside = np.flatnonzero(_smooth(medians) <= limit)
    edges = bin_edges(n, BINS)
    last = int(inside[-1])
    index = _refine(y, int(edges[last]), int(edges[min(last + 3, len(edges) - 1)]), limit)
    tail = medians[last:]
    low, high = np.flatnonzero(tail > best + 0.1 * rise), np.flatnonzero(tail > best + 0.9 * rise)
    climb = float(high[0] - low[0]) / len(medians) if len(low) and len(high) else 1.0
    late = medians[-max(3, len(tail) // 3) :]
    settled = bool(abs(median(late[len(late) // 2 :]) - median(late[: max(1, len(late) // 2)])) < max(0.1 * rise, 2 * sigma))
    return Divergence(index, int((edges[best_bin] + edges[best_bin + 1] - 1) // 2), best, end, drop, climb <= SUDDEN, settled)


def _smooth(medians: Floats) -> Floats:
    """Medians of three neighbours: one lucky bin is not the best level."""
    if len(medians) < 3:
        return medians
    inner = median_along(np.lib.stride_tricks.sliding_window_view(medians, 3), axis=1)
    return np.concatenate([[medians[0]], inner, [medians[-1]]])


def _comes_and_goes(medians: Floats, low: float, high: float) -> bool:
    """Whether the curve has swung above ``high`` and back below ``low`` twice before, for as long as it now stays up."""
    above: int | None = None
    lengths: list[int] = []
    for i, value in enumerate(medians[int(np.argmax(medians <= low)) :]):
        if above is None and value >= high:
            above = i
        elif above is not None and value <= low:
            lengths.append(i - above)
            above = None
    left = len(medians) - 1 - int(np.flatnonzero(medians <= low)[-1])
    return len(lengths) >= 2 and left < 3 * max(lengths)


def _refine(y: Floats, start: int, stop: int, limit: float) -> int:
    """First index in ``start..stop`` after which the median of five neighbours stays above ``limit``."""
    window = y[max(0, start - 2) : min(len(y), stop + 2)]
    if len(window) < 5:
        return min(start + 1, len(y) - 1)
    middle = median_along(np.lib.stride_tricks.sliding_window_view(window, 5), axis=1)
    below = np.flatnonzero(middle <= limit)
    if not len(below):
        return start
    index = max(0, start - 2) + 2 + int(below[-1]) + 1
    # The median of five turns over two points late or early; the point itself decides among those.
    near = np.arange(max(start, index - 2), min(len(y), index + 3))
    over = near[y[near] > limit]
    return int(over[0]) if len(over) else min(index, len(y) - 1)
