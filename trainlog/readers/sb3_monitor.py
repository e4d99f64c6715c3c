"""Gym and Stable-Baselines3 ``monitor.csv``: reward ``r``, length ``l`` and end ``t`` (s) of every episode; steps are of the environment.

## Looks like
    #{"t_start": 1700000000.12, "env_id": "CartPole-v1"}
    r,l,t
    22.0,22,0.84
"""

import re
from collections.abc import Sequence

import numpy as np

from trainlog.readers import Match
from trainlog.readers._cells import floats
from trainlog.readers._collect import Collector
from trainlog.readers._layout import Layout
from trainlog.readers._rows import Rows, Table
from trainlog.readers._source import Source

GROWS = True  # the runs so far can be told while the log is being written
_MEANS = {"r": "reward", "l": "episode_length"}


def sniff(source: Source) -> Match | None:
    """A first line that says t_start, then columns r, l and t."""
    found = re.match(rb"#\{\"t_start\"[^\n]*\nr,l,t", source.head)
    return Match(0.98, "t_start, then columns r, l and t") if found else None


def read(source: Source, out: Collector) -> None:
    """Read every episode."""
    lines = source.head.decode("utf-8", "replace").split("\n", 2)
    names = tuple(name.strip() for name in lines[1].split(",")) if len(lines) > 1 else ()
    if names[:3] != ("r", "l", "t"):
        return
    table = Table(Layout(",", names, 3, 1.0))
    out.when_done(lambda out: _hand_over(table.rows(), names, out))
    table.read(source, out)


def _hand_over(rows: Rows, names: Sequence[str], out: Collector) -> None:
    columns = {name: rows.numbers[name][0] if name in rows.numbers else floats(rows.text.get(name, []))[0] for name in names}
    if not len(rows.line):
        return
    step = np.cumsum(np.where(np.isfinite(columns["l"]), columns["l"], 0.0))
    values = {_MEANS.get(name, name): column for name, column in columns.items() if name != "t"}
    out.columns(rows.line, step, values, time_s=columns["t"])
