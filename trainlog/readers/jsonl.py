"""JSON lines with any keys: one object per line, named by the alias table.

## Looks like
    {"step": 100, "train/loss": 3.12, "lr": 0.0003}
    {"step": 100, "val/loss": 3.30}
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from trainlog._pattern import compiled
from trainlog.readers import Match
from trainlog.readers._cells import moment
from trainlog.readers._collect import Collector
from trainlog.readers._json import Row, batches, rows, salvage
from trainlog.readers._marked import split_said
from trainlog.readers._several import RUN_COLUMNS
from trainlog.readers._source import Source
from trainlog.readers._table import Table, numbered
from trainlog.vocab import normal

GROWS = True  # the runs so far can be told while the log is being written
OBJECTS = True  # logs may be lines of JSON objects
SAMPLE_LINES = 50
PREFIXED_SCORE = 0.3  # as sure as the console reader is at most: what explains more of the file is taken
_DATE = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?"
MAX_PREFIX = 200  # characters before an object that are looked at
NEAR = 20  # characters before an object in which a word says its split: INFO valid: {...}
ALL_PREFIXED, PREFIXED = 0.9, 0.65  # of the lines: where so many end with an object, these are the log and nothing else is asked


def sniff(source: Source) -> Match | None:
    """Most of the first lines are JSON objects."""
    lines = _sample(source)
    objects = sum(line.rstrip().endswith(b"}") and b"{" in line and bool(salvage(line, 0, Collector())) for line in lines)
    if not objects or objects < len(lines) / 2:
        return None
    if len(lines) == 1 and not {".jsonl", ".ndjson"} & set(source.suffixes):
        return None  # one object is a document
    if _bare(lines) < objects / 2:  # after a time and a level on each line: console text, which reads these too
        score = PREFIXED if objects >= ALL_PREFIXED * len(lines) else PREFIXED_SCORE
        return Match(score * objects / len(lines), f"{objects} of the first {len(lines)} lines end with a JSON object")
    return Match(0.5 * objects / len(lines), f"{objects} of the first {len(lines)} lines are JSON objects")


def _sample(source: Source) -> list[bytes]:
    lines = [line for line in source.head.split(b"\n")[:SAMPLE_LINES] if line.strip(b" \r\0")]
    return lines[:-1] if len(lines) > 1 and len(source.head) > 60_000 else lines  # the last one is cut by the end of the head


def _bare(lines: Sequence[bytes]) -> int:
    return sum(line.lstrip(b" \t\0").startswith(b"{") for line in lines)


def divisible(source: Source) -> bool:
    """Any part of plain objects can be read by itself; those of several runs are brought together first."""
    return not _run_key(source) and bool(_bare(_sample(source)))


def read(source: Source, out: Collector) -> None:
    """Read every object; those without a number of interest say nothing."""
    key = _run_key(source)
    table = Table(out)
    if key:
        _read_runs(source, key, out)
    elif not _bare(_sample(source)):
        for block in _prefixed(source, out):
            table.add([line for line, _ in block], [row for _, row in block])
    else:
        for batch in batches(source, out, table.interest):
            if batch.columns is None or table.is_marked(batch.columns):
                table.add(batch.lines, batch.objects())
            else:
                table.add_columns(numbered(batch.lines), batch.columns)


def _prefixed(source: Source, out: Collector) -> Iterator[list[tuple[int, Row]]]:
    """The objects at the ends of lines and the lines they stand on, a block at a time."""
    for first, block in source.blocks():
        found: list[tuple[int, Row]] = []
        for number, line in enumerate(block.split(b"\n"), first):
            at = max(line.find(b"{"), 0)
            found += [(number, {**_said(line[:at]), **row}) for row in salvage(line[at:], number, out)]
        yield found


def _said(prefix: bytes) -> Row:
    """The time and the split that stand before an object."""
    text = prefix[:MAX_PREFIX].decode("utf-8", "replace")
    date, split = compiled(_DATE).search(text), split_said(text[-NEAR:])
    return {**({"timestamp": moment(date[0])} if date else {}), **({"split": split} if split else {})}


def _run_key(source: Source) -> str:
    """The key that says which run each record is of, where the records of several take turns."""
    some = [row for line in _sample(source) for row in salvage(line, 0, Collector())]
    for key in some[0] if some else ():
        runs = [row[key] for row in some if isinstance(row.get(key), str | int)] if normal(key) in RUN_COLUMNS else []
        turns = sum(before != after for before, after in pairwise(runs))
        if turns >= len(set(runs)) > 1 and len(runs) > len(some) / 2:
            return key
    return ""


def _read_runs(source: Source, key: str, out: Collector) -> None:
    runs: dict[str, list[Row]] = {}

    def hand_over(to: Collector) -> None:
        first = 1
        for name, records in runs.items():
            to.start_run(first, key=name, name=name)
            Table(to).add(range(first, first + len(records)), records)
            first += len(records)

    out.remark(f"records of several runs take turns, told apart by {key}: their lines are counted one run after another")
    out.when_done(hand_over)
    for _, found in rows(source, out):
        for row in found:
            if key in row:
                runs.setdefault(str(row[key]), []).append({name: value for name, value in row.items() if name != key})
