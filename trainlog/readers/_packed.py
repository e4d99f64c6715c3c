"""Long columns of numbers, held in half their size: as loggers write them, four bytes say all that eight do.

A loss of 2.3041 is a whole number of ten-thousandths, a reading of a device is a whole number of something, and what a GPU
computed is a float32. Whether a piece is any of these is tried, bit for bit; one that is not stays as it is.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from weakref import ReferenceType, ref

import numpy as np
from numpy.typing import NDArray

from trainlog.run import Floats, Ints, Series

MANY = 1 << 20  # numbers: shorter columns are not worth it
PIECE = 1 << 15  # numbers packed at a time
DIGITS = range(12)  # after the decimal point: ten thousandths of a learning rate of 1e-5 have nine
_PROBE = 64  # numbers that are tried before all others
_LARGEST = 2.0**53  # whole numbers up to here are exact


class Piece(NamedTuple):
    """Part of a column: ``(data + base) / 10**digits`` where ``data`` is uint32, else ``data`` itself (float32, float64)."""

    data: NDArray[Any]
    base: float = 0.0
    digits: int = 0

    @property
    def is_packed(self) -> bool:
        """Whether it takes less room than its numbers would."""
        return self.data.dtype != np.float64

    def whole(self, into: Floats) -> None:
        """Write the numbers as they were."""
        if self.data.dtype != np.uint32:
            into[:] = self.data
            return
        np.add(self.data, self.base, out=into)
        if self.digits:
            np.divide(into, 10.0**self.digits, out=into)  # of two exact numbers: what a parser makes of the decimal


def pack(values: Floats) -> Piece:
    """Hold some numbers in four bytes each if that loses nothing. What is given back is no view of ``values``."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _single(values) or _decimal(values) or Piece(values.copy())


def _single(values: Floats) -> Piece | None:
    few = values[:_PROBE]
    if not _same(few.astype(np.float32).astype(np.float64), few):
        return None
    single = values.astype(np.float32)
    return Piece(single) if _same(single.astype(np.float64), values) else None


def _decimal(values: Floats) -> Piece | None:
    for digits in DIGITS:
        few = _in_units(values[:_PROBE], digits)
        if few is not None and (piece := _in_units(values, digits)) is not None:
            return piece
    return None


def _in_units(values: Floats, digits: int) -> Piece | None:
    """The numbers as whole numbers of ``10**-digits``; None where that is not what they are."""
    units = np.rint(values * 10.0**digits)
    low, high = float(units.min()), float(units.max())
    if not (-_LARGEST < low <= high < _LARGEST and high - low < 2.0**32):  # or one of them is NaN
        return None
    piece = Piece((units - low).astype(np.uint32), low, digits)
    piece.whole(units)
    return piece if _same(units, values) else None


def _same(one: Floats, other: Floats) -> bool:
    """Whether all bits are the same: 0 and -0 are not, NaN is."""
    return bool((one.view(np.int64) == other.view(np.int64)).all())


class Packed:
    """A column of float64 numbers in pieces; read-only."""

    def __init__(self, pieces: Sequence[Piece], first: int, size: int) -> None:
        """``first``: how many numbers of the first piece do not belong to it."""
        self._pieces, self._first, self._size = pieces, first, size
        self._array: ReferenceType[Floats] | None = None

    def __len__(self) -> int:
        return self._size

    def array(self) -> Floats:
        """All numbers, float64[n]: made again once nobody holds the last ones any more."""
        found = None if self._array is None else self._array()
        if found is None:
            whole = np.empty(sum(len(piece.data) for piece in self._pieces))
            at = 0
            for piece in self._pieces:
                piece.whole(whole[at : at + len(piece.data)])
                at += len(piece.data)
            found = whole[self._first : self._first + self._size]
            found.setflags(write=False)
            self._array = ref(found)
        return found

    def __getitem__(self, rows: slice | NDArray[np.intp]) -> "Packed":
        if not isinstance(rows, slice):
            return Packed(pieces_of(self.array()[rows]), 0, len(rows))
        low, high, _ = rows.indices(self._size)
        pieces: list[Piece] = []
        at = first = 0
        for piece in self._pieces:
            if at + len(piece.data) > self._first + low and at < self._first + high:
                first = first if pieces else self._first + low - at
                pieces.append(piece)
            at += len(piece.data)
        return Packed(pieces, first, high - low)


def pieces_of(values: Floats) -> list[Piece]:
    """Pack a column."""
    return [pack(values[at : at + PIECE]) for at in range(0, len(values), PIECE)]


def packed(values: "Floats | Packed") -> "Floats | Packed":
    """Pack a column that is long enough for it, if it can be; one value that repeats takes no room as it is."""
    if isinstance(values, Packed) or len(values) < MANY or not any(values.strides):
        return values
    pieces = pieces_of(values)
    return Packed(pieces, 0, len(values)) if any(piece.is_packed for piece in pieces) else values


def whole(values: "Floats | Packed") -> Floats:
    """The numbers of a column, however they are held."""
    return values.array() if isinstance(values, Packed) else values


class PackedSeries(Series):
    """A series whose values may be packed."""

    __slots__ = ("_packed",)
    _packed: "Floats | Packed"

    @property
    def value(self) -> Floats:
        """The values, made anew once nobody holds the last ones any more."""
        return whole(self._packed)

    @value.setter
    def value(self, value: "Floats | Packed") -> None:
        object.__setattr__(self, "_packed", value)

    def __post_init__(self) -> None:
        for array in (self.step, self.line, self.time_s, self.epoch):
            if array is not None:
                array.setflags(write=False)


def series_of(name: str, step: Ints, value: Floats | Packed, line: Ints, time_s: Floats | None, epoch: Floats | None) -> Series:
    """A series of a column, however it is held."""
    kind = PackedSeries if isinstance(value, Packed) else Series
    return kind(name, step, value, line, time_s, epoch)  # type: ignore[arg-type]  # the former takes either
