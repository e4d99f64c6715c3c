"""DVCLive folders (``dvclive/plots/metrics/**.tsv``), or one metric's file in them.

## Looks like
    dvclive/plots/metrics/val/loss.tsv: step<TAB>loss / 4<TAB>24.76
"""

from pathlib import PurePath

import numpy as np

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._columns import Column, add_columns
from trainlog.readers._layout import Layout
from trainlog.readers._rows import read_rows
from trainlog.readers._source import Source

# Under the folder that DVCLive made, or the one above it.
PATTERNS = ("plots/metrics/**/*.tsv", "dvclive/plots/metrics/**/*.tsv")


def sniff(source: Source) -> Match | None:
    """A table with the column ``step`` in a folder ``plots/metrics``, or a folder that holds such."""
    if source.is_dir:
        files = _files(source)
        return Match(0.94, f"a folder with {len(files)} DVCLive metrics") if files else None
    if source.head.startswith((b"step\t", b"timestamp\tstep\t")) and _under(source) is not None:
        return Match(0.95, "a table of one metric in plots/metrics")
    return None


def _files(folder: Source) -> list[Source]:
    own = {"plots": ("metrics/**/*.tsv",)}.get(folder.label, ())
    return [file for pattern in (*PATTERNS, *own) for file in folder.files(pattern) if _under(file) is not None]


def _under(file: Source) -> str | None:
    """The metric's name: the path under ``plots/metrics`` without its ending."""
    parts = PurePath(file.name).parts if file.path is None else file.path.absolute().parts
    at = next((i for i in range(len(parts) - 2, 0, -1) if parts[i - 1 : i + 1] == ("plots", "metrics")), None)
    return None if at is None else "/".join(parts[at + 1 :]).removesuffix(".tsv")


def read(source: Source, out: Collector) -> None:
    """Read each metric; ``epoch`` says which epoch a step belongs to."""
    if source.is_dir:
        out.counts_records()
    epochs: Column | None = None
    steps: Column | None = None
    tables: list[tuple[str, Source]] = []
    for file in _files(source) if source.is_dir else [source]:
        key = _under(file) or file.label
        if key == "epoch" and source.is_dir:
            rows = read_rows(file, _layout(file), out)
            steps, epochs = rows.numbers.get("step"), rows.numbers.get("epoch")
        else:
            tables.append((key, file))
    first = 0
    for key, file in tables:
        rows = read_rows(file, _layout(file), out)
        if not len(rows.line):
            continue
        step = rows.numbers.get("step")
        metric = next((name for name in rows.numbers if name not in ("step", "timestamp")), None)
        if metric is None or step is None:
            continue
        columns = {name: rows.numbers[name] for name in ("step", "timestamp") if name in rows.numbers} | {key: rows.numbers[metric]}
        if steps is not None and epochs is not None:
            columns["epoch"] = (_looked_up(step, steps, epochs), None)
        add_columns(out, rows.line + first, columns)
        first += int(rows.line[-1])


def _layout(file: Source) -> Layout:
    names = file.head.split(b"\n", 1)[0].decode("utf-8", "replace").strip().split("\t")
    return Layout("\t", tuple(names), 2, 1.0)


def _looked_up(step: Column, known: Column, epochs: Column) -> np.typing.NDArray[np.float64]:
    """The epoch of each step: the one noted at that step, or next after it."""
    order = np.argsort(known[0], kind="stable")
    at = np.searchsorted(known[0][order], step[0])
    found = np.full(len(step[0]), np.nan)
    inside = at < len(order)
    found[inside] = epochs[0][order][at[inside]]
    return found
