"""The shapes that curves take in a JSON document -> lists of records, lists of numbers, and points.

Rewritten are: objects keyed by step or epoch (``{"1": {...}, "2": {...}}``, ``{"epoch_1": {...}}``, ``{"0": 2.3, "10": 1.9}``), pairs
and triples (``[[step, value], ...]``, TensorBoard's ``[[time, step, value], ...]``), ``{"x": [...], "y": [...]}`` (ClearML, Comet),
rows under names (``[["epoch", "loss"], [1, 2.3]]``, pandas' ``split`` and default orientation).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from trainlog.readers._axis import EPOCH_S
from trainlog.readers._collect import Collector
from trainlog.readers._columns import is_axis
from trainlog.readers._table import as_float, column

MAX_DEPTH = 50  # of objects and lists; deeper ones are left as they are
MIN_KEYS = 3  # numbered keys: with fewer, two models or two layers may be numbered
MAX_ROW = 3  # numbers of a point: time, step, value
_NUMBERED = re.compile(r"(?:(epochs?|ep|round|steps?|global_step|iter|iteration)[ _:=-]*)?(\d{1,15})", re.IGNORECASE)
_XS = ("x", "step", "steps", "iteration", "iterations", "iter", "epoch", "epochs")
_YS = ("y", "value", "values")

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Points:
    """One curve: ``axis`` is ``step`` or ``epoch``; ``time`` holds seconds, where the document says them."""

    axis: str
    place: Sequence[Any]
    value: Sequence[Any]
    time: Sequence[Any] | None = None

    def hand_over(self, key: str, first: int, out: Collector) -> int:
        """Give the curve to a collector under this key, its points numbered from ``first``; how many there are."""
        values, missing = column(self.value)
        there = slice(None) if missing is None else ~missing
        place, time_s = column(self.place)[0][there], None if self.time is None else column(self.time)[0][there]
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
        curves = {str(one.get("name", number)): _curve(one) for number, one in enumerate(node) if isinstance(one, dict)}
        return node if None in curves.values() else curves  # [{"name": "run - loss", "x": [...], "y": [...]}]
    if len(node) < 2 or not all(isinstance(row, list) for row in node):
        return node
    names = node[0]
    if len(names) > 1 and all(isinstance(name, str) and as_float(name) is None for name in names):
        return [dict(zip(names, row, strict=False)) for row in node[1:]]
    return _points(node) or node


def _points(rows: Sequence[Sequence[Any]]) -> Points | None:
    """Pairs of step and value; with three numbers, one of the first two is a time."""
    width = len(rows[0])
    if len(rows) < MIN_KEYS or not 2 <= width <= MAX_ROW or any(len(row) != width for row in rows):
        return None
    *axes, value = zip(*rows, strict=True)
    times = next((column for column in axes if width == MAX_ROW and _are_times(column)), None)
    place = next((column for column in axes if column is not times and _counts(column)), None)
    if place is None or (width == MAX_ROW) != (times is not None) or all(as_float(cell) is None for cell in value):
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
    """``x`` and ``y`` of one length, both numbers."""
    place, value = (next((key for key in keys if isinstance(node.get(key), list)), None) for keys in (_XS, _YS))
    if place is None or value is None or len(node[place]) != len(node[value]) or len(node[value]) < 2:
        return None
    if any(as_float(cell) is None for cell in node[place][:20]) or all(as_float(cell) is None for cell in node[value][:20]):
        return None
    return Points("epoch" if place.startswith("epoch") else "step", node[place], node[value])


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
