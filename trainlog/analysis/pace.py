"""Speed: throughput that decays, time lost waiting for data, devices that idle, ranks that differ."""

import math
from typing import NamedTuple

import numpy as np

from trainlog._order import median, median_along, quantiles
from trainlog.analysis import Floats
from trainlog.analysis.robust import difference_noise, mad_sigma, medians_of_bins
from trainlog.analysis.trend import TREND_Z, fit_trend

SETTLING = 0.1
"""Share of the samples, at the start, left out: compilation, warm caches, worker start-up."""
DECAY = 0.10
"""Loss of speed over the run that matters (diagnosis-science (g))."""
DECAY_Z = 3.0
"""Mann-Kendall statistic of the decay (same place)."""
STALL_RATIO = 3.0
"""A step this many times the median waited for something (same place; SageMaker StepOutlier uses 3 standard deviations)."""
IDLE = 0.3
"""Utilization below which a device waits (same place)."""
HOLDS = 0.9
"""Share of the tenths of the run in which ranks must differ (own choice: one tenth may hold an evaluation)."""
MIN_POINTS = 50
"""Samples below which nothing is said about speed (same place)."""


class Decay(NamedTuple):
    """Speed lost over the run."""

    first: float
    last: float
    """Speed at the two ends of the fitted line, in units of the series."""
    z: float

    @property
    def lost(self) -> float:
        """Fraction of the first speed that is gone."""
        return 1 - self.last / self.first


def find_decay(x: Floats, speed: Floats) -> Decay | None:
    """Return the decay of ``speed`` (work per second, positive, finite) over ``x``, or None. None below 50 points.

    It must be gradual or lasting: the last fifth lies below the first (after settling) by more than 10 %, and so do the ends of the
    fitted line, both at 95 % confidence.
    """
    n = len(speed)
    if n < MIN_POINTS:
        return None
    x, speed = x[int(SETTLING * n) :], speed[int(SETTLING * n) :]
    trend = fit_trend(x, speed)
    if trend is None or trend.z > -DECAY_Z:
        return None
    middle = median(x)
    first, last = (trend.level + trend.high * (float(at) - middle) for at in (x[0], x[-1]))
    fifth = max(5, len(speed) // 5)
    before, after = median(speed[:fifth]), median(speed[-fifth:])
    # The median of k values has the standard deviation 1.25 sigma / sqrt(k).
    unsure = TREND_Z * 1.25 * difference_noise(speed) * math.sqrt(2 / fifth) / before
    if first <= 0 or 1 - last / first <= DECAY or 1 - after / before - unsure <= DECAY:
        return None
    return Decay(before, after, trend.z)


class Stalls(NamedTuple):
    """Time spent waiting."""

    share: float
    """Share of the wall time, 0-1."""
    steps: int
    """Steps that waited longer than three median steps; 0 where the wait was logged itself."""
    start: int
    """First or, where the wait was logged, longest such step."""
    periodic: bool
    """The long steps keep a regular distance: evaluations or checkpoints, not the loader."""


def waiting_share(wait: Floats, total: Floats) -> Stalls | None:
    """Share of ``total`` step time spent in ``wait`` (data time), both in seconds, sampled together. None below 50 points."""
    if len(wait) < MIN_POINTS or float(total.sum()) <= 0:
        return None
    skip = int(SETTLING * len(wait))
    wait, total = wait[skip:], total[skip:]
    total = total if bool((wait <= total).all()) else np.maximum(total, wait)
    # argmax copies an array that may not be written to; a mask is an eighth of it.
    return Stalls(float(wait.sum() / total.sum()), 0, int(np.argmax(wait == wait.max())) + skip, False)


def find_stalls(step_time: Floats, busy: Floats | None = None) -> Stalls | None:
    """Find steps that took over three times the median, in seconds, where the log has no data time. None below 50 points.

    With ``busy`` (utilization 0-1, sampled together) only those with an idle device (below 0.3) count.
    """
    if len(step_time) < MIN_POINTS:
        return None
    skip = int(SETTLING * len(step_time))
    times = step_time[skip:]
    usual = median(times)
    long = times > STALL_RATIO * max(usual, 1e-300)
    if busy is not None:
        long &= busy[skip:] < IDLE
    if not long.any():
        return None
    where = np.flatnonzero(long)
    gaps = np.diff(where)
    periodic = len(gaps) >= 2 and mad_sigma(gaps.astype(np.float64)) <= 0.1 * median(gaps)
    share = float((times[long] - usual).sum() / times.sum())
    return Stalls(share, len(where), int(where[0]) + skip, bool(periodic))


class Usage(NamedTuple):
    """How busy a device was after settling."""

    median: float
    p95: float
    p5: float


def usage(utilization: Floats) -> Usage | None:
    """Quantiles of a utilization (0-1, finite). None below 50 points."""
    if len(utilization) < MIN_POINTS:
        return None
    settled = utilization[int(SETTLING * len(utilization)) :]
    p5, middle, p95 = (float(q) for q in quantiles(settled, (0.05, 0.5, 0.95)))
    return Usage(middle, p95, p5)


class Imbalance(NamedTuple):
    """The device that differs most from the others."""

    device: int
    """Its place in the list given."""
    ratio: float
    """Its level as a fraction of the median of the others."""


def find_imbalance(devices: list[Floats], least: float) -> Imbalance | None:
    """Return the device whose median is below ``least`` times the median of the others; None if none, or with one device.

    The difference must hold in at least nine of ten tenths of the run.
    """
    if len(devices) < 2 or min(map(len, devices)) < MIN_POINTS:
        return None
    levels = np.array([medians_of_bins(d[int(SETTLING * len(d)) :], 10) for d in devices])
    middle = median_along(levels, axis=1)
    worst = int(np.argmin(middle))
    others = median_along(np.delete(levels, worst, axis=0), axis=0)
    ratio = float(middle[worst] / max(median(others), 1e-300))
    holds = float(np.mean(levels[worst] < least * others)) >= HOLDS
    return Imbalance(worst, ratio) if ratio < least and holds else None
