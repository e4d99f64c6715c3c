"""Which axis a log is on: optimizer steps where it has them, else whole epochs, else record numbers.

A step that counts batches within an epoch is unrolled into one that counts through. Where every record says its step, as
in most logs, each frame is judged as it stands; all records are laid side by side only when one needs its neighbours.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainlog.run import Axis, Floats, Ints
from trainlog.vocab import metric

if TYPE_CHECKING:
    from trainlog.readers._assemble import Frame

EPOCH_S = 3e8  # seconds: 1979 as a time stamp, ten years as a duration
YEAR_9999 = 253_402_214_400.0  # seconds since 1970: the last day that datetime knows
EPOCH_MS = 3e11  # the same in milliseconds
BLOCK = 1 << 16  # numbers converted at a time
MIN_ALIKE = 3  # records of one step: with fewer, it may be one evaluation
CROWDED_FRACTION = 0.2  # of a metric's points sharing an epoch with another: then epochs are too coarse to be an axis


class Places(NamedTuple):
    """Where the records of one or several frames stand, in log order."""

    line: Ints
    step: Ints
    epoch: Floats | None
    time_s: Floats | None


class Axes:
    """The axes of all records of a log, per frame, and of several frames together when asked for."""

    def __init__(self, axis: Axis, frames: Sequence[Places]) -> None:
        self.axis = axis
        self.frames = frames

    def of(self, numbers: Sequence[int]) -> tuple[NDArray[np.intp] | None, Places]:
        """For some frames: the order that sorts their concatenated values by line (None: they are sorted), and their places."""
        some = [self.frames[number] for number in numbers]
        line = _joined([frame.line for frame in some])
        order = _order(line)
        epoch, time_s = (_joined_known([getattr(frame, name) for frame in some], some) for name in ("epoch", "time_s"))
        step = _joined([frame.step for frame in some])
        if order is None:
            return None, Places(line, step, epoch, time_s)
        return order, Places(line[order], step[order], None if epoch is None else epoch[order], None if time_s is None else time_s[order])

    @cached_property
    def all(self) -> Places:
        """All records, in log order."""
        return self.of(range(len(self.frames)))[1]

    def date_of(self, first: int, until: int) -> datetime | None:
        """The moment of the first record between two lines, where times are dates."""
        seconds = self.first_time(first, until)
        return datetime.fromtimestamp(seconds, UTC) if EPOCH_S < seconds < YEAR_9999 else None

    def records(self, first: int, until: int) -> int:
        """How many lines between two lines gave something; a line whose metrics stand in several frames counts once."""
        lines = [_between(frame.line, first, until) for frame in self.frames]
        spans = [(int(line.min()), int(line.max())) for line in lines if len(line)]
        if not spans:
            return 0
        low = min(span[0] for span in spans)
        seen = np.zeros(max(span[1] for span in spans) - low + 1, dtype=np.bool_)
        for line in lines:
            seen[line - low] = True
        return int(np.count_nonzero(seen))

    def first_time(self, first: int, until: int) -> float:
        """The time of the first record between two lines that has one; 0 when there is none."""
        found = []
        for frame in self.frames:
            if frame.time_s is not None:
                there = np.isfinite(frame.time_s) & (frame.line >= first) & (frame.line < until)
                if there.any():
                    at = int(np.argmax(there) if _order(frame.line) is None else np.argmin(np.where(there, frame.line, until)))
                    found.append((int(frame.line[at]), float(frame.time_s[at])))
        return min(found)[1] if found else 0.0


def find_axis(frames: Sequence["Frame"]) -> Axes:
    """Lay all records on one axis of whole numbers. Takes the step, epoch and time arrays of the frames over."""
    epochs = [_known(frame.epoch) for frame in frames]
    times = _one_clock([_known(frame.time_s) for frame in frames])
    steps = [_known(frame.step) for frame in frames]
    if _stand_still(steps) and not any(epoch is not None and np.fmax.reduce(epoch) > np.fmin.reduce(epoch) for epoch in epochs):
        steps = [None for _ in steps]
    axis: Axis = "step"
    if all(step is None for step in steps):
        whole = _Whole(frames)
        epoch = whole.gather(epochs) if any(e is not None for e in epochs) else None
        if epoch is not None and _is_axis(epoch, frames, whole):
            axis, counts = "epoch", whole.scatter(_filled(epoch))
        else:
            axis, counts = "record", whole.scatter(_ordinal(whole.line))
    elif all(step is not None and _is_complete(step) for step in steps):
        counts = [_whole_numbers(step) for step in steps if step is not None]
    else:
        whole = _Whole(frames)
        counts = whole.scatter(_filled(whole.gather(steps)))
    axes = Axes(axis, [Places(frame.line, *parts) for frame, parts in zip(frames, zip(counts, epochs, times, strict=True), strict=True)])
    groups = set(owners(frames).values()) if axis == "step" and any(epoch is not None for epoch in epochs) else set()
    if any(_starts_again(axes.of(numbers)[1].step) for numbers in groups):
        whole = _Whole(frames)
        counts = whole.scatter(_unrolled(whole.gather(counts).astype(np.int64), whole.gather(epochs)))
        axes = Axes(axis, [places._replace(step=step) for places, step in zip(axes.frames, counts, strict=True)])
    return axes


def owners(frames: Sequence["Frame"]) -> dict[str, tuple[int, ...]]:
    """Which frames each metric stands in."""
    found: dict[str, list[int]] = {}
    for number, frame in enumerate(frames):
        for name in frame.values:
            found.setdefault(name, []).append(number)
    return {name: tuple(numbers) for name, numbers in found.items()}


class _Whole:
    """All records of a log in log order, and back."""

    def __init__(self, frames: Sequence["Frame"]) -> None:
        lines = np.concatenate([frame.line for frame in frames])
        self._bounds = np.cumsum([len(frame.line) for frame in frames])[:-1]
        self._order = np.argsort(lines, kind="stable")
        self.line: Ints = lines[self._order]

    def gather(self, parts: Sequence[Floats | Ints | None]) -> Floats:
        """Bring one axis of all frames into log order; NaN for a frame without it."""
        sizes = np.diff([0, *self._bounds, len(self.line)])
        whole = [np.full(size, np.nan) if part is None else part for part, size in zip(parts, sizes, strict=True)]
        return np.concatenate(whole)[self._order]

    def scatter(self, values: Ints) -> list[Ints]:
        """The other way round."""
        back = np.empty_like(values)
        back[self._order] = values
        return np.split(back, self._bounds)

    def places(self) -> list[NDArray[np.intp]]:
        """Where the records of each frame stand in log order."""
        return self.scatter(np.arange(len(self.line)))


def _joined(parts: Sequence[Ints]) -> Ints:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _joined_known(parts: Sequence[Floats | None], frames: Sequence[Places]) -> Floats | None:
    if all(part is None for part in parts):
        return None
    filled = [np.full(len(frame.line), np.nan) if part is None else part for part, frame in zip(parts, frames, strict=True)]
    return filled[0] if len(filled) == 1 else np.concatenate(filled)


def _order(line: Ints) -> NDArray[np.intp] | None:
    return None if bool((line[1:] >= line[:-1]).all()) else np.argsort(line, kind="stable")


def _between(line: Ints, first: int, until: int) -> Ints:
    if not len(line) or (line.min() >= first and line.max() < until):
        return line
    return line[(line >= first) & (line < until)]


def _known(values: Floats | None) -> Floats | None:
    return None if values is None or not np.isfinite(values).any() else values


def _stand_still(steps: Sequence[Floats | None]) -> bool:
    """Whether the same step stands in every record, as the length of its episodes does in a log of reinforcement learning."""
    known = [step for step in steps if step is not None]
    if not known or max(map(len, known)) < MIN_ALIKE:
        return False
    return min(float(np.fmin.reduce(step)) for step in known) == max(float(np.fmax.reduce(step)) for step in known)


def _is_complete(step: Floats) -> bool:
    """Whether every record says its step; asked of the extremes, which are NaN when one is missing."""
    return bool(abs(step.min()) < 2.0**62 and abs(step.max()) < 2.0**62)


def _whole_numbers(step: Floats) -> Ints:
    """Round, in the place of what is rounded where that may be written to."""
    whole = step.view(np.int64) if step.flags.writeable else np.empty(len(step), dtype=np.int64)
    for at in range(0, len(step), BLOCK):
        whole[at : at + BLOCK] = np.rint(step[at : at + BLOCK])
    return whole


def _starts_again(step: Ints) -> bool:
    """Whether steps fall, or stand still: the last batch of every epoch has the same number."""
    return bool((step[1:] < step[:-1]).any()) or (len(step) > 1 and step[0] == step[-1] and bool((step == step[0]).all()))


def _ordinal(line: Ints) -> Ints:
    """Number the records from 1; the same line again is the same record."""
    numbers: Ints = np.cumsum(np.diff(line, prepend=line[0] - 1) != 0)
    return numbers


def _one_clock(times: Sequence[Floats | None]) -> list[Floats | None]:
    """Keep one kind of time where a log mixes them: seconds since 1970 (also given in ms) or since the start, whichever is commoner."""
    known = [time for time in times if time is not None]
    if not known or max(float(np.fmax.reduce(time)) for time in known) <= EPOCH_S:
        return list(times)
    with np.errstate(invalid="ignore"):
        seconds = [None if time is None else np.where(time > EPOCH_MS, time / 1e3, time) for time in times]
        absolute = sum(int((time > EPOCH_S).sum()) for time in seconds if time is not None)
        count = sum(int(np.isfinite(time).sum()) for time in known)
        keep: Callable[[Floats], NDArray[np.bool_]] = (lambda t: t > EPOCH_S) if 2 * absolute > count else (lambda t: ~(t > EPOCH_S))
        return [None if time is None else np.where(keep(time), time, np.nan) for time in seconds]


def _filled(values: Floats) -> Ints:
    """Give records without a step that of the record before (the first ones: 0), as whole numbers."""
    known = np.isfinite(values) & (np.abs(values) < 2.0**62)
    if bool(known.all()):
        return np.rint(values).astype(np.int64)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    carried: Floats = np.rint(np.where(last >= 0, values[np.maximum(last, 0)], 0.0))
    return carried.astype(np.int64)


def _unrolled(step: Ints, epoch: Floats) -> Ints:
    """Count through when the step starts again in each epoch, as batch numbers do."""
    falls = np.flatnonzero(np.diff(step) < 0)
    whole = np.floor(_carried(epoch))
    stands_still = len(step) > 1 and not len(falls) and step[0] == step[-1] and bool((whole[1:] > whole[:-1]).any())
    if not stands_still and (not len(falls) or np.mean(whole[falls + 1] > whole[falls]) < 0.9):
        return step
    length = int(step.max()) + (1 if step.min() == 0 else 0)
    if (whole.max() - whole.min() + 1) * length > 2.0**62:  # these are no epochs
        return step
    unrolled: Ints = np.rint(whole - whole.min()).astype(np.int64) * length + step
    return unrolled


def _carried(epoch: Floats) -> Floats:
    known = np.isfinite(epoch)
    last = np.maximum.accumulate(np.where(known, np.arange(len(epoch)), -1))
    carried: Floats = np.where(last >= 0, epoch[np.maximum(last, 0)], epoch[known][0])
    return carried


def _is_axis(epoch: Floats, frames: Sequence["Frame"], whole: _Whole) -> bool:
    """Whether whole epochs tell the points of every metric apart."""
    known = epoch[np.isfinite(epoch)]
    if not bool(np.all(known == np.rint(known))):
        return False
    filled, places = _filled(epoch), whole.places()
    owned = owners(frames)
    groups = [numbers for name, numbers in owned.items() if metric(name).better] or owned.values()
    sizes = [sum(len(frames[number].line) for number in numbers) for numbers in groups]
    for numbers, size in zip(groups, sizes, strict=True):
        if size < CROWDED_FRACTION * max(sizes):
            continue  # the few points of an aside do not take the axis from the others
        mine = filled[np.sort(np.concatenate([places[number] for number in numbers]))]
        if len(mine) > 1 and np.mean(np.diff(mine) == 0) > CROWDED_FRACTION:
            return False
    return True
