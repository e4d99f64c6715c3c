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
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from trainlog.errors import UnreadableLog
from trainlog.readers import Match
from trainlog.readers._cells import Cells
from trainlog.readers._collect import Collector
from trainlog.readers._columns import add_columns, is_axis, places, varies
from trainlog.readers._layout import Layout, find_layout
from trainlog.readers._rows import Rows, Table
from trainlog.readers._several import BETWEEN, below, one_each, without_bounds
from trainlog.readers._source import Source
from trainlog.readers._tabular import VALUE_COLUMNS, add_table, numbers_of
from trainlog.readers._transposed import Transposed, transposed
from trainlog.vocab import SPLITS, normal

GROWS = True  # the runs so far can be told while the log is being written
NUMBERED_RUNS = ("fold", "seed")  # columns of numbers that tell runs apart
_WORD = re.compile(r"[a-z]+")


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
    columns = without_bounds(numbers_of(rows, known, out))
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
        add_table(Rows(line, rows.numbers, {key: [cells[i] for i in at] for key, cells in rows.text.items()}), mine, source, out)
    if not runs:
        add_table(rows, columns, source, out)


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
