"""The rows of a table of text, block by block: columns of plain numbers the fast way, anything else row by row."""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import orjson
from numpy.typing import NDArray

from trainlog.readers._blocks import MAX_LINE
from trainlog.readers._cells import floats
from trainlog.readers._collect import Collector
from trainlog.readers._columns import Column
from trainlog.readers._decimals import PAD, decimals
from trainlog.readers._layout import Layout, is_rule, split, unquoted
from trainlog.readers._source import Source
from trainlog.run import Ints

AT_ONCE = 1024 * 1024  # bytes read together
LONG = 12  # bytes of a cell and its delimiter
MAX_ODD = 0.1  # of the cells of a column: with more that are no plain numbers it is read cell by cell
_NEWLINE = ord("\n")


@dataclass(slots=True)
class Rows:
    """A table: columns of numbers, and columns of text; every one as long as ``line``."""

    line: Ints
    numbers: dict[str, Column] = field(default_factory=dict)
    text: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Block:
    line: Ints
    columns: list[Column | list[str] | None]  # None: numbers that nobody needs


class Table:
    """The rows under the names of ``layout``, as far as they have been read.

    ``needs``: which columns are kept where they hold numbers; columns of text always are.
    """

    def __init__(self, layout: Layout, needs: Callable[[str], bool] = bool) -> None:
        self._layout = layout
        self._unneeded = [index for index, name in enumerate(layout.names) if not needs(name)]
        self._blocks: list[_Block] = []

    def read(self, source: Source, out: Collector) -> None:
        """Read to the end; rows of another width are problems, and their readable cells are kept."""
        is_plain = self._is_plain(source.head)
        for start, block in source.blocks() if is_plain or source.grows else _larger(source.blocks()):
            skip = max(self._layout.first - start, 0)
            rest = block.split(b"\n", skip)[skip:]
            if not rest:
                continue
            self._add(rest[0], start + skip, is_plain, out)

    def _is_plain(self, head: bytes) -> bool:
        sample = head.split(b"\n", self._layout.first - 1)[-1]
        sample = sample[: sample.rfind(b"\n") + 1]
        return _is_long(sample, self._layout) and _plain(sample, 1, self._layout) is not None

    def _add(self, block: bytes, first: int, is_plain: bool, out: Collector) -> None:
        layout = self._layout
        found = (_plain(block, first, layout) if is_plain else None) or _fast(block, first, layout) or _slow(block, first, layout, out)
        if not len(found.line):
            return
        for index in self._unneeded:
            if not isinstance(found.columns[index], list):
                found.columns[index] = None
        if self._unneeded:  # what is kept is no view of what is not
            found.columns = [_contiguous(column) for column in found.columns]
        self._blocks.append(found)

    def rows(self) -> Rows:
        """What has been read."""
        if len(self._blocks) > 1:
            self._blocks = [_joined(self._blocks)]
        line, columns = (self._blocks[0].line, self._blocks[0].columns) if self._blocks else (np.zeros(0, dtype=np.int64), [])
        named = list(zip(self._layout.names, columns, strict=False))
        numbers = {name: column for name, column in named if column is not None and not isinstance(column, list)}
        return Rows(line, numbers, {name: column for name, column in named if isinstance(column, list)})


def read_rows(source: Source, layout: Layout, out: Collector) -> Rows:
    """Read all rows at once."""
    table = Table(layout)
    table.read(source, out)
    return table.rows()


def _larger(blocks: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Join blocks: what is done once per block and column counts less then."""
    for start, block in blocks:
        parts, size = [block], len(block)
        while size < AT_ONCE and (more := next(blocks, None)) is not None:
            parts.append(more[1])
            size += len(more[1])
        yield start, b"".join(parts)


def _fast(block: bytes, number: int, layout: Layout) -> _Block | None:
    """Read a block in which every line has the right number of delimiters; quotes matter only around delimiters."""
    width = len(layout.names)
    if layout.delimiter == " " or not block.endswith(b"\n"):
        return None
    if b"\r" in block or b'"' in block or block.endswith(b"\n\n"):
        block = block.replace(b"\r\n", b"\n").replace(b'"', b"").rstrip(b"\n") + b"\n"
    if b"\r" in block or len(block) == 1:
        return None
    plain = _plain(block, number, layout) if _is_long(block, layout) else None
    if plain is not None:
        return plain
    data = np.frombuffer(b"0" * PAD + block, dtype=np.uint8)
    line_ends = data == _NEWLINE
    ends = np.flatnonzero(line_ends | (data == ord(layout.delimiter)))
    count = len(ends) // width
    if len(ends) % width or int(np.count_nonzero(line_ends)) != count or not bool(line_ends[ends[width - 1 :: width]].all()):
        return None
    line = np.arange(number, number + count, dtype=np.int64)
    places = np.ascontiguousarray(ends.reshape(count, width).T)
    before = np.concatenate(([PAD - 1], places[-1][:-1]))  # the delimiter before each cell
    commas, signs = layout.decimal_commas, b"-" in block
    return _Block(line, [_cells(block, data, start + 1, end, commas, signs) for start, end in pairwise((before, *places))])


def _plain(block: bytes, number: int, layout: Layout) -> _Block | None:
    """Read cells that are all numbers as one JSON list: of long numbers, whose digits take longer than the list. A ``null`` after
    each row shows that all are of one width.
    """
    width, delimiter = len(layout.names), layout.delimiter.encode()
    if delimiter == b" " or not block.endswith(b"\n") or (delimiter != b"," and b"," in block) or b"u" in block or b"a" in block:
        return None  # true, false, null, nan
    try:
        text = block if delimiter == b"," else block.replace(delimiter, b",")
        cells = orjson.loads(b"[%bnull]" % text.replace(b"\n", b",null,"))
        cells.pop()
        ends = cells[width :: width + 1]
        if len(cells) != (width + 1) * len(ends) or ends.count(None) != len(ends):
            return None
        del cells[width :: width + 1]
        values = np.frombuffer(struct.pack(f"{len(cells)}d", *cells)).reshape(-1, width)
    except (orjson.JSONDecodeError, struct.error, OverflowError):
        return None
    columns: list[Column | list[str] | None] = [(values[:, index], None) for index in range(width)]
    return _Block(np.arange(number, number + len(values), dtype=np.int64), columns)


def _contiguous(column: Column | list[str] | None) -> Column | list[str] | None:
    return (np.ascontiguousarray(column[0]), column[1]) if isinstance(column, tuple) else column


def _is_long(block: bytes, layout: Layout) -> bool:
    """Whether the cells of a block are so long that their digits would take longer than a list of them."""
    lines = int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8) == _NEWLINE))
    return len(block) > LONG * len(layout.names) * lines


def _cells(block: bytes, data: NDArray[np.uint8], starts: Ints, ends: Ints, commas: bool, signs: bool) -> Column | list[str]:
    """One column: as numbers where most of it can be read all at once, else cell by cell."""
    there = ends > starts
    count = int(np.count_nonzero(there))
    if not count:
        return np.full(len(starts), np.nan), ~there
    at = None if count == len(starts) else np.flatnonzero(there)
    first, last = (starts, ends) if at is None else (starts[at], ends[at])
    read, wrong = decimals(data, first, last, signs=signs)
    odd = np.flatnonzero(wrong) if bool(wrong.any()) else wrong[:0]
    if len(odd) > MAX_ODD * count:
        return _column(_texts(block, starts, ends), commas)
    if len(odd):
        again = _column(_texts(block, first[odd], last[odd]), commas)
        if isinstance(again, list):
            return _column(_texts(block, starts, ends), commas)
        read[odd], missing = again
        if missing is not None:
            there[(odd if at is None else at[odd])[missing]] = False
    if at is None:
        return read, None if bool(there.all()) else ~there
    values = np.full(len(starts), np.nan)
    values[at] = read
    return values, ~there


def _texts(block: bytes, starts: Ints, ends: Ints) -> list[bytes]:
    return [block[start - PAD : end - PAD] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def _column(cells: Sequence[bytes], commas: bool) -> Column | list[str]:
    values, missing, bad = floats(cells, decimal_comma=commas or None)
    return [unquoted(cell.decode("utf-8", "replace")) for cell in cells] if bad else (values, missing)


def _slow(block: bytes, number: int, layout: Layout, out: Collector) -> _Block:
    """Read a block line by line."""
    width = len(layout.names)
    lines: list[int] = []
    table: list[list[str]] = []
    for offset, raw in enumerate(block.split(b"\n")):
        if len(raw) > MAX_LINE:
            out.problem(number + offset, f"a line of {len(raw):,} bytes was skipped")
            continue
        text = raw.decode("utf-8", "replace").strip("\r\0")
        if not text.strip() or text.startswith("#") or is_rule(text):
            continue
        cells = split(text, layout.delimiter)
        if len(cells) == width + 1 and not cells[-1]:
            cells.pop()
        if tuple(cells) == layout.names:
            continue  # written again when the program was started again
        if len(cells) != width:
            out.problem(number + offset, f"{len(cells)} cells in a table of {width} columns" + _kept(cells, width))
            if len(cells) > width or len(cells) < 2:
                continue
            cells = [*cells[:-1], *[""] * (width - len(cells) + 1)]  # the last cell may be half a number
        lines.append(number + offset)
        table.append(cells)
    columns = [list(column) for column in zip(*table, strict=True)] if table else []
    return _Block(np.array(lines, dtype=np.int64), [_text_or_numbers(column, layout.decimal_commas) for column in columns])


def _kept(cells: Sequence[str], width: int) -> str:
    return "; the complete ones were read" if 2 <= len(cells) < width else "; the line was skipped"


def _text_or_numbers(cells: list[str], commas: bool) -> Column | list[str]:
    values, missing, bad = floats(cells, decimal_comma=commas or None)
    return cells if bad else (values, missing)


def _joined(blocks: Sequence[_Block]) -> _Block:
    columns = [_column_of([block.columns[index] for block in blocks]) for index in range(len(blocks[0].columns))]
    return _Block(_lines_of([block.line for block in blocks]), columns)


def _lines_of(parts: Sequence[Ints]) -> Ints:
    """Put line numbers together; where no line is left out they are counted, which is faster."""
    first, last, size = int(parts[0][0]), int(parts[-1][-1]), sum(map(len, parts))
    follows = last - first == size - 1 and all(part[-1] - part[0] == len(part) - 1 for part in parts)
    return np.arange(first, last + 1, dtype=np.int64) if follows else np.concatenate(parts)


def _column_of(parts: Sequence[Column | list[str] | None]) -> Column | list[str] | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if any(isinstance(part, list) for part in known):
        return [cell for part in known for cell in (part if isinstance(part, list) else _as_text(part))]
    return _numbers([part for part in known if not isinstance(part, list)])


def _numbers(parts: Sequence[Column]) -> Column:
    values = np.concatenate([values for values, _ in parts])
    if all(missing is None for _, missing in parts):
        return values, None
    return values, np.concatenate([np.zeros(len(values), dtype=bool) if missing is None else missing for values, missing in parts])


def _as_text(column: Column) -> list[str]:
    values, missing = column
    holes = np.zeros(len(values), dtype=bool) if missing is None else missing
    return ["" if hole else repr(value) for value, hole in zip(values.tolist(), holes.tolist(), strict=True)]
