"""Sacred's FileStorageObserver: ``metrics.json`` of a run folder, with ``config.json`` and ``run.json`` beside it.

## Looks like
    {"training.loss": {"steps": [0, 1], "timestamps": ["2023-10-10T07:12:11.677565", ...], "values": [610.87, 590.2]}}
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from trainlog.readers import Match
from trainlog.readers._cells import floats, moments
from trainlog.readers._collect import Collector
from trainlog.readers._document import load
from trainlog.readers._source import Source
from trainlog.run import Floats

_FILE = "metrics.json"
_METRIC = re.compile(rb'"steps"\s*:\s*\[')
_STATUS = {"COMPLETED": "completed", "FAILED": "failed", "INTERRUPTED": "interrupted", "DIED": "failed"}


def sniff(source: Source) -> Match | None:
    """A document of metrics with steps, timestamps and values; or a folder of such."""
    if source.is_dir:
        files = _files(source)
        return Match(0.92, f"a folder with {len(files)} sacred runs") if files else None
    return Match(0.96, "metrics with steps, timestamps and values") if _is_metrics(source.head) else None


def _is_metrics(head: bytes) -> bool:
    return head.lstrip()[:1] == b"{" and bool(_METRIC.search(head)) and b'"values"' in head


def _files(folder: Source) -> list[Source]:
    return [file for pattern in (_FILE, f"*/{_FILE}") for file in folder.files(pattern) if _is_metrics(file.head)]


def read(source: Source, out: Collector) -> None:
    """Read each run; record numbers count through its metrics."""
    out.counts_records()
    files = _files(source) if source.is_dir else [source]
    first = 1
    for file in files:
        if len(files) > 1:
            out.start_run(first, key=file.name, name=file.folder.label if file.folder is not None else file.label)
        document = load(file, out)
        if not isinstance(document, dict):
            continue
        if file.folder is not None:
            _describe(file.folder, out)
        for key, metric in document.items():
            if isinstance(metric, dict):
                first = _metric(key, metric, first, out)


def _metric(key: str, metric: Mapping[str, Any], first: int, out: Collector) -> int:
    values = metric.get("values")
    if not isinstance(values, list) or not values:
        return first
    count = len(values)
    found, missing, _ = floats(["" if value is None else str(_plain(value)) for value in values])
    keep = slice(None) if missing is None else ~missing
    line = np.arange(first, first + count, dtype=np.int64)
    step = _axis(metric.get("steps"), count)
    times = metric.get("timestamps")
    time_s = moments([str(time) for time in times]) if isinstance(times, list) and len(times) == count else None
    out.columns(line[keep], None if step is None else step[keep], {key: found[keep]}, time_s=None if time_s is None else time_s[keep])
    return first + count


def _plain(value: object) -> object:
    """Unwrap what jsonpickle makes of numpy numbers: {"dtype": "float32", "py/object": "numpy.float32", "value": 2.5}."""
    return value.get("value", "") if isinstance(value, dict) else value


def _axis(steps: object, count: int) -> Floats | None:
    if not isinstance(steps, list) or len(steps) != count:
        return None
    return floats(["" if step is None else str(_plain(step)) for step in steps])[0]


def _describe(folder: Source, out: Collector) -> None:
    for name in ("config.json", "run.json"):
        for file in folder.files(name):
            document = load(file, out)
            if isinstance(document, dict) and name == "config.json":
                out.configure(document)
            elif isinstance(document, dict):
                out.segment.status = _STATUS.get(str(document.get("status")))
