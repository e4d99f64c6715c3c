"""A folder with one JSON file of numbers per epoch or step (AllenNLP's ``metrics_epoch_3.json``), or one sub-folder for each.

## Looks like
    metrics_epoch_0.json, metrics_epoch_1.json: {"epoch": 0, "training_loss": 2.3, "validation_loss": 2.4}
    checkpoint-500/eval_results.json: {"eval_loss": 2.31}
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._columns import is_axis
from trainlog.readers._document import load
from trainlog.readers._marked import file_split, with_split
from trainlog.readers._source import Source
from trainlog.readers._table import Table, as_float, flatten
from trainlog.vocab import TIME_KEYS, canonical, metric, normal

MIN_FILES = 3  # fewer may be two models, or the two files of one evaluation
MAX_BYTES = 64 * 1024  # of a file that sums something up
_NUMBER = re.compile(r"(.*?)(epochs?|ep|round|steps?|global_?step|iter|iteration|checkpoint|ckpt)?[ _=-]*(\d{1,12})", re.IGNORECASE)


class _File(NamedTuple):
    file: Source
    stem: str
    axis: str  # empty: the name does not say what it counts
    number: int


def sniff(source: Source) -> Match | None:
    """Three files or more whose names differ in a number, of which the first holds a measure."""
    files = _files(source) if source.is_dir else []
    if len(files) < MIN_FILES or not _measures(_read(files[0].file, Collector())):
        return None
    return Match(0.5, f"{len(files)} files numbered from {files[0].number} to {files[-1].number}")


def parts(folder: Source) -> frozenset[str]:
    """The names of the files that are part of this log."""
    return frozenset(one.file.name for one in _files(folder))


def _files(folder: Source) -> list[_File]:
    """The files of the stem that has most of them, in the order of their numbers."""
    by_stem: dict[str, list[_File]] = {}
    for one in _numbered(folder):
        by_stem.setdefault(one.stem, []).append(one)
    most = max(map(len, by_stem.values()), default=0)
    chosen = [one for files in by_stem.values() if len(files) == most for one in files]
    return sorted(chosen, key=lambda one: (one.number, one.stem)) if most >= MIN_FILES else []


def _numbered(folder: Source) -> Iterator[_File]:
    for file in folder.files("*.json"):
        yield from _named(file, file.label.removesuffix(".json"), "")
    for file in folder.files("*/*.json"):
        inner = file.folder
        if inner is not None:
            yield from _named(file, inner.label, f"/{file.label}")


def _named(file: Source, text: str, rest: str) -> Iterator[_File]:
    found = _NUMBER.fullmatch(text)
    if found is not None:
        word = (found[2] or "").lower()
        yield _File(file, found[1] + rest, "" if not word else "epoch" if word.startswith(("ep", "round")) else "step", int(found[3]))


def _read(file: Source, out: Collector) -> dict[str, Any]:
    if file.path is None or file.path.stat().st_size > MAX_BYTES:
        return {}
    document = load(file, out) if file.head.lstrip()[:1] == b"{" else None
    return flatten(document) if isinstance(document, dict) else {}


def _measures(row: dict[str, Any]) -> bool:
    return any(as_float(value) is not None and metric(canonical(key).canonical).better for key, value in row.items())


def read(source: Source, out: Collector) -> None:
    """Read each file as a record; where it does not say its place, its number does. A line number counts the files."""
    out.counts_records()
    files = _files(source) if source.is_dir else []
    numbers = list(dict.fromkeys(one.number for one in files))
    counts_on = numbers[:1] <= [1] and all(after - before == 1 for before, after in pairwise(numbers))
    table = Table(out)
    for line, one in enumerate(files, 1):
        row = _read(one.file, out)
        split = file_split(one.file, row)
        placed = {(key if is_axis(key) else with_split(key, split)): value for key, value in row.items()}
        if one.axis == "step" or not any(is_axis(key) and normal(key) not in TIME_KEYS for key in row):
            placed[one.axis or ("epoch" if counts_on else "step")] = one.number
        table.add([line], [placed])
