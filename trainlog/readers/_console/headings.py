"""Lines under a heading such as ``Evaluating...``: which split they are of, and which of them count the batches of an evaluation."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from trainlog.readers._console.fields import Field
from trainlog.readers._console.layouts import Rows
from trainlog.readers._console.marks import Marks, merged, renamed, taken
from trainlog.run import Floats, Ints
from trainlog.vocab import base_of, canonical

SPLITS = ("train", "val", "test")
MIN_SECTIONS = 2  # epochs that must run through the same two loops


class Headings:
    """The headings of one file. A line with a place of its own ends what a heading began, unless it counts its batches."""

    def __init__(self, headings: Sequence[Rows], rows: Sequence[Rows], context: Sequence[Rows]) -> None:
        self._splits = merged([(part.at, np.full(len(part.at), float(SPLITS.index(part.layout.split or "train")))) for part in headings])
        placed = [part for part in (*rows, *context) if part.layout.placed]
        self._totals = merged([(part.at, part.total) for part in placed if part.total is not None])
        self._steps = merged([(part.at, part.step) for part in placed if part.step is not None])
        self._epochs = merged([(part.at, part.epoch) for part in placed if part.step is None and part.epoch is not None])
        train = [part for part in rows if part.step is not None and not _is_evaluation(part)]
        self._train_totals = merged([(part.at, part.total) for part in train if part.total is not None])
        self._train_steps = merged([(part.at, part.step) for part in train if part.step is not None])
        self._train_epochs = merged([(part.at, part.epoch) for part in train if part.epoch is not None])
        self._second = self._second_of_two(merged([(part.at, part.total) for part in train if part.total is not None and part.values]))
        opened = [part for part in rows if part.layout.opens in SPLITS]
        self._opened = merged([(part.at, np.full(len(part.at), float(SPLITS.index(part.layout.opens or "train")))) for part in opened])
        self._told = {_base(entry) for part in opened for entry in part.layout.fields}
        self._placed = Marks(np.zeros(0, dtype=np.int64), np.zeros(0))

    def evaluations(self, rows: Rows) -> list[Rows]:
        """Take the step from lines that count the batches of an evaluation, and give them its split."""
        if rows.step is None:
            return [rows]
        if _is_evaluation(rows):
            counts = self._counts_own(rows, rows.step)
            return [part for part in (taken(rows, ~counts), _unplaced(taken(rows, counts))) if len(part.at)]
        if rows.total is not None and self._second is not None and rows.values:
            counts = rows.total == self._second
            parts = [taken(rows, ~counts), _unplaced(self._of(taken(rows, counts), "val"))]
            return [part for part in parts if len(part.at)]
        if not len(self._splits.at):
            return [rows]
        split = self._splits.strictly_before(rows.at)
        counts = (split > 0) & self._counts(rows)
        if not counts.any():
            return [rows]
        parts = [taken(rows, ~counts)]
        for number in np.unique(split[counts]).astype(int):
            parts.append(_unplaced(self._of(taken(rows, counts & (split == number)), SPLITS[number])))
        return [part for part in parts if len(part.at)]

    def _of(self, rows: Rows, split: str) -> Rows:
        return renamed(rows, {entry.key: f"{split}/{entry.key}" for entry in rows.layout.fields if entry.split is None})

    def _second_of_two(self, totals: Marks) -> float | None:
        """The number of batches of the second of two loops in each epoch, where nothing names either: that is the evaluation."""
        values = np.unique(totals.value)
        section = np.searchsorted(self._epochs.at, totals.at)
        if len(values) != 2 or len(self._epochs.at) < MIN_SECTIONS:
            return None
        orders = [totals.value[section == number] for number in np.unique(section)]
        turned = [one for one in orders if len(np.unique(one)) == 2]
        second = {float(one[-1]) for one in turned}
        once = all(np.count_nonzero(np.diff(one)) == 1 for one in turned)
        return second.pop() if once and len(second) == 1 and len(turned) >= MIN_SECTIONS else None

    def _counts_own(self, rows: Rows, step: Floats) -> NDArray[np.bool_]:
        """Whether a line of an evaluation counts its batches: out of another number of them, or less far into the same epoch."""
        counts = np.zeros(len(rows.at), np.bool_)
        if rows.total is not None:
            total = self._train_totals.before(rows.at)
            counts |= np.isfinite(total) & (rows.total != total)
        if rows.epoch is not None:
            counts |= (step < self._train_steps.before(rows.at)) & (rows.epoch == self._train_epochs.before(rows.at))
        return counts

    def _counts(self, rows: Rows) -> NDArray[np.bool_]:
        """Whether a line counts batches of what the heading above it began: out of another number of them, or less far."""
        since = self._splits.place_before(rows.at)
        before = self._totals.before(since)
        same_section = self._epochs.place_before(rows.at) < since
        if rows.total is not None:
            other: NDArray[np.bool_] = np.isfinite(before) & (rows.total != before)
            return other & same_section
        if rows.values or rows.step is None:
            return np.zeros(len(rows.at), np.bool_)
        return (rows.step < self._steps.before(since)) & same_section

    def place(self, rows: Sequence[Rows]) -> None:
        """Note which lines have a place of their own."""
        self._placed = merged([(part.at, np.zeros(len(part.at))) for part in rows if part.layout.placed])

    def split(self, rows: Rows) -> list[Rows]:
        """Give lines without a place or a split of their own the split of the heading they stand under."""
        loose = [entry for entry in rows.layout.fields if entry.quality and entry.split is None and entry.key in rows.values]
        if rows.layout.placed or not loose or not (len(self._splits.at) or len(self._opened.at)):
            return [rows]
        split = self._current(rows.at)
        if not any(_base(entry) in self._told for entry in loose):
            goes_on = self._opened.place_before(rows.at) == rows.at - 1
            split = np.where((split == 0) & goes_on, np.nan_to_num(self._opened.strictly_before(rows.at)), split).astype(np.int64)
        return [
            renamed(taken(rows, split == number), {entry.key: f"{SPLITS[number]}/{entry.key}" for entry in loose} if number else {})
            for number in np.unique(split)
        ]

    def _current(self, at: Ints) -> NDArray[np.int64]:
        value: Floats = np.nan_to_num(self._splits.strictly_before(at))
        stale = self._placed.place_before(at) > self._splits.place_before(at)
        return np.where(stale, 0.0, value).astype(np.int64)


def _base(entry: Field) -> str:
    return base_of(canonical(entry.key).canonical)


def _is_evaluation(rows: Rows) -> bool:
    """Whether all that these lines measure is of an evaluation, by their own words."""
    splits = {entry.split for entry in rows.layout.fields if entry.quality} or {rows.layout.split}
    return bool(splits) and None not in splits and "train" not in splits


def _unplaced(rows: Rows) -> Rows:
    return replace(rows, layout=replace(rows.layout, step=None, total=None, counted=True), step=None, total=None)
