"""JSON documents: a list of records, a dict of lists (Keras histories), nested evaluations (XGBoost, LightGBM, skorch).

## Looks like
    {"loss": [2.3, 1.9], "val_loss": [2.2, 2.0]}
    [{"epoch": 1, "train_loss": 2.3, "valid_loss": 2.2}]
    {"train": {"rmse": [2.2, 1.9]}, "validation": {"rmse": [2.2, 2.0]}}
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from trainlog.errors import UnreadableLog
from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._columns import is_axis
from trainlog.readers._document import load
from trainlog.readers._groups import has_curves, measures, read_groups, read_records
from trainlog.readers._lines import lines_of
from trainlog.readers._lists import Lists, add_lists, is_measure, is_series
from trainlog.readers._marked import file_tag
from trainlog.readers._reshape import Points, reshape
from trainlog.readers._several import ROW_NAMES
from trainlog.readers._source import Source
from trainlog.readers._table import as_float, flatten
from trainlog.vocab import SPLITS, normal

MIN_NUMBERS = 4  # in a document that is one list of them
MAX_DEPTH = 4  # of lists in objects: {"model": {"train": {"rmse": [...]}}}


_LIST = re.compile(rb"\[")
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
    loaded = load(source, out)
    document = reshape(loaded)
    out.counts_records()
    if isinstance(document, Points) or (len(document or ()) >= MIN_NUMBERS and is_series(document)):
        document = {file_tag(source): document}
    runs = _runs_of_lists(document) if isinstance(document, list) else {}
    if runs:
        document = runs
    if isinstance(document, list):
        if isinstance(loaded, list) and len(loaded) == len(document):
            out.counts_records(lines_of(loaded, source, _LIST))
        read_records(document, out)
    elif isinstance(document, dict):
        _object(document, source, out)


def _object(document: dict[str, Any], source: Source, out: Collector) -> None:
    out.configure({key: value for key, value in document.items() if isinstance(value, str | int | float | bool)})
    runs = _runs(_unwrapped(document))
    if has_curves(document) and not any(is_axis(key) or is_measure(key) for _, lists in runs for key in lists):
        runs = []  # parameters beside the records of a history
    records = 0
    for name, lists in runs:
        if len(runs) > 1:
            out.start_run(records + 1, key=name, name=name)
        records += add_lists(lists, records, out)
    if runs:
        return
    if not read_groups(document, out) and any(as_float(value) is not None for value in flatten(document).values()):
        raise UnreadableLog(
            "this file holds one value per metric, no series",
            where=source.name,
            why="a summary, such as wandb-summary.json, all_results.json or a config",
            do="give the log itself: the .wandb file, trainer_state.json, the event files..."
            + (", or the folder of all such files" if any(c.isdigit() for c in source.label) else ""),
        )


def _runs_of_lists(records: Sequence[Any]) -> dict[str, Any]:
    """Records of which each is a run of its own, with lists in it: ``[{"fold": 0, "history": {"loss": [...]}}]``."""
    rows = [record for record in records if isinstance(record, dict)]
    lists = [_gather(row) for row in rows]
    if not rows or len(rows) < len(records) or not all(any(map(is_measure, one)) for one in lists) or measures(rows):
        return {}
    return {_label(row, number): one for number, (row, one) in enumerate(zip(rows, lists, strict=True))}


def _label(row: Mapping[str, Any], number: int) -> str:
    key = next((key for key in row if normal(key) in ROW_NAMES), None)
    return f"{number}" if key is None else f"{key} {row[key]}"[:80]


def _runs(document: Mapping[str, Any]) -> list[tuple[str, Lists]]:
    """The lists of numbers of each run: groups that are named after a split are one run, others one run each."""
    own: Lists = {key: value for key, value in document.items() if is_series(value)}
    groups = {key: _gather(value) for key, value in document.items() if isinstance(value, dict)}
    groups = {key: lists for key, lists in groups.items() if lists}
    splits = all(normal(key).split("_")[0] in SPLITS for key in groups)
    if not own and groups and not splits and all(any(is_measure(k) for k in lists) for lists in groups.values()):
        return [(key, _renamed(lists)) for key, lists in groups.items()]
    joined = {**own, **{f"{group}/{key}": value for group, lists in groups.items() for key, value in lists.items()}}
    return [("", _renamed(joined))] if joined else []


def _unwrapped(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is in the one object that holds all lists, unless its name says of which split they are."""
    holders = [(key, value) for key, value in document.items() if isinstance(value, dict) and _gather(value)]
    if len(holders) != 1 or any(map(is_series, document.values())):
        return document
    [(key, value)] = holders
    return document if SPLITS.get(normal(key).split("_")[0], "train") != "train" or normal(key) in SPLITS else _unwrapped(value)


def _gather(value: Mapping[str, Any], depth: int = 1) -> Lists:
    found: Lists = {}
    for key, inner in value.items():
        if is_series(inner):
            found[key] = inner
        elif isinstance(inner, dict) and depth < MAX_DEPTH:
            found.update({f"{key}/{name}": lists for name, lists in _gather(inner, depth + 1).items()})
    return found


def _renamed(lists: Lists) -> Lists:
    """XGBoost's scikit-learn interface numbers its sets: with two, the first is the training set (by its documentation's example)."""
    if not any(key.startswith("validation_1/") for key in lists):
        return lists
    return {"train/" + key.removeprefix("validation_0/") if key.startswith("validation_0/") else key: v for key, v in lists.items()}
