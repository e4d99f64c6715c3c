"""What a console line leaves unsaid: the step and epoch of an earlier line, the split of a heading, whether it was source code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trainlog.readers._collect import Collector
from trainlog.readers._console.layouts import Layouts, Rows
from trainlog.readers._console.line import BEST
from trainlog.readers._console.text import pieces
from trainlog.readers._source import Source
from trainlog.run import Floats, Ints
from trainlog.vocab import metric, split_of

MIN_TESTS = 3  # test losses that make the test set the one validated on, when no other is
MIN_PLACEHOLDERS = 5  # values of exactly 0, and no other, that make a loss a placeholder
EPOCH_SHARE, STEP_SHARE = 0.5, 0.1  # of the metric lines: with so many epochs, and fewer steps, the log counts epochs
CONTEXT_SHARE = 0.25  # of the metric lines: so many lines must name a step before steps of other lines are carried over


IN_EPOCH_SHARE = 0.9  # of the turns of an epoch: when the step does not rise at so many of them, it counts within the epoch
MAX_STEP = 2.0**53  # beyond it a float64 counts no more


@dataclass(frozen=True, slots=True)
class _Marks:
    """Values said at places of the file, in order."""

    at: Ints
    value: Floats

    def before(self, at: Ints) -> Floats:
        """The last value said at or before each place; NaN where there is none."""
        if not len(self.at):
            return np.full(len(at), np.nan)
        last = np.searchsorted(self.at, at, side="right") - 1
        return np.where(last >= 0, self.value[np.maximum(last, 0)], np.nan)


class Story:
    """Collects the rows of one file and hands them over with what stands around them."""

    def __init__(self, out: Collector) -> None:
        self._out = out
        self._rows: list[Rows] = []
        self._context: list[Rows] = []
        self._headings: list[Rows] = []
        self._repeats: list[Ints] = []
        self._origin = 0.0

    def add(self, rows: Rows) -> None:
        """Take rows in any order."""
        if rows.values or rows.layout.fields:
            self._rows.append(rows)
        elif rows.layout.placed:
            self._context.append(rows)
        elif rows.layout.split in _SPLITS:
            self._headings.append(rows)
        elif rows.layout.split == BEST:
            self._repeats.append(rows.at + 1)

    def tell(self) -> None:
        """Hand everything to the Collector."""
        if self._repeats:
            repeats = np.concatenate(self._repeats)
            self._rows = [_taken(rows, ~np.isin(rows.at, repeats)) for rows in self._rows]
        steps, epochs = self._marks("step"), self._marks("epoch")
        own, carried = self._uses_steps(epochs)
        placed = _merged([(rows.at, np.zeros(len(rows.at))) for rows in (*self._rows, *self._context) if rows.layout.placed])
        headings = _merged([(rows.at, np.full(len(rows.at), float(_SPLITS.index(rows.layout.split)))) for rows in self._headings])
        told = [part for rows in self._rows for part in self._under_headings(rows, placed, headings)]
        length = self._epoch_length(epochs)
        if length:
            steps = self._unrolled(epochs, length)
        for rows in self._promoted(told):
            epoch = rows.epoch if rows.epoch is not None else epochs.before(rows.at)
            step = (steps.before(rows.at) if length else rows.step) if own else None
            if step is None and carried:
                step = steps.before(rows.at)
            if step is not None and length and rows.step is None:
                step = np.fmax(step, (epoch - self._origin) * length)
            if not rows.layout.placed and not any(entry.quality for entry in rows.layout.fields):
                known = np.isfinite(epoch) if step is None else np.isfinite(step) | np.isfinite(epoch)
                self._out.columns(
                    rows.line[known],
                    None if step is None else step[known],
                    {k: v[known] for k, v in rows.values.items()},
                    epoch=epoch[known],
                    time_s=None if rows.time_s is None else rows.time_s[known],
                )
                continue
            self._out.columns(rows.line, step, self._scaled(rows.values), epoch=_known(epoch), time_s=rows.time_s)
        self._plan()

    def _marks(self, axis: str) -> _Marks:
        said = [(rows.at, values) for rows in (*self._rows, *self._context) if (values := getattr(rows, axis)) is not None]
        return _merged(said)

    def _uses_steps(self, epochs: _Marks) -> tuple[bool, bool]:
        """Whether steps place lines that have them, and are carried over to lines that have none.

        Not when a few lines happen to name one, in a log that counts epochs.
        """
        measures = [rows for rows in self._rows if any(entry.quality for entry in rows.layout.fields)] or self._rows
        total = sum(len(rows.at) for rows in measures)
        own = sum(len(rows.at) for rows in measures if rows.step is not None)
        said = own + sum(len(rows.at) for rows in self._context if rows.step is not None)
        with_epoch = sum(int(np.isfinite(epochs.before(rows.at)).sum()) for rows in measures)
        if with_epoch >= EPOCH_SHARE * total and own < STEP_SHARE * total:
            return False, False
        return own > 0, own > 0 or said >= max(1.0, CONTEXT_SHARE * total)

    def _epoch_length(self, epochs: _Marks) -> int:
        """How many batches an epoch has when steps count within it; 0 when they count through."""
        placed = [rows for rows in (*self._rows, *self._context) if rows.step is not None]
        steps = _merged([(rows.at, rows.step) for rows in placed if rows.step is not None])
        epoch = epochs.before(steps.at)
        self._origin = float(np.nanmin(epoch)) if np.isfinite(epoch).any() else 0.0
        turns = np.flatnonzero(np.diff(epoch) > 0)
        if not len(turns) or np.mean(steps.value[turns + 1] <= steps.value[turns]) < IN_EPOCH_SHARE:
            return 0
        totals = [rows.layout.total for rows in placed if rows.layout.total]
        longest = np.nanmax(steps.value) + (1 if np.nanmin(steps.value) == 0 else 0)
        return int(max([longest, *totals])) if np.isfinite(longest) and longest < MAX_STEP else 0

    def _unrolled(self, epochs: _Marks, length: int) -> _Marks:
        """Steps that count through, from batches within epochs."""
        steps = self._marks("step")
        return _Marks(steps.at, np.floor(epochs.before(steps.at) - self._origin) * length + steps.value)

    def _under_headings(self, rows: Rows, placed: _Marks, headings: _Marks) -> list[Rows]:
        """Give lines without a place or a split of their own the split of the heading they stand under."""
        loose = [entry for entry in rows.layout.fields if entry.quality and entry.split is None and entry.key in rows.values]
        if rows.layout.placed or not loose or not len(headings.at):
            return [rows]
        last = np.searchsorted(headings.at, rows.at) - 1
        since = np.where(last >= 0, headings.at[np.maximum(last, 0)], -1)
        split = np.where(last >= 0, headings.value[np.maximum(last, 0)], 0)
        before = np.searchsorted(placed.at, rows.at) - 1
        stale = np.where(before >= 0, placed.at[np.maximum(before, 0)], -2) > since if len(placed.at) else np.zeros(len(before), np.bool_)
        split = np.where(stale, 0, split).astype(int)
        return [
            _renamed(_taken(rows, split == number), {entry.key: f"{_SPLITS[number]}/{entry.key}" for entry in loose} if number else {})
            for number in np.unique(split)
        ]

    def _promoted(self, told: list[Rows]) -> list[Rows]:
        """Let the test set be the validation set when it is the only one, and was looked at again and again."""
        counts: dict[str, int] = {}
        for rows in told:
            for key in rows.values:
                name = self._out.name(key).canonical
                if metric(name).better:
                    counts[split_of(name)] = counts.get(split_of(name), 0) + len(rows.at)
        if counts.get("val") or counts.get("test", 0) < MIN_TESTS:
            return told
        keys = {key for rows in told for key in rows.values if split_of(self._out.name(key).canonical) == "test"}
        renames = {key: "val_" + self._out.name(key).canonical.removeprefix("test_") for key in keys}
        return [_renamed(rows, renames) for rows in told]

    def _scaled(self, values: Mapping[str, Floats]) -> dict[str, Floats]:
        return dict(values)

    def _plan(self) -> None:
        totals = [rows.layout.total for rows in self._rows if rows.layout.total]
        if totals and self._out.segment.total_steps is None and len(set(totals)) == 1:
            self._out.segment.total_steps = totals[0]


_SPLITS = ("train", "val", "test")


def read_text(source: Source, out: Collector, reword: Callable[[bytes], bytes] | None = None) -> None:
    """Read a text whole; ``reword`` may put each block into words that are understood here."""
    layouts, story = Layouts(out), Story(out)
    first = 0
    for numbers, lines in pieces(source, reword):
        for rows in layouts.read(first, numbers, lines):
            story.add(rows)
        first += len(lines)
    story.tell()


def _merged(said: list[tuple[Ints, Floats]]) -> _Marks:
    if not said:
        return _Marks(np.zeros(0, dtype=np.int64), np.zeros(0))
    at = np.concatenate([place for place, _ in said])
    order = np.argsort(at, kind="stable")
    return _Marks(at[order], np.concatenate([value for _, value in said])[order])


def _taken(rows: Rows, keep: NDArray[np.bool_]) -> Rows:
    def cut(values: Floats | None) -> Floats | None:
        return None if values is None else values[keep]

    return replace(
        rows,
        at=rows.at[keep],
        line=rows.line[keep],
        step=cut(rows.step),
        epoch=cut(rows.epoch),
        time_s=cut(rows.time_s),
        values={key: value[keep] for key, value in rows.values.items()},
    )


def _renamed(rows: Rows, names: Mapping[str, str]) -> Rows:
    return replace(rows, values={names.get(key, key): value for key, value in rows.values.items()})


def _known(values: Floats) -> Floats | None:
    return values if np.isfinite(values).any() else None
