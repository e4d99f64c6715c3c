"""Records that say in a field what they are: ``{"split": "val", "loss": 2.3}``, ``{"metric": "val/loss", "value": 2.3}``."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from trainlog.readers._columns import is_axis
from trainlog.readers._source import Source
from trainlog.vocab import SPLITS, UNNAMED, canonical, metric, split_of

SPLIT_KEYS = frozenset({"split", "phase", "mode", "type", "stage", "set", "kind", "subset", "event", "dataset"})
NAME_KEYS = frozenset({"metric", "name", "key", "tag", "metric_name", "metricname"})
VALUE_KEYS = frozenset({"value", "metric_value", "metricvalue"})
_WORD = re.compile(r"[a-z]+")
_TENSORBOARD_FILE = re.compile(r"(?:run-.*?-)?tag-(.+)")

Row = Mapping[str, Any]


def unmarked(keys: Sequence[str], rows: Sequence[Row]) -> list[dict[str, Any]] | None:
    """Bring the mark into the names of the metrics; None when the records of these keys carry no mark."""
    split = next((key for key in keys if key.lower() in SPLIT_KEYS and is_split(rows[0][key])), None)
    name = next((key for key in keys if key.lower() in NAME_KEYS and isinstance(rows[0][key], str)), None)
    value = next((key for key in keys if key.lower() in VALUE_KEYS), None)
    if name is not None and value is not None:
        return [_named(row, name, value, split) for row in rows]
    return [_split(row, split) for row in rows] if split is not None else None


def is_split(value: object) -> bool:
    """Whether a text names a split."""
    return isinstance(value, str) and value.strip().lower() in SPLITS


def with_split(key: str, split: str) -> str:
    """Name a key after the split its record is of, unless it says its own."""
    return key if SPLITS.get(split, "train") == "train" or split_of(canonical(key).canonical) != "train" else f"{split}/{key}"


def _split_of(row: Row, split: str | None) -> str:
    return row[split].strip().lower() if split is not None and is_split(row[split]) else "train"


def _named(row: Row, name: str, value: str, split: str | None) -> dict[str, Any]:
    rest = {key: item for key, item in row.items() if key not in (name, value, split)}
    return {**rest, with_split(str(row[name]), _split_of(row, split)): row[value]}


def _split(row: Row, split: str) -> dict[str, Any]:
    part = _split_of(row, split)
    return {(key if is_axis(key) else with_split(key, part)): item for key, item in row.items() if key != split}


def file_tag(source: Source) -> str:
    """Name the only curve of a file after the file: as TensorBoard names its downloads, or when it is called after a metric."""
    stem = PurePath(source.name).stem
    tag = _TENSORBOARD_FILE.fullmatch(stem)
    name = tag[1] if tag else stem
    return name if tag or metric(canonical(name).canonical).better else UNNAMED


def file_split(source: Source, names: Iterable[str]) -> str:
    """The split that a file is named after (``test_error.tsv``), where its columns name none."""
    word = _WORD.match(PurePath(source.name).stem.lower())
    split = SPLITS.get(word[0], "train") if word else "train"
    return "train" if any(split_of(canonical(key).canonical) != "train" or "train" in key.lower() for key in names) else split
