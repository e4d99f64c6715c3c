"""Where a series stopped being a number, and what the gradient norm did before it."""

from typing import NamedTuple

import numpy as np

from trainlog._order import median
from trainlog.analysis import Floats
from trainlog.analysis.robust import mad_sigma

LEAD_POINTS = 50
"""Points before an event in which a cause is looked for (diagnosis-science (d): grad-norm excess in the 50 steps before)."""
LEAD_SIGMAS = 6.0
"""Robust standard deviations above its own past at which a gradient norm counts as raised. ZClip (arXiv 2504.02507)
clips at 2.5; a finding that names a cause needs to be rarer than a clip."""
LEAD_RATIO = 2.0
"""And at least this many times its own past median: a steady norm has a tiny spread."""


class NonFinite(NamedTuple):
    """The non-finite stretch of a series. Indices count points of the series."""

    start: int
    """The first non-finite value of the stretch that matters: the final one if the series ends in it, else the first."""
    last_finite: int | None
    """The last finite value before it; None if there was none."""
    points: int
    """How many values of the whole series are not finite."""
    kind: str
    """``nan`` or ``inf``: what ``start`` holds."""
    to_the_end: bool
    """Nothing finite comes after ``start``."""
    from_the_start: bool
    """Nothing finite comes before ``start``."""


def find_nonfinite(values: Floats) -> NonFinite | None:
    """Return the non-finite stretch of ``values`` that matters, or None if every value is finite."""
    bad = ~np.isfinite(values)
    count = int(bad.sum())
    if not count:
        return None
    good = np.flatnonzero(~bad)
    to_the_end = bool(bad[-1])
    index = (int(good[-1]) + 1 if len(good) else 0) if to_the_end else int(np.argmax(bad))
    before = good[good < index]
    return NonFinite(
        start=index,
        last_finite=int(before[-1]) if len(before) else None,
        points=count,
        kind="nan" if np.isnan(values[index]) else "inf",
        to_the_end=to_the_end,
        from_the_start=not len(before),
    )


class LeadUp(NamedTuple):
    """A second series that rose above its own past just before an event in the first."""

    start: int
    """The first raised point."""
    peak: float
    """Its largest finite value in the stretch looked at."""
    usual: float
    """Its median before that stretch."""


def find_lead_up(values: Floats, end: int, points: int = LEAD_POINTS) -> LeadUp | None:
    """Look for a rise of ``values`` (a gradient norm) in the ``points`` values before index ``end``, ``end`` included.

    The past it is compared with is everything from four times as far back. None where it stayed as it was, or where the
    past holds fewer than 10 finite values.
    """
    start = max(0, end - points)
    past = values[max(0, start - 4 * points) : start]
    if np.isfinite(past).sum() < 10:
        start = max(0, end - max(5, end // 5))
        past = values[:start]
    past = past[np.isfinite(past)]
    if len(past) < 10:
        return None
    usual = median(past)
    limit = max(usual + LEAD_SIGMAS * mad_sigma(past), LEAD_RATIO * usual)
    window = values[start : end + 1]
    raised = np.flatnonzero(~(window <= limit))
    if not len(raised):
        return None
    finite = window[np.isfinite(window)]
    return LeadUp(start + int(raised[0]), float(finite.max()) if len(finite) else float("inf"), usual)
