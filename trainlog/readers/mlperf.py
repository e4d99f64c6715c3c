"""MLPerf logs: lines ``:::MLLOG {...}`` with key, value and metadata, which says the epoch, step or sample.

## Looks like
    :::MLLOG {"namespace": "", "time_ms": 1593132861, "event_type": "POINT_IN_TIME", "key": "eval_accuracy",
              "value": 0.36, "metadata": {"file": "train.py", "lineno": 70, "epoch_num": 1}}        (on one line)
"""

from collections.abc import Mapping
from typing import Any

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._json import marked_objects
from trainlog.readers._source import Source
from trainlog.readers._table import as_float, flatten
from trainlog.vocab import EPOCH_KEYS, STEP_KEYS, canonical

PREFIX = b":::MLLOG "
_STEPS = ("step_num", "iter_num", "samples_count", *STEP_KEYS)
_EPOCHS = ("epoch_num", "epoch_count", *EPOCH_KEYS)


def sniff(source: Source) -> Match | None:
    """Lines with the mark :::MLLOG."""
    return Match(0.98, "lines marked :::MLLOG") if PREFIX + b"{" in source.head else None


def read(source: Source, out: Collector) -> None:
    """Values with a place are points; those without one are configuration (batch size, seed, learning rate)."""
    for line, row in marked_objects(source, PREFIX, out):
        _row(row, line, out)


def _row(row: Mapping[str, Any], line: int, out: Collector) -> None:
    key, value, metadata = row.get("key"), row.get("value"), row.get("metadata")
    if not isinstance(key, str):
        return
    if key == "run_stop" and isinstance(metadata, dict):
        out.segment.status = {"success": "completed", "aborted": "interrupted"}.get(str(metadata.get("status")))
    place = metadata if isinstance(metadata, dict) else {}
    step = next((as_float(place[name]) for name in _STEPS if name in place), None)
    epoch = next((as_float(place[name]) for name in _EPOCHS if name in place), None)
    found = {key: value} if not isinstance(value, dict) else flatten(value)
    values = {_named(name): as_float(number) for name, number in found.items()}
    moment = as_float(row.get("time_ms"))
    if step is None and epoch is None:
        if row.get("event_type") == "POINT_IN_TIME":
            out.configure({key: value})
    elif row.get("event_type") == "POINT_IN_TIME":
        out.record(line, step, values, epoch=epoch, time_s=None if moment is None else moment / 1e3)


def _named(key: str) -> str:
    return key if canonical(key).canonical != key else key.removeprefix("tracked_")
