"""What columns of text hold, and what the columns of one run mean: a metric, a split or a run each, or metrics named in the rows."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from trainlog.readers._cells import Cells, counts
from trainlog.readers._collect import Collector
from trainlog.readers._columns import Column, add_columns, is_axis
from trainlog.readers._marked import file_split, file_tag, with_split
from trainlog.readers._rows import Rows
from trainlog.readers._several import beside
from trainlog.readers._source import Source
from trainlog.vocab import NAME_KEYS, SPLITS, TIME_KEYS, VALUE_KEYS, normal

MAX_SPLITS = 8  # different cells of a column that says splits
MAX_CELL = 200  # characters of such a cell
VALUE_COLUMNS = (*VALUE_KEYS, "scalar", "mean", "metric")
SUMMARIES = frozenset(("best", "mean", "average", "avg", "final", "total", "overall", "std", "min", "max", "all", "last", "summary"))
_WORD = re.compile(r"[a-z]+")


def numbers_of(rows: Rows, known: dict[str, Cells], out: Collector) -> dict[str, Column]:
    """Turn what can be into numbers; a column of text stays text, a bad cell in a column of numbers is a problem, and a row whose
    place is none (``best``, ``mean``) sums others up.
    """
    columns = dict(rows.numbers)
    summaries: set[int] = set()
    for name, cells in rows.text.items():
        values, missing, bad = known[name].floats(cells)
        is_place = is_axis(name) and normal(name) not in TIME_KEYS
        if len(bad) > len(cells) / 2 and is_place:
            values = counts(cells)
            missing = np.isnan(values)
            bad = np.flatnonzero(missing).tolist()
        if len(bad) > len(cells) / 2:
            if normal(name) in TIME_KEYS:
                times = known[name].moments(cells)
                columns[name] = (times, np.isnan(times))
            continue
        for index in bad:
            if is_place and cells[index].strip().lower() in SUMMARIES:
                summaries.add(index)
            else:
                out.problem(int(rows.line[index]), f"{name} is no number: {cells[index][:40]!r}")
        if missing is None or not missing.all():
            columns[name] = (values, missing)
    return {name: _without(column, summaries) for name, column in columns.items()} if summaries else columns


def _without(column: Column, rows: Collection[int]) -> Column:
    values, missing = column
    gone = np.zeros(len(values), dtype=bool) if missing is None else missing.copy()
    gone[list(rows)] = True
    return values, gone


def add_table(rows: Rows, columns: dict[str, Column], source: Source, out: Collector) -> None:
    """Hand over the rows of one run, or of runs side by side."""
    split = next((name for name, cells in rows.text.items() if name not in columns and _splits(cells)), None)
    name = next((name for name in rows.text if normal(name) in NAME_KEYS and name not in columns), None)
    value = next((key for key in columns if normal(key) in VALUE_COLUMNS), None)
    if name is not None and value is not None:
        _long(rows, columns, name, value, out)
    elif split is not None:
        _by_split(rows, columns, split, out)
    elif runs := beside(columns):
        _beside(rows, runs, out)
    else:
        if value is not None and all(key == value or is_axis(key) for key in columns):
            columns[file_tag(source)] = columns.pop(value)
        split = file_split(source, columns)
        add_columns(out, rows.line, {key if is_axis(key) else with_split(key, split): column for key, column in columns.items()})


def _beside(rows: Rows, runs: Mapping[str, dict[str, Column]], out: Collector) -> None:
    for number, (name, columns) in enumerate(runs.items()):
        line = rows.line + number * int(rows.line[-1])
        if len(runs) > 1:
            out.start_run(int(line[0]), key=name, name=name)
        add_columns(out, line, columns)
    if len(runs) > 1:
        out.counts_records()
        out.remark(f"{len(runs)} runs stand side by side in the columns: their records are counted one run after another")


def _splits(cells: Sequence[str]) -> dict[str, str] | None:
    """The split that each cell of a column says, alone or among other words (``{'subset': 'val'}``); None when one says none."""
    found: dict[str, str] = {}
    for cell in dict.fromkeys(cells):
        words = [word for word in _WORD.findall(cell.lower()[:MAX_CELL]) if word in SPLITS]
        if len(words) != 1 or len(found) == MAX_SPLITS:
            return None
        found[cell] = words[0]
    return found


def _long(rows: Rows, columns: dict[str, Column], name: str, value: str, out: Collector) -> None:
    """One row per value: the metric is named in the column ``name``, and perhaps its split in another."""
    axes = {key: column for key, column in columns.items() if is_axis(key)}
    splits = next((found for key, cells in rows.text.items() if key != name and (found := _splits(cells))), None)
    keys = [cell.strip() for cell in rows.text[name]]
    if splits is not None:
        cells = next(cells for key, cells in rows.text.items() if key != name and _splits(cells))
        keys = [with_split(key, splits[cell]) for cell, key in zip(cells, keys, strict=True)]
    _each(rows, {**axes, value: columns[value]}, keys, lambda _, key: key, out)


def _by_split(rows: Rows, columns: dict[str, Column], split: str, out: Collector) -> None:
    """One row per split: a column says whether the row is of training or of validation."""
    splits = _splits(rows.text[split]) or {}
    _each(rows, columns, [splits[cell] for cell in rows.text[split]], with_split, out)


def _each(rows: Rows, columns: dict[str, Column], keys: list[str], rename: Callable[[str, str], str], out: Collector) -> None:
    labels = np.array(keys)
    for label in dict.fromkeys(keys):
        at = np.flatnonzero(labels == label)
        part = {
            (key if is_axis(key) else rename(key, label)): (values[at], None if missing is None else missing[at])
            for key, (values, missing) in columns.items()
        }
        add_columns(out, rows.line[at], part)
