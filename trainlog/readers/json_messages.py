"""JSON lines around console text: structured logging, container logs, cloud logs; the text is read as the console reader would.

## Looks like
    {"time": "2026-01-01T00:00:00Z", "level": "info", "msg": "step 100 | loss 3.12 | lr 1e-4"}
    {"log": "Epoch 1 - loss: 2.31", "stream": "stdout", "time": "2026-01-01T00:00:00Z"}
"""

from typing import Any

import orjson

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._json import salvage
from trainlog.readers._source import Source
from trainlog.readers._table import as_float, flatten
from trainlog.vocab import canonical, metric

OBJECTS = True  # logs may be lines of JSON objects
_KEYS = ("message", "msg", "log", "text", "textPayload", "event", "line", "content", "body")
SCORE, BESIDE = 0.6, 0.3  # the latter where the objects hold measures of their own, which count first
SAMPLE = 50  # lines


def sniff(source: Source) -> Match | None:
    """JSON lines whose messages are text that names a measure."""
    if source.head.lstrip()[:1] != b"{" or not any(b'"%b"' % key.encode() in source.head for key in _KEYS):
        return None
    from trainlog.readers import console  # of lines of objects this reader is asked, and few hold messages

    inner = console.sniff(Source.of(source.name, _messages(source.head)))
    if inner is None or inner.score <= console.MIN_SCORE:
        return None
    rows = (row for line in source.head.split(b"\n")[:SAMPLE] for row in salvage(line, 0, Collector()))
    own = any(
        metric(canonical(key).canonical).better and as_float(value) is not None for row in rows for key, value in flatten(row).items()
    )
    return Match(BESIDE if own else SCORE, f"JSON lines with messages: {inner.why}")


def read(source: Source, out: Collector) -> None:
    """Read the messages as text; a line stays a line."""
    from trainlog.readers._console import read_text

    read_text(source, out, _messages)


def _messages(block: bytes) -> bytes:
    return b"\n".join(map(_message, block.split(b"\n")))


def _message(line: bytes) -> bytes:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return b""
    found = _text(row) if isinstance(row, dict) else ""
    return found.strip().replace("\n", " | ").replace("\r", " ").encode("utf-8", "replace")


def _text(row: dict[str, Any]) -> str:
    return next((value for key in _KEYS if isinstance(value := row.get(key), str)), "")
