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
"""Share of the increments between tenths of the run that are not negative (same place); shorter ones drown in the readings' noise."""
SPREAD = 0.5
"""Largest share of the rise that may happen in one tenth of the run: a single step up is a larger batch, not a leak."""
FELL = 0.05
"""Fall below the first tenth of the run, in shares of the rise, from which memory goes up and down (own choice)."""
KEPT = 0.6
"""Share of the rise that must still be there at the end: what is given back did not leak (own choice)."""
GOES_ON = 0.5
"""Gain over the last three tenths of the run, in even shares of the rise, from which memory has not levelled off; over the first three,
from which it rose from the start (own choice)."""
ONSETS = 15
"""Starts of a leak that are tried, evenly over the stretch without its last three tenths."""
BENT = 20.0
"""Bend from which a rise from the start is a swing: of 800 drawn leaks none had more than 13, of 1,500 swings those that rose had 23 and
more. One that begins later has to be nearer to a straight line."""
MIN_POINTS = 50
"""Readings below which nothing is said (diagnosis-science (g))."""
WIDEN = 1.13
"""Half widths of that interval, in root sums of squares of the parts, which held 85 % of 240 drawn leaks and not the 90 % they were
meant to: minima of neighbouring bins are not independent."""
READINGS = 1000
"""Readings, spread over their distribution, that stand for those to come; and moments at which they are asked."""


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

    def until_full(self, x: Floats, used: Floats, total: float) -> tuple[float, float, float] | None:
        """Units of ``x`` from its end until ``used`` (bytes, finite) first reaches ``total``: median, and 90 % interval.

        Readings stand above a rising floor by an amount that varies; the device is full as soon as one of them reaches the total. The
        chance of that is followed reading by reading, with those of this run standing for those to come; the uncertain slope, turned
        about the middle of the run, is added as an independent error. The latest is infinite where the slope may be 0. None without
        a slope.
        """
        if self.slope <= 0:
            return None
        early, middle, late = _crossing(x, used, total, self.slope)
        fast, slow = (_crossing(x, used, total, slope)[1] if slope > 0 else math.inf for slope in (self.high, self.low))
        less, more = math.hypot(middle - early, middle - fast), math.hypot(late - middle, slow - middle)
        return middle, max(0.0, middle - WIDEN * less), middle + WIDEN * more


def _crossing(x: Floats, used: Floats, total: float, slope: float) -> tuple[float, float, float]:
    """When one of the coming readings reaches ``total``, from the end of ``x`` on: 5 %, 50 % and 95 % of the chances."""
    above = np.sort(used - slope * x)
    above = above[np.linspace(0, len(above) - 1, min(len(above), READINGS)).astype(np.int64)]
    spacing = float(x[-1] - x[0]) / (len(x) - 1)
    end = slope * float(x[-1])
    # No reading reaches the total before the highest one would; the lowest one has by the end.
    first, last = ((total - end - float(level)) / slope for level in (above[-1], above[0]))
    at = np.linspace(max(0.0, first), max(0.0, last), READINGS)
    reached = 1.0 - np.searchsorted(above, total - end - slope * at, side="left") / len(above)
    step = max(float(at[1] - at[0]), 1e-300)
    hazard = -np.log1p(-np.minimum(reached, 1.0 - 1e-12)) * step / spacing
    chance = 1.0 - np.exp(-np.cumsum(hazard))
    early, middle, late = (float(at[min(int(np.searchsorted(chance, q)), len(at) - 1)]) for q in (0.05, 0.5, 0.95))
    return early, middle, late


def find_leak(x: Floats, used: Floats) -> Leak | None:
    """Return the leak in ``used`` (bytes, finite) over ``x`` (steps or seconds), or None. None below 50 points."""
    n = len(used)
    if n < MIN_POINTS:
        return None
    # Bins of equal length: the minimum of a longer one is lower, and the longer ones come first.
    size = math.ceil((n - int(SETTLING * n)) / BINS)
    first = int(SETTLING * n) + (n - int(SETTLING * n)) % size
    x, used = x[first:], used[first:]
    floor = minima_of_bins(used, len(used) // size)
    at = medians_of_bins(x, len(used) // size)
    trend = fit_trend(at, floor, bins=BINS)
    if trend is None or trend.slope <= 0:
        return None
    rise = trend.slope * float(at[-1] - at[0])
    tenths = minima_of_bins(floor, 10)
    gains = np.diff(tenths)
    one_step = float(gains.max()) > SPREAD * max(float(tenths[-1] - tenths[0]), 1e-300)
    steady = float(np.mean(np.diff(medians_of_bins(floor, 10)) >= 0)) >= STEADY
    fell = float(tenths[0] - tenths.min()) > FELL * rise
    goes_on = float(tenths[-1] - tenths[-4]) >= GOES_ON * rise / 3
    enough = rise > max(LEAK_SHARE * trend.level, LEAK_BYTES)
    # The floor must still be near its highest at the end: what is given back did not leak.
    kept = float(floor[-max(2, len(floor) // 20) :].min()) > float(floor.min()) + KEPT * rise
    if trend.z < LEAK_Z or one_step or fell or not (steady and goes_on and enough and kept):
        return None
    from_the_start = float(tenths[3] - tenths[0]) >= GOES_ON * rise / 3
    if _bend(at, floor) > (BENT if from_the_start else 0.0):
        return None
    return Leak(trend.slope, trend.low, trend.high, rise, float(tenths[-1]))


def _bend(x: Floats, floor: Floats) -> float:
    """How much better a cubic fits a floor than a straight line that begins at some point: the logarithm of the likelihoods' ratio, twice.

    What leaks at each step rises in a straight line from the step at which it began; half a swing of memory that goes up and down
    over the whole run is a bend.
    """
    n = len(x)
    share = (x - x[0]) / (x[-1] - x[0])
    kinks = np.maximum(share[:, None] - np.linspace(0.0, 0.7, ONSETS)[None, :], 0.0)
    straight = min(_misfit(np.column_stack([np.ones(n), kink]), floor) for kink in kinks.T)
    bent = _misfit(np.vander(share, 4), floor)
    return float(n * np.log(max(straight, 1e-300) / max(bent, 1e-300)))


def _misfit(basis: Floats, y: Floats) -> float:
    """Sum of squares that least squares leave."""
    return float(np.sum((y - basis @ np.linalg.lstsq(basis, y, rcond=None)[0]) ** 2))
