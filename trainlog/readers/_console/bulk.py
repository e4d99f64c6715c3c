"""Lines of known shape: their numbers are read all at once, from the places where a line of this shape has them."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainlog.readers._console.layout import Layout
from trainlog.readers._console.shapes import Lines
from trainlog.readers._console.stamps import WIDTH, moments
from trainlog.readers._console.tokens import VALUE, digits_in
from trainlog.readers._decimals import decimals
from trainlog.run import Floats, Ints

MAX_SHAPES, MAX_SPOTS = 20_000, 100_000  # kept; a file with more repeats few of them
MAX_SHAPE = 512  # bytes of one
MAX_TURNS = 8  # shapes that differ only in the digits of names: top1, top5
NONE = -1
_RUN = re.compile("[0-9]+")
_VALUE = re.compile(VALUE, re.ASCII)


class Spot(NamedTuple):
    """Where a number stands: from which run of digits of its line to which, and how many characters stand before and after these.

    ``first`` is ``NONE`` of a number in letters (``nan``), which is ``letters``.
    """

    first: int
    before: int = 0
    last: int = 0
    after: int = 0
    letters: float = 0.0


class Found(NamedTuple):
    """Lines of one layout by their place in the block, and what was read of them by token. Time stamps are in seconds."""

    layout: Layout
    at: Ints
    columns: Mapping[int, Floats]


class _Spots:
    """Where lines of one layout have the numbers of its slots: a row for every shape they come in."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._size = 0
        self._rows = np.zeros((1, len(layout.slots), len(Spot._fields)))

    def add(self, spots: list[Spot]) -> int:
        """Take one more row; gives its number."""
        if self._size == len(self._rows):
            self._rows = np.concatenate([self._rows, self._rows])
        self._rows[self._size] = np.array(spots).reshape(-1, len(Spot._fields))
        self._size += 1
        return self._size - 1

    def columns(self, lines: Lines, at: Ints, rows: Ints, needed: Collection[int | None]) -> dict[int, Floats]:
        """Read the tokens ``needed`` of the lines ``at``, whose shapes have these rows."""
        run, (starts, ends) = lines.first[at], lines.runs
        found = {}
        for slot, token in enumerate(self.layout.slots):
            if token not in needed:
                continue
            spots = self._rows[rows, slot]
            first, before, last, after = spots[:, :4].astype(np.int64).T
            begin, end = starts[run + first] - before, ends[run + last] + after
            if token == self.layout.stamp:
                found[token] = moments(lines.data[np.minimum(begin[:, None] + np.arange(WIDTH), len(lines.data) - 1)])
            else:
                found[token] = _numbers(lines, begin, end, first == NONE, spots[:, 4])
        return found


def _numbers(lines: Lines, starts: Ints, ends: Ints, is_letters: NDArray[np.bool_], letters: Floats) -> Floats:
    some = bool(is_letters.any())
    if some:
        starts, ends = np.where(is_letters, 0, starts), np.where(is_letters, 1, ends)
    values, wrong = decimals(lines.data, starts, ends)
    if wrong.any():
        for index in np.flatnonzero(wrong & ~is_letters).tolist():
            values[index] = float(lines.data[starts[index] : ends[index]].tobytes().replace(b",", b""))
    return np.where(is_letters, letters, values) if some else values


class _Shape(NamedTuple):
    """A row of the spots of a layout, for lines whose ``digits`` (by run) are those that its words have."""

    spots: int
    row: int
    digits: Mapping[int, str]


class Bulk:
    """The shapes of one file, each learnt from a line that its layout has matched."""

    def __init__(self) -> None:
        self._first: dict[bytes, int] = {}
        self._shapes: list[_Shape] = []
        self._then: dict[int, int] = {}  # the next shape to try, where the digits of names are others
        self._closed: set[bytes] = set()  # shapes of which there is no more to learn
        self._spots: list[_Spots] = []
        self._numbers: dict[int, int] = {}  # of the spots of each layout, by its identity
        self._size = 0

    def known(self, lines: Lines) -> Ints:
        """The shape of each line, ``NONE`` where it is not known."""
        found = np.fromiter(map(self._first.get, lines.shapes, repeat(NONE)), dtype=np.int64, count=len(lines))
        for shape in np.unique(found).tolist():
            at = np.flatnonzero(found == shape) if shape != NONE and self._shapes[shape].digits else found[:0]
            while len(at):
                at = at[~_have(lines, at, self._shapes[shape].digits)]
                shape = found[at] = self._then.get(shape, NONE)  # noqa: PLW2901 - one after another
                at = at if shape != NONE else at[:0]
        return found

    def read(self, lines: Lines, shapes: Ints, needed: Callable[[Layout], Collection[int | None]]) -> Iterator[Found]:
        """Read the lines whose shape is known."""
        at = np.flatnonzero(shapes != NONE)
        if not len(at):
            return
        present, which = np.unique(shapes[at], return_inverse=True)
        spots, rows = np.array([self._shapes[shape][:2] for shape in present.tolist()])[which].T
        for number in np.unique(spots).tolist():
            mine = spots == number
            layout = self._spots[number].layout
            yield Found(layout, at[mine], self._spots[number].columns(lines, at[mine], rows[mine], needed(layout)))

    def learn(self, shape: bytes, line: bytes, layout: Layout, numbered: Collection[str]) -> None:
        """Learn a shape from a line of this layout. ``numbered``: words in which digits count, of all layouts tried up to this."""
        full = len(self._shapes) + len(self._closed) >= MAX_SHAPES or self._size >= MAX_SPOTS
        if full or len(shape) > MAX_SHAPE or shape in self._closed:
            return
        text = line.decode("utf-8", "replace")
        digits = digits_in(text, numbered) if numbered else {}
        turns = list(self._turns(shape))
        if any(self._shapes[turn].digits == digits for turn in turns):
            return
        spots = _spots_of(text, layout)
        if spots is None or len(turns) == MAX_TURNS:
            self._closed.add(shape)
            return
        number = self._numbers.setdefault(id(layout), len(self._spots))
        if number == len(self._spots):
            self._spots.append(_Spots(layout))
        if turns:
            self._then[turns[-1]] = len(self._shapes)
        else:
            self._first[shape] = len(self._shapes)
        self._shapes.append(_Shape(number, self._spots[number].add(spots), digits))
        self._size += len(spots)

    def _turns(self, shape: bytes) -> Iterator[int]:
        at = self._first.get(shape)
        while at is not None:
            yield at
            at = self._then.get(at)


def _have(lines: Lines, at: Ints, digits: Mapping[int, str]) -> NDArray[np.bool_]:
    """Whether these runs of digits are so in the lines ``at``."""
    same = np.ones(len(at), dtype=np.bool_)
    starts, ends = lines.runs
    for run, text in digits.items():
        start, end = starts[lines.first[at] + run], ends[lines.first[at] + run]
        same &= end - start == len(text)
        for place, digit in enumerate(text.encode()):
            same &= lines.data[np.minimum(start + place, end)] == digit
    return same


def _spots_of(text: str, layout: Layout) -> list[Spot] | None:
    """Where the numbers of a line are; None where they cannot be told by its runs of digits, such as digits of other scripts."""
    match = layout.expression.match(text)
    runs = [found.span() for found in _RUN.finditer(text)]
    if match is None or not runs:
        return None
    spots = []
    for group, token in enumerate(layout.slots, 1):
        start, end = match.span(group)
        mine = [number for number, run in enumerate(runs) if start < run[1] and run[0] < end]
        if (
            mine
            and start <= runs[mine[0]][0]
            and runs[mine[-1]][1] <= end
            and (token == layout.stamp or _VALUE.fullmatch(text, start, end))
        ):
            spots.append(Spot(mine[0], runs[mine[0]][0] - start, mine[-1], end - runs[mine[-1]][1]))
        elif not mine and token != layout.stamp and _VALUE.fullmatch(text, start, end):
            spots.append(Spot(NONE, letters=float(match[group])))
        else:
            return None
    return spots
