"""Loss spikes and their life: where, how high, how long until the loss was back, or that it never came back.

One-sided (a loss that falls suddenly is no spike). The reference is the median of the points *before*, so a level that
stays up is measured against the level before it; the yardstick is the local residual from that reference, so a curve whose
noise shrinks is judged by the noise of its own time, and the start-up transient, which lies below its past, stays silent.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from trainlog._order import BLOCK, median, median_along, quantile
from trainlog.analysis import Floats, Ints
from trainlog.analysis.robust import MAD_TO_SIGMA, bin_edges, by_rows, difference_noise, middles, split, trailing_median

CELLS = 4096
"""Longer series are cut into this many cells first, each with its median and its highest point: O(n) whatever the length."""
SIGMAS = 7.0
"""Height over the local noise (diagnosis-science (d)): at 6, one run in three of peers' false alarms."""
OF_LEVEL = 0.10
"""Height as a fraction of the level before it (same place). For losses that pass 0: of their typical magnitude."""
OF_DROP = 0.02
"""Height as a fraction of all the loss had gained: a jump from 1e-4 to 1e-3 after a start at 4 is nothing."""
MERGE_SHARE = 0.01
"""Spikes closer than this share of the run are one (same place)."""
MIN_POINTS = 30
"""Fewer points do not tell a spike from noise."""
BACK_SIGMAS = 3.0
"""Back means: the median of three points within this many local sigmas of the level before."""
BACK_HEIGHT = 0.05
"""... or within this share of the spike's height: an exponential return never ends."""
SLOW_SHARE = 0.05
"""A return that takes longer than this share of the run lingers (same place)."""


class Spike(NamedTuple):
    """One spike. Indices count points of the array that was judged."""

    start: int
    """First point that stands out."""
    peak: int
    """Highest point."""
    end: int | None
    """First point back at the level before; None: never."""
    before: float
    """Level before it (a median)."""
    top: float
    """Value at the peak."""
    after: float
    """Where it settled: median of the points after it (for a spike that never came back, of the end of the run)."""
    sigma: float
    """Local noise, in units of the value."""
    points: int
    """Points above half its height, from start to end."""
    lingering: bool
    """It came back, but took more than 5 % of the run."""

    @property
    def height(self) -> float:
        """How far above the level before."""
        return self.top - self.before

    @property
    def recovered(self) -> bool:
        """The loss came back to the level before."""
        return self.end is not None


class Spikes(NamedTuple):
    """All spikes of a series, and the spacing they keep if they keep one."""

    spikes: tuple[Spike, ...]
    period: float | None
    """Mean distance in points between their starts, if there are at least four and the spacing varies by under 10 %."""


def find_spikes(y: Floats) -> Spikes:
    """Find the spikes of ``y`` (finite values, lower is better). None are found below 30 points."""
    n = len(y)
    if n < MIN_POINTS:
        return Spikes((), None)
    medians, tops, within = _cells(y)
    cells = len(medians)
    window = int(np.clip(cells // 50, 11, 201))
    reference = trailing_median(medians, window)
    sigma = _local_sigma(medians, within, reference, window, y)
    score = (tops - reference) / sigma
    limit = SIGMAS * _tail(score)
    floor = np.maximum(OF_LEVEL * np.maximum(np.abs(reference), 0.1 * median(np.abs(y))), OF_DROP * _drop(reference))
    hot = np.flatnonzero((score > limit) & (tops - reference > floor))
    hot = hot[hot >= min(window // 2, 5)]
    found: list[Spike] = []
    edges = bin_edges(n, cells)
    until = -1
    for cell in hot:
        if cell <= until:
            continue
        spike = _life(y, int(cell), edges, float(reference[cell]), float(sigma[cell]), float(limit * sigma[cell]), n)
        found.append(spike)
        back = n if spike.end is None else spike.end
        until = int(np.searchsorted(edges, back + max(1, int(MERGE_SHARE * n)), side="right")) - 1
    return Spikes(tuple(found), _period(np.array([spike.start for spike in found], dtype=np.int64)))


def _cells(y: Floats) -> tuple[Floats, Floats, Floats]:
    """Median, maximum and typical distance from the median, per cell."""
    if len(y) <= CELLS:
        return y, y, np.zeros(len(y))
    parts = [part for part in split(y, CELLS) if part.size]
    reductions: tuple[Callable[[Floats], Floats], ...] = (middles, lambda rows: rows.max(axis=1), _spreads)
    medians, tops, within = (np.concatenate([by_rows(part, reduce) for part in parts]) for reduce in reductions)
    return medians, tops, within


def _spreads(rows: Floats) -> Floats:
    return median_along(np.abs(rows - middles(rows)[:, None]), axis=1)


def _local_sigma(medians: Floats, within: Floats, reference: Floats, window: int, y: Floats) -> Floats:
    """Noise around each cell: from the residuals before it, never below a tenth of what the whole series has."""
    residual = np.maximum(np.abs(medians - reference), within)
    local = MAD_TO_SIGMA * trailing_median(residual, 2 * window)
    # The first residuals stand for themselves (0): let the first full window speak for them.
    first = min(len(local) - 1, window)
    local[:first] = np.maximum(local[:first], local[first])
    least = max(0.1 * difference_noise(y), 1e-9 * median(np.abs(y)), 1e-300)
    return np.maximum(local, least)


def _tail(score: Floats) -> float:
    """How much heavier than normal the tails of the noise are, as a factor of at least 1 on the threshold.

    Spikes sit in the upper tail only, so the lower one may be looked at further out (98 %) than the upper (90 %).
    """
    middle = median(score)
    upper = (quantile(score, 0.90) - middle) / 1.2816
    lower = (middle - quantile(score, 0.02)) / 2.0537
    # A falling curve lies below its past: that is trend, not tail; the cap keeps it from hiding spikes.
    return float(np.clip(max(upper, lower), 1.0, 3.0))


def _drop(reference: Floats) -> Floats:
    """What the series had gained up to each cell."""
    lowest: Floats = np.minimum.accumulate(reference)
    return float(reference[0]) - lowest


def _life(y: Floats, cell: int, edges: Ints, before: float, sigma: float, limit: float, n: int) -> Spike:
    """Follow one spike from the first point that stands out until it is back, or to the end of the run."""
    first = int(edges[cell])
    start = first + int(np.argmax(y[first : int(edges[cell + 1])] > before + limit)) if edges[cell + 1] - first > 1 else first
    rest = y[start:]
    reach = max(BACK_SIGMAS * sigma, BACK_HEIGHT * float(rest[: max(1, n // 50)].max() - before))
    back = _first_back(rest, before + reach)
    end = None if back is None else start + back
    if end is not None and end <= start:
        end = start + 1
    stop = n if end is None else end
    peak = start + int(np.argmax(y[start:stop]))
    high = int((y[start:stop] > before + 0.5 * (y[peak] - before)).sum())
    settled = y[stop : stop + max(5, n // 50)] if end is not None else y[-max(3, n // 50) :]
    after = median(settled) if len(settled) else float(y[-1])
    lingering = end is not None and end - start > max(5, SLOW_SHARE * n)
    return Spike(start, peak, end, before, float(y[peak]), after, sigma, high, lingering)


def _first_back(rest: Floats, limit: float) -> int | None:
    """The first point at which the median of three is at ``limit`` or below; of fewer than three points, the first that is."""
    if len(rest) < 3:
        return next((i for i, value in enumerate(rest.tolist()) if value <= limit), None)
    for at in range(0, len(rest) - 2, BLOCK):
        windows = np.lib.stride_tricks.sliding_window_view(rest[at : at + BLOCK + 2], 3)
        inside = np.flatnonzero(median_along(windows, axis=1) <= limit)
        if len(inside):
            return at + int(inside[0]) + 1
    return None


def _period(starts: Ints) -> float | None:
    gaps = np.diff(starts)
    if len(gaps) < 3 or float(np.std(gaps)) > 0.1 * float(np.mean(gaps)):
        return None
    return float(np.mean(gaps))
