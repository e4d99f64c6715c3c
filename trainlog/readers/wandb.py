"""Weights & Biases run files (``run-ID.wandb``), or the run folder around one: history, configuration, system readings.

Read without wandb: LevelDB framing, then protocol buffers (wandb ``proto/wandb_internal.proto``, field numbers below).

## Looks like
    wandb/offline-run-20260101_120000-abcd1234/run-abcd1234.wandb
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from trainlog.readers import Match
from trainlog.readers._blocklog import read_files
from trainlog.readers._collect import Collector
from trainlog.readers._protobuf import BYTES, FIXED64, VARINT, double, fields, signed, text
from trainlog.readers._source import Source
from trainlog.readers._table import as_float
from trainlog.vocab import STEP_KEYS, normal

MAGIC = b":W&B"
PATTERNS = ("*.wandb", "*run-*/*.wandb", "wandb/*run-*/*.wandb")
_HISTORY, _CONFIG, _STATS, _RUN, _EXIT = 2, 5, 7, 17, 18  # of Record
_PERCENT, _WHOLE = 1e-2, 1.0
_GPU = re.compile(r"gpu\.(\d+)\.(\w+)")
# wandb's names of GPU readings -> ours, and the factor to our unit (wandb "System metrics" documentation).
_GPU_FIELDS = {
    "gpu": ("utilization", _PERCENT),
    "memoryAllocatedBytes": ("memory_used_bytes", _WHOLE),
    "memoryAllocated": ("memory_fraction", _PERCENT),
    "temp": ("temperature_c", _WHOLE),
    "powerWatts": ("power_w", _WHOLE),
    "enforcedPowerLimitWatts": ("power_limit_w", _WHOLE),
    "smClock": ("sm_clock_mhz", _WHOLE),
}


def sniff(source: Source) -> Match | None:
    """The file magic, or a folder with run files."""
    if source.is_dir:
        files = _files(source)
        return Match(0.95, f"a folder with {len(files)} .wandb files") if files else None
    return Match(1.0, "the magic bytes :W&B") if source.head.startswith(MAGIC) else None


def _files(folder: Source) -> list[Source]:
    found = [file for pattern in PATTERNS for file in folder.files(pattern)]
    return list({file.path.resolve(): file for file in found if file.path is not None}.values())  # latest-run is a link to one of them


def read(source: Source, out: Collector) -> None:
    """Read every run file; each is one run."""
    out.counts_records()
    files = _files(source) if source.is_dir else [source]
    read_files(files, out, lambda data, number: _record(data, number, out), "W&B")


def _record(data: bytes, number: int, out: Collector) -> None:
    for field, wire, start, end, _ in fields(data):
        if wire != BYTES:
            continue
        if field == _HISTORY:
            _history(data, start, end, number, out)
        elif field == _STATS:
            _stats(data, start, end, number, out)
        elif field == _CONFIG:
            _config(data, start, end, out)
        elif field == _RUN:
            _run(data, start, end, out)
        elif field == _EXIT:
            codes = [value for inner, kind, _, _, value in fields(data, start, end) if (inner, kind) == (1, VARINT)]
            out.segment.status = "completed" if not any(codes) else "failed"


def _items(data: bytes, start: int, end: int, wanted: int) -> Iterator[tuple[str, Any]]:
    """Key and value of each item of a history, statistics or configuration record; nested keys are joined with ``/``."""
    for field, wire, first, last, _ in fields(data, start, end):
        if (field, wire) != (wanted, BYTES):
            continue
        keys: list[str] = []
        value: Any = None
        for inner, kind, low, high, bits in fields(data, first, last):
            if inner in (1, 2) and kind == BYTES:
                keys.append(text(data, low, high))
            elif inner == 16 and kind == BYTES:
                value = _decoded(text(data, low, high))
            elif (inner, kind) == (5, VARINT):
                value = float((bits >> 1) ^ -(bits & 1))  # zigzag, as sint64 is written
            elif (inner, kind) == (6, FIXED64):
                value = double(bits)
        yield "/".join(keys), value


def _decoded(value: str) -> Any:
    number = as_float(value)
    if number is not None:
        return number
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _history(data: bytes, start: int, end: int, number: int, out: Collector) -> None:
    row = dict(_items(data, start, end, 1))
    values: dict[str, float | None] = {}
    for key, value in row.items():
        flat = {f"{key}/{inner}": deep for inner, deep in value.items()} if isinstance(value, dict) else {key: value}
        values.update({name: as_float(inner) for name, inner in flat.items() if not name.startswith("_")})
    step = next((as_float(row[key]) for name in STEP_KEYS for key in row if normal(key) == normal(name)), None)
    for key in [key for key in values if normal(key) in STEP_KEYS or normal(key) == "epoch" or not out.wants(key)]:
        del values[key]
    out.record(number, step, values, epoch=as_float(row.get("epoch")), time_s=as_float(row.get("_timestamp")))


def _stats(data: bytes, start: int, end: int, number: int, out: Collector) -> None:
    moment = None
    for field, wire, first, last, _ in fields(data, start, end):
        if (field, wire) == (2, BYTES):
            parts = {inner: signed(value) for inner, kind, _, _, value in fields(data, first, last) if kind == VARINT}
            moment = parts.get(1, 0) + parts.get(2, 0) / 1e9
    values: dict[str, float | None] = {}
    for key, value in _items(data, start, end, 3):
        found = _GPU.fullmatch(key)
        known = _GPU_FIELDS.get(found[2]) if found else None
        reading = as_float(value)
        if found and known and reading is not None and out.wants(f"gpu/{found[1]}/{known[0]}"):
            values[f"gpu/{found[1]}/{known[0]}"] = reading * known[1]
    out.record(number, None, values, time_s=moment)


def _config(data: bytes, start: int, end: int, out: Collector) -> None:
    out.configure({key: value for key, value in _items(data, start, end, 1) if key and not key.startswith("_wandb")})


def _run(data: bytes, start: int, end: int, out: Collector) -> None:
    for field, wire, first, last, _ in fields(data, start, end):
        if (field, wire) == (8, BYTES):
            out.segment.name = text(data, first, last)
        elif (field, wire) == (4, BYTES):
            _config(data, first, last, out)
        elif (field, wire) == (17, BYTES):
            seconds = next((signed(value) for inner, kind, _, _, value in fields(data, first, last) if (inner, kind) == (1, VARINT)), 0)
            if 0 < seconds < 4e9:
                out.segment.started = datetime.fromtimestamp(seconds, UTC)
