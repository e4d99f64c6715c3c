"""Does a series still move? Mann-Kendall and Theil-Sen on few bins; not learning; plateau."""

import math
from typing import NamedTuple

import numpy as np

from trainlog._order import median
from trainlog.analysis import Floats
from trainlog.analysis.robust import difference_noise, medians_of_bins

TREND_BINS = 40
"""Bins of a trend test: its cost is quadratic in them, and medians of bins are closer to independent than points."""
TREND_Z = 1.645
"""One-sided 95 % quantile of the normal distribution."""
LATE_SHARE = 0.3
"""Share of the run, at its end, that says whether it still moves (diagnosis-science (c))."""
STILL_MOVES = 0.005
"""Change over a tenth of the run, as a fraction of the level, below which a slope does not matter (same place)."""
NOT_LEARNED = 0.01
"""Change of the first to the last tenth, as a fraction of the level, that counts as none (same place)."""
FEW_LAST, FEW_BEST = 0.025, 0.04
"""The same with few points, as fractions of the level: of the last values, and of the best one."""
AT_CHANCE = 0.01
"""Distance from ln(number of classes) within which a loss is called at chance, as a fraction of it."""
FEW = 5
"""Fewest points at the end of a run that show a trend: with 5, only all falling reaches 95 %."""
MIN_PLATEAU = 8
"""Fewer points do not show that a curve stands still."""
MIN_POINTS = 20
"""Fewer points than this do not carry a verdict on not learning."""


class Trend(NamedTuple):
    """A monotone trend over one stretch of a series."""

    z: float
    """Mann-Kendall statistic with correction for ties: below -1.64 falling, above 1.64 rising, at 95 % each."""
    slope: float
    """Theil-Sen slope, in units of value per unit of ``x``."""
    low: float
    high: float
    """90 % interval of the slope (Sen 1968)."""
    level: float
    """Median of the stretch."""


def fit_trend(x: Floats, y: Floats, bins: int = TREND_BINS) -> Trend | None:
    """Test ``y`` over ``x`` for a monotone trend on at most ``bins`` bin medians. None below 4 finite points.

    Mann (1945), Kendall (1975); Theil (1950), Sen (1968).
    """
    keep = np.isfinite(y)
    if not bool(keep.all()):
        x, y = x[keep], y[keep]
    x, y = medians_of_bins(x.astype(np.float64, copy=False), bins), medians_of_bins(y, bins)
    n = len(y)
    if n < 4:
        return None
    i, j = np.triu_indices(n, 1)
    dx, dy = x[j] - x[i], y[j] - y[i]
    _, ties = np.unique(y, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - float(np.sum(ties * (ties - 1) * (2 * ties + 5)))) / 18.0
    score = float(np.sign(dy).sum())
    z = (score - np.sign(score)) / math.sqrt(variance) if variance > 0 else 0.0
    moved = dx > 0
    if not moved.any():
        return None
    slopes = np.sort(dy[moved] / dx[moved])
    half = TREND_Z * math.sqrt(max(variance, 0.0)) / 2
    low = slopes[max(0, math.floor(len(slopes) / 2 - half))]
    high = slopes[min(len(slopes) - 1, math.ceil(len(slopes) / 2 + half))]
    return Trend(float(z), median(slopes), float(low), float(high), median(y))


def scale_of(y: Floats) -> float:
    """What a change of ``y`` is measured against: its level, or its range where the level says nothing (it passes 0)."""
    level = median(np.abs(y))
    crosses = bool(np.min(y) < 0 < np.max(y))
    reach = float(np.max(y) - np.min(y))
    return max(reach, 1e-300) if crosses else max(level, 1e-300)


def late_trend(step: Floats, y: Floats, share: float = LATE_SHARE) -> tuple[Trend, float] | None:
    """Trend of the last ``share`` of the run, and its change over a tenth of the run as a fraction of the level.

    The change is negative for a falling series. Where that stretch holds fewer than 5 points, the last 5 are taken. None
    below 5 points.
    """
    if len(step) < FEW:
        return None
    length = float(step[-1] - step[0])
    first = min(int(np.searchsorted(step, step[-1] - share * length)), len(step) - FEW)
    trend = fit_trend(step[first:], y[first:])
    if trend is None:
        return None
    return trend, trend.slope * length / 10 / scale_of(y[first:])


class Learning(NamedTuple):
    """Whether a loss fell."""

    learnt: bool | None
    """None: the noise could hide either answer."""
    first: float
    last: float
    """Medians of the first and the last tenth (with few points: of the first two and the last three)."""
    moved: float
    """``first - last`` as a fraction of the level."""
    chance: int | None
    """The number of classes (or words) whose uniform guess costs just the last loss, among those asked about."""
    few: bool
    """There are fewer than 20 points: the answer needs a second curve that agrees."""


def judge_learning(y: Floats, classes: tuple[int, ...] = ()) -> Learning | None:
    """Say whether a loss (finite values) fell. None below 8 points.

    It fell if the medians of its ends differ by more than 1 % of its level and three times their noise, if it was once clearly
    lower, or if its first value was clearly higher. It did not if its noise could hide no gain of 5 % either. ``classes``
    are counts to compare with: a model that guesses uniformly among k outcomes has the loss ln(k).
    """
    held = y[1:] == y[:-1]  # until the next one: both are one point
    if bool(held.any()) and len(y) - int(held.sum()) >= MIN_POINTS:
        y = y[np.append(True, ~held)]
    if len(y) < MIN_POINTS:
        return _judge_few(y)
    tenth = max(5, len(y) // 10)
    first, last = median(y[:tenth]), median(y[-tenth:])
    scale, sigma = scale_of(y), difference_noise(y)
    # Median of k normal values: sigma * 1.25 / sqrt(k); twice, for the difference of two.
    noise = 1.25 * math.sqrt(2.0) * sigma / math.sqrt(tenth)
    chance = next((k for k in classes if k > 1 and abs(last - math.log(k)) < AT_CHANCE * math.log(k)), None)
    learnt: bool | None = (
        first - last > max(NOT_LEARNED * scale, 3 * noise)
        or first - float(np.min(medians_of_bins(y, 10))) > max(3 * NOT_LEARNED * scale, 4 * noise)
        # An untrained output layer is worse than a uniform guess: falling to chance is not learning.
        or (chance is None and float(y[0]) - last > max(5 * NOT_LEARNED * scale, 8 * sigma))
    )
    if not learnt and first - last + 2 * noise > 5 * NOT_LEARNED * scale:
        learnt = None
    return Learning(learnt, first, last, (first - last) / scale, chance, few=False)


def _judge_few(y: Floats) -> Learning | None:
    """8 to 19 points, such as epochs: flat if the last three are not 2.5 % better than the first two, and none is 4 %."""
    if len(y) < MIN_PLATEAU:
        return None
    first, last, scale = median(y[:2]), median(y[-3:]), scale_of(y)
    learnt = first - last > FEW_LAST * scale or max(float(y[0]), first) - float(y.min()) > FEW_BEST * scale
    return Learning(learnt, first, last, (first - last) / scale, None, few=True)


class Plateau(NamedTuple):
    """A stretch at the end of a series over which it stood still."""

    start: int
    """First point of it."""
    share: float
    """Its length as a fraction of the run, in steps."""
    level: float
    """Median over it."""


def find_plateau(step: Floats, y: Floats) -> Plateau | None:
    """Return the longest stretch at the end of ``y`` over which nothing more was gained; None if it still moves.

    The last 30 % must be flat: neither a trend at 95 % with a change that matters, nor a change above 0.5 % of the level
    over a tenth of the run. From there the stretch is extended backwards while the medians stay within 1 % of the level,
    or thrice their own noise, and as a whole show no trend at 95 % that adds up to more than 1 % of the level.
    """
    late = late_trend(step, y)
    if late is None or len(y) < MIN_PLATEAU:
        return None
    trend, change = late
    if abs(change) >= STILL_MOVES and (abs(trend.z) > TREND_Z or abs(change) >= 4 * STILL_MOVES):
        return None
    medians = medians_of_bins(y, 2 * TREND_BINS)
    at = medians_of_bins(np.arange(len(y), dtype=np.float64), 2 * TREND_BINS)
    level = median(medians[-max(3, len(medians) // 5) :])
    band = max(2 * STILL_MOVES * scale_of(y), 3 * difference_noise(medians))
    far = np.abs(medians - level) > band
    far[1:-1] &= far[:-2] | far[2:]  # of 80 medians one lies outside by chance
    outside = np.flatnonzero(far)
    first = int(outside[-1]) + 1 if len(outside) and outside[-1] + 1 < len(at) else 0
    first = _standing(at, medians, first, 2 * STILL_MOVES * scale_of(y))
    index = int(at[first]) if first else 0
    share = float((step[-1] - step[index]) / max(step[-1] - step[0], 1e-300))
    return Plateau(index, share, level) if share > LATE_SHARE / 2 else None


def _standing(x: Floats, y: Floats, first: int, most: float) -> int:
    """The first point at or after ``first`` from which on ``y`` shows no trend that adds up to more than ``most``."""
    while first < len(y) - FEW:
        trend = fit_trend(x[first:], y[first:])
        if trend is None or abs(trend.z) <= TREND_Z or abs(trend.slope) * float(x[-1] - x[first]) <= most:
            break
        first += 1
    return first
