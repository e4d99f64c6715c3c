"""Arrays that grow at their end."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Growing:
    """A one-dimensional array that grows fourfold when it is full; what is not filled yet is address space, not memory."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._data: NDArray[Any] = np.empty(64, dtype)
        self._size = 0

    def extend(self, values: NDArray[Any]) -> None:
        """Append an array."""
        end = self._size + len(values)
        if end > len(self._data):
            grown = np.empty(max(end, 4 * len(self._data)), self._data.dtype)
            grown[: self._size] = self._data[: self._size]
            self._data = grown
        self._data[self._size : end] = values
        self._size = end

    def array(self) -> NDArray[Any]:
        """What is in it, without copying."""
        return self._data[: self._size]
