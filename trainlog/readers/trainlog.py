"""The records that ``trainlog.emit`` writes: JSON lines of schema ``trainlog/1`` (run, train, eval, gpu, checkpoint, resume, end).

## Looks like
    {"type":"run","schema":"trainlog/1","run_id":"a1","total_steps":3000}
    {"type":"train","step":100,"loss":4.2,"ppl":66.7,"lr":0.0003}
    {"type":"eval","step":1000,"val_loss":3.9,"val_ppl":49.9}
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import compress
from typing import Any

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._json import batches
from trainlog.readers._source import Source
from trainlog.readers._table import Table, as_float, as_step, numbered
from trainlog.vocab import THROTTLE_BITS

GROWS = True  # the runs so far can be told while the log is being written
OBJECTS = True  # logs may be lines of JSON objects
_TYPED = re.compile(rb'"type"\s*:\s*"(run|train|eval|checkpoint)"')
_NUMBERS = (float, int)
_METRICS = ("train", "eval")


def sniff(source: Source) -> Match | None:
    """The head names the schema, or its lines carry the record types."""
    if b'"trainlog/1"' in source.head:
        return Match(1.0, 'a record names the schema "trainlog/1"')
    typed = len(_TYPED.findall(source.head))
    if typed > 1 and source.head.lstrip(b"\0 \r\n").startswith(b"{"):
        return Match(0.8, f"{typed} records of the types run, train, eval, checkpoint")
    return None


def divisible(_: Source) -> bool:
    """Any part of these records can be read by itself."""
    return True


def read(source: Source, out: Collector) -> None:
    """Read metrics in bulk and the other records one by one."""
    table = Table(out, marked=False)
    interest = table.interest._replace(texts=("type",), lists=("gpu",), labels=("throttle",))
    for batch in batches(source, out, interest):
        kinds = batch.columns.get("type") if batch.columns is not None else [row.get("type") for row in batch.rows]
        keep = [kind is None or kind in _METRICS for kind in kinds] if kinds and not _plain(kinds) else None
        for index, kept in enumerate(keep or ()):
            if not kept:
                _one(batch.row(index), batch.lines[index], out)
        lines = batch.lines if keep is None else list(compress(batch.lines, keep))
        if batch.columns is None:
            rows = batch.rows if keep is None else compress(batch.rows, keep)
            table.add(lines, [{**row, **_gpus(row)} if "gpu" in row else row for row in rows])
        else:
            columns = {key: cells if keep is None else list(compress(cells, keep)) for key, cells in batch.columns.items()}
            table.add_columns(numbered(lines), {key: _bits(key, cells) for key, cells in columns.items()})


def _plain(kinds: Sequence[object]) -> bool:
    """Whether all of these records are rows of metrics; counting costs a third of looking at each."""
    return sum(map(kinds.count, (*_METRICS, None))) == len(kinds)


def _bits(key: str, cells: list[Any]) -> list[Any]:
    if not key.endswith("/throttle"):
        return cells
    return [_throttle(cell) if isinstance(cell, list) else cell for cell in cells]


def _one(row: dict[str, Any], line: int, out: Collector) -> None:
    """Take in one record that is not a row of metrics."""
    kind, step = row.get("type"), as_step(row.get("step"))
    if kind == "run":
        segment = out.start_run(line, key=str(row.get("run_id", "")), name=str(row.get("name", "")), started=_moment(row.get("started")))
        config = row.get("config")
        segment.config.update(config if isinstance(config, dict) else {})
        segment.total_steps, segment.steps_per_epoch = as_step(row.get("total_steps")), as_float(row.get("steps_per_epoch"))
    elif kind == "resume" and step is not None:
        out.segment.resumed.append((line, step))
    elif kind == "checkpoint" and step is not None:
        path = row.get("path")
        out.checkpoint(step, path if isinstance(path, str) else None, line)
    elif kind == "end":
        out.segment.status = str(row.get("status", "completed"))
    elif kind == "gpu":
        out.record(line, step, _gpus(row), epoch=as_float(row.get("epoch")), time_s=as_float(row.get("time_s")))


def _gpus(row: Mapping[str, Any]) -> dict[str, float | None]:
    """The readings of each device that a record carries, as ``gpu/INDEX/FIELD``."""
    devices = row.get("gpu")
    values: dict[str, float | None] = {}
    for position, device in enumerate(devices if isinstance(devices, list) else ()):
        if isinstance(device, dict):
            values.update(_readings(device, position))
    return values


def _readings(device: dict[str, Any], position: int) -> dict[str, float | None]:
    index = device.get("index", position)
    values: dict[str, float | None] = {}
    for key, value in device.items():
        if key == "throttle" and isinstance(value, list):
            values[f"gpu/{index}/throttle"] = _throttle(value)
        elif key != "index" and (number := value if type(value) in _NUMBERS else as_float(value)) is not None:
            values[f"gpu/{index}/{key}"] = number
    return values


def _throttle(reasons: Sequence[object]) -> float:
    return float(sum(THROTTLE_BITS.get(str(reason), 0) for reason in reasons))


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
