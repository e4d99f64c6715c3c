"""Records that are dicts -> columns. Records with the same keys are handled together, and only keys that somebody wants.

Which keys place a record (step, epoch, time) is decided once per set of keys, from ``vocab``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np

from trainlog.readers._collect import Collector
from trainlog.readers._marked import unmarked
from trainlog.run import Floats, Ints
from trainlog.vocab import EPOCH_KEYS, STEP_KEYS, SUMMARY_KEYS, TIME_KEYS, normal

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    """For one set of keys: which are the axes and which the metrics; ``pick`` takes them all out of a row."""

    axes: tuple[str | None, str | None, str | None]
    metrics: tuple[str, ...]
    keys: tuple[str, ...]
    pick: Callable[[Row], Any] | None


class Table:
    """Feeds rows to a Collector. Not to be shared between logs."""

    def __init__(self, out: Collector, *, marked: bool = True) -> None:
        """``marked``: records may say in a field which split or metric they are of (see ``_marked``)."""
        self._out = out
        self._marked = marked
        self._plans: dict[tuple[str, ...], _Plan] = {}

    def add(self, lines: Sequence[int], rows: Sequence[Row]) -> None:
        """Add rows and the lines they stand on."""
        line = np.array(lines, dtype=np.int64)
        groups: dict[tuple[str, ...], list[int]] = {}
        for index, row in enumerate(rows):
            groups.setdefault(tuple(row), []).append(index)
        for keys, indices in groups.items():
            if len(groups) == 1:
                self._group(keys, line, rows)
            else:
                self._group(keys, line[indices], [rows[i] for i in indices])

    def _group(self, keys: tuple[str, ...], line: Ints, rows: Sequence[Row]) -> None:
        if any(isinstance(value, dict) for value in rows[0].values()):
            flat = [flatten(row) for row in rows]
            self._regroup(line, flat)
            return
        marked = unmarked(keys, rows) if self._marked else None
        if marked is not None:
            self._regroup(line, marked)
            return
        plan = self._plans.get(keys)
        if plan is None or (not plan.metrics and any(_is_number(rows[0][k]) for k in keys)):
            plan = self._plans[keys] = self._plan(keys, rows[0])
        if plan.pick is None:
            return
        columns = _columns(plan.pick, plan.keys, rows)
        if columns is None:
            self._one_by_one(plan, line, rows)
            return
        step, epoch, time_s = (columns.get(axis) if axis else None for axis in plan.axes)
        self._out.columns(line, step, {key: columns[key] for key in plan.metrics}, epoch=epoch, time_s=time_s)

    def _regroup(self, line: Ints, rows: Sequence[Row]) -> None:
        groups: dict[tuple[str, ...], list[int]] = {}
        for index, row in enumerate(rows):
            groups.setdefault(tuple(row), []).append(index)
        for keys, indices in groups.items():
            self._group(keys, line[indices], [rows[i] for i in indices])

    def _plan(self, keys: tuple[str, ...], sample: Row) -> _Plan:
        spelt = {normal(key): key for key in reversed(keys)}
        axes = tuple(
            next((spelt[k] for k in candidates if k in spelt and _is_number(sample[spelt[k]])), None)
            for candidates in (STEP_KEYS, EPOCH_KEYS, TIME_KEYS)
        )
        spare = {spelt[k] for k in (*STEP_KEYS, *EPOCH_KEYS, *TIME_KEYS) if k in spelt}
        metrics = tuple(key for key in keys if key not in spare and _is_number(sample[key]) and self._out.wants(key))
        if any(key in spelt for key in SUMMARY_KEYS):
            metrics = ()
        wanted = tuple(key for key in (*axes, *metrics) if key is not None)
        pick = itemgetter(*wanted) if metrics else None
        return _Plan((axes[0], axes[1], axes[2]), metrics, wanted, pick)

    def _one_by_one(self, plan: _Plan, line: Ints, rows: Sequence[Row]) -> None:
        """Rows in which some value is missing or is no number: the others are still read."""
        for number, row in zip(line.tolist(), rows, strict=True):
            values = {}
            for key in plan.metrics:
                values[key] = as_float(row[key])
                if values[key] is None and row[key] is not None and not isinstance(row[key], (list, dict)):
                    self._out.problem(number, f"{key} is no number: {str(row[key])[:40]!r}")
            step, epoch, time_s = (as_float(row[axis]) if axis else None for axis in plan.axes)
            self._out.record(number, step, values, epoch=epoch, time_s=time_s)


def _columns(pick: Callable[[Row], Any], keys: Sequence[str], rows: Sequence[Row]) -> dict[str, Floats] | None:
    """One float64 array per key, or None when some value is not a number."""
    width = len(keys)
    picked = map(pick, rows)
    flat = picked if width == 1 else chain.from_iterable(picked)
    try:
        block = np.fromiter(flat, dtype=np.float64, count=len(rows) * width).reshape(-1, width)
    except (TypeError, ValueError, OverflowError):
        return None
    if np.isnan(block).any() and any(row[key] is None for row in rows for key in keys):
        return None
    return {key: np.ascontiguousarray(block[:, index]) for index, key in enumerate(keys)}


def flatten(row: Row, prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """Bring nested objects to one level, names joined with ``/``; at most 6 levels, deeper ones are dropped."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            if depth < 6:
                flat.update(flatten(value, f"{prefix}{key}/", depth + 1))
        else:
            flat[prefix + key] = value
    return flat


def as_float(value: object) -> float | None:
    """Read a number, also one written as text (``"2.31"``, ``"NaN"``, ``"-Infinity"``); None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float | str):
        try:
            return float(value)
        except (ValueError, OverflowError):
            return None
    return None


def _is_number(value: object) -> bool:
    return value is None or as_float(value) is not None


__all__ = ["Row", "Table", "as_float", "flatten"]
