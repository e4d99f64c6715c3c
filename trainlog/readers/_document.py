"""One JSON document, also one that was cut short or has bare ``NaN`` in it."""

import json
import re
from typing import Any

import orjson

from trainlog.errors import UnreadableLog
from trainlog.readers._collect import Collector
from trainlog.readers._source import Source

MAX_DOCUMENT = 64 * 1024 * 1024  # bytes
MAX_DECODED = 300 * 1024 * 1024  # bytes, by what each mark of a document stands for in memory:
COSTS = {b"{": 200, b"[": 64, b":": 60, b",": 32}  # a dict, a list, an entry with its key, a number with the pointer to it (CPython 3.11)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|[{}\[\],]')
_CLOSING = {"{": "}", "[": "]"}
_ATTEMPTS = 4  # commas to go back to from the place of the damage


def load(source: Source, out: Collector) -> Any:
    """Decode the document; what is complete of a damaged one is kept and the damage noted. None when nothing can be read.

    Raises ``UnreadableLog`` for a document above 64 MiB, or one that would take more than 300 MiB when decoded.
    """
    data = source.read(MAX_DOCUMENT).strip(b" \t\r\n\0")
    cost = sum(each * data.count(mark) for mark, each in COSTS.items())
    if cost > MAX_DECODED:
        why = f"decoded it would take about {cost >> 20:,} MiB, and {MAX_DECODED >> 20} are allowed"
        raise UnreadableLog("this document is too large", where=source.name, why=why, do="write one record per line (JSON lines) instead")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    text = data.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        at, line, why = error.pos, error.lineno, error.msg
    except RecursionError:
        out.problem(0, "this document is nested too deeply to be a log")
        return None
    document = _repaired(text, at)
    read = "what stands before the damage was read" if document is not None else "nothing could be read"
    out.problem(line, f"damaged JSON ({why}): {read}")
    return document


def _repaired(text: str, damage: int) -> Any:
    """Decode what stands before the damage: back to a comma, then close what is open."""
    stack: list[str] = []
    commas: list[tuple[int, str]] = []
    for token in _TOKEN.finditer(text, 0, damage):
        kind = token[0]
        if kind in _CLOSING:
            stack.append(_CLOSING[kind])
            if len(stack) > 500:
                return None
            if len(commas) == 0:
                commas.append((token.end(), "".join(reversed(stack))))
        elif kind in "}]":
            if not stack or stack.pop() != kind:
                break
            commas.append((token.end(), "".join(reversed(stack))))
        elif kind == ",":
            commas.append((token.start(), "".join(reversed(stack))))
        del commas[:-_ATTEMPTS]
    for at, closing in reversed(commas):
        try:
            return json.loads(text[:at] + closing)
        except (json.JSONDecodeError, RecursionError):
            continue
    return None
