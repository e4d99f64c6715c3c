"""What a console line leaves unsaid: the step and epoch of an earlier line, the split of a heading, whether it was source code."""

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import replace
from itertools import chain

import numpy as np

from trainlog.readers._collect import MAX_STEP, Collector
from trainlog.readers._console.bars import with_bars, without_counted, without_drawn, without_parts, without_restarts
from trainlog.readers._console.counts import counted_right
from trainlog.readers._console.headings import SPLITS, Headings
from trainlog.readers._console.layout import BEST
from trainlog.readers._console.layouts import Layouts, Rows
from trainlog.readers._console.marks import Marks, epoch_and_batch, in_order, merged, renamed, taken, without_other_counts
from trainlog.readers._console.means import without_carried, without_results, without_running_means
from trainlog.readers._console.text import pieces
from trainlog.readers._source import Source
from trainlog.run import Floats, Ints
from trainlog.vocab import base_of, metric, split_of

MAX_ASIDE = 2  # epochs said for each step: then steps are an aside
MIN_TESTS = 3  # test losses that make the test set the one validated on, when no other is
MIN_PLACEHOLDERS = 5  # values of exactly 0, and no other, that make a loss a placeholder
EPOCH_SHARE, STEP_SHARE = 0.5, 0.1  # of the metric lines: with so many epochs, and fewer steps, the log counts epochs
CONTEXT_SHARE = 0.25  # of the metric lines of one layout: so many lines must name a step before they are carried over


IN_EPOCH_SHARE = 0.9  # of the turns of an epoch: when the step does not rise at so many of them, it counts within the epoch
COCO = ("map", "map50")  # pycocotools does not say which set it is asked about


class Story:
    """Collects the rows of one file and hands them over with what stands around them."""

    _out: Collector

    def __init__(self) -> None:
        self._rows: list[Rows] = []
        self._context: list[Rows] = []
        self._headings: list[Rows] = []
        self._bars: list[Rows] = []
        self._repeats: list[Ints] = []
        self._origin = 0.0

    def add(self, rows: Rows) -> None:
        """Take rows in any order."""
        if rows.values or rows.layout.fields:
            self._rows.append(rows)
            if rows.layout.split in SPLITS and rows.layout.total is None:
                self._headings.append(rows)
        elif rows.layout.bar:
            self._bars.append(rows)
        elif rows.layout.placed or rows.layout.split in SPLITS:
            if rows.layout.placed:
                self._context.append(rows)
            if rows.layout.split in SPLITS:
                self._headings.append(rows)
        elif rows.layout.split == BEST:
            self._repeats.append(rows.at + 1)

    def tell(self, out: Collector) -> None:
        """Hand everything to a Collector.

        Without any step or epoch, not what never changes: source code, a table of results.
        """
        self._out = out
        if self._repeats:
            repeats = np.concatenate(self._repeats)
            left = [taken(rows, ~np.isin(rows.at, repeats)) for rows in self._rows]
            self._rows = [rows for rows in left if len(rows.at)]
        if not any(rows.layout.placed for rows in (*self._rows, *self._context)):
            self._rows = [rows for rows in self._rows if any(len(np.unique(value)) > 1 for value in rows.values.values())]
        if not self._rows and (right := counted_right(self._context)):
            self._rows, self._context = right, []
            out.remark("all that an epoch says is so many of so many: taken for the accuracy on a test set")
        self._rows = [epoch_and_batch(rows) for rows in without_drawn(without_restarts(self._rows), out)]
        self._without_bare()
        self._context = without_other_counts(self._context, _totals(self._rows))
        if not any(rows.step is not None for rows in self._context):
            self._rows = with_bars(self._rows, self._bars)
        headings = Headings(self._headings, self._rows, self._context)
        self._rows = [part for rows in self._rows for part in headings.evaluations(rows)]
        self._context = [part for rows in self._context for part in headings.evaluations(rows) if part.layout.placed]
        steps, epochs = self._marks("step"), self._marks("epoch")
        own, carried = self._uses_steps(epochs)
        headings.place((*self._rows, *self._context))
        told = without_parts([part for rows in self._rows for part in headings.split(rows)], out)
        told = without_carried(without_counted(told, out), out)
        told, running = without_running_means(told, [rows.epoch if rows.epoch is not None else epochs.before(rows.at) for rows in told])
        if running:
            self._out.remark(
                f"{', '.join(running)} of batches repeats the mean of its epoch so far: the lines that end an epoch were taken"
            )
        length = self._epoch_length(epochs)
        if length:
            steps = self._unrolled(epochs, length)
        if not own and not carried and not len(epochs.at):
            told = in_order(told, out)
            own = any(rows.step is not None for rows in told)
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

    def _without_bare(self) -> None:
        """Take the step from lines that only start with a number, in a log that names its steps elsewhere."""
        bare = [rows for rows in self._rows if _is_bare(rows)]
        named = sum(len(rows.at) for rows in (*self._rows, *self._context) if rows.step is not None and not rows.layout.nameless)
        if bare and named >= CONTEXT_SHARE * sum(len(rows.at) for rows in bare):
            kept = [replace(rows, step=None, layout=replace(rows.layout, step=None)) if _is_bare(rows) else rows for rows in self._rows]
            self._rows = kept

    def _marks(self, axis: str) -> Marks:
        said = [(rows.at, values) for rows in (*self._rows, *self._context) if (values := getattr(rows, axis)) is not None]
        return merged(said)

    def _uses_steps(self, epochs: Marks) -> tuple[bool, bool]:
        """Whether steps place lines that have them, and are carried over to lines that have none.

        Not when a few lines happen to name one, in a log that counts epochs.
        """
        measures = [rows for rows in self._rows if any(entry.quality for entry in rows.layout.fields)] or self._rows
        total = sum(len(rows.at) for rows in measures)
        own = sum(len(rows.at) for rows in measures if rows.step is not None)
        said = sum(len(rows.at) for rows in (*self._rows, *self._context) if rows.step is not None)
        most = max((len(rows.at) for rows in measures), default=0)  # a step may be followed by a line per measure
        named = sum(len(rows.at) for rows in self._context if rows.step is not None and not rows.layout.nameless)
        if (
            not own
            and named < CONTEXT_SHARE * most
            and EPOCH_SHARE * total <= sum(len(rows.at) for rows in measures if rows.epoch is not None)
        ):
            return False, False  # bars count the batches between lines that say their epoch
        with_epoch = sum(int(np.isfinite(epochs.before(rows.at)).sum()) for rows in measures)
        if with_epoch >= EPOCH_SHARE * total and own < STEP_SHARE * total and said < CONTEXT_SHARE * most:
            return False, False
        if with_epoch >= EPOCH_SHARE * total and MAX_ASIDE * said <= len(np.unique(epochs.value)) and own < total / 2:
            return False, False
        return own > 0, own > 0 or said >= max(1.0, CONTEXT_SHARE * most)

    def _epoch_length(self, epochs: Marks) -> int:
        """How many batches an epoch has when steps count within it; 0 when they count through."""
        placed = [rows for rows in (*self._rows, *self._context) if rows.step is not None]
        steps = merged([(rows.at, rows.step) for rows in placed if rows.step is not None])
        epochs = epochs.ending(steps)
        epoch = epochs.before(steps.at)
        self._origin = float(np.nanmin(epoch)) if np.isfinite(epoch).any() else 0.0
        turns = np.flatnonzero(np.diff(epoch) > 0)
        if not len(turns) or np.mean(steps.value[turns + 1] <= steps.value[turns]) < IN_EPOCH_SHARE:
            return 0
        totals = _totals(placed)
        last = np.nanmax(steps.value)
        longest = last + (1 if np.nanmin(steps.value) == 0 and last not in totals else 0)  # a bar counts from 0 to its total
        return int(max([longest, *totals])) if np.isfinite(longest) and longest < MAX_STEP else 0

    def _unrolled(self, epochs: Marks, length: int) -> Marks:
        """Steps that count through, from batches within epochs."""
        steps = self._marks("step")
        epochs = epochs.ending(steps)
        return Marks(steps.at, np.floor(epochs.before(steps.at) - self._origin) * length + steps.value)

    def _promoted(self, told: list[Rows]) -> list[Rows]:
        """Let the test set be the validation set when it is the only one, and was looked at again and again."""
        splits = {key: split_of(self._out.name(key).canonical) for rows in told for key in rows.values}
        told = without_results(told, splits)
        counts: dict[str, int] = {}
        for rows in told:
            for key in rows.values:
                name = self._out.name(key).canonical
                if metric(name).better and base_of(name) not in COCO:
                    counts[split_of(name)] = counts.get(split_of(name), 0) + len(rows.at)
        if counts.get("val") or counts.get("test", 0) < MIN_TESTS:
            return told
        keys = {key for key, split in splits.items() if split == "test"}
        renames = {key: "val_" + self._out.name(key).canonical.removeprefix("test_") for key in keys}
        return [renamed(rows, renames) for rows in told]

    def _scaled(self, values: Mapping[str, Floats]) -> dict[str, Floats]:
        return dict(values)

    def _plan(self) -> None:
        totals = _totals(self._rows)
        if len(totals) == 1 and self._out.segment.total_steps is None:
            self._out.segment.total_steps = int(totals.pop())


def read_text(source: Source, out: Collector, reword: Callable[[bytes], bytes] | None = None) -> None:
    """Read a text whole; ``reword`` may put each block into words that are understood here."""
    layouts, story = Layouts(out), Story()
    out.when_done(lambda done: copy(story).tell(done))  # a copy: what telling leaves out may mean something with more lines
    for piece in pieces(source, reword):
        for rows in layouts.read(piece):
            story.add(rows)


def _totals(rows: Iterable[Rows]) -> set[float]:
    """The planned numbers of steps that lines name."""
    found = (np.unique(part.total[(part.total > 0) & (part.total < MAX_STEP)]).tolist() for part in rows if part.total is not None)
    return set(chain.from_iterable(found))


def _is_bare(rows: Rows) -> bool:
    return rows.layout.nameless and rows.total is None


def _known(values: Floats) -> Floats | None:
    return values if np.isfinite(values).any() else None
