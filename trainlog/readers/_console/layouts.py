"""Console lines in bulk: each layout is learned once, then all lines laid out like it are read by one compiled expression.

Two lines are taken for alike when they are the same without digits, spaces and signs; the expression decides.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trainlog.readers._collect import Collector
from trainlog.readers._console.bulk import NONE, Bulk, Found
from trainlog.readers._console.layout import Layout
from trainlog.readers._console.line import layout
from trainlog.readers._console.repeats import Repeats
from trainlog.readers._console.shapes import Lines
from trainlog.readers._console.stamps import seconds
from trainlog.readers._console.text import Piece
from trainlog.readers._texttable import Tables
from trainlog.run import Floats, Ints

# Of letters outside ASCII the first byte stays; bars and boxes, which begin with E2, go.
_BLANKED = b"0123456789+-., \t=>#_~*\xe2" + bytes(range(0x80, 0xC0))
MAX_LAYOUTS = 50_000  # kept; a file with more has no layout worth learning
MAX_PER_KEY = 8  # layouts that differ only in digits, signs and letters outside ASCII
MAX_MISSES = 4  # lines of one key in one block that say nothing, before the others are left alone
MAX_LINE = 8192  # bytes; longer lines are data, not metrics
MAX_HEADER = 1000  # bytes of a row of names
_WORTH_A_LOOK = re.compile(r"\d|nan|inf|val|eval|train|test|dev|best", re.IGNORECASE)
Caught = Sequence[str]  # by the groups of one expression


@dataclass(frozen=True, slots=True)
class Rows:
    """Lines of one layout: their place ``at`` in the file (counting rewritten lines) and number, one array per axis and key.

    ``total``: the planned number of steps.
    """

    layout: Layout
    at: Ints
    line: Ints
    step: Floats | None
    epoch: Floats | None
    total: Floats | None
    time_s: Floats | None
    values: Mapping[str, Floats]


class Layouts:
    """Learns the layouts of one file. ``commas``: whether tables of text may have commas between their cells."""

    def __init__(self, out: Collector, *, commas: bool = True) -> None:
        self._out = out
        self._tables = Tables(commas=commas)
        self._headers: set[bytes] = set()
        self._known: dict[bytes, list[Layout] | None] = {b"": None}
        self._bulk = Bulk()
        self._repeats = Repeats()
        self._first = 0  # how many lines were read

    def read(self, piece: Piece) -> list[Rows]:
        """Read a block of lines that follows on those read before."""
        lines, shapes, groups = self._grouped(piece.block)
        if self._hold_tables(groups, lines):
            lines, shapes, groups = self._grouped(b"\n".join(self._tables.lines(list(lines))))
        if self._repeats.are_in(groups, self._known, lines):
            piece = self._repeats.apart(piece, lines)
            lines, shapes, groups = self._grouped(piece.block)
        found = list(self._bulk.read(lines, shapes, self._needed))
        for key, indices in groups.items():
            found += self._matched(key, indices, lines)
        rows = [self._rows(part, piece) for part in _joined(found)]
        self._first += len(lines)
        return rows

    def _grouped(self, block: bytes) -> tuple[Lines, Ints, dict[bytes, list[int]]]:
        """Cut a block into lines; give the shape of each that is known, and which others are alike, without those that say nothing."""
        lines = Lines(block)
        shapes = self._bulk.known(lines)
        short = lines.ends - lines.starts <= MAX_LINE
        shapes[~short] = NONE
        rest = np.flatnonzero((shapes == NONE) & short).tolist()
        groups: dict[bytes, list[int]] = {}
        known = self._known
        keys = b"\n".join([lines.shapes[index] for index in rest]).translate(None, _BLANKED).split(b"\n") if rest else []
        for index, key in zip(rest, keys, strict=True):
            if key in groups:
                groups[key].append(index)
            elif known.get(key, groups) is not None:
                groups[key] = [index]
        return lines, shapes, groups

    def _hold_tables(self, groups: Mapping[bytes, list[int]], lines: Lines) -> bool:
        """Whether a table may stand in these lines: one goes on, or there is a header."""
        for key, indices in groups.items():
            line = lines[indices[0]][:MAX_HEADER]
            if key not in self._known and key not in self._headers and self._tables.may_start(line.decode("utf-8", "replace")):
                self._headers.add(key)
        return self._tables.is_open or not self._headers.isdisjoint(groups)

    def _matched(self, key: bytes, indices: list[int], lines: Lines) -> Iterator[Found]:
        """Read lines of one key by the expressions of its layouts, and learn what shapes they have."""
        numbered: set[str] = set()
        for learned, taken in self._taken(key, [(index, lines[index].decode("utf-8", "replace")) for index in indices]):
            numbered |= learned.numbered
            if not taken:
                continue
            if key not in self._headers:
                for index, _ in taken:
                    self._bulk.learn(lines.shapes[index], lines[index], learned, numbered)
            columns = dict(zip(learned.slots, zip(*(caught for _, caught in taken), strict=True), strict=True)) if learned.slots else {}
            needed = self._needed(learned)
            values = {
                token: seconds([text.encode() for text in texts]) if token == learned.stamp else floats(texts)
                for token, texts in columns.items()
                if token in needed
            }
            yield Found(learned, np.array([index for index, _ in taken], dtype=np.int64), values)

    def _taken(self, key: bytes, rest: list[tuple[int, str]]) -> Iterator[tuple[Layout, list[tuple[int, Caught]]]]:
        """Give the layouts of this key, in turn, with the lines of each and what the groups of its expression caught."""
        known = self._known.get(key)
        layouts = known if known is not None else []
        for learned in layouts:
            taken, rest = _apply(learned, rest)
            yield learned, taken
            if not rest:
                return
        rest = [pair for pair in rest if _WORTH_A_LOOK.search(pair[1])]
        misses = 0
        while rest and misses < MAX_MISSES and len(layouts) < MAX_PER_KEY:
            fresh = layout(rest[0][1], self._out)
            taken, left = _apply(fresh, rest) if fresh is not None else ([], rest)
            if fresh is None or not taken:  # a layout that does not fit the line it was learnt from: damaged beyond that
                misses += 1
                rest = rest[1:]
                continue
            rest = left
            layouts.append(fresh)
            yield fresh, taken
        if known is None and (layouts or misses) and len(self._known) < MAX_LAYOUTS:
            self._known[key] = layouts or None

    def _needed(self, learned: Layout) -> set[int | None]:
        """The tokens that somebody will look at."""
        axes = (learned.step, learned.epoch, learned.total, learned.stamp)
        return {*axes, *(entry.token for entry in learned.fields if self._out.wants(entry.key))}

    def _rows(self, part: Found, piece: Piece) -> Rows:
        """Say what the numbers of lines are."""
        learned, at, columns = part

        def axis(token: int | None) -> Floats | None:
            return None if token is None else columns[token]

        line = piece.numbers[at]
        values = {
            entry.key: columns[entry.token] * entry.factor
            for entry in learned.fields
            if entry.token in columns and self._out.wants(entry.key)
        }
        time_s = None if piece.starts is None else seconds([piece.starts[index] for index in at.tolist()])
        if learned.stamp is not None:
            time_s = columns[learned.stamp]
        if learned.problem is not None:
            for number in line.tolist():
                self._out.problem(number, learned.problem)
        return Rows(learned, at + self._first, line, axis(learned.step), axis(learned.epoch), axis(learned.total), time_s, values)


def _joined(found: Sequence[Found]) -> list[Found]:
    """Put the lines of each layout together, in their order; the layouts too, as rewritten lines of one number stay in this order."""
    parts: dict[int, list[Found]] = {}
    for part in found:
        parts.setdefault(id(part.layout), []).append(part)
    return sorted((some[0] if len(some) == 1 else _merged(some) for some in parts.values()), key=lambda part: int(part.at[0]))


def _merged(parts: Sequence[Found]) -> Found:
    at = np.concatenate([part.at for part in parts])
    order = np.argsort(at)
    columns = {token: np.concatenate([part.columns[token] for part in parts])[order] for token in parts[0].columns}
    return Found(parts[0].layout, at[order], columns)


def _apply(learned: Layout, rest: list[tuple[int, str]]) -> tuple[list[tuple[int, Caught]], list[tuple[int, str]]]:
    """Split lines into those of this layout, with what its groups caught, and the others."""
    single = len(learned.slots) == 1
    found = learned.expression.findall("\n".join(text for _, text in rest))
    if len(found) == len(rest):
        return [(index, (caught,) if single else caught) for (index, _), caught in zip(rest, found, strict=True)], []
    taken: list[tuple[int, Caught]] = []
    left: list[tuple[int, str]] = []
    for index, text in rest:
        match = learned.expression.match(text)
        if match:
            taken.append((index, match.groups()))
        else:
            left.append((index, text))
    return taken, left


def floats(texts: Sequence[str]) -> Floats:
    """Convert numbers as logs write them (``1,234.5``, ``nan``) to float64."""
    try:
        return np.fromiter(map(float, texts), dtype=np.float64, count=len(texts))
    except ValueError:
        return np.fromiter((float(text.replace(",", "")) for text in texts), dtype=np.float64, count=len(texts))
