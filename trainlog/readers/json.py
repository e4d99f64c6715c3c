"""JSON documents: a list of records, a dict of lists (Keras histories), nested evaluations (XGBoost, LightGBM, skorch).

## Looks like
    {"loss": [2.3, 1.9], "val_loss": [2.2, 2.0]}
    [{"epoch": 1, "train_loss": 2.3, "valid_loss": 2.2}]
    {"train": {"rmse": [2.2, 1.9]}, "validation": {"rmse": [2.2, 2.0]}}
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trainlog.errors import UnreadableLog
from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._columns import add_columns, is_axis
from trainlog.readers._document import load
from trainlog.readers._groups import measures, read_groups, read_records
from trainlog.readers._marked import file_tag
from trainlog.readers._reshape import Points, reshape
from trainlog.readers._several import ROW_NAMES
from trainlog.readers._source import Source
from trainlog.readers._table import as_float, column, flatten
from trainlog.vocab import SPLITS, canonical, normal, split_of

MIN_NUMBERS = 4  # in a document that is one list of them
MAX_DEPTH = 4  # of lists in objects: {"model": {"train": {"rmse": [...]}}}
Lists = dict[str, Sequence[Any]]


_OPENS = re.compile(rb"\{|\[\s*+(?:[\[{\"]|-?\d++(?:\.\d++)?+\s*+,|null|NaN|\Z)")  # no [rank0] nor [2026-03-01 of a console line


def sniff(source: Source) -> Match | None:
    """It opens as one JSON document that goes on after its first line, or holds lists."""
    head = source.head.lstrip(b"\0 \t\r\n")
    if not _OPENS.match(head) or b"\0" in head[:1024]:
        return None
    first, _, rest = head.partition(b"\n")
    if rest.lstrip()[:1] == b"{" and first.rstrip().endswith(b"}"):
        return None  # JSON lines
    what = "list" if head[:1] == b"[" else "object"
    return Match(0.4, f"one JSON {what}")


def read(source: Source, out: Collector) -> None:
    """Read by the shape of the document."""
    document = reshape(load(source, out))
    if isinstance(document, Points) or (len(document or ()) >= MIN_NUMBERS and _is_series(document)):
        document = {file_tag(source): document}
    runs = _runs_of_lists(document) if isinstance(document, list) else {}
    if runs:
        document = runs
    if isinstance(document, list):
        read_records(document, out)
    elif isinstance(document, dict):
        _object(document, source, out)


def _object(document: dict[str, Any], source: Source, out: Collector) -> None:
    out.configure({key: value for key, value in document.items() if isinstance(value, str | int | float | bool)})
    runs = _runs(document)
    records = 0
    for name, lists in runs:
        if len(runs) > 1:
            out.start_run(records + 1, key=name, name=name)
        records += _lists(lists, records, out)
    if runs:
        return
    if not read_groups(document, out) and any(as_float(value) is not None for value in flatten(document).values()):
        raise UnreadableLog(
            "this file holds one value per metric, no series",
            where=source.name,
            why="a summary, such as wandb-summary.json, all_results.json or a config",
            do="give the log itself: the .wandb file, trainer_state.json, the event files...",
        )


def _runs_of_lists(records: Sequence[Any]) -> dict[str, Any]:
    """Records of which each is a run of its own, with lists in it: ``[{"fold": 0, "history": {"loss": [...]}}]``."""
    rows = [record for record in records if isinstance(record, dict)]
    lists = [_gather(row) for row in rows]
    if not rows or len(rows) < len(records) or not all(any(map(_is_loss_or_score, one)) for one in lists) or measures(rows):
        return {}
    return {_label(row, number): one for number, (row, one) in enumerate(zip(rows, lists, strict=True))}


def _label(row: Mapping[str, Any], number: int) -> str:
    key = next((key for key in row if normal(key) in ROW_NAMES), None)
    return f"{number}" if key is None else f"{key} {row[key]}"[:80]


def _runs(document: Mapping[str, Any]) -> list[tuple[str, Lists]]:
    """The lists of numbers of each run: groups that are named after a split are one run, others one run each."""
    own: Lists = {key: value for key, value in document.items() if _is_series(value)}
    groups = {key: _gather(value) for key, value in document.items() if isinstance(value, dict)}
    groups = {key: lists for key, lists in groups.items() if lists}
    splits = all(normal(key).split("_")[0] in SPLITS for key in groups)
    if not own and groups and not splits and all(any(_is_loss_or_score(k) for k in lists) for lists in groups.values()):
        return [(key, _renamed(lists)) for key, lists in groups.items()]
    joined = {**own, **{f"{group}/{key}": value for group, lists in groups.items() for key, value in lists.items()}}
    return [("", _renamed(joined))] if joined else []


def _is_loss_or_score(key: str) -> bool:
    return canonical(key).canonical != key.strip() or "loss" in key.lower()


def _gather(value: Mapping[str, Any], depth: int = 1) -> Lists:
    found: Lists = {}
    for key, inner in value.items():
        if _is_series(inner):
            found[key] = inner
        elif isinstance(inner, dict) and depth < MAX_DEPTH:
            found.update({f"{key}/{name}": lists for name, lists in _gather(inner, depth + 1).items()})
    return found


def _renamed(lists: Lists) -> Lists:
    """XGBoost's scikit-learn interface numbers its sets: with two, the first is the training set (by its documentation's example)."""
    if not any(key.startswith("validation_1/") for key in lists):
        return lists
    return {"train/" + key.removeprefix("validation_0/") if key.startswith("validation_0/") else key: v for key, v in lists.items()}


def _is_series(value: object) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(v is None or as_float(v) is not None for v in value[:20])


def _lists(lists: Lists, offset: int, out: Collector) -> int:
    """Lists of one length are one table, of as many records as are given back; shorter ones are evaluations at regular
    intervals, or no series at all.
    """
    length = max(len(value) for key, value in lists.items() if _is_loss_or_score(key) or not any(map(_is_loss_or_score, lists)))
    full = {key: column(value) for key, value in lists.items() if len(value) == length}
    line = np.arange(1, length + 1, dtype=np.int64) + offset
    if not any(is_axis(key) for key in full):
        full = {"epoch": (np.arange(1, length + 1, dtype=np.float64), None), **full}
    add_columns(out, line, full)
    for key, value in lists.items():
        if len(value) in (length, 0) or not _is_loss_or_score(key) or is_axis(key):
            continue
        if len(value) < length and length % len(value) == 0 and split_of(canonical(key).canonical) != "train":
            every = length // len(value)
            out.remark(f"{key} has {len(value):,} values and the longest list {length:,}: taken as one in every {every}")
            at = slice(every - 1, None, every)
            axes = {name: full[name] for name in full if is_axis(name)}
            placed = {name: (values[at], None if missing is None else missing[at]) for name, (values, missing) in axes.items()}
            add_columns(out, line[at], {**placed, key: column(value)})
        else:
            out.remark(f"{key} has {len(value):,} values and the longest list {length:,}: nothing says which belong together; skipped")
    return length
