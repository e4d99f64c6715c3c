"""Medians and quantiles of plain arrays: numpy's own, bit for bit, without what numpy loads and asks before it starts.

``numpy.median`` and ``numpy.quantile`` load ``numpy.ma`` when first called (a tenth of what numpy itself takes), and spend
ten times as long on looking at their arguments as on fifty numbers. A diagnosis takes hundreds of medians of few numbers.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
LONG = 1 << 18  # numbers: of more, only those about the middle are put in order
SAMPLE = 1 << 14  # of them that tell where the middle is: ranks among so many have a standard deviation of 64
NEAR = 512  # ranks of the sample to either side of its middle
MOST = 0.25  # of all numbers that may lie so near: of readings of few different values there are more
BLOCK = 1 << 16  # numbers looked at at a time
_Number = TypeVar("_Number", np.int64, np.float64, np.intp)


def median(values: ArrayLike) -> float:
    """The median of all numbers; NaN when there are none, or one of them is NaN."""
    flat = np.asarray(values).ravel()
    if not flat.size:
        return float("nan")
    low, high = (flat.size - 1) // 2, flat.size // 2
    if flat.size > LONG:
        flat, below = _about_the_middle(flat)
        low, high = low - below, high - below
    ordered = np.partition(flat, (low, high, -1))  # the last: NaN sorts behind all numbers
    return float("nan") if ordered[-1] != ordered[-1] else float((ordered[low] + ordered[high]) / 2 if low < high else ordered[low])


def _about_the_middle(flat: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Some numbers of a long array, the middle ones among them, and how many of the others are smaller; or all of them, and 0."""
    sample = np.sort(flat[:: flat.size // SAMPLE])
    first, last = sample[sample.size // 2 - NEAR], sample[sample.size // 2 + NEAR]
    if np.isnan(flat.max()):
        return flat, 0
    below = size = 0
    found = []
    for at in range(0, flat.size, BLOCK):
        block = flat[at : at + BLOCK]
        below += int(np.count_nonzero(block < first))
        found.append(block[(block >= first) & (block <= last)])
        size += found[-1].size
        if size > MOST * flat.size:
            return flat, 0
    return (np.concatenate(found), below) if below <= (flat.size - 1) // 2 and flat.size // 2 < below + size else (flat, 0)


def median_along(values: Floats, axis: int) -> Floats:
    """The median along an axis that is not empty; NaN where one of the numbers is NaN."""
    count = values.shape[axis]
    low, high = (count - 1) // 2, count // 2
    ordered = np.moveaxis(np.partition(values, (low, high, -1), axis=axis), axis, -1)
    middle = (ordered[..., low] + ordered[..., high]) / 2 if low < high else ordered[..., low]
    out: Floats = np.where(np.isnan(ordered[..., -1]), np.nan, middle)
    return out


def quantiles(values: ArrayLike, shares: Sequence[float]) -> Floats:
    """The quantiles of all numbers at ``shares`` (0 to 1), float64[len(shares)], linear between neighbours; NaN as ``median``."""
    ordered = np.sort(np.asarray(values, dtype=np.float64), axis=None)
    if not ordered.size or np.isnan(ordered[-1]):
        return np.full(len(shares), np.nan)
    at = np.asarray(shares) * (ordered.size - 1)
    left = np.floor(at).astype(np.intp)
    a, b, t = ordered[left], ordered[np.minimum(left + 1, ordered.size - 1)], at - left
    # From the nearer neighbour, as numpy does: rounding then never leaves the interval between the two.
    out: Floats = np.where(t < 0.5, a + (b - a) * t, b - (b - a) * (1 - t))
    return out


def quantile(values: ArrayLike, share: float) -> float:
    """One quantile, as in ``quantiles``."""
    return float(quantiles(values, (share,))[0])


def distinct(values: NDArray[_Number]) -> NDArray[_Number]:
    """The different numbers in a one-dimensional array without NaN, sorted."""
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if ordered.size else ordered
