"""A loss that is a weighted sum of parts which are logged beside it: where did the weights change?

As long as the parts make up the loss exactly, nothing that training does to it (not even divergence) breaks the sum. Where it
breaks at once, and for good, the loss was defined anew: its weights were changed, or a term was added.
"""

from typing import NamedTuple

import numpy as np

from trainlog.analysis import Floats

FIRST = 8
"""Records from which the weights are read, or three per part if that is more; as many again must confirm them (own choice)."""
EXACT = 1e-3
"""Share of the level within which the parts make up the loss: logs round to 3 to 6 digits."""
BROKEN = 0.02
"""Share of the level by which the sum must be off from the change on: twenty times what rounding explains (own choice)."""
MOST_PARTS = 12
"""More parts than this are not tried: so many smooth curves make up anything."""


class Redefinition(NamedTuple):
    """Where a loss stopped being the sum that it was."""

    start: int
    """First point of the new definition."""
    before: tuple[float, ...]
    """Weights of the parts before."""
    after: tuple[float, ...] | None
    """Weights from then on; None where no weights make up the loss."""


def find_redefinition(total: Floats, parts: Floats) -> Redefinition | None:
    """Return where ``total`` (float64[n]) stopped being one weighted sum of ``parts`` (float64[k, n]), or None.

    None where it never was one, where it still is, and where values that are not finite leave too few points to say.
    """
    k = len(parts)
    first = _first(k)
    known = np.isfinite(total) & np.isfinite(parts).all(axis=0)
    where = np.flatnonzero(known)
    if not 0 < k <= MOST_PARTS or len(where) < least_points(k):
        return None
    total, parts = total[where], parts[:, where]
    weights = _weights(total[:first], parts[:, :first])
    level = np.abs(weights) @ np.abs(parts) + np.abs(total)
    off = np.abs(total - weights @ parts) > EXACT * level
    if not off.any():
        return None
    index = int(np.argmax(off))
    if index < 2 * first or bool((np.abs(total - weights @ parts)[index:] <= BROKEN * level[index:]).any()):
        return None
    late, later = total[index:], parts[:, index:]
    after = _weights(late, later) if len(late) > k else None
    if after is not None and bool((np.abs(late - after @ later) > EXACT * np.abs(late)).any()):
        after = None
    return Redefinition(int(where[index]), tuple(weights.tolist()), None if after is None else tuple(after.tolist()))


def least_points(parts: int) -> int:
    """Records below which nothing is said about a loss of so many parts."""
    return 2 * _first(parts) + 2


def _first(parts: int) -> int:
    return max(FIRST, 3 * parts)


def _weights(total: Floats, parts: Floats) -> Floats:
    scale = np.maximum(np.abs(parts).max(axis=1), 1e-300)
    weights: Floats = np.linalg.lstsq((parts / scale[:, None]).T, total, rcond=None)[0] / scale
    return weights
