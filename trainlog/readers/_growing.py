"""Arrays that grow at their end."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGE = 100_000  # values


class Growing:
    """A one-dimensional array that grows fourfold when it is full; what is not filled yet is address space, not memory.

    As long as all its values are the same (a GPU's total memory, a loss scale), it is one value that is said to repeat.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._data: NDArray[Any] = np.empty(1, dtype)
        self._size = 0
        self._repeats = True

    def extend(self, values: NDArray[Any]) -> None:
        """Append an array; a large first one is kept as it is, and must not be changed."""
        if not self._size and len(values) >= LARGE and not bool((values == values[0]).all()):
            self._data, self._size, self._repeats = values, len(values), False
            return
        if self._repeats and len(values):
            if not self._size:
                self._data[0] = values[0]
            self._repeats = bool((values == self._data[0]).all())
            if not self._repeats:
                self._data = self.array().copy()
        end = self._size + len(values)
        if not self._repeats:
            self._reserve(end)
            self._data[self._size : end] = values
        self._size = end

    def _reserve(self, size: int) -> None:
        if size > len(self._data):
            grown = np.empty(max(size, 64, 4 * len(self._data)), self._data.dtype)
            grown[: self._size] = self._data[: self._size]
            self._data = grown

    def copy(self) -> "Growing":
        """One with the same in it, for somebody who may change it."""
        other = Growing(self._data.dtype)
        other._data = self._data.copy() if self._repeats else self.array().copy()
        other._size, other._repeats = self._size, self._repeats
        return other

    def array(self) -> NDArray[Any]:
        """What is in it, without copying; not to be written to."""
        return np.broadcast_to(self._data, self._size) if self._repeats else self._data[: self._size]
