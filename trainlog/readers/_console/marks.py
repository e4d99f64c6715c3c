"""Values said at places of a file, and rows cut or renamed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trainlog.readers._collect import Collector
from trainlog.readers._console.layouts import Rows
from trainlog.run import Floats, Ints

MIN_STATES = 4  # per line, for a bar to have been redrawn
MIN_BATCHES = 3  # different second numbers of a fraction that may be no total


@dataclass(frozen=True, slots=True)
class Marks:
    """Values said at places of the file, in order."""

    at: Ints
    value: Floats

    def before(self, at: Ints) -> Floats:
        """The last value said at or before each place; NaN where there is none."""
        return self._of(np.searchsorted(self.at, at, side="right") - 1)

    def place_before(self, at: Ints) -> Ints:
        """Where the last value before each place was said; -1 where there is none."""
        last = np.searchsorted(self.at, at) - 1
        return np.where(last >= 0, self.at[np.maximum(last, 0)], -1) if len(self.at) else np.full(len(at), -1)

    def strictly_before(self, at: Ints) -> Floats:
        """The last value said before each place; NaN where there is none."""
        return self._of(np.searchsorted(self.at, at) - 1)

    def ending(self, others: "Marks") -> "Marks":
        """Each value from the place behind the one before it on, where these are said after what they are of: ``others``."""
        if not len(self.at) or not len(others.at) or others.at[0] >= self.at[0] or others.at[-1] >= self.at[-1]:
            return self
        return Marks(np.concatenate(([0], self.at[:-1] + 1)), self.value)

    def _of(self, last: NDArray[np.intp]) -> Floats:
        return np.where(last >= 0, self.value[np.maximum(last, 0)], np.nan) if len(self.at) else np.full(len(last), np.nan)


def merged(said: Sequence[tuple[Ints, Floats]]) -> Marks:
    """Put what several sources say in the order of the file."""
    if not said:
        return Marks(np.zeros(0, dtype=np.int64), np.zeros(0))
    at = np.concatenate([place for place, _ in said])
    order = np.argsort(at, kind="stable")
    return Marks(at[order], np.concatenate([value for _, value in said])[order])


def taken(rows: Rows, keep: NDArray[np.bool_]) -> Rows:
    """Some of the rows."""

    def cut(values: Floats | None) -> Floats | None:
        return None if values is None else values[keep]

    return replace(
        rows,
        at=rows.at[keep],
        line=rows.line[keep],
        step=cut(rows.step),
        epoch=cut(rows.epoch),
        total=cut(rows.total),
        time_s=cut(rows.time_s),
        values={key: value[keep] for key, value in rows.values.items()},
    )


def epoch_and_batch(rows: Rows) -> Rows:
    """``Batch 3/200`` of WeNet, whose second number counts up while the first stays: an epoch and a batch, no total."""
    step, batch = rows.step, rows.total
    if step is None or batch is None or rows.epoch is not None or len(np.unique(batch)) < MIN_BATCHES:
        return rows
    turns, up = np.diff(step), np.diff(batch)
    if not bool((turns[up > 0] == 0).all() and (turns[up <= 0] > 0).all()):
        return rows
    layout = replace(rows.layout, epoch=rows.layout.step, step=rows.layout.total, total=None)
    return replace(rows, layout=layout, epoch=step, step=batch, total=None)


def without_other_counts(context: Sequence[Rows], totals: set[float]) -> list[Rows]:
    """Take the step from lines without values that count past where the bars of the log end: they count something else.

    Lightning's bars count the batches of an epoch, what it says of checkpoints counts through. ``totals``: of lines with values.
    """
    most = max(totals, default=np.inf)
    beyond = [part.step is not None and bool((part.step > most).any()) for part in context]
    bared = [
        replace(part, step=None, layout=replace(part.layout, step=None)) if other else part
        for part, other in zip(context, beyond, strict=True)
    ]
    return [part for part in bared if part.layout.placed]


def in_order(rows: Sequence[Rows], out: Collector) -> list[Rows]:
    """Count the states of a bar that was redrawn in one line and says neither step nor epoch."""
    at = np.unique(np.concatenate([part.at for part in rows])) if rows else np.zeros(0)
    if len(at) < MIN_STATES * len(np.unique(np.concatenate([part.line for part in rows]) if rows else at)):
        return list(rows)
    out.remark("nothing counts the states of its progress bar: they were counted")
    return [replace(part, step=np.searchsorted(at, part.at).astype(np.float64) + 1) for part in rows]


def renamed(rows: Rows, names: Mapping[str, str]) -> Rows:
    """The same rows under other keys."""
    return replace(rows, values={names.get(key, key): value for key, value in rows.values.items()})
