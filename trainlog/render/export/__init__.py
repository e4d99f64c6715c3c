"""Runs -> files that other programs read: trainlog records (``jsonl``), ``csv``, ``parquet``.

_records  one JSON object per step, in trainlog's own record format: any log becomes one that trainlog writes
_table    runs -> columns on a common axis, what is missing told apart from what was logged as NaN
"""

import io
from collections.abc import Sequence

from trainlog.errors import MissingExtra, UnknownName, UsageError
from trainlog.render.export._records import records
from trainlog.render.export._table import table, tidy_table
from trainlog.run import Run

FORMATS = ("jsonl", "csv", "parquet")


def render(runs: Sequence[Run], format_name: str, *, tidy: bool = False) -> bytes:
    """Give runs as ``jsonl``, ``csv`` or ``parquet``.

    Tables are wide (a row per step, a column per metric), or with ``tidy`` long (a row per point). Values are in canonical
    units. Raises ``UnknownName`` for another format, ``MissingExtra`` for Parquet without pyarrow, ``UsageError`` for runs that
    count differently: one column, and one log, has steps or epochs.
    """
    if format_name not in FORMATS:
        raise UnknownName.among("table format", format_name, FORMATS)
    other = next((run for run in runs if run.axis != runs[0].axis), None)
    if other is not None:
        why = f"{runs[0].source} counts {runs[0].axis}s, {other.source} {other.axis}s"
        raise UsageError("these runs cannot be in one file", why=why, do="convert each log on its own")
    if format_name == "jsonl":
        return b"".join(line for run in runs for line in records(run))
    columns = tidy_table(runs) if tidy else table(runs)
    if format_name == "csv":
        frame = columns.frame()
        return frame.to_csv(index=False, lineterminator="\n").encode("utf-8", "backslashreplace")
    try:
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtra.of("pyarrow", "parquet", "writing Parquet") from None
    out = io.BytesIO()
    pq.write_table(columns.arrow(), out)
    return out.getvalue()


__all__ = ["FORMATS", "render"]
