"""The records that ``trainlog.emit`` writes: JSON lines of schema ``trainlog/1`` (run, train, eval, gpu, checkpoint, resume, end).

## Looks like
    {"type":"run","schema":"trainlog/1","run_id":"a1","total_steps":3000}
    {"type":"train","step":100,"loss":4.2,"ppl":66.7,"lr":0.0003}
    {"type":"eval","step":1000,"val_loss":3.9,"val_ppl":49.9}
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._json import rows
from trainlog.readers._source import Source
from trainlog.readers._table import Table, as_float
from trainlog.vocab import THROTTLE_BITS

_TYPED = re.compile(rb'"type"\s*:\s*"(run|train|eval|checkpoint)"')
_METRICS = ("train", "eval")
_NOT_METRICS = {"gpu", "ranks", "type"}


def sniff(source: Source) -> Match | None:
    """The head names the schema, or its lines carry the record types."""
    if b'"trainlog/1"' in source.head:
        return Match(1.0, 'a record names the schema "trainlog/1"')
    typed = len(_TYPED.findall(source.head))
    if typed > 1 and source.head.lstrip(b"\0 \r\n").startswith(b"{"):
        return Match(0.8, f"{typed} records of the types run, train, eval, checkpoint")
    return None


def read(source: Source, out: Collector) -> None:
    """Read metrics in bulk and the other records one by one."""
    table = Table(out, marked=False)
    gpu_wanted = any(out.wants(f"gpu/0/{field}") for field in ("memory_used_bytes", "temperature_c", "utilization"))
    for first, lines, found in rows(source, out):
        special = [i for i, row in enumerate(found) if row.get("type") not in _METRICS]
        if special:
            numbers = lines or list(range(first, first + len(found)))
            for i in special:
                _one(found[i], numbers[i], out)
            plain = [i for i, row in enumerate(found) if row.get("type") in _METRICS or "type" not in row]
            _metrics([numbers[i] for i in plain], [found[i] for i in plain], table, out, gpu_wanted)
        else:
            _metrics(lines or range(first, first + len(found)), found, table, out, gpu_wanted)


def _metrics(lines: Sequence[int], found: Sequence[dict[str, Any]], table: Table, out: Collector, gpu_wanted: bool) -> None:
    if gpu_wanted:
        _gpus(lines, found, out)
    table.add(lines, found)


def _one(row: dict[str, Any], line: int, out: Collector) -> None:
    """Take in one record that is not a row of metrics."""
    kind, step = row.get("type"), as_float(row.get("step"))
    if kind == "run":
        segment = out.start_run(line, key=str(row.get("run_id", "")), name=str(row.get("name", "")), started=_moment(row.get("started")))
        config = row.get("config")
        segment.config.update(config if isinstance(config, dict) else {})
        total, per_epoch = as_float(row.get("total_steps")), as_float(row.get("steps_per_epoch"))
        segment.total_steps = int(total) if total is not None else None
        segment.steps_per_epoch = per_epoch
    elif kind == "checkpoint" and step is not None:
        path = row.get("path")
        out.checkpoint(int(step), path if isinstance(path, str) else None, line)
    elif kind == "end":
        out.segment.status = str(row.get("status", "completed"))
    elif kind == "gpu":
        _gpus([line], [row], out)


def _gpus(lines: Sequence[int], found: Sequence[dict[str, Any]], out: Collector) -> None:
    """Take the readings of each device out of the records that carry them."""
    for line, row in zip(lines, found, strict=True):
        devices = row.get("gpu")
        if not isinstance(devices, list):
            continue
        values: dict[str, float | None] = {}
        for position, device in enumerate(devices):
            if isinstance(device, dict):
                values.update(_readings(device, position))
        out.record(line, as_float(row.get("step")), values, epoch=as_float(row.get("epoch")), time_s=as_float(row.get("time_s")))


def _readings(device: dict[str, Any], position: int) -> dict[str, float | None]:
    index = device.get("index", position)
    values: dict[str, float | None] = {}
    for key, value in device.items():
        if key == "throttle" and isinstance(value, list):
            values[f"gpu/{index}/throttle"] = float(sum(THROTTLE_BITS.get(str(reason), 0) for reason in value))
        elif key != "index" and as_float(value) is not None:
            values[f"gpu/{index}/{key}"] = as_float(value)
    return values


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
