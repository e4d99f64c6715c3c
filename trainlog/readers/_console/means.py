"""Values that are no points of a curve: running means that a line at the end of an epoch tells, results after the end."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from trainlog.readers._collect import Collector
from trainlog.readers._console.layouts import Rows
from trainlog.readers._console.marks import Marks, merged, taken
from trainlog.run import Floats, Ints
from trainlog.vocab import split_of

MIN_EPOCHS = 3  # that must have a line of their own
# The last of an epoch's means is by so much closer to its end than the first; losses of single batches are as far at both.
CLOSER = 0.15
MIN_CHANGES, MIN_CARRIED = 2, 2  # of evaluations that are carried along; lines for each of them
MIN_BATCHES = 2  # lines per epoch; with one there is nothing to choose between


def without_running_means(rows: Sequence[Rows], epochs_of: Sequence[Floats]) -> tuple[list[Rows], list[str]]:
    """Drop the lines of batches from epochs that have a line of their own, where they run up to that.

    ``epochs_of``: the epoch of each row. Gives the rows kept and the keys that were running means.
    """
    keys = {entry.key for part in rows if part.step is None for entry in part.layout.fields if entry.quality and entry.key in part.values}
    told = [key for key in sorted(keys) if _is_running(key, rows)]
    if not told:
        return list(rows), []
    ended = np.unique(
        np.concatenate([e for part, e in zip(rows, epochs_of, strict=True) if part.step is None and set(told) & set(part.values)])
    )
    kept = []
    for part, epoch in zip(rows, epochs_of, strict=True):
        running = part.step is not None and set(told) & set(part.values)
        kept.append(taken(part, ~np.isin(epoch, ended)) if running else part)
    return [part for part in kept if len(part.at)], told


def without_carried(rows: Sequence[Rows], out: Collector) -> list[Rows]:
    """Keep of an evaluation that each line of training repeats until the next one (LitGPT, Lightning) the first time it is said.

    None of it where lines of their own tell the evaluations.
    """
    beside, alone = _validations(rows, out)
    first = {
        name: np.zeros(0, np.int64) if len(alone.get(name, ())) >= MIN_CHANGES else said.at[_changes(said.value)]
        for name, said in beside.items()
        if MIN_CHANGES < np.count_nonzero(_changes(said.value)) <= len(said.at) / MIN_CARRIED
    }
    return [kept for part in rows for kept in _parted(part, first, out) if len(kept.at)]


def _parted(part: Rows, first: Mapping[str, Ints], out: Collector) -> list[Rows]:
    """Lines without what they carry along, and that where it is said first."""
    names = {key: out.name(key).canonical for key in part.values}
    carried = {key: name for key, name in names.items() if name in first and _trains(part, out)}
    rest = replace(part, values={key: value for key, value in part.values.items() if key not in carried})
    new = {key: np.isin(part.at, first[name]) for key, name in carried.items()}
    return [rest, *(replace(taken(part, said), values={key: part.values[key][said]}) for key, said in new.items())]


def _validations(rows: Sequence[Rows], out: Collector) -> tuple[dict[str, Marks], dict[str, Sequence[Floats]]]:
    """The validation metrics on lines that tell of training too, and those on lines of their own."""
    said: tuple[dict[str, list[tuple[Ints, Floats]]], dict[str, list[Floats]]] = ({}, {})
    for part in rows:
        for key, value in part.values.items():
            name = out.name(key).canonical
            if split_of(name) != "val":
                continue
            if _trains(part, out):
                said[0].setdefault(name, []).append((part.at, value))
            else:
                said[1].setdefault(name, []).extend(value)
    return {name: merged(values) for name, values in said[0].items()}, dict(said[1])


def _trains(part: Rows, out: Collector) -> bool:
    return any(entry.quality and split_of(out.name(entry.key).canonical) == "train" for entry in part.layout.fields)


def _changes(value: Floats) -> NDArray[np.bool_]:
    return np.append(True, np.diff(value) != 0)


def without_results(rows: Sequence[Rows], splits: Mapping[str, str]) -> list[Rows]:
    """Drop a line of test without a place that is like no other, when nothing was learnt since others told such: a result.

    ``splits``: of each key.
    """
    rows = [part for part in rows if len(part.at)]
    keys = {key for key, split in splits.items() if split == "test"}
    train = {key for key, split in splits.items() if split == "train"}
    learnt = [part.at[-1] for part in rows if train & part.values.keys() and any(entry.quality for entry in part.layout.fields)]
    told = merged([(part.at, part.at.astype(np.float64)) for part in rows if keys & part.values.keys()])
    if not learnt or not len(told.at):
        return rows
    first = int(told.value[np.minimum(np.searchsorted(told.at, max(learnt)), len(told.at) - 1)])
    return [part for part in rows if part.layout.placed or not keys & part.values.keys() or len(part.at) > 1 or part.at[0] <= first]


def _is_running(key: str, rows: Sequence[Rows]) -> bool:
    batches = merged([(part.at, part.values[key]) for part in rows if part.step is not None and key in part.values])
    ends = merged([(part.at, part.values[key]) for part in rows if part.step is None and key in part.values])
    if len(ends.at) < MIN_EPOCHS or len(batches.at) < MIN_BATCHES * len(ends.at):
        return False
    first = batches.value[np.minimum(np.searchsorted(batches.at, np.concatenate(([-1], ends.at[:-1]))), len(batches.at) - 1)]
    with np.errstate(invalid="ignore", over="ignore"):
        far, near = (np.abs(value - ends.value) for value in (first, batches.before(ends.at)))
    known = np.isfinite(far) & np.isfinite(near)
    if np.count_nonzero(known) < MIN_EPOCHS:
        return False
    return bool(np.median(near[known]) <= CLOSER * np.median(far[known]) > 0)
