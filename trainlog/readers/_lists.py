"""Lists of numbers side by side -> Collector: which of them belong together, and where they stand."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trainlog.readers._collect import Collector
from trainlog.readers._columns import add_columns, is_axis
from trainlog.readers._table import as_float, column
from trainlog.vocab import SPLITS, canonical, normal, split_of

Lists = dict[str, Sequence[Any]]


def is_series(value: object) -> bool:
    """Whether this is a list of numbers, some of which may be missing."""
    return isinstance(value, list) and len(value) > 0 and all(v is None or as_float(v) is not None for v in value[:20])


def is_measure(key: str) -> bool:
    """Whether a list under this key is a loss or another measure that is known."""
    return canonical(key).canonical != key.strip() or "loss" in key.lower()


def add_lists(lists: Lists, offset: int, out: Collector) -> int:
    """Lists of one length are one table, of as many records as are given back; shorter ones stand where a list of places of
    their own says (``eval_steps``), else they are evaluations at regular intervals, or no series at all.
    """
    length = max(len(value) for key, value in lists.items() if is_measure(key) or not any(map(is_measure, lists)))
    full = {key: column(value) for key, value in lists.items() if len(value) == length}
    line = np.arange(1, length + 1, dtype=np.int64) + offset
    if not any(is_axis(key) for key in full):
        own = _axis_of(full)
        full = {"epoch": (np.arange(1, length + 1, dtype=np.float64), None), **full} if own is None else _with_axis(own, full)
    add_columns(out, line, full)
    shorter = {key: value for key, value in lists.items() if len(value) not in (length, 0)}
    for key, value in shorter.items():
        if not is_measure(key) or is_axis(key) or _place(key):
            continue
        together = {name: column(other) for name, other in shorter.items() if len(other) == len(value)}
        own = _axis_of(together) if len(value) < length else None
        if own is not None:
            at = np.linspace(0, length - 1, len(value)).astype(np.int64)  # no line says it: spread, so that it is found again
            add_columns(out, line[at], _with_axis(own, {own: together[own], key: together[key]}))
        elif len(value) < length and length % len(value) == 0 and split_of(canonical(key).canonical) != "train":
            every = length // len(value)
            out.remark(f"{key} has {len(value):,} values and the longest list {length:,}: taken as one in every {every}")
            rows = slice(every - 1, None, every)
            axes = {name: full[name] for name in full if is_axis(name)}
            placed = {name: (values[rows], None if missing is None else missing[rows]) for name, (values, missing) in axes.items()}
            add_columns(out, line[rows], {**placed, key: column(value)})
        else:
            out.remark(f"{key} has {len(value):,} values and the longest list {length:,}: nothing says which belong together; skipped")
    return length


def _place(key: str) -> str:
    """The axis that a list places others on, by its name without a split: ``val_epochs``, ``eval/step``; empty for a measure."""
    words = normal(key).split("_")
    rest = "_".join(word for word in words if word not in SPLITS)
    return rest if len(rest) < len(normal(key)) and is_axis(rest) else ""


def _axis_of(lists: Mapping[str, Any]) -> str | None:
    return next((key for key in lists if is_axis(key) or _place(key)), None)


def _with_axis(own: str, lists: Mapping[str, Any]) -> dict[str, Any]:
    return {(_place(key) or key) if key == own else key: value for key, value in lists.items() if key == own or not _place(key)}
