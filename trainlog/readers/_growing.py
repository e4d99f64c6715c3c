"""Arrays that grow at their end."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainlog.readers._packed import MANY, PIECE, Packed, Piece, pieces_of
from trainlog.run import Floats

LARGE = 100_000  # values


class Growing:
    """A one-dimensional array that grows fourfold when it is full; what is not filled yet is address space, not memory.

    As long as all its values are the same (a GPU's total memory, a loss scale), it is one value that is said to repeat. With
    ``packs``, a long one (float64) is packed as it grows.
    """

    def __init__(self, dtype: np.dtype[Any], *, packs: bool = False) -> None:
        self._data: NDArray[Any] = np.empty(1, dtype)
        self._size = 0
        self._repeats = True
        self._packs = packs
        self._pieces: list[Piece] = []  # what comes before ``_data``

    @classmethod
    def of(cls, values: NDArray[Any]) -> "Growing":
        """One that holds these values."""
        grown = cls(values.dtype)
        grown.extend(values)
        return grown

    def empty(self) -> "Growing":
        """One of the same kind without anything in it."""
        return Growing(self._data.dtype, packs=self._packs)

    def extend(self, values: NDArray[Any]) -> None:
        """Append an array; a large first one is kept as it is, and must not be changed."""
        if not self._size and len(values) >= LARGE and self._repeats and not bool((values == values[0]).all()):
            self._data, self._size, self._repeats = values, len(values), False
            return
        if self._repeats and len(values):
            if not self._size:
                self._data[0] = values[0]
            self._repeats = bool((values == self._data[0]).all())
            if not self._repeats:
                self._data = np.repeat(self._data, self._size)
        if not self._repeats:
            self._reserve(len(values))
            self._data[self._size : self._size + len(values)] = values
        self._size += len(values)

    def _reserve(self, more: int) -> None:
        if self._packs and self._size >= (PIECE if self._pieces else MANY):
            self._pack()
        if self._size + more > len(self._data):
            grown = np.empty(max(self._size + more, 64, 4 * len(self._data)), self._data.dtype)
            grown[: self._size] = self._data[: self._size]
            self._data = grown

    def _pack(self) -> None:
        end = self._size // PIECE * PIECE
        rest = self._data[end : self._size].copy()
        begins = not self._pieces
        self._pieces += pieces_of(self._data[:end])
        if begins:
            self._data = np.empty(2 * PIECE, self._data.dtype)
        self._data[: len(rest)] = rest
        self._size = len(rest)

    def join(self, later: "Growing") -> None:
        """Append what is in another one, packed as it is; that other one is not to be used any more."""
        if not later._pieces:
            self.extend(later.array())
            return
        if self._size:
            self._pieces += pieces_of(self._last())
        self._pieces += later._pieces
        self._data, self._size, self._repeats = later._data, later._size, False

    def copy(self) -> "Growing":
        """One with the same in it, for somebody who may change it."""
        other = Growing(self._data.dtype, packs=self._packs)
        other._data = self._data.copy() if self._repeats else self._data[: self._size].copy()
        other._size, other._repeats, other._pieces = self._size, self._repeats, list(self._pieces)
        return other

    def array(self) -> NDArray[Any]:
        """What is in it, without copying unless it is packed; not to be written to."""
        return self._whole().array() if self._pieces else self._last()

    def column(self) -> Floats | Packed:
        """What is in it; in pieces if it was packed: those that do not get smaller are still held only once."""
        return self._whole() if self._pieces else self.array()

    def _last(self) -> NDArray[Any]:
        return np.broadcast_to(self._data, self._size) if self._repeats else self._data[: self._size]

    def _whole(self) -> Packed:
        return Packed([*self._pieces, Piece(self._last())], 0, sum(len(piece.data) for piece in self._pieces) + self._size)
