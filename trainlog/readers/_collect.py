"""What a reader hands its findings to. It names metrics, converts units and leaves the cutting into runs to ``_assemble``.

A reader calls ``record`` per log line (simple) or ``columns`` per batch (fast); never both conversions: values are passed
as logged, under the keys of the log.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from trainlog import vocab
from trainlog.readers._assemble import Frame, Segment, assemble
from trainlog.readers._growing import Growing
from trainlog.readers._names import Span, settle
from trainlog.readers._packed import Packed
from trainlog.run import Checkpoint, Counted, Floats, Ints, Problem, Run

MAX_KINDS = 5_000  # sets of keys that records may have; a log has some hundreds at most
MAX_STEP = 2.0**53  # beyond it a float64 counts no more
MAX_PROBLEMS = 10_000  # kept one by one; beyond that a log is not damaged but something else
TOO_FAR = "its step is too large to be counted up to: that of the record before was taken"

Value = float | int | None
_Kind = tuple[tuple[str, ...], frozenset[str]]
_Columns = dict[str, Growing]


class _Pending:
    """Records with the same keys that came one by one."""

    def __init__(self, keys: int) -> None:
        self.line = array("q")
        self.step, self.epoch, self.time_s = array("d"), array("d"), array("d")
        self.values = [array("d") for _ in range(keys)]

    def copy(self) -> "_Pending":
        """An array that numpy looks at cannot grow: what goes on being filled is copied."""
        other = _Pending(0)
        other.line, other.values = self.line[:], [column[:] for column in self.values]
        other.step, other.epoch, other.time_s = self.step[:], self.epoch[:], self.time_s[:]
        return other

    def extend(self, later: "_Pending", lines: int) -> None:
        """Append records of the same keys from the lines after the first ``lines``."""
        self.line.extend(line + lines for line in later.line)
        for mine, theirs in zip(
            (self.step, self.epoch, self.time_s, *self.values), (later.step, later.epoch, later.time_s, *later.values), strict=True
        ):
            mine.extend(theirs)


class Collector:
    """Collects one input. ``aliases``: the user's own names; ``wants``: which canonical names are worth building."""

    def __init__(self, aliases: Mapping[str, Sequence[str]] | None = None, wants: Callable[[str], bool] | None = None) -> None:
        self._aliases = aliases
        self._wants = wants
        self._names: dict[str, vocab.Name] = {}
        self._pending: dict[tuple[str, ...], _Pending] = {}
        self._batches: dict[_Kind, tuple[_Columns, _Columns]] = {}
        self._frames: list[Frame] = []
        self._segments: list[Segment] = []
        self._last: list[Callable[[Collector], None]] = []
        self.problems: list[Problem] = []
        self.problems_dropped = 0
        self._full = False
        self.checkpoints: list[Checkpoint] = []
        self.remarks: list[str] = []
        self.default = Segment(line=0)
        self._counted: Counted = "line"
        self._lines: Ints | None = None
        self._file = ""
        #: Columns of objects that held a number, and those that held something else before they held any.
        self.numeric: set[str] = set()
        self.texts: set[str] = set()

    def name(self, key: str) -> vocab.Name:
        """What a key of the log means (cached); readers may ask before they convert a column."""
        found = self._names.get(key)
        if found is None:
            found = self._names[key] = vocab.resolve(key, self._aliases)
        return found

    def wants(self, key: str) -> bool:
        """Whether anybody will look at the metric behind this key: what is not asked for need not be built."""
        return self._wants is None or self._wants(self.name(key).canonical)

    def record(self, line: int, step: Value, values: Mapping[str, Value], *, epoch: Value = None, time_s: Value = None) -> None:
        """Add what one line says. None means "not logged" and is dropped; NaN and infinities are kept.

        ``step`` None: the step of the record before, or the log has none and epochs or record numbers take its place.
        """
        if None in values.values():
            values = {key: value for key, value in values.items() if value is not None}
        if not values:
            return
        keys = tuple(values)
        rows = self._pending.get(keys)
        if rows is None:
            if self._is_too_much(line):
                return
            rows = self._pending[keys] = _Pending(len(keys))
        nan = float("nan")
        if step is not None and abs(step) >= MAX_STEP:
            step = None
            self.problem(line, TOO_FAR)
        rows.line.append(line)
        rows.step.append(nan if step is None else step)
        rows.epoch.append(nan if epoch is None else epoch)
        rows.time_s.append(nan if time_s is None else time_s)
        for column, value in zip(rows.values, values.values(), strict=True):
            column.append(value)  # type: ignore[arg-type]  # None was removed above

    def columns(
        self, line: Ints, step: Floats | None, values: Mapping[str, Floats], *, epoch: Floats | None = None, time_s: Floats | None = None
    ) -> None:
        """Add many records at once: arrays of one length n, in log order; NaN in ``step``, ``epoch``, ``time_s`` means missing."""
        if not len(line) or not values:
            return
        step = None if step is None else self._steps(line, step)
        axes = {"line": line, "step": step, "epoch": epoch, "time_s": time_s}
        places = {name: part for name, part in axes.items() if part is not None}
        key = (tuple(places), frozenset(values))
        batch = self._batches.get(key)
        if batch is None:
            if self._is_too_much(int(line[0])):
                return
            batch = self._batches[key] = (
                {name: Growing(part.dtype) for name, part in places.items()},
                {name: Growing(part.dtype, packs=True) for name, part in values.items()},
            )
        for grown, parts in zip(batch, (places, values), strict=True):
            for name, part in parts.items():
                grown[name].extend(part)

    def _steps(self, line: Ints, step: Floats) -> Floats:
        """Leave out steps that are too large to be counted up to."""
        far = np.abs(step) >= MAX_STEP
        for number in line[far].tolist():
            self.problem(number, TOO_FAR)
        return np.where(far, np.nan, step) if far.any() else step

    def _is_too_much(self, line: int) -> bool:
        """Whether another set of keys would be one too many; said once, and memory stays bounded."""
        if len(self._pending) + len(self._batches) < MAX_KINDS:
            return False
        if not self._full:
            self.problem(line, f"more than {MAX_KINDS:,} different sets of keys: records with further ones were left out")
        self._full = True
        return True

    def problem(self, line: int, what: str) -> None:
        """Note input that was skipped, and why."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(line, what))
        else:
            self.problems_dropped += 1

    def remark(self, what: str) -> None:
        """Note a decision in reading that the user should know of; what was skipped is a problem instead."""
        self.remarks.append(what)

    def counts_records(self, lines: Ints | None = None) -> None:
        """Say that the line numbers handed over count records, from 1; ``lines``: the lines these start on, where they are known."""
        self._counted, self._lines = "record", lines

    def lines_of(self, file: str) -> None:
        """Name the one file of a folder that the line numbers are of."""
        self._file = file

    def checkpoint(self, step: int, path: str | None, line: int) -> None:
        """Note a saved state."""
        self.checkpoints.append(Checkpoint(step, path, line))

    def start_run(self, line: int, *, key: str = "", name: str = "", started: datetime | None = None, resumes: bool = False) -> Segment:
        """Say that a run starts at this line; fill in what the log says about it on the Segment this gives back.

        ``key`` tells runs apart: the same key again (a restarted process with the same run id) continues that run.
        """
        segment = Segment(line=line, key=key, name=name, started=started, resumes=resumes)
        self._segments.append(segment)
        return segment

    @property
    def segment(self) -> Segment:
        """The run that is being read, for its config, plan and status."""
        return self._segments[-1] if self._segments else self.default

    def configure(self, config: Mapping[str, Any]) -> None:
        """Add hyper-parameters to the run that is being read."""
        self.segment.config.update(config)

    def when_done(self, hand_over: Callable[["Collector"], None]) -> None:
        """Say what is left to hand over, for a reader that knows what its lines mean when it has seen them all.

        Of a log that is being written it is called each time somebody asks for the runs so far: it must change nothing that
        it finds.
        """
        self._last.append(hand_over)

    def so_far(self, source: str, format_name: str) -> list[Run]:
        """The runs as ``finish`` would give them now; reading may go on."""
        now = copy(self)
        now._pending = {keys: rows.copy() for keys, rows in self._pending.items()}
        now._batches = {
            key: ({name: grown.copy() for name, grown in axes.items()}, {name: grown.copy() for name, grown in values.items()})
            for key, (axes, values) in self._batches.items()
        }
        now._frames = []
        now.default, now._segments = deepcopy(self.default), deepcopy(self._segments)
        now.problems, now.checkpoints, now.remarks = list(self.problems), list(self.checkpoints), list(self.remarks)
        return now.finish(source, format_name)

    @classmethod
    def like(cls, other: "Collector") -> "Collector":
        """An empty one with the same names and the same wants."""
        return cls(other._aliases, other._wants)

    def detach(self) -> Iterator[tuple[_Kind, int, str, Growing]]:
        """Take the columns out, one by one, and all that another process cannot be told: what is left is small."""
        batches, self._batches, self._wants, self._aliases = self._batches, {}, None, None
        return ((key, at, name, parts[at].pop(name).copy()) for key, parts in batches.items() for at in (0, 1) for name in list(parts[at]))

    def attach(self, key: _Kind, at: int, name: str, grown: Growing) -> None:
        """Put a column in again."""
        self._batches.setdefault(key, ({}, {}))[at][name] = grown

    def join(self, later: "Collector", lines: int) -> bool:
        """Add what was collected from the lines after the first ``lines``, if that is what would have been collected here."""
        kinds = len({*self._batches, *later._batches}) + len({*self._pending, *later._pending})
        if self._last or later._last or self._full or later._full or kinds > MAX_KINDS or later.texts & self.numeric:
            return False
        for key, (axes, values) in later._batches.items():
            axes["line"] = Growing.of(axes["line"].array() + lines)
            if key not in self._batches:
                self._batches[key] = ({name: axes[name].empty() for name in axes}, {name: values[name].empty() for name in values})
            for grown, parts in zip(self._batches[key], (axes, values), strict=True):
                for name in list(parts):
                    grown[name].join(parts.pop(name))
        for keys, rows in later._pending.items():
            self._pending.setdefault(keys, _Pending(len(keys))).extend(rows, lines)
        self.segment.go_on(later.default, lines)
        self._segments += [segment.moved(lines) for segment in later._segments]
        for line, what in later.problems:
            self.problem(line + lines if line else 0, what)
        self.problems_dropped += later.problems_dropped
        self.checkpoints += [one._replace(line=one.line + lines) for one in later.checkpoints]
        self.remarks += later.remarks
        return True

    def finish(self, source: str, format_name: str) -> list[Run]:
        """Cut what was collected into runs: first in the file, first in the list; empty when nothing was found."""
        for hand_over in self._last:
            hand_over(self)
        self._last = []  # with what they hold
        for axes, columns in self._batches.values():
            places = {name: axes.pop(name).array() for name in list(axes)}
            values = {name: columns.pop(name).column() for name in list(columns)}
            self._frames.append(Frame(places["line"], places.get("step"), places.get("epoch"), places.get("time_s"), values))
        self._batches = {}
        for keys, rows in self._pending.items():
            line = np.frombuffer(rows.line, dtype=np.int64)
            found: dict[str, Floats | Packed] = dict(zip(keys, map(_floats, rows.values), strict=True))
            self._frames.append(Frame(line, _floats(rows.step), _floats(rows.epoch), _floats(rows.time_s), found))
        self._pending = {}
        if self.problems_dropped:
            self.problems.append(Problem(0, f"{self.problems_dropped:,} more problems of this kind"))
        final = self._settled()
        named = [frame.renamed({key: final[key] for key in frame.values}) for frame in self._frames]
        self._frames = []
        raw = {name.canonical: key for key, name in reversed(final.items())}
        runs = assemble(source, format_name, named, self._segments or [self.default], self.checkpoints, self.problems, raw, self.remarks)
        if self._lines is not None:
            from trainlog.readers._lines import moved

            runs = [moved(run, self._lines) for run in runs]
        elif self._counted != "line":
            runs = [replace(run, counted=self._counted) for run in runs]
        return [replace(run, file=self._file) for run in runs] if self._file else runs

    def _settled(self) -> dict[str, vocab.Name]:
        spans: dict[str, Span] = {}
        for frame in self._frames:
            for key in frame.values:
                if key not in spans:
                    spans[key] = Span(0, int(frame.line[0]), int(frame.line[0]))
                spans[key].add(frame.line)
        return settle(spans, {key: self.name(key) for key in spans})


def _floats(values: "array[float]") -> Floats:
    return np.frombuffer(values, dtype=np.float64)
