"""The shapes that curves take in a JSON document -> lists of records, lists of numbers, and points.

Rewritten are: objects keyed by step or epoch (``{"1": {...}, "2": {...}}``, ``{"epoch_1": {...}}``, ``{"0": 2.3, "10": 1.9}``), pairs
and triples (``[[step, value], ...]``, TensorBoard's ``[[time, step, value], ...]``, Prometheus' ``[[time, value], ...]``),
``{"x": [...], "y": [...]}`` (ClearML, Comet, CloudWatch), objects with a name and a list (``{"name": "loss", "data": [...]}``), rows
under names (``[["epoch", "loss"], [1, 2.3]]``, pandas' ``split`` and default orientation).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from trainlog.readers._axis import EPOCH_S
from trainlog.readers._cells import moment
from trainlog.readers._collect import Collector
from trainlog.readers._columns import is_axis, places
from trainlog.readers._table import as_float, column, flatten
from trainlog.vocab import canonical

MAX_DEPTH = 50  # of objects and lists; deeper ones are left as they are
MIN_KEYS = 3  # numbered keys: with fewer, two models or two layers may be numbered
MAX_ROW = 3  # numbers of a point: time, step, value
_NUMBERED = re.compile(r"(?:(epochs?|ep|round|steps?|global_step|iter|iteration)[ _:=-]*)?(\d{1,15})", re.IGNORECASE)
_XS = ("x", "step", "steps", "iteration", "iterations", "iter", "epoch", "epochs")
_TIMES = ("timestamp", "timestamps", "time", "times", "wall_time")
_YS = ("y", "value", "values")
_TITLES = ("name", "displayname", "display_name", "label", "metric_name", "metricname", "tag", "run", "metric", "key", "id")
_BODIES = ("data", "values", "points", "scalars", "history", "metrics", "records", "series")

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Points:
    """One curve: ``axis`` is ``step`` or ``epoch``; ``time`` holds seconds, where the document says them. ``place`` None: it says
    nothing else, and is in order of time."""

    axis: str
    place: Sequence[Any] | None
    value: Sequence[Any]
    time: Sequence[Any] | None = None

    def hand_over(self, key: str, first: int, out: Collector) -> int:
        """Give the curve to a collector under this key, its points numbered from ``first``; how many there are."""
        values, missing = column(self.value)
        there = slice(None) if missing is None else ~missing
        place, time_s = (None if cells is None else column(cells)[0][there] for cells in (self.place, self.time))
        line = np.arange(first, first + len(values), dtype=np.int64)[there]
        step, epoch = (place, None) if self.axis == "step" else (None, place)
        out.columns(line, step, {key: values[there]}, epoch=epoch, time_s=time_s)
        return len(values)


def reshape(node: Any, depth: int = 0) -> Any:
    """Rewrite a document: what is left are objects, lists of objects, lists of numbers, and ``Points``."""
    if isinstance(node, list):
        return _list(node)
    return _object(node, depth) if isinstance(node, dict) and depth < MAX_DEPTH else node


def _list(node: list[Any]) -> Any:
    if node and isinstance(node[0], dict):
        return _members(node) or node
    if len(node) < 2 or not all(isinstance(row, list) for row in node):
        return node
    names = node[0]
    if len(names) > 1 and all(isinstance(name, str) and as_float(name) is None for name in names):
        return [dict(zip(names, row, strict=False)) for row in node[1:]]
    return _points(node) or node


def _members(node: Sequence[Any]) -> dict[str, Any] | None:
    """Curves, or lists of records, of which each has a name: ``[{"name": "run - loss", "x": [...], "y": [...]}]``."""
    found: dict[str, Any] = {}
    for number, one in enumerate(node):
        if not isinstance(one, dict):
            return None
        curve = _curve(one)
        bodies = [_list(one[key]) for key in one if key.lower() in _BODIES and isinstance(one[key], list) and one[key]]
        bodies = [_valued(body) or body for body in bodies if isinstance(body, Points | dict) or not isinstance(body[0], str)]
        title = _title(one) or (str(number) if curve is not None else "")
        title = title if title not in found else f"{title} ({number})"
        if not title or (curve is None and len(bodies) != 1):
            return None
        found[title] = curve if curve is not None else bodies[0]
    return found


def _title(node: Mapping[str, Any]) -> str:
    """What an object is called; Prometheus says it in an object of its own."""
    by_key = {key.lower(): value for key, value in node.items()}
    for key in _TITLES:
        value = by_key.get(key)
        name = value.get("__name__") if isinstance(value, dict) else value
        if isinstance(name, str) and name:
            return name
    return ""


def _valued(rows: Any) -> Points | None:
    """Records of an axis and one value that has no name of its own: ``[{"step": 1, "scalar": {"value": 2.3}}, ...]``."""
    if not isinstance(rows, list) or not isinstance(rows[0], dict):
        return None
    table = [flatten(row) for row in rows if isinstance(row, dict)]
    values = [key for key in table[0] if key.rpartition("/")[2].lower() in ("value", "y")]
    found = places([key for key in table[0] if key not in values], canonical)
    axes = (*found.step[:1], *found.epoch[:1], *(key for key in ("x",) if key in table[0]))
    if len(values) != 1 or len(table[0]) > len(axes) + len(found.time_s) + 1 or not (axes or found.time_s):
        return None
    place = [row.get(axes[0]) for row in table] if axes else None
    times = [_moment(row.get(found.time_s[0])) for row in table] if found.time_s else None
    axis = "epoch" if axes and not found.step and found.epoch else "step"
    return Points(axis, place, [row.get(values[0]) for row in table], times)


def _points(rows: Sequence[Sequence[Any]]) -> Points | None:
    """Pairs of step (or time) and value; with three numbers, one of the first two is a time."""
    width = len(rows[0])
    if len(rows) < MIN_KEYS or not 2 <= width <= MAX_ROW or any(len(row) != width for row in rows):
        return None
    *axes, value = zip(*rows, strict=True)
    times = next((column for column in axes if _are_times(column)), None)
    place = next((column for column in axes if column is not times and _counts(column)), None)
    if (place is None) == (width == MAX_ROW or times is None) or all(as_float(cell) is None for cell in value):
        return None
    return Points("step", place, value, None if times is None else [_seconds(cell) for cell in times])


def _are_times(cells: Sequence[Any]) -> bool:
    return all((as_float(cell) or 0.0) > EPOCH_S for cell in cells)


def _counts(cells: Sequence[Any]) -> bool:
    """Whether these are whole numbers that never fall."""
    if not all(isinstance(cell, int | float) and not isinstance(cell, bool) and cell == cell // 1 for cell in cells):
        return False
    return all(before <= after for before, after in pairwise(cells)) and cells[0] != cells[-1]


def _seconds(cell: Any) -> float | None:
    number = as_float(cell)
    return None if number is None else number / 1e3 if number > 1e3 * EPOCH_S else number


def _object(node: dict[str, Any], depth: int) -> Any:
    names, rows = node.get("columns"), node.get("data")
    if isinstance(names, list) and isinstance(rows, list) and all(isinstance(row, list) and len(row) == len(names) for row in rows):
        return [{str(name): cell for name, cell in zip(names, row, strict=True)} for row in rows]
    curve = _curve(node)
    if curve is not None:
        return curve
    table = _by_column(node)
    if table is not None:
        return table
    keyed = _keyed(node)
    if keyed is None:
        return {key: reshape(value, depth + 1) for key, value in node.items()}
    axis, numbers = keyed
    if all(isinstance(value, dict) for value in node.values()):
        return [
            {**({} if any(map(is_axis, value)) else {axis: number}), **value} for number, value in zip(numbers, node.values(), strict=True)
        ]
    return Points(axis, numbers, list(node.values()))


def _curve(node: Mapping[str, Any]) -> Points | None:
    """``x`` and ``y`` of one length, both numbers; where there is no ``x`` but times, these."""
    lists = {key.lower(): value for key, value in node.items() if isinstance(value, list)}
    place, times, value = (next((key for key in keys if key in lists), None) for keys in (_XS, _TIMES, _YS))
    if value is None or (place or times) is None or len(lists[value]) < 2 or all(as_float(cell) is None for cell in lists[value][:20]):
        return None
    when = [_moment(cell) for cell in lists[times]] if times is not None and len(lists[times]) == len(lists[value]) else None
    if place is None:
        if when is None or any(cell is None for cell in when[:20]):
            return None
        order = sorted(range(len(when)), key=lambda row: when[row] or 0.0)
        return Points("step", None, [lists[value][row] for row in order], [when[row] for row in order])
    if len(lists[place]) != len(lists[value]) or any(as_float(cell) is None for cell in lists[place][:20]):
        return None
    return Points("epoch" if place.startswith("epoch") else "step", lists[place], lists[value], when)


def _moment(cell: Any) -> float | None:
    """Seconds since 1970, of a number or a date; None for a time that counts from elsewhere."""
    seconds = _seconds(cell) if not isinstance(cell, str) else moment(cell)
    return seconds if seconds is not None and seconds > EPOCH_S else None


def _by_column(node: Mapping[str, Any]) -> list[Record] | None:
    """A table that pandas wrote: each column an object keyed by the same row numbers, an axis among the columns."""
    if len(node) < 2 or not any(map(is_axis, node)) or not all(isinstance(value, dict) for value in node.values()):
        return None
    rows = list(next(iter(node.values())))
    if any(list(column) != rows for column in node.values()) or not all(row.isdecimal() for row in rows):
        return None
    return [{name: column[row] for name, column in node.items()} for row in rows]


def _keyed(node: Mapping[str, Any]) -> tuple[str, list[int]] | None:
    """The axis and the places of an object keyed by them; numbers that count on by one are epochs unless they say otherwise."""
    found = [_NUMBERED.fullmatch(key) for key in node]
    if len(found) < MIN_KEYS or not all(found):
        return None
    values = list(node.values())
    if not all(isinstance(value, dict) for value in values) and not all(as_float(value) is not None for value in values):
        return None
    numbers = [int(key[2]) for key in found if key is not None]
    word = found[0][1] if found[0] is not None else None
    if word:
        return ("epoch" if word.lower().startswith(("ep", "round")) else "step"), numbers
    in_row = all(after - before == 1 for before, after in pairwise(numbers))
    return ("epoch" if in_row and numbers[0] <= 1 else "step"), numbers
