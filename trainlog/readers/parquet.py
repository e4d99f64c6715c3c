"""Parquet tables, such as ``trainlog convert`` and pandas write them; read as a table of text is.

Needs pyarrow (``pip install 'trainlog-cli[parquet]'``). A line number counts the rows, below one line of names.

## Looks like
    frame.to_parquet("history.parquet")
"""

import io

from trainlog.errors import MissingExtra, UnreadableLog
from trainlog.readers import Match, csv
from trainlog.readers._collect import Collector
from trainlog.readers._source import Source

MAGIC = b"PAR1"


def sniff(source: Source) -> Match | None:
    """The file magic."""
    return Match(1.0, "the magic bytes PAR1") if source.head.startswith(MAGIC) else None


def read(source: Source, out: Collector) -> None:
    """Read all columns of numbers and text."""
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
