"""Lists of records in a JSON document: which of them are curves, and which are of one run."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trainlog.errors import UnreadableLog
from trainlog.readers._collect import Collector
from trainlog.readers._columns import is_axis
from trainlog.readers._marked import opened, unmarked, with_split
from trainlog.readers._reshape import Points
from trainlog.readers._several import one_each
from trainlog.readers._table import Table, flatten
from trainlog.vocab import SPLITS, UNNAMED, canonical, metric

MAX_DEPTH = 4  # of objects around a list
MIN_RECORDS = 2  # of a curve; a single record sums something up
_WORD = re.compile(r"[a-z]+")
Curve = list[Any] | Points  # records, or one metric's points


def read_groups(document: Mapping[str, Any], out: Collector) -> bool:
    """Read the lists of records and the points in a document; says whether there were any.

    Lists in objects named after a split are of one run, lists of the same measures side by side of one run each.
    """
    found = _named(dict(_curves(document)))
    measured = {path: curve for path, curve in found.items() if _is_curve(curve)}
    longest = max(measured or found, key=lambda path: _length(found[path]), default=None)
    if longest is None:
        return False
    runs: dict[str, list[str]] = {}
    for path in measured or [longest]:
        if isinstance(found[path], Points) or _split(path):
            runs.setdefault("", []).append(path)
        elif _home(path) == _home(longest) and measures(found[path]) & measures(found[longest]):
            runs.setdefault(path, []).append(path)
    number = 1
    for name, paths in runs.items():
        if len(runs) > 1:
            out.start_run(number, key=name, name=name)
        table = Table(out)
        for path in paths:
            number += _read(path, found[path], number, table, out)
    return True


def has_curves(document: Mapping[str, Any]) -> bool:
    """Whether there are records or points of a known measure in a document."""
    return any(_is_curve(curve) for _, curve in _curves(document))


def _named(curves: dict[str, Curve]) -> dict[str, Curve]:
    """Leave out the objects around curves that have a name which says enough: ``results/train:loss``."""
    tails = [path.rpartition("/")[2] for path in curves]
    if not all(isinstance(curve, Points) for curve in curves.values()) or len(set(tails)) < len(tails):
        return curves
    return dict(zip(tails, curves.values(), strict=True)) if all(metric(canonical(tail).canonical).better for tail in tails) else curves


def _read(path: str, curve: Curve, first: int, table: Table, out: Collector) -> int:
    if isinstance(curve, Points):
        if curve.place is None:  # its records count by themselves
            first = 1
        return curve.hand_over(path, first, out) if out.wants(path) else 0
    _refuse_summaries(curve)
    split = _split(path)
    rows = [flatten(opened(row)) if split else row for row in curve if isinstance(row, dict) and "stream_name" not in row]
    if split:
        rows = [{(key if is_axis(key) else with_split(key, split)): value for key, value in row.items()} for row in rows]
    table.add(range(first, first + len(rows)), rows)
    return len(rows)


def _split(path: str) -> str:
    """The split that an object around records is named after; empty when it is none."""
    return next((word for word in _WORD.findall(path.lower()) if word in SPLITS), "")


def _home(path: str) -> str:
    return path.rpartition("/")[0]


def _length(curve: Curve) -> int:
    return len(curve.value) if isinstance(curve, Points) else len(curve)


def _is_curve(curve: Curve) -> bool:
    return isinstance(curve, Points) or (len(curve) >= MIN_RECORDS and bool(measures(curve)))


def measures(records: Curve) -> set[str]:
    """The measures whose better direction is known in the first record that has any."""
    for record in [] if isinstance(records, Points) else records[:10]:
        flat = flatten(opened(record)) if isinstance(record, dict) else {}
        flat = (unmarked(tuple(flat), [flat]) or [flat])[0]
        keys = [key for key, value in flat.items() if not isinstance(value, list)]
        known = {name for key in keys if metric(name := canonical(key).canonical).better}
        if known or UNNAMED in keys:
            return known or {UNNAMED}
    return set()


def read_records(records: Sequence[Any], out: Collector) -> None:
    rows = [(number, record) for number, record in enumerate(records, 1) if isinstance(record, dict) and "stream_name" not in record]
    _refuse_summaries([row for _, row in rows])
    if rows:
        Table(out).add([number for number, _ in rows], [record for _, record in rows])


def _refuse_summaries(rows: Sequence[Any]) -> None:
    """Raise ``UnreadableLog`` for records of which each sums up a run of its own."""
    rows = [row for row in rows if isinstance(row, dict)]
    first = rows[0] if rows else {}
    texts = {key: [str(row.get(key)) for row in rows] for key, value in first.items() if isinstance(value, str)}
    if one_each(texts, any(len({str(row.get(key)) for row in rows}) > 1 for key in first if is_axis(key) or isinstance(first[key], dict))):
        raise UnreadableLog("this file has one record per run, no curve", why=f"{len(rows):,} runs", do="give the log of one run")


def _curves(document: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Curve]]:
    """Path and content of the lists of objects anywhere in the document: {"history": [{...}, ...]}; and of its points."""
    for key, value in document.items():
        path = f"{prefix}{key}"
        if isinstance(value, Points) or (isinstance(value, list) and value and isinstance(value[0], dict)):
            yield path, value
        elif isinstance(value, dict) and depth < MAX_DEPTH:
            yield from _curves(value, f"{path}/", depth + 1)
