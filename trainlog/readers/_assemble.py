"""Columns of records -> runs: finds the step axis, cuts a file into its runs, and lets later records win after a resume.

A step that falls to 25 % or less of its maximum starts a new run; a smaller step back is a resume (research over 319 real
logs: 642 runs in them), unless what follows ends at the very step at which the records before it ended: these were not
interrupted, and what follows is another run. All is judged on a metric's own steps, since train and validation interleave.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainlog.readers._axis import Axes, Places, find_axis, owners
from trainlog.readers._meaning import meant
from trainlog.readers._packed import Packed, packed, series_of, whole
from trainlog.run import Checkpoint, Floats, Ints, Problem, Resume, Run, Series
from trainlog.vocab import Name

RESTART_FRACTION = 0.25  # of the highest step so far; see the module's docstring
SAME_END_FRACTION = 0.9  # of the last step: a step back at least so far may start a run that ends as the one before did
MIN_PIECE = 3  # records of such a run
UNORDERED_FRACTION = 0.02  # of the records: more steps back than this is an unsorted log (several ranks), not resumes,
UNORDERED_PIECE = 8  # when so few records stand between two of them


class Frame(NamedTuple):
    """Records with the same keys: ``line`` int64[n] and one float64[n] per key, long ones packed; NaN in the axes means missing."""

    line: Ints
    step: Floats | None
    epoch: Floats | None
    time_s: Floats | None
    values: dict[str, Floats | Packed]

    def renamed(self, names: Mapping[str, Name]) -> "Frame":
        """The same records under canonical names and in canonical units."""
        values = {name.canonical: _scaled(self.values[key], name.factor) for key, name in names.items()}
        return Frame(self.line, self.step, self.epoch, self.time_s, values)


def _scaled(values: Floats | Packed, factor: float) -> Floats | Packed:
    return values if factor == 1.0 else packed(whole(values) * factor)


@dataclass(slots=True, eq=False, repr=False)
class Segment:
    """Where a run starts in the file and what the log says about it besides its metrics."""

    line: int
    key: str = ""
    name: str = ""
    started: datetime | None = None
    resumes: bool = False
    total_steps: int | None = None
    steps_per_epoch: float | None = None
    status: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    resumed: list[tuple[int, int]] = field(default_factory=list)
    """(line, step) of each resume that the log itself tells of; the step is the last that still counts."""

    def go_on(self, later: "Segment", lines: int) -> None:
        """Take in what the lines after the first ``lines`` say of the run that is being read there."""
        self.status = self.status if later.status is None else later.status
        self.config.update(later.config)
        self.resumed += later.moved(lines).resumed

    def moved(self, lines: int) -> "Segment":
        """The same so many lines further on."""
        return replace(self, line=self.line + lines, resumed=[(line + lines, step) for line, step in self.resumed])


class _Resumed(NamedTuple):
    """A resume: the line it starts at, the step to name it by, and the first step whose earlier records no longer count."""

    line: int
    step: int
    first: int


class _Track(NamedTuple):
    """One metric over the whole file, in log order; metrics that were logged together share their places."""

    places: Places
    value: Floats | Packed


class _Back(NamedTuple):
    """A step back: the line it is said in and the one before, the step, and whether another run starts there in any case."""

    line: int
    before: int
    step: int
    is_new: bool


def assemble(
    source: str,
    format_name: str,
    frames: Sequence[Frame],
    segments: Sequence[Segment],
    checkpoints: Sequence[Checkpoint],
    problems: Sequence[Problem],
    raw_names: Mapping[str, str],
    remarks: Sequence[str] = (),
) -> list[Run]:
    """Build the runs of one file, in the order of the file."""
    if not frames:
        return []
    axes = find_axis(frames)
    tracks = _tracks(frames, axes)
    starts, resumes = _cuts(tracks, axes, segments)
    runs: list[Run] = []
    for index, (segment, start) in enumerate(starts):
        until = starts[index + 1][1] if index + 1 < len(starts) else np.iinfo(np.int64).max
        first = 0 if index == 0 else start
        here = [resume for resume in resumes if first <= resume.line < until]
        series, counted = _series(tracks, axes, first, until, here)
        if not series:
            continue
        series, changes = meant(series)
        run = Run(
            source=source,
            format=format_name,
            index=len(runs),
            series=series,
            axis=axes.axis,
            raw_names={name: raw_names.get(name, name) for name in series},
            config=dict(segment.config),
            started=segment.started or axes.date_of(first, until),
            name=segment.name,
            status=segment.status,
            total_steps=segment.total_steps,
            steps_per_epoch=segment.steps_per_epoch,
            checkpoints=tuple(c for c in checkpoints if first <= c.line < until),
            resumes=counted,
            problems=tuple(p for p in problems if first <= p.line < until),
            records=axes.records(first, until),
            remarks=(*remarks, *changes),
        )
        runs.append(run)
    return [_with_siblings(run, len(runs)) for run in runs]


def _with_siblings(run: Run, count: int) -> Run:
    return run if count == 1 else replace(run, siblings=count)


def _tracks(frames: Sequence[Frame], axes: Axes) -> dict[str, _Track]:
    """Gather each metric over all frames; metrics that come in the same frames share their axis arrays."""
    shared: dict[tuple[int, ...], tuple[NDArray[np.intp] | None, Places]] = {}
    tracks = {}
    for name, numbers in owners(frames).items():
        if numbers not in shared:
            shared[numbers] = axes.of(numbers)
        order, places = shared[numbers]
        parts = [frames[number].values.pop(name) for number in numbers]
        value = parts[0] if len(parts) == 1 else np.concatenate([whole(part) for part in parts])
        tracks[name] = _Track(places, packed(value if order is None else value[order]))
    return tracks


def _cuts(tracks: Mapping[str, _Track], axes: Axes, segments: Sequence[Segment]) -> tuple[list[tuple[Segment, int]], list[_Resumed]]:
    """Give the (segment, first line) of every run, and every resume: at the step the log says, else at the first one that comes again."""
    distinct = _distinct(tracks)
    events = sorted({event for places in distinct for event in _steps_back(places)})
    starts = [(segments[0], segments[0].line)]
    told = sorted(_Resumed(line, step, step + 1) for segment in segments for line, step in segment.resumed)
    if not events and not told and len(segments) == 1:
        return starts, []
    longest = max(distinct, key=lambda places: len(places.line))
    crowded = len(events) > max(3, UNORDERED_FRACTION * len(axes.all.line)) and len(longest.line) < UNORDERED_PIECE * len(
        _steps_back(longest)
    )
    if crowded and sum(_falls_far(axes, event) for event in events) < len(events) / 2:
        events = []
    marks = [(s.line, s) for s in segments[1:]]
    resumes: list[_Resumed] = []
    start = last_resume = 0
    seen, highest = 0, 0
    for line, before, step, is_new in [*events, _Back(np.iinfo(np.int64).max, -1, 0, False)]:
        while marks and marks[0][0] <= line:
            start, segment = marks.pop(0)
            if segment.resumes or (segment.key and segment.key == starts[-1][0].key):
                starts[-1][0].status = segment.status
            else:
                starts.append((segment, start))
                last_resume, seen, highest = start, int(np.searchsorted(axes.all.line, start)), 0
        while told and told[0].line <= line:
            resumes.append(told.pop(0))
            last_resume = max(last_resume, resumes[-1].line)
        if before < starts[-1][1] or before < last_resume:
            continue
        until = int(np.searchsorted(axes.all.line, line))
        if until > seen:
            highest, seen = max(highest, int(axes.all.step[seen:until].max())), until
        if is_new or step <= RESTART_FRACTION * highest:
            starts.append((Segment(line, config=dict(starts[-1][0].config)), line))
            highest = 0
        else:
            resumes.append(_Resumed(line, step, step))
        last_resume = line
    return starts, resumes


def _distinct(tracks: Mapping[str, _Track]) -> list[Places]:
    """One per set of records: metrics logged together step back together."""
    return list({id(track.places): track.places for track in tracks.values()}.values())


def _falls_far(axes: Axes, event: _Back) -> bool:
    at = int(np.searchsorted(axes.all.line, event.before))
    return event.step <= RESTART_FRACTION * int(axes.all.step[min(at, len(axes.all.step) - 1)])


def _steps_back(places: Places) -> list[_Back]:
    """Where the steps of a metric fall, in log order."""
    step = places.step
    falls = np.flatnonzero(step[1:] < step[:-1]) + 1
    bounds = [0, *falls.tolist(), len(step)]
    found = []
    for start, at, end in zip(bounds, bounds[1:], bounds[2:], strict=False):
        same_end = step[at - 1] == step[end - 1] and step[at] <= SAME_END_FRACTION * step[at - 1]
        is_new = bool(same_end) and min(at - start, end - at) >= MIN_PIECE
        found.append(_Back(int(places.line[at]), int(places.line[at - 1]), int(step[at]), is_new))
    return found


def _series(
    tracks: Mapping[str, _Track], axes: Axes, first: int, until: int, resumes: Sequence[_Resumed]
) -> tuple[dict[str, Series], tuple[Resume, ...]]:
    """Cut one run out of the tracks, without what its resumes superseded, sorted by step, the last record of a step winning."""
    origin = axes.first_time(first, until)
    kept: dict[int, tuple[NDArray[np.intp] | slice, Places] | None] = {}
    series = {}
    for name, track in tracks.items():
        key = id(track.places)
        if key not in kept:
            kept[key] = _kept(track.places, origin, first, until, resumes)
        mine = kept[key]
        if mine is not None:
            rows, places = mine
            series[name] = series_of(name, places.step, track.value[rows], places.line, places.time_s, places.epoch)
    return series, _counted(axes, first, until, resumes) if resumes else ()


def _counted(axes: Axes, first: int, until: int, resumes: Sequence[_Resumed]) -> tuple[Resume, ...]:
    """Say of each resume how many records it superseded."""
    counted = []
    low, end = (int(i) for i in np.searchsorted(axes.all.line, (first, until)))
    gone = np.zeros(end - low, dtype=bool)
    for resume in resumes:
        high = int(np.searchsorted(axes.all.line, resume.line)) - low
        redone = (axes.all.step[low : low + high] >= resume.first) & ~gone[:high]
        gone[:high] |= redone
        counted.append(Resume(resume.line, resume.step, int(redone.sum())))
    return tuple(counted)


def _kept(
    places: Places, origin: float, first: int, until: int, resumes: Sequence[_Resumed]
) -> tuple[NDArray[np.intp] | slice, Places] | None:
    """Which records of a set belong to a run, and where they stand in it: time counts from the run's first record."""
    rows = _rows(places, first, until, resumes)
    if rows is None:
        return None
    time_s = None if places.time_s is None else places.time_s[rows] if origin == 0.0 else places.time_s[rows] - origin
    epoch = None if places.epoch is None else places.epoch[rows]
    return rows, Places(places.line[rows], places.step[rows], epoch, time_s)


def _rows(places: Places, first: int, until: int, resumes: Sequence[_Resumed]) -> NDArray[np.intp] | slice | None:
    low, high = (int(i) for i in np.searchsorted(places.line, (first, until)))
    if low == high:
        return None
    step, line = places.step[low:high], places.line[low:high]
    if not resumes and bool((step[1:] > step[:-1]).all()):
        return slice(low, high)
    keep = np.ones(high - low, dtype=bool)
    for resume in resumes:
        keep &= (line >= resume.line) | (step < resume.first)
    rows = np.flatnonzero(keep)
    rows = rows[np.argsort(step[rows], kind="stable")]
    ordered = step[rows]
    last = np.append(ordered[1:] != ordered[:-1], True)
    return rows[last] + low if len(rows) else None
