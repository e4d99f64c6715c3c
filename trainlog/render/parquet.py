"""A table of runs as Parquet, one row each: for data frames and query engines. Goes to a file: ``-o parquet=runs.parquet``."""

import io
from collections.abc import Sequence

from trainlog.diagnosis import Diagnosis
from trainlog.errors import MissingExtra
from trainlog.render import Style
from trainlog.render._rows import COLUMNS, row


def render(diagnoses: Sequence[Diagnosis], style: Style) -> bytes:
    """The columns of ``csv`` with their types, a row per run, in the order given; raises ``MissingExtra`` without pyarrow."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtra.of("pyarrow", "parquet", "writing Parquet") from None
    types = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    rows = [[_text(value) if isinstance(value, str) else value for value in row(diagnosis)] for diagnosis in diagnoses]
    columns = [pa.array([cells[index] for cells in rows], types[kind]) for index, kind in enumerate(COLUMNS.values())]
    out = io.BytesIO()
    pq.write_table(pa.table(columns, names=list(COLUMNS)), out)
    return out.getvalue()


def _text(value: str) -> str:
    """File names that are no UTF-8 have lone surrogates, which Parquet does not take."""
    return value.encode("utf-8", "backslashreplace").decode()
