"""MMEngine ``vis_data/scalars.json`` and mmcv ``*.log.json``: JSON lines in which evaluations count steps in another way.

An evaluation of an epoch-based run says the epoch where a training record says the iteration (``"step": 59`` after
iteration 12000), and 0 when it was started by ``test``: it is placed at the last training step.

## Looks like
    {"lr": 0.02, "data_time": 0.0038, "loss": 1.7152, "time": 0.143, "epoch": 1, "iter": 69, "memory": 3060, "step": 69}
    {"accuracy/top1": 94.15, "data_time": 0.077, "time": 0.106, "step": 1}
"""

from typing import Any

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._columns import is_axis
from trainlog.readers._json import rows
from trainlog.readers._source import Source
from trainlog.readers._table import Table, as_float

GROWS = True  # the runs so far can be told while the log is being written
OBJECTS = True  # logs may be lines of JSON objects
_PLACES = {"step", "iter", "epoch"}
_KEYS = (b'"lr"', b'"data_time"', b'"time"', b'"iter"')


def sniff(source: Source) -> Match | None:
    """JSON lines that have lr, data_time, time and iter."""
    head = source.head
    if head.lstrip()[:1] == b"{" and all(key in head for key in _KEYS) and b"\n" in head and b'"log_history"' not in head:
        return Match(0.9, "JSON lines with lr, data_time, time and iter")
    return None


def read(source: Source, out: Collector) -> None:
    """Read as JSON lines, evaluations at the last training step; ``time`` is that of one iteration. What says no place is no record."""
    table = Table(out)
    last: float | None = None
    for lines, found in rows(source, out):
        placed = [(line, row) for line, row in zip(lines, found, strict=True) if _PLACES & row.keys()]
        for number, (line, row) in enumerate(placed):
            step = as_float(row.get("step", row.get("iter")))
            if _is_training(row) and step is not None:
                last = step
            placed[number] = (line, _placed(row, last))
        table.add([line for line, _ in placed], [row for _, row in placed])


def _is_training(row: dict[str, Any]) -> bool:
    return row["mode"] == "train" if "mode" in row else "lr" in row


def _placed(row: dict[str, Any], last: float | None) -> dict[str, Any]:
    train = _is_training(row)
    renamed = {("step_time" if key == "time" else key): value for key, value in row.items() if key not in ("iter", "mode")}
    if not train and last is not None:
        renamed["step"] = last
    elif "step" not in renamed and "iter" in row:
        renamed["step"] = row["iter"]
    return renamed if train else {_evaluated(key): value for key, value in renamed.items() if key != "lr"}


def _evaluated(key: str) -> str:
    return key if is_axis(key) else f"val/{key}"
