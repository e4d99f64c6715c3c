"""Records -> columns of numbers. Records with the same keys are handled together, and only keys that somebody wants.

Which keys place a record (step, epoch, time) is decided from ``vocab``.
"""

import re
import struct
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain, compress
from typing import Any, NamedTuple

import numpy as np

from trainlog.readers._cells import floats, moments
from trainlog.readers._collect import MAX_STEP, Collector
from trainlog.readers._columns import Column, is_axis, places
from trainlog.readers._marked import SPLIT_KEYS, holds_members, is_split, opened, unmarked
from trainlog.run import Floats, Ints
from trainlog.vocab import SUMMARY_KEYS, TIME_KEYS, VALUE_KEYS, normal

Row = Mapping[str, Any]
MAX_DEPTH = 6  # levels of objects within objects; deeper ones are dropped

_OF_MANY = re.compile(r"\s*(\d{1,15})\s*/\s*\d{1,15}\s*")
_ALL = b""
_FLIP = bytes([1, 0]) + bytes(254)
_Cells = tuple[bytes, Floats]  # the numbers of a column; a byte per record, 1 where it has one, or _ALL where all have


class Interest(NamedTuple):
    """What a reader wants of its objects. ``wants``: keys that hold numbers worth having; ``texts``: keys (in lower case)
    wanted as they are; ``lists``: keys of lists of objects (devices) whose numbers are wanted; ``labels``: keys, in them,
    wanted as they are. ``whole``: whether a key with these values is one that a reader must see the whole object for.
    """

    wants: Callable[[str], bool]
    whole: Callable[[str, Collection[Any]], bool]
    texts: Collection[str] = ()
    lists: Collection[str] = ()
    labels: Collection[str] = ()


class _Plan(NamedTuple):
    """For one set of keys: which may be the step, the epoch and the time (best first), and which are metrics."""

    axes: tuple[tuple[str, ...], ...]
    metrics: tuple[str, ...]


class Table:
    """Feeds records to a Collector. Not to be shared between logs."""

    def __init__(self, out: Collector, *, marked: bool = True) -> None:
        """``marked``: records may say in a field which split or metric they are of (see ``_marked``)."""
        self._out = out
        self._marked = marked
        self._plans: dict[tuple[str, ...], _Plan] = {}
        self.interest = Interest(self._wanted, self._is_whole, texts=SPLIT_KEYS if marked else ())

    def add(self, lines: Sequence[int], rows: Sequence[Row]) -> None:
        """Add records and the lines they stand on."""
        line = numbered(lines)
        groups: dict[tuple[str, ...], list[int]] = {}
        for index, row in enumerate(rows):
            groups.setdefault(tuple(row), []).append(index)
        for keys, indices in groups.items():
            some = rows if len(groups) == 1 else [rows[i] for i in indices]
            types = set(map(type, chain.from_iterable(row.values() for row in some)))
            if self._marked and list in types and any(holds_members(value) for row in some for value in row.values()):
                self.add(line[indices].tolist(), [opened(row) for row in some])
            elif dict in types:
                self.add(line[indices].tolist(), [flatten(row) for row in some])
            elif self._marked and (plain := unmarked(keys, some)) is not None:
                self.add(line[indices].tolist(), plain)
            else:
                flat = list(chain.from_iterable(row.values() for row in some))
                self.add_columns(line[indices], {key: without_booleans(flat[number :: len(keys)]) for number, key in enumerate(keys)})

    def add_columns(self, line: Ints, columns: Mapping[str, Sequence[Any]]) -> None:
        """Add records as one sequence of cells per key, None where a key is missing; each as long as ``line``."""
        if not len(line):  # a block of checkpoints and readings alone
            return
        keys = tuple(columns)
        plan = self._plans.get(keys)
        if plan is None:
            plan = self._plans[keys] = self._plan(keys)
        groups: dict[bytes, dict[str, Floats]] = {}
        for key in plan.metrics:
            cells = self._cells(line, key, columns[key], groups)
            if cells is not None:
                groups.setdefault(cells[0], {})[key] = cells[1]
        if not groups:
            return
        found = ((self._cells(line, key, columns[key], groups) for key in candidates) for candidates in plan.axes)
        axes = [[_spread(cells, len(line)) for cells in candidates if cells is not None] for candidates in found]
        for mask, metrics in groups.items():
            there = np.frombuffer(mask, dtype=np.bool_) if mask else slice(None)
            step, epoch, time_s = (_first_known([axis[there] for axis in candidates]) for candidates in axes)
            self._out.columns(line[there], step, metrics, epoch=epoch, time_s=time_s)

    def is_marked(self, columns: Mapping[str, Sequence[Any]]) -> bool:
        """Whether some of these records say in a field of which split they are: then they must be added as objects."""
        texts = ((key, {cell for cell in cells if isinstance(cell, str)}) for key, cells in columns.items() if normal(key) in SPLIT_KEYS)
        return self._marked and any(self._is_whole(key, cells) for key, cells in texts)

    def _is_whole(self, key: str, values: Collection[Any]) -> bool:
        if key in SUMMARY_KEYS:
            return True
        if not self._marked:
            return False
        return normal(key) in VALUE_KEYS or (normal(key) in SPLIT_KEYS and any(map(is_split, values))) or any(map(holds_members, values))

    def _plan(self, keys: Sequence[str]) -> _Plan:
        spelt = {normal(key) for key in keys}
        # Beside data_time (Detectron2), time is that of one iteration.
        axes = places([key for key in keys if not ("data_time" in spelt and normal(key) == "time")], self._out.name)
        summary = any(key in spelt for key in SUMMARY_KEYS)
        taken = set(chain(*axes))
        return _Plan(axes, () if summary else tuple(key for key in keys if key not in taken and self._out.wants(key)))

    def _wanted(self, key: str) -> bool:
        return self._out.wants(key) or any(places([key], self._out.name))

    def _cells(self, line: Ints, key: str, cells: Sequence[Any], masks: Iterable[bytes]) -> _Cells | None:
        """The numbers of a column; None when it holds none. What is neither a number nor nothing is noted as a problem.

        ``masks``: which records have a number in other columns; likely in this one, too.
        """
        count = len(cells)
        if cells[0] is None and cells.count(None) == count:
            return None
        for mask in chain((_ALL,), masks):
            found = _packed(list(compress(cells, mask)) if mask else cells)
            if found is not None and (len(found) == count or _is_none(list(compress(cells, mask.translate(_FLIP))))):
                self._out.numeric.add(key)
                return mask, found
        if normal(key) in TIME_KEYS and str in set(map(type, cells)):
            return _times(cells)
        numbers = [_place(cell) for cell in cells] if is_axis(key) else _numbers(cells)
        known = [number for number in numbers if number is not None]
        if not known and key not in self._out.numeric:
            self._out.texts.add(key)
            return None
        self._out.numeric.add(key)
        there = bytes(number is not None for number in numbers)
        for index in np.flatnonzero(np.frombuffer(there, dtype=np.bool_) == 0).tolist():
            if cells[index] is not None and not isinstance(cells[index], list | dict):
                self._out.problem(int(line[index]), f"{key} is no number: {str(cells[index])[:40]!r}")
        return _ALL if all(there) else there, np.array(known, dtype=np.float64)


def numbered(lines: Sequence[int]) -> Ints:
    """Line numbers as an array."""
    return np.arange(lines.start, lines.stop) if isinstance(lines, range) else np.array(lines, dtype=np.int64)


def _packed(cells: Sequence[Any]) -> Floats | None:
    """Floats and integers as an array; None when there is anything else among them."""
    try:
        return np.frombuffer(struct.pack(f"{len(cells)}d", *cells))
    except (struct.error, OverflowError):  # something is missing, a text, a list, or too large for a float
        return None


def _is_none(cells: list[Any]) -> bool:
    return cells.count(None) == len(cells)


def _spread(cells: _Cells, count: int) -> Floats:
    """The numbers at the records they belong to, NaN at the others."""
    mask, values = cells
    if not mask:
        return values
    spread = np.full(count, np.nan)
    spread[np.frombuffer(mask, dtype=np.bool_)] = values
    return spread


def without_booleans(cells: list[Any]) -> list[Any]:
    """Give True and False as texts: they are no measurements, but would pass for 1 and 0."""
    return [str(cell) if type(cell) is bool else cell for cell in cells] if bool in set(map(type, cells)) else cells


def column(cells: Sequence[Any]) -> Column:
    """The numbers of a list, and which of its cells hold none."""
    plain = without_booleans(list(cells))
    packed = _packed(plain)
    if packed is not None:
        return packed, None
    values, missing, _ = floats([str(cell) if isinstance(cell, int | float | str) else "" for cell in plain])
    return values, missing


def _numbers(cells: Sequence[Any]) -> list[float | None]:
    if set(map(type, cells)) <= {str, type(None)}:  # texts repeat themselves, and reading one that is no number is slow
        known = {cell: as_float(cell) for cell in set(cells)}
        return [known[cell] for cell in cells]
    return [as_float(cell) for cell in cells]


def _times(cells: Sequence[Any]) -> _Cells | None:
    """Seconds, of dates and times that are written out; what is none is left out."""
    times = moments([str(cell) if isinstance(cell, int | float | str) else "" for cell in cells])
    known = np.isfinite(times)
    return (_ALL if bool(known.all()) else known.tobytes(), times[known]) if known.any() else None


def _place(cell: Any) -> float | None:
    """A number, also the first of ``3/10``."""
    number = as_float(cell)
    of_many = _OF_MANY.fullmatch(cell) if number is None and isinstance(cell, str) else None
    return float(of_many[1]) if of_many else number


def _first_known(candidates: Sequence[Floats]) -> Floats | None:
    """The first axis that is known in any of the records."""
    return next((axis for axis in candidates if not np.isnan(axis).all()), None)


def flatten(row: Row, prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """Bring nested objects to one level, names joined with ``/``; deeper ones are dropped."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            if depth < MAX_DEPTH:
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


def as_step(value: object) -> int | None:
    """Read the number of a step; None for what is none, or is too large to be counted up to in a float64."""
    number = as_float(value)
    return int(number) if number is not None and abs(number) < MAX_STEP else None


__all__ = ["Interest", "Row", "Table", "as_float", "as_step", "column", "flatten", "numbered", "without_booleans"]
