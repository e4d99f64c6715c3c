"""JSON lines, tolerantly and fast: whole blocks are decoded in one call, and only what fails is looked at line by line.

What a line may be and still be read: bare ``NaN`` and ``Infinity``, several objects, half an object (a crash while
writing), junk before it, NUL bytes, ``\\r\\n``, a byte order mark. What cannot be read becomes a Problem with its line.
"""

import gc
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from trainlog.readers._blocks import MAX_LINE
from trainlog.readers._collect import Collector
from trainlog.readers._source import Source
from trainlog.readers._table import Interest

if TYPE_CHECKING:
    from trainlog.readers._shape import Shape

SHORT = 6  # blocks: a log this short is read before another way of reading is imported and has learnt
Row = dict[str, Any]
# As the standard library and most loggers write them. Within a text the quotes would end it early and the block would not
# decode, so that a block that does decode has lost nothing.
_BARE = re.compile(rb"(?<=[:,\[ ])(-?Infinity|NaN)(?=[,}\] \r\n])")


class Batch(NamedTuple):
    """The objects of a block: as ``rows``, or as ``columns`` (a list of cells per key) when they looked like those before.

    ``lines``: where each stands.
    """

    lines: Sequence[int]
    rows: list[Row]
    columns: dict[str, list[Any]] | None = None
    block: bytes = b""

    def row(self, index: int) -> Row:
        """One object, whichever way they were read."""
        return self.rows[index] if self.columns is None else _object(self.block.split(b"\n")[index])

    def objects(self) -> list[Row]:
        """All objects, whichever way they were read."""
        return self.rows if self.columns is None else [_object(line) for line in self.block.removesuffix(b"\n").split(b"\n")]


def _object(line: bytes) -> Row:
    try:
        found: Row = orjson.loads(line)
    except orjson.JSONDecodeError:
        found = orjson.loads(_BARE.sub(rb'"\1"', line))
    return found


def rows(source: Source, out: Collector) -> Iterator[tuple[Sequence[int], list[Row]]]:
    """Read all objects of a log, for readers that must see them whole: (line numbers, objects) per block."""
    for batch in batches(source, out, None):
        yield batch.lines, batch.rows


def batches(source: Source, out: Collector, interest: Interest | None) -> Iterator[Batch]:
    """Read all objects of a log, a block at a time. With an ``interest``, columns are made of what it names alone."""
    shape: Shape | None = None
    last = Batch((), [])
    collects = gc.isenabled()
    gc.disable()  # every object decoded counts towards the next collection, and none of them is garbage in a cycle
    try:
        for count, (number, ends, block) in enumerate(source.counted()):
            if count == SHORT and interest is not None:
                shape = _shape(interest)
                shape.learn(last.rows)
            last = _batch(number, ends, block, shape, out)
            if last.lines:
                yield last
    finally:
        if collects:
            gc.enable()


def _shape(interest: Interest) -> "Shape":
    from trainlog.readers._shape import Shape

    return Shape(interest)


def _batch(number: int, ends: int, block: bytes, shape: "Shape | None", out: Collector) -> Batch:
    count = max(ends, 1)  # without a line end: the last line of a log that is being written, or was cut short
    lines = range(number, number + count)
    array = b"[%b]" % block.replace(b"\n", b",", ends - 1 if ends else 0)
    if shape is not None and (columns := shape.columns(array, count)) is not None:
        return Batch(lines, [], columns, block=block)
    rows = _decoded(array, count)
    if rows is None and (b"NaN" in block or b"Infinity" in block):
        array = _BARE.sub(rb'"\1"', array)
        if shape is not None and (columns := shape.columns(array, count)) is not None:
            return Batch(lines, [], columns, block=block)
        rows = _decoded(array, count)
    batch = Batch(lines, rows) if rows is not None else _salvaged(number, block, out)
    if shape is not None:
        shape.learn(batch.rows)
    return batch


def _decoded(array: bytes, count: int) -> list[Row] | None:
    """Decode a block whose every line is one object, or None when a line is anything else."""
    try:
        decoded = orjson.loads(array)
    except orjson.JSONDecodeError:
        return None
    if len(decoded) != count or not all(map(dict.__instancecheck__, decoded)):
        return None
    return decoded  # type: ignore[no-any-return]  # orjson is typed Any; checked above


def _salvaged(number: int, block: bytes, out: Collector) -> Batch:
    lines: list[int] = []
    rows: list[Row] = []
    for offset, line in enumerate(block.split(b"\n")):
        for row in salvage(line, number + offset, out):
            lines.append(number + offset)
            rows.append(row)
    return Batch(lines, rows)


def marked_objects(source: Source, mark: bytes, out: Collector) -> Iterator[tuple[int, Row]]:
    """Give (line number, object) for each object that follows ``mark`` on a line."""
    for first, block in source.blocks():
        for offset, line in enumerate(block.split(b"\n")):
            at = line.find(mark)
            if at >= 0:
                for row in salvage(line[at + len(mark) :], first + offset, out):
                    yield first + offset, row


def salvage(line: bytes, number: int, out: Collector) -> list[Row]:
    """Read the objects of one line, noting what cannot be read."""
    line = line.strip(b" \t\r\n\0")
    if not line:
        return []
    if len(line) > MAX_LINE:
        out.problem(number, f"a line of {len(line):,} bytes was skipped")
        return []
    try:
        row = orjson.loads(line)
        if isinstance(row, dict):
            return [row]
        out.problem(number, f"a JSON {type(row).__name__} where an object was expected")
        return []
    except orjson.JSONDecodeError:
        return _pieces(line.decode("utf-8", "replace"), number, out)


def _pieces(text: str, number: int, out: Collector) -> list[Row]:
    import json  # says where an object ends, and reads NaN; few logs are damaged

    decoder = json.JSONDecoder()
    found: list[Row] = []
    at = text.find("{")
    if at < 0:
        out.problem(number, f"not JSON: {text[:60]!r}")
        return found
    if at > 0:
        out.problem(number, f"text before the record was skipped: {text[:at][:60]!r}")
    while at >= 0:
        try:
            row, end = decoder.raw_decode(text, at)
        except (RecursionError, ValueError):
            row = _cut_short(text[at:])
            out.problem(number, "damaged JSON; the fields before the damage were read" if row else "damaged JSON, nothing of it was read")
            if row:
                found.append(row)
            break
        found.append(row)
        rest = text[end:].strip(" ,;\t\r\0")
        at = text.find("{", end)
        if at < 0 and rest:
            out.problem(number, f"text after the record was skipped: {rest[:60]!r}")
    return found


def _cut_short(text: str) -> Row | None:
    """Read the complete fields of an object that was cut short: what stands before the last comma that leaves valid JSON."""
    import json

    for _ in range(3):
        cut = text.rfind(",")
        if cut < 0:
            return None
        text = text[:cut]
        try:
            row = json.loads(text + "}")
        except (RecursionError, ValueError):
            continue
        return row if isinstance(row, dict) and row else None
    return None
