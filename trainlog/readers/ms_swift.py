"""ms-swift ``logging.jsonl``: JSON lines whose step is a text like ``"1178/2353"``.

## Looks like
    {"loss": 0.71, "token_acc": 0.83, "learning_rate": 1e-05, "epoch": 0.5, "global_step/max_steps": "1178/2353", "elapsed_time": "36m 58s"}
"""

from typing import Any

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._json import rows
from trainlog.readers._source import Source
from trainlog.readers._table import Table, as_float, as_step

GROWS = True  # the runs so far can be told while the log is being written
OBJECTS = True  # logs may be lines of JSON objects
_STEP = "global_step/max_steps"


def sniff(source: Source) -> Match | None:
    """JSON lines with the key ``global_step/max_steps``."""
    head = source.head
    return Match(0.95, f"JSON lines with {_STEP}") if head.lstrip()[:1] == b"{" and f'"{_STEP}"'.encode() in head else None


def read(source: Source, out: Collector) -> None:
    """Read as JSON lines, with the step as a number; the last one sums the run up."""
    table = Table(out)
    for lines, found in rows(source, out):
        table.add(lines, [_numbered(row, out) if "log_history" not in row else {} for row in found])


def _numbered(row: dict[str, Any], out: Collector) -> dict[str, Any]:
    step, _, total = str(row.get(_STEP, "")).partition("/")
    planned = as_step(total)
    if planned is not None and planned > 0:
        out.segment.total_steps = planned
    rest = {key: value for key, value in row.items() if key != _STEP and key != "elapsed_time"}
    number = as_float(step)
    return rest if number is None else {"step": number, **rest}
