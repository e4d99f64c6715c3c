"""GPU readings of ``nvidia-smi --query-gpu=... --format=csv``, one row per GPU and moment; given beside a run with ``--gpu``.

## Looks like
    timestamp, index, name, utilization.gpu [%], memory.used [MiB], temperature.gpu, power.draw [W]
    2024/11/23 12:23:29.950, 0, NVIDIA RTX A6000, 92 %, 25073 MiB, 61, 250.10 W
"""

import re
from typing import NamedTuple

from trainlog.errors import UnreadableLog
from trainlog.readers import Match
from trainlog.readers._cells import lenient, moment
from trainlog.readers._collect import Collector
from trainlog.readers._source import Source

GROWS = True  # the runs so far can be told while the log is being written
_MIB = 2.0**20
# nvidia-smi --help-query-gpu -> our name and the factor to its unit.
FIELDS = {
    "utilization.gpu": ("utilization", 1e-2),
    "memory.used": ("memory_used_bytes", _MIB),
    "memory.total": ("memory_total_bytes", _MIB),
    "temperature.gpu": ("temperature_c", 1.0),
    "temperature.gpu.tlimit": ("temperature_margin_c", 1.0),
    "power.draw": ("power_w", 1.0),
    "power.draw.average": ("power_w", 1.0),
    "power.draw.instant": ("power_w", 1.0),
    "power.limit": ("power_limit_w", 1.0),
    "enforced.power.limit": ("power_limit_w", 1.0),
    "clocks.sm": ("sm_clock_mhz", 1.0),
    "clocks.current.sm": ("sm_clock_mhz", 1.0),
    "clocks_throttle_reasons.active": ("throttle", 1.0),
    "clocks_event_reasons.active": ("throttle", 1.0),
}
# A row of --format=csv,noheader: a moment as nvidia-smi writes it, and a unit.
_NAMELESS = re.compile(rb"\s*+\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{3},[^\n]*? (?:%|MiB|W|MHz)(?:,|\s)")
_IDS = ("index", "gpu_uuid", "uuid", "pci.bus_id", "gpu_bus_id")


class _Columns(NamedTuple):
    time: int | None
    device: int | None
    fields: dict[int, tuple[str, float]]


def sniff(source: Source) -> Match | None:
    """A line of names that nvidia-smi gives its fields."""
    columns = _columns(source.head.split(b"\n", 1)[0].decode("utf-8", "replace"))
    if columns is None:
        return Match(0.9, "rows of nvidia-smi without their names") if _NAMELESS.match(source.head) else None
    return Match(0.95, f"the names of {len(columns.fields)} fields of nvidia-smi")


def _columns(line: str) -> _Columns | None:
    names = [name.partition("[")[0].strip().lower() for name in line.split(",")]
    known = {at: FIELDS[name] for at, name in enumerate(names) if name in FIELDS}
    if not known or not (len(known) > 1 or "timestamp" in names or "[" in line):
        return None
    device = next((names.index(name) for name in _IDS if name in names), None)
    return _Columns(names.index("timestamp") if "timestamp" in names else None, device, known)


def read(source: Source, out: Collector) -> None:
    """Read each row; devices are numbered as nvidia-smi does, or in the order they come when it was not asked for that."""
    if _NAMELESS.match(source.head):
        raise UnreadableLog(
            "the columns of this file have no names",
            where=source.name,
            why="nvidia-smi was asked for noheader, and what a percentage or MiB are of cannot be told",
            do="put the names above, as they were asked for: (echo timestamp, index, utilization.gpu, memory.used; cat gpu.csv)",
        )
    columns: _Columns | None = None
    devices: dict[str, str] = {}
    for number, line in source.lines():
        if columns is None:
            columns = _columns(line)
            continue
        cells = [cell.strip() for cell in line.split(",")]
        if not line.strip() or _columns(line) is not None:
            continue
        if len(cells) <= max(columns.fields):
            out.problem(number, f"{len(cells)} cells where {max(columns.fields) + 1} or more were expected")
            continue
        device = "0" if columns.device is None else cells[columns.device]
        index = device if device.isdecimal() else devices.setdefault(device, str(len(devices)))
        values = {f"gpu/{index}/{name}": _reading(cells[at], factor) for at, (name, factor) in columns.fields.items()}
        when = None if columns.time is None else moment(cells[columns.time])
        out.record(number, None, values, time_s=when)


def _reading(cell: str, factor: float) -> float | None:
    if cell.startswith("0x"):
        try:
            return float(int(cell, 16))
        except (ValueError, OverflowError):
            return None
    value = lenient(cell)
    return None if value is None else value * factor
