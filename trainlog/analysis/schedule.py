"""What a learning-rate series says about its schedule: facts, not guesses."""

from typing import NamedTuple

import numpy as np

from trainlog.analysis import Floats

DROP = 0.6
"""A value below this fraction of the one before is a drop (step schedules use 0.5, 0.2 or 0.1)."""
STEADY = 0.9
"""... if the one before it was at least this fraction of its own predecessor: the last steps of a cosine halve too."""
RISE = 1.05
"""A value above this multiple of the one before, after the peak was reached, is a rise (warm restart, cycle, resumed run)."""
ZERO = 1e-6
"""Fraction of the peak below which nothing is learnt any more."""
SAME = 1e-3
"""Relative spread within which a learning rate is constant (logs round to 4 digits)."""


class Schedule(NamedTuple):
    """Facts about a learning rate. Indices count points of its series."""

    peak: float
    warmed_up: int
    """The point at which the first rise ended; 0 without warm-up."""
    final: float
    """Fraction of the peak at the last point, 0-1."""
    constant: bool
    """It never left its peak once it was there."""
    drops: tuple[int, ...]
    """Points at which it fell to less than 60 % at once."""
    resets: tuple[int, ...]
    """Points at which it began to rise again."""
    zero_from: int | None
    """First point of a stretch of zeros that lasts to the end; None if it ended above zero."""


def read_schedule(lr: Floats) -> Schedule | None:
    """Describe a learning-rate series (finite values). None below 3 points, or if it is never positive."""
    if len(lr) < 3 or float(lr.max()) <= 0:
        return None
    peak = float(lr.max())
    # The warm-up ends at the peak or at the first fall: a restart may reach a little higher than the first cycle.
    warmed_up = int(np.argmax((lr >= 0.99 * peak) | np.append(lr[1:] < (1 - SAME) * lr[:-1], True)))
    after = lr[warmed_up:]
    ratio = np.maximum(after[:-1], 1e-300)
    np.divide(after[1:], ratio, out=ratio)
    steady = np.concatenate([[True], ratio[:-1] > STEADY])
    drops = np.flatnonzero((ratio < DROP) & steady & (after[:-1] > ZERO * peak)) + warmed_up + 1
    rising = (ratio > RISE) & (after[1:] > ZERO * peak)
    resets = np.flatnonzero(rising & ~np.concatenate([[False], rising[:-1]])) + warmed_up + 1
    zeros = int(np.argmax(lr[::-1] > ZERO * peak))  # at the end
    zero_from = len(lr) - zeros if zeros else None
    constant = bool(after.min() >= (1 - SAME) * peak)
    return Schedule(peak, warmed_up, float(lr[-1]) / peak, constant, tuple(map(int, drops)), tuple(map(int, resets)), zero_from)
