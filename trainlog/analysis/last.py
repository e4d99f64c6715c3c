"""One last value far above all before it: a bad evaluation, or the first sign that a run broke down. Nothing came after to say which."""

from typing import NamedTuple

import numpy as np

from trainlog._order import median
from trainlog.analysis import Floats
from trainlog.analysis.robust import difference_noise
from trainlog.analysis.trend import scale_of

MIN_POINTS = 8
"""Fewer values do not show what changes are usual (own choice)."""
NEAR = 3
"""Values just before the last one whose highest it is compared with."""
OF_LEVEL = 0.25
"""Height as a fraction of the level before, from which a last value may be called apart (own choice) ..."""
SIGMAS = 10.0
"""... in standard deviations of the noise ..."""
OF_CHANGES = 5.0
"""... and in the largest change between two neighbours over the second half: a curve that climbs ever faster does so in steps."""


class Apart(NamedTuple):
    """A last value that stands apart. Lower is better."""

    before: float
    """Median of the three values before it."""
    value: float
    sigmas: float
    """How far above the highest of them, in standard deviations of the noise; infinite where there is none."""


def last_apart(y: Floats) -> Apart | None:
    """Return how the last value of ``y`` (finite, lower is better) stands apart from those before it, or None. None below 8 values."""
    if len(y) < MIN_POINTS:
        return None
    past, value = y[:-1], float(y[-1])
    height = value - float(past[-NEAR:].max())
    noise = difference_noise(past)
    usual = float(np.abs(np.diff(past[len(past) // 2 :])).max())
    if height <= max(OF_LEVEL * scale_of(past[-NEAR:]), SIGMAS * noise, OF_CHANGES * usual):
        return None
    return Apart(median(past[-NEAR:]), value, height / noise if noise > 0 else np.inf)
