"""NVIDIA DLLogger files: lines ``DLLL {...}`` whose step is ``[epoch, iteration]`` or ``[iteration]``.

## Looks like
    DLLL {"timestamp": "1570716921.84", "type": "LOG", "step": [0, 5], "data": {"train.loss": 8.566}}
    DLLL {"timestamp": "1570716934.05", "type": "LOG", "step": [1], "data": {"train.loss": 7.09, "val.loss": 7.00}}
"""

from collections.abc import Mapping
from typing import Any

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._json import marked_objects
from trainlog.readers._source import Source
from trainlog.readers._table import as_float, flatten

PREFIX = b"DLLL "


def sniff(source: Source) -> Match | None:
    """Lines that start with DLLL and an object."""
    return Match(0.98, "lines that start with DLLL") if source.head.startswith(b"DLLL {") or b"\nDLLL {" in source.head else None


def read(source: Source, out: Collector) -> None:
    """Read LOG lines; parameters are configuration, a step of ``[]`` sums the run up."""
    for line, row in marked_objects(source, PREFIX, out):
        _row(row, line, out)


def _row(row: Mapping[str, Any], line: int, out: Collector) -> None:
    data, step = row.get("data"), row.get("step")
    if row.get("type") != "LOG" or not isinstance(data, dict):
        return
    if step == "PARAMETER":
        out.configure(data)
        return
    place = [as_float(part) for part in step] if isinstance(step, list | tuple) else [as_float(step)]
    if not place or place[0] is None:
        return
    values = {key: as_float(value) for key, value in flatten(data).items()}
    epoch = place[0] if isinstance(step, list) else None
    iteration = place[1] if len(place) > 1 else None if isinstance(step, list) else place[0]
    out.record(line, iteration, values, epoch=epoch, time_s=as_float(row.get("timestamp")))
