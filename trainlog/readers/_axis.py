"""Which axis a log is on: optimizer steps where it has them, else whole epochs, else record numbers.

A step that counts batches within an epoch is unrolled into one that counts through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trainlog.run import Axis, Floats, Ints

if TYPE_CHECKING:
    from trainlog.readers._assemble import Frame

EPOCH_S = 3e8  # seconds: 1979 as a time stamp, ten years as a duration
YEAR_9999 = 253_402_214_400.0  # seconds since 1970: the last day that datetime knows
EPOCH_MS = 3e11  # the same in milliseconds
CROWDED_FRACTION = 0.2  # of a metric's points sharing an epoch with another: then epochs are too coarse to be an axis


@dataclass(frozen=True, slots=True)
class Axes:
    """The axes of all records, in log order; ``frames`` holds where each frame's records stand in that order."""

    axis: Axis
    line: Ints
    step: Ints
    epoch: Floats | None
    time_s: Floats | None
    frames: tuple[NDArray[np.intp] | slice, ...]

    def of(self, numbers: Sequence[int]) -> tuple[NDArray[np.intp] | slice, Ints, Ints, Floats | None, Floats | None]:
        """For the records of some frames: the order that sorts their concatenated values, and their axes in log order."""
        if len(numbers) == 1 and isinstance(self.frames[numbers[0]], slice):
            at: NDArray[np.intp] | slice = self.frames[numbers[0]]
            order: NDArray[np.intp] | slice = slice(None)
        else:
            places = np.concatenate([_indices(self.frames[number]) for number in numbers])
            in_order = bool(np.all(places[1:] > places[:-1]))
            order = slice(None) if in_order else np.argsort(places, kind="stable")
            at = places[order]
        epoch = None if self.epoch is None else self.epoch[at]
        time_s = None if self.time_s is None else self.time_s[at]
        return order, self.line[at], self.step[at], epoch, time_s

    def date_of(self, first: int, until: int) -> datetime | None:
        """The moment of the first record between two lines, where times are dates."""
        seconds = self.first_time(first, until)
        return datetime.fromtimestamp(seconds, UTC) if EPOCH_S < seconds < YEAR_9999 else None

    def records(self, first: int, until: int) -> int:
        """How many lines between two lines gave something; a line whose metrics stand in several frames counts once."""
        low, high = (int(i) for i in np.searchsorted(self.line, (first, until)))
        return int(_ordinal(self.line[low:high])[-1]) if high > low else 0

    def first_time(self, first: int, until: int) -> float:
        """The time of the first record between two lines that has one; 0 when there is none."""
        if self.time_s is None:
            return 0.0
        low, high = (int(i) for i in np.searchsorted(self.line, (first, until)))
        times = self.time_s[low:high]
        known = times[np.isfinite(times)]
        return float(known[0]) if len(known) else 0.0


def find_axis(frames: Sequence["Frame"]) -> Axes:
    """Lay all records on one axis of whole numbers."""
    lines = np.concatenate([frame.line for frame in frames])
    places: tuple[NDArray[np.intp] | slice, ...]
    bounds = np.cumsum([0, *(len(frame.line) for frame in frames)])
    if bool(np.all(lines[1:] >= lines[:-1])):
        order = None
        places = tuple(slice(int(low), int(high)) for low, high in pairwise(bounds))
    else:
        order = np.argsort(lines, kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        places = tuple(rank[low:high] for low, high in pairwise(bounds))
    line = lines if order is None else lines[order]
    step, epoch, time_s = (
        _gather([getattr(frame, name) for frame in frames], [len(frame.line) for frame in frames], order)
        for name in ("step", "epoch", "time_s")
    )
    axis: Axis = "step"
    if step is not None:
        counts = _unrolled(_filled(step), epoch)
    elif epoch is not None and _is_axis(epoch, frames, places):
        axis, counts = "epoch", _filled(epoch)
    else:
        axis, counts = "record", _ordinal(line)
    return Axes(axis, line, counts, epoch, _one_clock(time_s), places)


def _ordinal(line: Ints) -> Ints:
    """Number the records from 1; the same line again is the same record."""
    numbers: Ints = np.cumsum(np.diff(line, prepend=line[0] - 1) != 0)
    return numbers


def _one_clock(time_s: Floats | None) -> Floats | None:
    """Keep one kind of time where a log mixes them: seconds since 1970 (also given in ms) or since the start, whichever is commoner."""
    if time_s is None:
        return None
    with np.errstate(invalid="ignore"):
        time_s = np.where(time_s > EPOCH_MS, time_s / 1e3, time_s)
        absolute, known = time_s > EPOCH_S, np.isfinite(time_s)
    other = ~absolute if 2 * int(absolute.sum()) > int(known.sum()) else absolute
    return np.where(other, np.nan, time_s) if bool((other & known).any()) else time_s


def _indices(place: NDArray[np.intp] | slice) -> NDArray[np.intp]:
    return np.arange(place.start, place.stop) if isinstance(place, slice) else place


def _gather(parts: Sequence[Floats | None], sizes: Sequence[int], order: NDArray[np.intp] | None) -> Floats | None:
    """Concatenate one axis over the frames; None when no record has it."""
    if all(part is None for part in parts):
        return None
    whole = np.concatenate([np.full(size, np.nan) if part is None else part for part, size in zip(parts, sizes, strict=True)])
    if not np.isfinite(whole).any():
        return None
    return whole if order is None else whole[order]


def _filled(values: Floats) -> Ints:
    """Give records without a step that of the record before (the first ones: 0), as whole numbers."""
    known = np.isfinite(values) & (np.abs(values) < 2.0**62)
    if bool(known.all()):
        return np.rint(values).astype(np.int64)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    carried: Floats = np.rint(np.where(last >= 0, values[np.maximum(last, 0)], 0.0))
    return carried.astype(np.int64)


def _unrolled(step: Ints, epoch: Floats | None) -> Ints:
    """Count through when the step starts again in each epoch, as batch numbers do."""
    if epoch is None:
        return step
    falls = np.flatnonzero(np.diff(step) < 0)
    if not len(falls):
        return step
    whole = np.floor(_carried(epoch))
    if np.mean(whole[falls + 1] > whole[falls]) < 0.9:
        return step
    length = int(step.max()) + (1 if step.min() == 0 else 0)
    unrolled: Ints = np.rint(whole - whole.min()).astype(np.int64) * length + step
    return unrolled


def _carried(epoch: Floats) -> Floats:
    known = np.isfinite(epoch)
    last = np.maximum.accumulate(np.where(known, np.arange(len(epoch)), -1))
    carried: Floats = np.where(last >= 0, epoch[np.maximum(last, 0)], epoch[known][0])
    return carried


def _is_axis(epoch: Floats, frames: Sequence["Frame"], places: Sequence[NDArray[np.intp] | slice]) -> bool:
    """Whether whole epochs tell the points of every metric apart."""
    known = epoch[np.isfinite(epoch)]
    if not bool(np.all(known == np.rint(known))):
        return False
    owners: dict[str, list[int]] = {}
    for number, frame in enumerate(frames):
        for name in frame.values:
            owners.setdefault(name, []).append(number)
    filled = _filled(epoch)
    sizes = [sum(len(frames[number].line) for number in numbers) for numbers in owners.values()]
    for numbers, size in zip(owners.values(), sizes, strict=True):
        if size < CROWDED_FRACTION * max(sizes):
            continue  # the few points of an aside do not take the axis from the others
        mine = filled[np.sort(np.concatenate([_indices(places[number]) for number in numbers]))]
        if len(mine) > 1 and np.mean(np.diff(mine) == 0) > CROWDED_FRACTION:
            return False
    return True
