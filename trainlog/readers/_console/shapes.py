"""The shape of a line: what is left of it when every number is written ``0``, and several spaces as one.

Whether the expression of a layout (``tokens``) matches a line, and where, follows from its shape. That takes more than ``0`` where
it matters how many digits a number has: in times of day, dates and thousands (``1,234``), of which the shape holds that.
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from trainlog.readers._decimals import PAD
from trainlog.run import Ints

MANY = 5  # digits; so many, or more, are the same to every expression
_ZERO, _SPACE, _NEWLINE, _SLASH = b"0 \n/"
_ALIKE = bytes.maketrans(b"123456789\t", b"000000000 ")
_JOINTS = np.isin(np.arange(256), list(b":,-/"))


class Lines:
    """A block of lines, without the line end of the last. ``data``: its bytes, ``PAD`` of others before them.

    ``starts``, ``ends``: of each line in ``data``; ``first``: the number of its first run of digits in ``runs``, the starts and
    ends of these.
    """

    def __init__(self, block: bytes) -> None:
        self._text = b"\n" * PAD + block + b"\n\n"
        self.data: NDArray[np.uint8] = np.frombuffer(self._text, dtype=np.uint8)
        self.ends: Ints = np.flatnonzero(self.data == _NEWLINE)[PAD:-1]
        self.starts: Ints = np.concatenate(([PAD], self.ends[:-1] + 1))

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._text[PAD:-2].split(b"\n"))

    @cached_property
    def _spans(self) -> tuple[list[int], list[int]]:
        return self.starts.tolist(), self.ends.tolist()

    def __getitem__(self, index: int) -> bytes:
        starts, ends = self._spans
        return self._text[starts[index] : ends[index]]

    @cached_property
    def runs(self) -> tuple[Ints, Ints]:
        """Where digits begin and where they end."""
        edges = np.flatnonzero(self._is_digit[1:] != self._is_digit[:-1]) + 1
        return edges[::2], edges[1::2]

    @cached_property
    def first(self) -> Ints:
        """The number of the first run of digits in or after each line."""
        return np.searchsorted(self.runs[0], self.starts)

    @cached_property
    def shapes(self) -> list[bytes]:
        """What is left of each line."""
        starts, ends = self.runs
        marks = np.frombuffer(bytearray(self._marks), dtype=np.uint8)
        repeats: NDArray[np.bool_] = marks[1:] == marks[:-1]
        repeats &= self._is_digit[1:] | (marks[1:] == _SPACE)
        marks[starts] += np.where(self._are_counted(), np.minimum(ends - starts, MANY), 0).astype(np.uint8)
        kept: bytes = marks[1:][~repeats].tobytes()
        return kept[PAD - 1 : -2].split(b"\n")

    def _are_counted(self) -> NDArray[np.bool_]:
        """Whether it matters how many digits a run has: one beside a joint, but a lone slash (``3/100``) is none."""
        starts, ends = self.runs
        between = self.data[ends[:-1]]
        joints: NDArray[np.bool_] = (starts[1:] - ends[:-1] == 1) & _JOINTS[between]
        beside = np.concatenate((joints, [False]))[1:] | np.concatenate(([False], joints))[:-1]
        joints &= (between != _SLASH) | beside
        counted = np.zeros(len(starts), dtype=np.bool_)
        counted[:-1] |= joints
        counted[1:] |= joints
        return counted

    @cached_property
    def _marks(self) -> bytes:
        return self._text.translate(_ALIKE)

    @cached_property
    def _is_digit(self) -> NDArray[np.bool_]:
        is_digit: NDArray[np.bool_] = np.frombuffer(self._marks, dtype=np.uint8) == _ZERO
        return is_digit
