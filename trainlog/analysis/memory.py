"""Device memory: how close to its limit, and whether its floor rises as in a leak."""

import math
from typing import NamedTuple

import numpy as np

from trainlog.analysis import Floats
from trainlog.analysis.robust import medians_of_bins, minima_of_bins
from trainlog.analysis.trend import fit_trend

SETTLING = 0.1
"""Share of the samples, at the start, left out: caches and workspaces fill up in the first steps."""
BINS = 100
"""Bins whose minimum is followed: in a leak the floor rises, in caching only the peaks do."""
LEAK_Z = 4.0
"""Mann-Kendall statistic from which a rise is no chance (z > 3 was proposed in diagnosis-science (g); floors are correlated)."""
LEAK_SHARE = 0.05
"""Rise over the run as a fraction of the level (same place) ..."""
LEAK_BYTES = 256 * 2**20
"""... and in bytes (same place): an allocator rounds to blocks of 2-20 MiB."""
STEADY = 0.7
"""Share of the floor's increments that are not negative (same place)."""
SPREAD = 0.5
"""Largest share of the rise that may happen in one tenth of the run: a single step up is a larger batch, not a leak."""
MIN_POINTS = 50


class Leak(NamedTuple):
    """A rising floor of memory use."""

    slope: float
    """Bytes per unit of ``x`` (steps or seconds)."""
    low: float
    high: float
    """90 % interval of the slope."""
    rise: float
    """Bytes gained over the stretch looked at."""
    now: float
    """Floor at the end, in bytes."""

    def until_full(self, total: float, peak: float) -> tuple[float, float, float] | None:
        """Units of ``x`` left until ``peak`` (bytes) reaches ``total``: estimate, earliest, latest; None without a slope."""
        if self.slope <= 0:
            return None
        room = max(0.0, total - peak)
        return room / self.slope, room / max(self.high, 1e-300), room / self.low if self.low > 0 else math.inf


def find_leak(x: Floats, used: Floats) -> Leak | None:
    """Return the leak in ``used`` (bytes, finite) over ``x`` (steps or seconds), or None. None below 50 points."""
    n = len(used)
    if n < MIN_POINTS:
        return None
    x, used = x[int(SETTLING * n) :], used[int(SETTLING * n) :]
    floor = minima_of_bins(used, BINS)
    at = medians_of_bins(x, BINS)
    trend = fit_trend(at, floor, bins=BINS)
    if trend is None or trend.slope <= 0:
        return None
    rise = trend.slope * float(at[-1] - at[0])
    tenths = minima_of_bins(floor, 10)
    gains = np.diff(tenths)
    one_step = float(gains.max()) > SPREAD * max(float(tenths[-1] - tenths[0]), 1e-300)
    steady = float(np.mean(np.diff(medians_of_bins(floor, 25)) >= 0)) >= STEADY
    enough = rise > max(LEAK_SHARE * trend.level, LEAK_BYTES)
    # The floor must still be near its highest at the end: what is given back did not leak.
    kept = float(floor[-max(2, len(floor) // 20) :].min()) > float(floor.min()) + 0.6 * rise
    if trend.z < LEAK_Z or one_step or not (steady and enough and kept):
        return None
    return Leak(trend.slope, trend.low, trend.high, rise, float(tenths[-1]))
