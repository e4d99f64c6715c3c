"""Console lines in bulk: each layout is learned once, then all lines laid out like it are read by one compiled expression.

Two lines are taken for alike when they are the same without digits, spaces and signs; the expression decides.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trainlog.readers._collect import Collector
from trainlog.readers._console.carriers import seconds, written
from trainlog.readers._console.line import Layout, layout
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

    def read(self, first: int, numbers: Sequence[int], lines: list[bytes], starts: Sequence[bytes] | None = None) -> list[Rows]:
        """Read a block of lines whose first is number ``first`` in the file (counting rewritten ones).

        ``starts``: what each begins with, where that is a time.
        """
        groups = self._grouped(lines)
        if self._hold_tables(groups, lines):
            lines = self._tables.lines(lines)
            groups = self._grouped(lines)
        rows: list[Rows] = []
        for key, indices in groups.items():
            usable = [index for index in indices if len(lines[index]) <= MAX_LINE]
            rows += [self._rows(learned, taken, first, numbers, starts) for learned, taken in self._matched(key, usable, lines)]
        return rows

    def _grouped(self, lines: list[bytes]) -> dict[bytes, list[int]]:
        """Which lines are alike, without those that are known to say nothing."""
        groups: dict[bytes, list[int]] = {}
        known = self._known
        keys = b"\n".join(lines).translate(None, _BLANKED).split(b"\n")
        for index, key in enumerate(keys):
            if key in groups:
                groups[key].append(index)
            elif known.get(key, groups) is not None:
                groups[key] = [index]
        return groups

    def _hold_tables(self, groups: Mapping[bytes, list[int]], lines: Sequence[bytes]) -> bool:
        """Whether a table may stand in these lines: one goes on, or there is a header."""
        for key, indices in groups.items():
            line = lines[indices[0]][:MAX_HEADER]
            if key not in self._known and key not in self._headers and self._tables.may_start(line.decode("utf-8", "replace")):
                self._headers.add(key)
        return self._tables.is_open or not self._headers.isdisjoint(groups)

    def _matched(self, key: bytes, indices: list[int], lines: list[bytes]) -> list[tuple[Layout, list[tuple[int, Caught]]]]:
        """Give lines of one key by layout, with what the groups of its expression caught."""
        known = self._known.get(key)
        layouts = known if known is not None else []
        rest = [(index, lines[index].decode("utf-8", "replace")) for index in indices]
        found = []
        for learned in layouts:
            taken, rest = _apply(learned, rest)
            if taken:
                found.append((learned, taken))
            if not rest:
                return found
        rest = [pair for pair in rest if _WORTH_A_LOOK.search(pair[1])]
        misses = 0
        while rest and misses < MAX_MISSES and len(layouts) < MAX_PER_KEY:
            fresh = layout(rest[0][1], self._out)
            if fresh is None:
                misses += 1
                rest = rest[1:]
                continue
            taken, left = _apply(fresh, rest)
            if not taken:  # a layout that does not fit the line it was learnt from: damaged beyond that
                misses += 1
                rest = rest[1:]
                continue
            rest = left
            layouts.append(fresh)
            found.append((fresh, taken))
        if known is None and (layouts or misses) and len(self._known) < MAX_LAYOUTS:
            self._known[key] = layouts or None
        return found

    def _rows(
        self, learned: Layout, taken: list[tuple[int, Caught]], first: int, numbers: Sequence[int], starts: Sequence[bytes] | None
    ) -> Rows:
        """Turn what the groups caught into arrays."""
        at = np.array([index for index, _ in taken], dtype=np.int64)
        line = np.array([numbers[index] for index, _ in taken], dtype=np.int64)
        columns = dict(zip(learned.slots, zip(*(caught for _, caught in taken), strict=True), strict=True)) if learned.slots else {}

        def axis(token: int | None) -> Floats | None:
            return None if token is None else floats(columns[token])

        values = {}
        for entry in learned.fields:
            if self._out.wants(entry.key):
                values[entry.key] = floats(columns[entry.token]) * entry.factor
        time_s = None if starts is None else written([starts[index] for index in at])
        if learned.stamp is not None:
            time_s = seconds(columns[learned.stamp])
        if learned.problem is not None:
            for number in line.tolist():
                self._out.problem(number, learned.problem)
        return Rows(learned, at + first, line, axis(learned.step), axis(learned.epoch), axis(learned.total), time_s, values)


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
