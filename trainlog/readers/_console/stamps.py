"""Time stamps of lines (``2026-05-20 02:14:02,300``) -> seconds since 1970, all at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trainlog.run import Floats

WIDTH = 26  # characters: to the microsecond
_ZERO, _POINT, _COMMA = b"0.,"
_DIGITS = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18]
_MARKS = {4: b"-/", 7: b"-/", 10: b" T", 13: b"::", 16: b"::"}
_MICROSECONDS = 10 ** np.arange(5, -1, -1)


def seconds(stamps: Sequence[bytes]) -> Floats:
    """Convert local time stamps; NaN for what is none, or no date. What stands behind one does not matter."""
    return moments(np.array(stamps, dtype=f"S{WIDTH}").view(np.uint8).reshape(len(stamps), WIDTH))


def moments(cells: NDArray[np.uint8]) -> Floats:
    """Convert the characters of local time stamps, uint8[n, ``WIDTH``]."""
    digits = cells[:, _DIGITS].astype(np.int64) - _ZERO
    good = ((digits >= 0) & (digits <= 9)).all(axis=1)
    for place, (one, other) in _MARKS.items():
        good &= (cells[:, place] == one) | (cells[:, place] == other)
    digits[~good] = 0
    year = digits[:, 0] * 1000 + digits[:, 1] * 100 + digits[:, 2] * 10 + digits[:, 3]
    month, day, hour, minute, second = (digits[:, at] * 10 + digits[:, at + 1] for at in range(4, 14, 2))
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    begins, ends = (part.astype("datetime64[D]").astype(np.int64) for part in (months, months + 1))
    good &= (month >= 1) & (month <= 12) & (day >= 1) & (day <= ends - begins) & (hour < 24) & (minute < 60) & (second < 60)
    times = (((begins + day - 1) * 24 + hour) * 60 + minute) * 60 + second
    return np.where(good, (times * 1_000_000 + _fractions(cells)) / 1e6, np.nan)


def _fractions(cells: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The microseconds behind a point or comma."""
    digits = cells[:, 20:].astype(np.int64) - _ZERO
    point = cells[:, 19:20]
    there = np.logical_and.accumulate((digits >= 0) & (digits <= 9), axis=1) & ((point == _POINT) | (point == _COMMA))
    found: NDArray[np.int64] = np.where(there, digits, 0) @ _MICROSECONDS
    return found
