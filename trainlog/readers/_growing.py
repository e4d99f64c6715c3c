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
        self._pieces: list[Piece] = []  # what comes before ``_data``, PIECE values each

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

    def copy(self) -> "Growing":
        """One with the same in it, for somebody who may change it."""
        other = Growing(self._data.dtype, packs=self._packs)
        other._data = self._data.copy() if self._repeats else self._data[: self._size].copy()
        other._size, other._repeats, other._pieces = self._size, self._repeats, list(self._pieces)
        return other

    def array(self) -> NDArray[Any]:
        """What is in it, without copying unless it is packed; not to be written to."""
        if self._pieces:
            return Packed(self._all(), 0, len(self._pieces) * PIECE + self._size).array()
        return np.broadcast_to(self._data, self._size) if self._repeats else self._data[: self._size]

    def column(self) -> Floats | Packed:
        """What is in it; packed, if that makes it smaller."""
        if any(piece.is_packed for piece in self._pieces):
            return Packed(self._all(), 0, len(self._pieces) * PIECE + self._size)
        return self.array()

    def _all(self) -> list[Piece]:
        return [*self._pieces, Piece(self._data[: self._size])]
