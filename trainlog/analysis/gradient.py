"""A gradient norm that grew beyond its own past."""

from typing import NamedTuple

import numpy as np

from trainlog._order import median
from trainlog.analysis import Floats
from trainlog.analysis.robust import medians_of_bins, trailing_median

BINS = 200
"""Bins whose medians are followed, as for divergence."""
SETTLING = 0.1
"""Share of the run, at its start, that is not the usual level: first gradients are large."""
GROWTH = 10.0
"""Multiple of the usual norm at which it has exploded. Training scripts clip at 1-5 times the usual norm; runs that recover
by themselves seldom pass 10 (also trainproof's threshold for a single spike)."""
LASTS = 3
"""Bins (of 200) above it in a row: a longer stretch than a bad batch."""
MIN_POINTS = 20
"""Fewer norms have no usual level."""


class Explosion(NamedTuple):
    """A lasting growth of the gradient norm. Indices count points of the series."""

    start: int
    """First point above ten times the usual norm in the stretch that lasts."""
    usual: float
    """Median norm before it."""
    peak: float
    """Largest finite norm from there on."""
    to_the_end: bool
    """The norm ended above ten times the usual one."""


def find_explosion(norm: Floats) -> Explosion | None:
    """Return where a gradient norm exploded for good or for a while, or None. Infinite values count as large, NaN are left out.

    None below 20 points. A single raised point (a bad batch, a skipped step of a loss scaler) is none.
    """
    known = ~np.isnan(norm)
    y = norm if bool(known.all()) else norm[known]
    n = len(y)
    if n < MIN_POINTS:
        return None
    medians = medians_of_bins(y, BINS)
    settling = max(2, int(SETTLING * len(medians)))
    past = trailing_median(medians, max(10, len(medians) // 2))
    usual = np.where(np.arange(len(medians)) < settling, median(medians[:settling]), past)
    high = medians > GROWTH * np.maximum(usual, 1e-300)
    high[:settling] = False
    run = np.convolve(high.astype(int), np.ones(LASTS, int), "valid") if len(high) >= LASTS else np.zeros(0, int)
    starts = np.flatnonzero(run == LASTS)
    if not len(starts):
        return None
    first = int(starts[0])
    per_bin = n / len(medians)
    level = float(usual[first])
    begin = max(0, int((first - 1) * per_bin))
    over = np.flatnonzero(y[begin:] > GROWTH * level)
    index = begin + int(over[0])
    finite = y[index:][np.isfinite(y[index:])]
    ended = bool(median(y[-max(3, n // 50) :]) > GROWTH * level)
    return Explosion(int(np.flatnonzero(known)[index]), level, float(finite.max()) if len(finite) else float("inf"), ended)
