"""Parquet tables, such as ``trainlog convert`` and pandas write them; read as a table of text is.

Needs pyarrow (``pip install 'trainlog-cli[parquet]'``). A line number counts the rows, below one line of names.

## Looks like
    frame.to_parquet("history.parquet")
"""

import io

from trainlog.errors import MissingExtra, UnreadableLog
from trainlog.readers import Match, csv
from trainlog.readers._collect import Collector
from trainlog.readers._columns import is_axis
from trainlog.readers._marked import SPLIT_KEYS
from trainlog.readers._several import RUN_COLUMNS
from trainlog.readers._source import Source
from trainlog.vocab import NAME_KEYS, VALUE_KEYS, canonical, metric, normal

MAGIC = b"PAR1"
MAX_FOUND = 64 * 1024 * 1024  # bytes of a table that is found in a folder


def sniff(source: Source) -> Match | None:
    """The file magic."""
    return Match(1.0, "the magic bytes PAR1") if source.head.startswith(MAGIC) else None


def is_log(source: Source) -> bool:
    """Whether a table that nobody named holds curves: it has a column that places rows and one of a known measure, and none of text
    or of lists but such as say the run, the split or the metric of a row. Raises ``UnreadableLog`` for a large one.
    """
    if sniff(source) is None:
        return False
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return False
    try:
        schema = pq.read_schema(pa.BufferReader(source.raw(MAX_FOUND)))
    except (pa.ArrowException, OSError, ValueError):
        return False
    numbers = [field.name for field in schema if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)]
    others = [normal(field.name) for field in schema if field.name not in numbers and not pa.types.is_temporal(field.type)]
    names = {normal(name) for name in numbers}
    measured = any(metric(canonical(name).canonical).better for name in numbers) or bool(names & VALUE_KEYS and NAME_KEYS & set(others))
    return measured and any(map(is_axis, numbers)) and set(others) <= RUN_COLUMNS | NAME_KEYS | SPLIT_KEYS


def read(source: Source, out: Collector) -> None:
    """Read all columns of numbers and text."""
    out.counts_records()
    try:
        import pyarrow as pa
        import pyarrow.csv as pacsv
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtra.of("pyarrow", "parquet", "reading Parquet") from None
    text = io.BytesIO()
    try:
        table = pq.read_table(pa.BufferReader(source.raw()))
        flat = table.flatten()
        plain = [field.name for field in flat.schema if not pa.types.is_nested(field.type) and not pa.types.is_binary(field.type)]
        pacsv.write_csv(flat.select(plain), text)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableLog("this Parquet file is damaged", where=source.name, why=str(error)[:200], do="write it again") from error
    csv.read(Source.of(source.name, text.getvalue()), out)
