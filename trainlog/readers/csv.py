"""Tables of text: CSV, TSV and columns set apart by ``;``, ``|`` or blanks; one column per metric, or one row per value.

Lightning ``metrics.csv``, Keras ``CSVLogger``, Ultralytics ``results.csv``, Stable-Baselines3 ``progress.csv``, flair
``loss.tsv``, a pandas history, a TensorBoard download and hand-made tables are all read by their names.

## Looks like
    epoch,step,train_loss,val_loss
    0,49,2.31,
    0,49,,2.40
"""

import re
from collections.abc import Callable
from pathlib import PurePath

import numpy as np

from trainlog.readers import Match
from trainlog.readers._cells import floats, moments
from trainlog.readers._collect import Collector
from trainlog.readers._columns import Column, add_columns, is_axis
from trainlog.readers._layout import Layout, find_layout
from trainlog.readers._marked import with_split
from trainlog.readers._rows import Rows, read_rows
from trainlog.readers._source import Source
from trainlog.vocab import SPLITS, TIME_KEYS, normal

NAME_COLUMNS = ("metric", "metric_name", "name", "tag", "key", "variable", "series")
VALUE_COLUMNS = ("value", "metric_value", "scalar", "mean")
_TENSORBOARD_FILE = re.compile(r"(?:run-.*?-)?tag-(.+)")


def sniff(source: Source) -> Match | None:
    """A line of names with rows of numbers under it, all of one width."""
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


def read(source: Source, out: Collector) -> None:
    """Read all rows, then decide by the names whether the table is wide or long."""
    layout = _layout(source)
    if layout is None:
        return
    if layout.first == 1:
        out.remark("no line of names: the two columns are taken for step and loss")
    rows = read_rows(source, layout, out)
    if not len(rows.line):
        return
    columns = _numbers(rows, out)
    split = next((name for name, cells in rows.text.items() if name not in columns and _are_splits(cells)), None)
    name = next((name for name in rows.text if normal(name) in NAME_COLUMNS and name not in columns), None)
    value = next((key for key in columns if normal(key) in VALUE_COLUMNS), None)
    if name is not None and value is not None:
        _long(rows, columns, name, value, out)
    elif split is not None:
        _by_split(rows, columns, split, out)
    else:
        if value is not None and {normal(k) for k in columns} <= {"wall_time", "step", normal(value)}:
            columns[_file_tag(source)] = columns.pop(value)
        add_columns(out, rows.line, columns)


def _numbers(rows: Rows, out: Collector) -> dict[str, Column]:
    """Turn what can be into numbers; a column of text stays text, a bad cell in a column of numbers is a problem."""
    columns = dict(rows.numbers)
    for name, cells in rows.text.items():
        values, missing, bad = floats(cells)
        if len(bad) > len(cells) / 2:
            if normal(name) in TIME_KEYS:
                times = moments(cells)
                columns[name] = (times, np.isnan(times))
            continue
        for index in bad:
            out.problem(int(rows.line[index]), f"{name} is no number: {cells[index][:40]!r}")
        if missing is None or not missing.all():
            columns[name] = (values, missing)
    return columns


def _are_splits(cells: list[str]) -> bool:
    kinds = {cell.strip().lower() for cell in set(cells)}
    return bool(kinds) and kinds <= SPLITS.keys()


def _long(rows: Rows, columns: dict[str, Column], name: str, value: str, out: Collector) -> None:
    """One row per value: the metric is named in the column ``name``, and perhaps its split in another."""
    axes = {key: column for key, column in columns.items() if is_axis(key)}
    split = next((key for key, cells in rows.text.items() if key != name and _are_splits(cells)), None)
    keys = [cell.strip() for cell in rows.text[name]]
    if split is not None:
        keys = [with_split(key, part.strip().lower()) for part, key in zip(rows.text[split], keys, strict=True)]
    _each(rows, {**axes, value: columns[value]}, keys, lambda _, key: key, out)


def _by_split(rows: Rows, columns: dict[str, Column], split: str, out: Collector) -> None:
    """One row per split: a column says whether the row is of training or of validation."""
    _each(rows, columns, [cell.strip() for cell in rows.text[split]], lambda name, part: with_split(name, part.lower()), out)


def _each(rows: Rows, columns: dict[str, Column], keys: list[str], rename: Callable[[str, str], str], out: Collector) -> None:
    labels = np.array(keys)
    for label in dict.fromkeys(keys):
        at = np.flatnonzero(labels == label)
        part = {
            (key if is_axis(key) else rename(key, label)): (values[at], None if missing is None else missing[at])
            for key, (values, missing) in columns.items()
        }
        add_columns(out, rows.line[at], part)


def _file_tag(source: Source) -> str:
    stem = PurePath(source.name).stem
    tag = _TENSORBOARD_FILE.fullmatch(stem)
    return tag[1] if tag else stem
