"""Mixed-precision loss scaling that collapsed: the scaler halves and halves, and every halving is a skipped step."""

from typing import NamedTuple

import numpy as np

from trainlog._order import median
from trainlog.analysis import Floats

CALIBRATION = 0.1
"""Share of the run, at its start, in which the scaler finds its level: Megatron starts at 2^32, torch at 2^16, both on purpose
too high."""
FALL = 2.0**6
"""Fall below the settled level that no healthy scaler shows: it grows back after 2,000 clean steps
(torch.amp.GradScaler: backoff 0.5, growth 2.0, growth_interval 2000)."""
TOO_LOW = 1.0
"""At a scale below 1 the loss is made smaller before backpropagation: float16 overflows at the loss itself."""
MIN_POINTS = 10
"""Fewer loss scales show no collapse: each halving is one."""


class Collapse(NamedTuple):
    """A loss scale that fell and stayed low. Indices count points of the series."""

    start: int
    """First point of the fall."""
    settled: float
    """Median scale before it."""
    final: float
    """Scale at the last point."""
    halvings: int
    """Halvings from the settled level to the lowest point: at least as many optimizer steps were skipped."""


def find_scale_collapse(scale: Floats) -> Collapse | None:
    """Return the collapse of a loss scale (finite, positive values), or None. None below 10 points."""
    scale = np.maximum(scale, 2.0**-149)
    n = len(scale)
    if n < MIN_POINTS:
        return None
    settled = median(scale[int(CALIBRATION * n) : max(int(CALIBRATION * n) + 3, n // 2)])
    final, end = float(scale[-1]), median(scale[-max(1, n // 50) :])
    low = end < TOO_LOW and settled >= TOO_LOW
    if not (settled / end >= FALL or low):
        return None
    below = scale < settled
    held = np.flatnonzero(~below)
    index = int(held[-1]) + 1 if len(held) else 0
    return Collapse(index, settled, final, int(np.ceil(np.log2(settled / float(scale.min())))))
