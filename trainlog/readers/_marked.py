"""Records that say in a field what they are: ``{"split": "val", "loss": 2.3}``, ``{"metric": "val/loss", "value": 2.3}``.

Also lists of such records in one: ``{"epoch": 1, "evals": [{"dataset": "dev", "loss": 2.3}]}``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from trainlog.readers._columns import is_axis
from trainlog.readers._source import Source
from trainlog.vocab import NAME_KEYS, SPLITS, STEP_KEYS, UNNAMED, VALUE_KEYS, canonical, metric, normal, split_of

SPLIT_KEYS = frozenset({"split", "phase", "mode", "type", "stage", "set", "kind", "subset", "event", "dataset"})
_LABELS = frozenset((*NAME_KEYS, "dataset", "dataset_name", "task", "task_name", "label", "id"))  # of one evaluation among several
MAX_MEMBERS = 100  # evaluations in one record
MAX_TEXT = 40  # characters of a field that names a split
MAX_WORDS = 3  # beside a split in a field: train_epoch, eval_step_end
_WORD = re.compile(r"[a-z]+")
_TENSORBOARD_FILE = re.compile(r"(?:run-)?(.*?)-?tag-(.+)")

Row = Mapping[str, Any]


def unmarked(keys: Sequence[str], rows: Sequence[Row]) -> list[dict[str, Any]] | None:
    """Bring the mark into the names of the metrics; None when the records of these keys carry no mark."""
    split = next((key for key in keys if normal(key) in SPLIT_KEYS and is_split(rows[0][key])), None)
    name = next((key for key in keys if normal(key) in NAME_KEYS and isinstance(rows[0][key], str)), None)
    value = next((key for key in keys if normal(key) in VALUE_KEYS), None)
    if name is not None and value is not None:
        return [_named(row, name, value, split) for row in rows]
    return [_split(row, split) for row in rows] if split is not None else None


def is_split(value: object) -> bool:
    """Whether a text names a split, alone or among few other words (``val_epoch``)."""
    return isinstance(value, str) and bool(split_said(value))


def split_said(text: str) -> str:
    """The only split among few words; empty when there is none."""
    words = _WORD.findall(text.lower()) if len(text) <= MAX_TEXT else []
    splits = {word for word in words if word in SPLITS}
    return splits.pop() if len(splits) == 1 and len(words) <= MAX_WORDS else ""


def with_split(key: str, split: str) -> str:
    """Name a key after the split its record is of, unless it says its own."""
    return key if SPLITS.get(split, "train") == "train" or split_of(canonical(key).canonical) != "train" else f"{split}/{key}"


def _split_of(row: Row, split: str | None) -> str:
    return (split_said(row[split]) if split is not None and isinstance(row[split], str) else "") or "train"


def _named(row: Row, name: str, value: str, split: str | None) -> dict[str, Any]:
    rest = {key: item for key, item in row.items() if key not in (name, value, split)}
    return {**rest, with_split(str(row[name]), _split_of(row, split)): row[value]}


def _split(row: Row, split: str) -> dict[str, Any]:
    part = _split_of(row, split)
    rest = {key: item for key, item in row.items() if key != split and not (_is_count(key, item) and SPLITS[part] != "train")}
    return {(key if is_axis(key) else with_split(key, part)): item for key, item in rest.items()}


def _is_count(key: str, item: object) -> bool:
    """Whether this says so many of so many: in an evaluation, of its own batches."""
    return isinstance(item, str) and "/" in item and normal(key) in STEP_KEYS


def holds_members(value: object) -> bool:
    """Whether this is a list of objects."""
    return isinstance(value, list) and 0 < len(value) <= MAX_MEMBERS and all(isinstance(member, dict) for member in value)


def opened(row: Row) -> dict[str, Any]:
    """Bring what lists of evaluations hold into the record; a list whose members nothing tells apart is dropped."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if holds_members(value):
            flat.update(_members(key, value))
        else:
            flat[key] = value
    return flat


def _members(key: str, members: Sequence[Row]) -> dict[str, Any]:
    home = normal(key).removesuffix("s")
    found: dict[str, Any] = {}
    for member in members:
        named = any(normal(inner) in VALUE_KEYS for inner in member)
        label = next((k for k in member if normal(k) in _LABELS and isinstance(member[k], str) and not is_split(member[k])), None)
        rest = dict(member) if named else {inner: value for inner, value in member.items() if inner != label}
        plain = (unmarked(tuple(rest), [rest]) or [rest])[0]
        for inner, value in plain.items():
            name = inner if named or label is None else f"{member[label]}/{inner}"
            name = with_split(name, home) if home in SPLITS else f"{key}/{name}"
            if name in found or not (named or plain is not rest or label is not None or home in SPLITS):
                return {}
            found[name] = value
    return found


def file_tag(source: Source) -> str:
    """Name the only curve of a file after the file: as TensorBoard names its downloads, or when it is called after a metric."""
    stem = PurePath(source.name).stem
    tag = _TENSORBOARD_FILE.fullmatch(stem)
    if tag:  # of a folder of runs: run-fit_validation-tag-epoch_loss
        words = [word for word in _WORD.findall(tag[1].lower()) if word in SPLITS]
        return with_split(tag[2], words[-1] if words else "train")
    name = stem
    return name if metric(canonical(name).canonical).better else UNNAMED


def file_split(source: Source, names: Iterable[str]) -> str:
    """The split that a file is named after (``test_error.tsv``), where its columns name none."""
    word = _WORD.match(PurePath(source.name).stem.lower())
    split = SPLITS.get(word[0], "train") if word else "train"
    return "train" if any(split_of(canonical(key).canonical) != "train" or "train" in key.lower() for key in names) else split
