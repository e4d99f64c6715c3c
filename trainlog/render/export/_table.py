"""Runs -> columns. A number that was never logged and one that was logged as NaN are not the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trainlog.run import Floats, Ints, Run, Series

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet runs a cell that starts so (OWASP, "CSV Injection")


@dataclass(frozen=True, slots=True)
class Column:
    """Values of any dtype [n]; ``missing`` bool[n], None when every row has one."""

    values: NDArray[Any]
    missing: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns of one length."""

    columns: Mapping[str, Column]

    def frame(self) -> "pd.DataFrame":
        """For CSV: missing is empty, NaN is ``NaN``; text and names that a spreadsheet would run are quoted with ``'``."""
        import pandas as pd

        return pd.DataFrame({_harmless(name): _cells(column) for name, column in self.columns.items()})

    def arrow(self) -> "pa.Table":
        """For Parquet: missing is null, NaN is NaN."""
        import pyarrow as pa

        return pa.table({name: pa.array(column.values, mask=column.missing) for name, column in self.columns.items()})


def table(runs: Sequence[Run]) -> Table:
    """Wide: a row per step of each run; first the axes that were logged, then a column per metric."""
    steps = [_steps(run) for run in runs]
    axis = runs[0].axis if runs else "step"
    columns: dict[str, Column] = {}
    if len(runs) > 1:
        columns["run"] = Column(np.repeat(np.array(_run_names(runs), dtype=object), [len(s) for s in steps]))
    columns[axis] = Column(np.concatenate(steps) if steps else np.empty(0, dtype=np.int64))
    readings: dict[str, Callable[[Series], Floats | None]] = {"epoch": lambda s: s.epoch, "time_s": lambda s: s.time_s}
    for name, reading in readings.items():
        found = _joined([_axis_column(run, at, reading) for run, at in zip(runs, steps, strict=True)])
        if name != axis and not (found.missing is not None and found.missing.all()):
            columns[name] = found
    for name in dict.fromkeys(name for run in runs for name in run.series):
        parts = [_metric(run.series.get(name), at) for run, at in zip(runs, steps, strict=True)]
        columns[name if name not in columns else f"{name}_"] = _joined(parts)
    return Table(columns)


def tidy_table(runs: Sequence[Run]) -> Table:
    """Long: a row per point, with its line in the log."""
    points = [(run, label, series) for run, label in zip(runs, _run_names(runs), strict=True) for series in run.series.values()]
    sizes = [len(series) for _, _, series in points]

    def repeated(texts: list[str]) -> Column:
        return Column(np.repeat(np.array(texts, dtype=object), sizes))

    def joined(parts: list[Any], dtype: type) -> NDArray[Any]:
        return np.concatenate(parts) if parts else np.empty(0, dtype=dtype)

    columns = {"run": repeated([label for _, label, _ in points])} if len(runs) > 1 else {}
    columns["name"] = repeated([series.name for _, _, series in points])
    columns[runs[0].axis if runs else "step"] = Column(joined([series.step for _, _, series in points], np.int64))
    columns["value"] = Column(joined([series.value for _, _, series in points], np.float64))
    columns["line"] = Column(joined([series.line for _, _, series in points], np.int64))
    columns["time_s"] = _joined([_given(series.time_s, len(series)) for _, _, series in points])
    columns.setdefault("epoch", _joined([_given(series.epoch, len(series)) for _, _, series in points]))
    return Table(columns)


def _run_names(runs: Sequence[Run]) -> list[str]:
    return [run.source if run.siblings == 1 else f"{run.source}#{run.index}" for run in runs]


def _steps(run: Run) -> Ints:
    return np.unique(np.concatenate([series.step for series in run.series.values()] or [np.empty(0, dtype=np.int64)]))


def _metric(series: Series | None, steps: Ints) -> Column:
    values, missing = np.full(len(steps), np.nan), np.ones(len(steps), dtype=bool)
    if series is not None:
        at = np.searchsorted(steps, series.step)
        values[at], missing[at] = series.value, False
    return Column(values, missing)


def _axis_column(run: Run, steps: Ints, reading: Callable[[Series], Floats | None]) -> Column:
    """Epoch or time of each step, from whichever series says it."""
    values = np.full(len(steps), np.nan)
    for series in run.series.values():
        known = reading(series)
        if known is not None:
            finite = np.isfinite(known)
            values[np.searchsorted(steps, series.step[finite])] = known[finite]
    return Column(values, np.isnan(values))


def _given(values: Floats | None, size: int) -> Column:
    known = np.full(size, np.nan) if values is None else values
    return Column(known, np.isnan(known))


def _joined(parts: Sequence[Column]) -> Column:
    if not parts:
        return Column(np.empty(0), np.empty(0, dtype=bool))
    missing = np.concatenate([np.zeros(len(p.values), dtype=bool) if p.missing is None else p.missing for p in parts])
    return Column(np.concatenate([p.values for p in parts]), missing)


def _cells(column: Column) -> NDArray[Any]:
    if column.values.dtype == object:
        return np.array([_harmless(text) for text in column.values], dtype=object)
    missing = np.zeros(len(column.values), dtype=bool) if column.missing is None else column.missing
    if column.values.dtype.kind != "f" or not (np.isnan(column.values) & ~missing).any():
        return column.values
    cells = column.values.astype(object)
    cells[np.isnan(column.values)] = "NaN"
    cells[missing] = None
    return cells


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
