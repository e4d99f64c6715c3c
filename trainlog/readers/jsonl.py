"""JSON lines with any keys: one object per line, named by the alias table.

## Looks like
    {"step": 100, "train/loss": 3.12, "lr": 0.0003}
    {"step": 100, "val/loss": 3.30}
"""

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._json import batches, salvage
from trainlog.readers._source import Source
from trainlog.readers._table import Table, numbered

GROWS = True  # the runs so far can be told while the log is being written
SAMPLE_LINES = 50
PREFIXED_SCORE = 0.3  # as sure as the console reader is at most: what explains more of the file is taken


def sniff(source: Source) -> Match | None:
    """Most of the first lines are JSON objects."""
    lines = [line for line in source.head.split(b"\n")[:SAMPLE_LINES] if line.strip(b" \r\0")]
    if len(lines) > 1 and len(source.head) > 60_000:
        lines = lines[:-1]  # the last one is cut by the end of the head
    objects = sum(line.rstrip().endswith(b"}") and b"{" in line and bool(salvage(line, 0, Collector())) for line in lines)
    if not objects or objects < len(lines) / 2:
        return None
    if len(lines) == 1 and not {".jsonl", ".ndjson"} & set(source.suffixes):
        return None  # one object is a document
    bare = sum(line.lstrip(b" \t\0").startswith(b"{") for line in lines)
    if bare < objects / 2:  # after a time and a level on each line: console text, which reads these too
        return Match(PREFIXED_SCORE * objects / len(lines), f"{objects} of the first {len(lines)} lines end with a JSON object")
    return Match(0.5 * objects / len(lines), f"{objects} of the first {len(lines)} lines are JSON objects")


def read(source: Source, out: Collector) -> None:
    """Read every object; those without a number of interest say nothing."""
    table = Table(out)
    for batch in batches(source, out, table.interest):
        if batch.columns is None or table.is_marked(batch.columns):
            table.add(batch.lines, batch.objects())
        else:
            table.add_columns(numbered(batch.lines), batch.columns)
