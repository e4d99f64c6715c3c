"""The finite points of one metric, turned so that lower is better."""

from typing import NamedTuple

import numpy as np

from trainlog import vocab
from trainlog.run import Floats, Series

OVERFLOW = 1e100
"""A metric beyond this is an overflow in disguise (float32 ends at 3.4e38): treated as infinite."""


class Curve(NamedTuple):
    """The finite points of one metric: the float64 arrays ``step`` and ``y`` (lower is better), of equal length."""

    series: Series
    y: Floats
    sign: float
    """1 as logged, -1 where higher is better: ``y * sign`` is the logged value."""

    @property
    def step(self) -> Floats:
        """Steps of the points."""
        return self.series.step.astype(np.float64)

    def step_at(self, index: int) -> int:
        """Step of a point."""
        return int(self.series.step[index])

    def line_at(self, index: int) -> int:
        """Source line of a point."""
        return int(self.series.line[index])


def masked(series: Series) -> Floats:
    """The values of a series with overflows made infinite."""
    value = series.value
    if max(np.fmax.reduce(value), -np.fmin.reduce(value)) <= OVERFLOW:
        return value
    return np.where(np.abs(value) > OVERFLOW, np.inf, value)


def curve_of(series: Series | None) -> Curve | None:
    """The finite points of ``series``, turned so that lower is better; None if there are none."""
    if series is None:
        return None
    kept = series.take(np.isfinite(masked(series)))
    if not len(kept):
        return None
    sign = -1.0 if vocab.metric(series.name).better == "high" else 1.0
    return Curve(kept, kept.value if sign == 1.0 else sign * kept.value, sign)
