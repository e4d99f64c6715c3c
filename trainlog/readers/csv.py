"""Tables of text: CSV, TSV and columns set apart by ``;``, ``|`` or blanks; one column per metric, or one row per value.

Lightning ``metrics.csv``, Keras ``CSVLogger``, Ultralytics ``results.csv``, Stable-Baselines3 ``progress.csv``, flair
``loss.tsv``, a pandas history, a TensorBoard download and hand-made tables are all read by their names.

## Looks like
    epoch,step,train_loss,val_loss
    0,49,2.31,
    0,49,,2.40
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from trainlog.errors import UnreadableLog
from trainlog.readers import Match
from trainlog.readers._cells import Cells, counts
from trainlog.readers._collect import Collector
from trainlog.readers._columns import Column, add_columns, is_axis, places, varies
from trainlog.readers._layout import Layout, find_layout
from trainlog.readers._marked import file_split, file_tag, with_split
from trainlog.readers._rows import Rows, Table
from trainlog.readers._several import BETWEEN, below, beside, one_each, without_bounds
from trainlog.readers._source import Source
from trainlog.readers._transposed import Transposed, transposed
from trainlog.vocab import NAME_KEYS, SPLITS, TIME_KEYS, VALUE_KEYS, normal

GROWS = True  # the runs so far can be told while the log is being written
MAX_SPLITS = 8  # different cells of a column that says splits
MAX_CELL = 200  # characters of such a cell
NUMBERED_RUNS = ("fold", "seed")  # columns of numbers that tell runs apart
SUMMARIES = frozenset(("best", "mean", "average", "avg", "final", "total", "overall", "std", "min", "max", "all", "last", "summary"))
_WORD = re.compile(r"[a-z]+")
VALUE_COLUMNS = (*VALUE_KEYS, "scalar", "mean", "metric")


def sniff(source: Source) -> Match | None:
    """A line of names with rows of numbers under it, all of one width."""
    if (table := _transposed(source)) is not None:
        return Match(0.6, f"{len(table.rows)} rows, each of a metric, under numbers that grow")
    layout = _layout(source)
    if layout is None:
        return None
    kind = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars", " ": "blanks"}[layout.delimiter]
    return Match(0.6 * layout.score, f"{len(layout.names)} columns set apart by {kind} from line {layout.first} on")


def _layout(source: Source) -> Layout | None:
    head = source.head
    if b"\0" in head[:1024] or head.lstrip()[:1] in (b"{", b"["):
        return None
    return find_layout(head.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n"))


def _transposed(source: Source) -> Transposed | None:
    first = source.head.partition(b"\n")[0]
    if not first or not first.rstrip()[-1:].isdigit() or b"\0" in first:
        return None
    return transposed(source.head.decode("utf-8", "replace").replace("\r\n", "\n"))


def read(source: Source, out: Collector) -> None:
    """Read all rows, then decide by the names whether the table is wide or long."""
    lying = _transposed(source)
    if lying is not None:
        out.counts_records()
        add_columns(out, np.arange(1, len(lying.places) + 1, dtype=np.int64), lying.columns())
        return
    layout = _layout(source)
    if layout is None:
        return
    if layout.first == 1:
        out.remark(f"no line of names: the columns are taken for {', '.join(layout.names)}")
    table = Table(layout, lambda name: _is_needed(name, out))
    known: dict[str, Cells] = defaultdict(Cells)
    out.when_done(lambda out: _hand_over(table.rows(), known, source, out))
    table.read(source, out)


def _hand_over(rows: Rows, known: dict[str, Cells], source: Source, out: Collector) -> None:
    """Say what the rows mean. ``known``: what has been read of columns of text."""
    if not len(rows.line):
        return
    columns = without_bounds(_numbers(rows, known, out))
    if one_each(
        {key: cells for key, cells in rows.text.items() if key not in columns},
        any(is_axis(key) and varies(columns[key]) for key in columns),
    ):
        raise UnreadableLog(
            "this table has one row per run, no curve",
            where=source.name,
            why=f"{len(rows.line):,} rows, each of a run of its own",
            do="give the log of one run",
        )
    numbered = {key: [f"{value:g}" for value in columns[key][0].tolist()] for key in columns if normal(key) in NUMBERED_RUNS}
    runs = below({**{key: cells for key, cells in rows.text.items() if key not in columns}, **numbered})
    runs = {} if _are_splits(runs) else runs
    first = 1
    if runs and not _one_after_another(runs):
        out.counts_records()
    for name, at in runs.items():
        mine = {key: (values[at], None if missing is None else missing[at]) for key, (values, missing) in columns.items()}
        line = rows.line[at] if _one_after_another(runs) else np.arange(first, first + len(at))
        out.start_run(int(line[0]), key=name, name=name)
        first += len(at)
        _table(Rows(line, rows.numbers, {key: [cells[i] for i in at] for key, cells in rows.text.items()}), mine, source, out)
    if not runs:
        _table(rows, columns, source, out)


def _are_splits(runs: Iterable[str]) -> bool:
    """Whether names differ in nothing but the split: TensorBoard's folders of one run, ``fit/train`` and ``fit/validation``."""
    words = [_WORD.findall(name.lower()) for name in runs]
    stems = {tuple(word for word in one if word not in SPLITS) for one in words}
    return len(words) > 1 and len(stems) == 1 and all(sum(word in SPLITS for word in one) == 1 for one in words)


def _is_needed(name: str, out: Collector) -> bool:
    return out.wants(name) or any(places([name], out.name)) or BETWEEN in name or normal(name) in (*VALUE_COLUMNS, *NUMBERED_RUNS)


def _one_after_another(runs: Mapping[str, NDArray[np.intp]]) -> bool:
    order = np.concatenate(list(runs.values()))
    return bool((order[1:] > order[:-1]).all())


def _table(rows: Rows, columns: dict[str, Column], source: Source, out: Collector) -> None:
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


def _numbers(rows: Rows, known: dict[str, Cells], out: Collector) -> dict[str, Column]:
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
