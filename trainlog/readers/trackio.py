"""Trackio databases (``PROJECT.db``): one run per name, system metrics with them.

## Looks like
    sqlite: metrics(run_name, step, timestamp, metrics) with rows like 'overfit', 0, '{"train/loss": 20.89}'
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson

from trainlog.readers import Match
from trainlog.readers._cells import moment
from trainlog.readers._collect import Collector
from trainlog.readers._database import database_errors, open_database, tables
from trainlog.readers._source import Source
from trainlog.readers._table import as_float, flatten

if TYPE_CHECKING:
    import sqlite3

_ROWS = "select run_name, step, timestamp, metrics from metrics order by run_name, id"
_CONFIGS = "select run_name, config from configs"


def sniff(source: Source) -> Match | None:
    """An SQLite file whose table of metrics has the column ``run_name``."""
    if {"run_name", "step", "timestamp", "metrics"} <= tables(source).get("metrics", frozenset()):
        return Match(0.99, "an SQLite database with Trackio's table of metrics")
    return None


def read(source: Source, out: Collector) -> None:
    """Read run by run; record numbers count through the file."""
    out.counts_records()
    database = open_database(source)
    try:
        configs = {name: _decoded(text) for name, text in _select(database, _CONFIGS, out)}
        current: str | None = None
        for number, (name, step, timestamp, metrics) in enumerate(_select(database, _ROWS, out), 1):
            if name != current:
                current = name
                out.start_run(number, key=str(name), name=str(name))
                out.configure({key: value for key, value in configs.get(name, {}).items() if not key.startswith("_")})
            values = {key: as_float(value) for key, value in flatten(_decoded(metrics)).items() if out.wants(key)}
            epoch = values.pop("epoch", None)
            out.record(number, as_float(step), values, epoch=epoch, time_s=moment(str(timestamp)))
    finally:
        database.close()


def _select(database: "sqlite3.Connection", query: str, out: Collector) -> Iterator[tuple[Any, ...]]:
    try:
        yield from database.execute(query)
    except database_errors() as error:
        out.problem(0, f"the database is damaged, what came before was read: {error}")


def _decoded(text: object) -> dict[str, Any]:
    try:
        document = orjson.loads(text) if isinstance(text, str | bytes) else None
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}
