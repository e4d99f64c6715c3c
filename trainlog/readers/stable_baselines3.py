"""Stable-Baselines3 ``log.txt`` and console: one boxed table per update, the step among its rows.

## Looks like
    ----------------------------------
    | rollout/            |          |
    |    ep_rew_mean      | 22.9     |
    | time/               |          |
    |    total_timesteps  | 2048     |
    | train/              |          |
    |    loss             | 8.19     |
    ----------------------------------
"""

import re

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._console.text import texts
from trainlog.readers._source import Source
from trainlog.readers._table import as_float

_ROW = re.compile(r"[ \t]*\| (   )?([\w./-]{1,80})[ \t]*\|[ \t]*([^|\s]*)[ \t]*\|[ \t]*")
_STEP, _TIME = "total_timesteps", "time_elapsed"
MAX_ROWS = 1000  # in one table


def sniff(source: Source) -> Match | None:
    """Boxed rows, total_timesteps among them."""
    return Match(0.95, "boxed rows with total_timesteps") if re.search(rb"\| +total_timesteps +\| \d", source.head) else None


def read(source: Source, out: Collector) -> None:
    """Hand over one record per table."""
    rows: dict[str, float | None] = {}
    start, group = 1, ""
    for number, line in texts(source):
        row = _ROW.fullmatch(line)
        if row is None:
            _hand_over(start, rows, out)
            start, rows, group = number, {}, ""
        elif not row[3]:
            group = row[2]
        elif len(rows) < MAX_ROWS:
            rows[row[2] if row[2] in (_STEP, _TIME) else f"{group if row[1] else ''}{row[2]}"] = as_float(row[3])
    _hand_over(start, rows, out)


def _hand_over(line: int, rows: dict[str, float | None], out: Collector) -> None:
    step, time_s = rows.pop(_STEP, None), rows.pop(_TIME, None)
    out.record(line, step, {key: value for key, value in rows.items() if value is not None}, time_s=time_s)
