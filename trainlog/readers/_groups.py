"""Lists of records in a JSON document: which of them are curves, and which are of one run."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trainlog.errors import UnreadableLog
from trainlog.readers._collect import Collector
from trainlog.readers._columns import is_axis
from trainlog.readers._marked import with_split
from trainlog.readers._reshape import Points
from trainlog.readers._several import one_each
from trainlog.readers._table import Table, flatten
from trainlog.vocab import SPLITS, UNNAMED, canonical, metric

MAX_DEPTH = 4  # of objects around a list
MIN_RECORDS = 2  # of a curve; a single record sums something up
_WORD = re.compile(r"[a-z]+")
_POINTS = "/*"  # after the path of points, which name themselves


def read_groups(document: Mapping[str, Any], out: Collector) -> bool:
    """Read the lists of records and the points in a document; says whether there were any.

    Lists in objects named after a split are of one run, lists of the same measures side by side of one run each.
    """
    found = [(path, records) for path, records in _record_lists(document) if records]
    measured = [(path, records) for path, records in found if len(records) >= MIN_RECORDS and _measures(records)]
    longest = max(measured or found, key=lambda one: len(one[1]), default=None)
    if longest is None:
        return False
    runs: dict[str, list[tuple[str, list[Any]]]] = {}
    for path, records in measured or [longest]:
        split = next((word for word in _WORD.findall(path.lower()) if word in SPLITS), "")
        if path.endswith(_POINTS) or split:
            runs.setdefault("", []).append((split, records))
        elif path.rpartition("/")[0] == longest[0].rpartition("/")[0] and _measures(records) & _measures(longest[1]):
            runs.setdefault(path, []).append(("", records))
    number = 1
    for name, parts in runs.items():
        if len(runs) > 1:
            out.start_run(number, key=name, name=name)
        table = Table(out)
        for split, records in parts:
            _refuse_summaries(records)
            rows = [flatten(row) if split else row for row in records if isinstance(row, dict) and "stream_name" not in row]
            if split:
                rows = [{(key if is_axis(key) else with_split(key, split)): value for key, value in row.items()} for row in rows]
            table.add(range(number, number + len(rows)), rows)
            number += len(rows)
    return True


def _measures(records: Sequence[Any]) -> set[str]:
    """The measures whose better direction is known in the first record that has any."""
    for record in records[:10]:
        keys = flatten(record) if isinstance(record, dict) else {}
        known = {name for key in keys if metric(name := canonical(key).canonical).better}
        if known or UNNAMED in keys:
            return known or {UNNAMED}
    return set()


def read_records(records: Sequence[Any], out: Collector) -> None:
    rows = [(number, record) for number, record in enumerate(records, 1) if isinstance(record, dict) and "stream_name" not in record]
    _refuse_summaries([row for _, row in rows])
    if rows:
        Table(out).add([number for number, _ in rows], [record for _, record in rows])


def _refuse_summaries(rows: Sequence[dict[str, Any]]) -> None:
    """Raise ``UnreadableLog`` for records of which each sums up a run of its own."""
    first = rows[0] if rows else {}
    texts = {key: [str(row.get(key)) for row in rows] for key, value in first.items() if isinstance(value, str)}
    if one_each(texts, any(len({str(row.get(key)) for row in rows}) > 1 for key in first if is_axis(key) or isinstance(first[key], dict))):
        raise UnreadableLog("this file has one record per run, no curve", why=f"{len(rows):,} runs", do="give the log of one run")


def _record_lists(document: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, list[Any]]]:
    """Path and records of the lists of objects anywhere in the document: {"history": [{...}, ...]}; and of its points."""
    for key, value in document.items():
        path = f"{prefix}{key}"
        if isinstance(value, Points):
            yield f"{path}{_POINTS}", value.records(path)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield path, value
        elif isinstance(value, dict) and depth < MAX_DEPTH:
            yield from _record_lists(value, f"{path}/", depth + 1)
