"""MLflow runs: a file store (``mlruns``, one run's folder, or one metric's file) and an SQLite store (``mlflow.db``).

## Looks like
    mlruns/0/bb2a1df7/metrics/train_loss: 1795492832564 20.894 1     (ms since 1970, value, step)
    sqlite: metrics(key, value, timestamp, run_uuid, step, is_nan)
"""

import re
from pathlib import PurePath

from trainlog.errors import UnreadableLog
from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._database import MAGIC, database_errors, open_database, tables
from trainlog.readers._source import Source
from trainlog.readers._table import as_float

_LINE = re.compile(rb"\d{12,13} [-+.\w]+(?: -?\d+)?(?: \S+ \S+)?")
_META = re.compile(r"^(run_name|status):\s*'?(.*?)'?$", re.MULTILINE)
_STATUS = {
    "1": None,
    "2": None,
    "3": "completed",
    "4": "failed",
    "5": "interrupted",
    "FINISHED": "completed",
    "FAILED": "failed",
    "KILLED": "interrupted",
}  # mlflow/protos/service.proto, RunStatus
_INFINITE = 1.7976931348623157e308  # how the SQL store writes infinity (mlflow/store/tracking/sqlalchemy_store.py)
_ROWS = "select key, value, timestamp, step, is_nan from metrics where run_uuid = ? order by timestamp, step"


def sniff(source: Source) -> Match | None:
    """A database with MLflow's tables, a folder with runs in it, or a file of ``time value step`` lines under ``metrics``."""
    if source.is_dir:
        runs = _runs(source)
        return Match(0.93, f"a folder with {len(runs)} MLflow run{'s' if len(runs) > 1 else ''}") if runs else None
    head = source.head
    if {"key", "value", "timestamp", "run_uuid", "step", "is_nan"} <= tables(source).get("metrics", frozenset()):
        return Match(0.99, "an SQLite database with MLflow's table of metrics")
    first = head.split(b"\n", 1)[0].rstrip()
    return Match(0.92, "lines of ms since 1970, value and step") if _LINE.fullmatch(first) else None


def _runs(folder: Source) -> list[Source]:
    """The run folders: those with ``metrics`` and what stands beside it."""
    here = [folder] if _is_run(folder) else []
    metrics = [*folder.folders("*/metrics"), *folder.folders("*/*/metrics"), *folder.folders("mlruns/*/*/metrics")]
    return here or [home for found in metrics if (home := found.folder) is not None and _is_run(home)]


def _is_run(folder: Source) -> bool:
    return bool(folder.folders("metrics")) and bool(folder.files("meta.yaml") or folder.folders("tags") or folder.folders("params"))


def read(source: Source, out: Collector) -> None:
    """Read all runs."""
    out.counts_records()
    if source.head.startswith(MAGIC):
        _database(source, out)
    elif source.is_dir:
        number = 1
        for run in _runs(source):
            out.start_run(number, key=run.name, name=run.label)
            _describe(run, out)
            for file in run.files("metrics/**/*"):
                number = _metric(file, number, out)
    else:
        _metric(source, 1, out)


def _describe(run: Source, out: Collector) -> None:
    for meta in run.files("meta.yaml"):
        found = dict(_META.findall(meta.read(1 << 20).decode("utf-8", "replace")))
        out.segment.name = found.get("run_name") or run.label
        out.segment.status = _STATUS.get(found.get("status", ""))
    for file in run.files("params/*"):
        out.configure({file.label: file.read(1 << 20).decode("utf-8", "replace").strip()})


def _metric(file: Source, number: int, out: Collector) -> int:
    """Read the file of one metric; gives the next free record number."""
    parts = PurePath(file.name).parts
    under = len(parts) - 1 - parts[::-1].index("metrics") if "metrics" in parts else len(parts) - 2
    key = "/".join(parts[under + 1 :])
    for _, text in file.lines():
        cells = text.split()
        if not cells:
            continue
        value = as_float(cells[1]) if len(cells) in (2, 3, 5) else None
        moment = as_float(cells[0])
        if value is None or moment is None:
            out.problem(number, f"not a line of time, value and step: {text[:60]!r}")
        else:
            out.record(number, as_float(cells[2]) if len(cells) > 2 else None, {key: value}, time_s=moment / 1e3)
        number += 1
    return number


def _database(source: Source, out: Collector) -> None:
    database = open_database(source)
    try:
        number = 1
        for uuid, name, status in database.execute("select run_uuid, name, status from runs order by start_time, run_uuid").fetchall():
            segment = out.start_run(number, key=str(uuid), name=str(name or uuid))
            segment.status = _STATUS.get(str(status))
            out.configure(dict(database.execute("select key, value from params where run_uuid = ?", (uuid,)).fetchall()))
            for key, value, timestamp, step, is_nan in database.execute(_ROWS, (uuid,)):
                reading = float("nan") if is_nan else as_float(value)
                if reading is not None and abs(reading) >= _INFINITE:
                    reading = float("inf") if reading > 0 else float("-inf")
                moment = as_float(timestamp)
                out.record(number, as_float(step), {str(key): reading}, time_s=None if moment is None else moment / 1e3)
                number += 1
    except database_errors() as error:
        if not out.segment.key:
            raise UnreadableLog("this MLflow database cannot be read", where=source.name, why=str(error)) from error
        out.problem(0, f"the database is damaged, what came before was read: {error}")
    finally:
        database.close()
