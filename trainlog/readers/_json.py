"""JSON lines, tolerantly and fast: whole blocks are decoded in one call, and only what fails is looked at line by line.

What a line may be and still be read: bare ``NaN`` and ``Infinity``, several objects, half an object (a crash while
writing), junk before it, NUL bytes, ``\\r\\n``, a byte order mark. What cannot be read becomes a Problem with its line.
"""

import json
from collections.abc import Iterator
from typing import Any

import orjson

from trainlog.readers._collect import Collector
from trainlog.readers._source import MAX_LINE, Source

Row = dict[str, Any]
_DECODER = json.JSONDecoder()


def rows(source: Source, out: Collector) -> Iterator[tuple[int, list[int] | None, list[Row]]]:
    """Give (number of the first line, line numbers, objects) per block; line numbers None: consecutive from the first."""
    for number, block in source.blocks():
        decoded = _bulk(block)
        if decoded is not None:
            yield number, None, decoded
        else:
            lines: list[int] = []
            found: list[Row] = []
            for offset, line in enumerate(block.split(b"\n")):
                for row in salvage(line, number + offset, out):
                    lines.append(number + offset)
                    found.append(row)
            if found:
                yield number, lines, found


def _bulk(block: bytes) -> list[Row] | None:
    """Decode a block whose every line is one object, or None when a line is anything else."""
    body = block[:-1] if block.endswith(b"\n") else block
    count = body.count(b"\n") + 1
    try:
        decoded = orjson.loads(b"[" + body.replace(b"\n", b",") + b"]")
    except orjson.JSONDecodeError:
        return None
    if len(decoded) != count or not all(map(dict.__instancecheck__, decoded)):
        return None
    return decoded  # type: ignore[no-any-return]  # orjson is typed Any; checked above


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
    found: list[Row] = []
    at = text.find("{")
    if at < 0:
        out.problem(number, f"not JSON: {text[:60]!r}")
        return found
    if at > 0:
        out.problem(number, f"text before the record was skipped: {text[:at][:60]!r}")
    while at >= 0:
        try:
            row, end = _DECODER.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError, ValueError):
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
    for _ in range(3):
        cut = text.rfind(",")
        if cut < 0:
            return None
        text = text[:cut]
        try:
            row = json.loads(text + "}")
        except (json.JSONDecodeError, RecursionError, ValueError):
            continue
        return row if isinstance(row, dict) and row else None
    return None
