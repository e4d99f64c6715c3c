"""Clocks held down by heat: by the device's own throttle bits, else by temperature, clock and utilization together."""

from typing import NamedTuple

import numpy as np

from trainlog._order import median, quantile
from trainlog.analysis import Floats, Ints

THERMAL_BITS = 0x08 | 0x20 | 0x40
"""NVML clock event reasons: HwSlowdown, SwThermalSlowdown, HwThermalSlowdown (nvml.h)."""
POWER_BITS = 0x04 | 0x80
"""SwPowerCap, HwPowerBrakeSlowdown (nvml.h)."""
BUSY = 0.5
"""Utilization from which a sample says something about clocks: an idle device lowers them by itself."""
NEAR_LIMIT = 3.0
"""°C below the slowdown temperature that count as at it."""
DEFAULT_LIMIT = 83.0
"""°C. Slowdown temperature of many boards, used only where the log has none: 83-90 are published, HBM may throttle earlier."""
SLOWED = 0.90
"""Clock as a fraction of its own 95th percentile below which it is held down."""
COUPLED = -0.3
"""Rank correlation of temperature and clock: heat holds the clock down only if they move against each other."""
MIN_POINTS = 20
"""Fewer readings of a device say nothing about a share of 2 to 50 % of them."""


class Throttling(NamedTuple):
    """How often, from when, and how much slower."""

    share: float
    """Share of the busy samples that were held down, 0-1."""
    start: int
    """First held-down sample."""
    hottest: float
    """Highest temperature, °C; NaN without temperatures."""
    clock: float
    """Median clock of held-down samples as a fraction of that of the others; NaN without clocks or without others."""


def bits_share(bits: Ints, mask: int, clock: Floats | None = None, temperature: Floats | None = None) -> Throttling | None:
    """Summarise the samples whose throttle ``bits`` hold any of ``mask``; None if there are none."""
    held = (bits & mask) != 0
    return _summary(held, np.ones(len(bits), bool), clock, temperature) if held.any() else None


def find_thermal(temperature: Floats, clock: Floats, busy: Floats | None = None, limit: float | None = None) -> Throttling | None:
    """Find heat that holds the clock down where the log has no throttle bits. All arrays sampled together, finite.

    ``busy`` is the utilization (0-1), ``limit`` the device's slowdown temperature in °C. Held down is a busy sample within
    3 °C of the limit whose clock is below 90 % of its 95th percentile. None below 20 busy samples.
    """
    at_work = np.ones(len(clock), bool) if busy is None else busy >= BUSY
    if at_work.sum() < MIN_POINTS:
        return None
    hot = temperature >= (DEFAULT_LIMIT if limit is None else limit) - NEAR_LIMIT
    slow = clock < SLOWED * quantile(clock[at_work], 0.95)
    held = hot & slow & at_work
    if not held.any() or _rank_correlation(temperature[at_work], clock[at_work]) > COUPLED:
        return None
    return _summary(held, at_work, clock, temperature)


def _summary(
    held: np.ndarray[tuple[int], np.dtype[np.bool_]],
    at_work: np.ndarray[tuple[int], np.dtype[np.bool_]],
    clock: Floats | None,
    temperature: Floats | None,
) -> Throttling:
    free = at_work & ~held
    ratio = float(median(clock[held]) / median(clock[free])) if clock is not None and free.any() else float("nan")
    hottest = float(np.max(temperature)) if temperature is not None and len(temperature) else float("nan")
    return Throttling(float(held.sum() / max(1, at_work.sum())), int(np.argmax(held)), hottest, ratio)


def _rank_correlation(a: Floats, b: Floats) -> float:
    """Spearman's correlation, ties in order of appearance averaged by value."""
    ranks = []
    for values in (a, b):
        _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
        ends = np.cumsum(counts)
        ranks.append((ends - (counts - 1) / 2)[inverse])
    left, right = ranks[0] - ranks[0].mean(), ranks[1] - ranks[1].mean()
    size = float(np.sqrt((left**2).sum() * (right**2).sum()))
    return float((left * right).sum()) / size if size > 0 else 0.0
