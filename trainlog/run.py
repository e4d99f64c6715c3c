"""The one data model: what a log says about a training run.

Everything here is frozen and its arrays are read-only. Units are canonical (see ``vocab``): optimizer steps, seconds,
bytes, watts, °C, fractions 0-1, nats per token.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainlog import vocab

if TYPE_CHECKING:
    from typing import Unpack

    import pandas as pd

    import trainlog

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Axis = Literal["step", "epoch", "record"]
Counted = Literal["line", "record"]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One metric on its own step axis, sorted by step; NaN and infinities are kept, they are evidence.

    ``line`` is the 1-based line in the source, or the number of the record (``Run.counted``); ``time_s`` counts seconds from the run's
    first record.
    """

    name: str
    step: Ints
    value: Floats
    line: Ints
    time_s: Floats | None = None
    epoch: Floats | None = None

    def __post_init__(self) -> None:
        for array in (self.step, self.value, self.line, self.time_s, self.epoch):
            if array is not None:
                array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.step)

    def finite(self) -> "Series":
        """The same series without its NaN and infinite points."""
        keep = np.isfinite(self.value)
        return self if bool(keep.all()) else self.take(keep)

    def take(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> "Series":
        """The points that ``keep`` (a mask or indices) selects."""
        if keep.dtype == np.bool_ and bool(keep.all()):
            return self
        time_s = None if self.time_s is None else self.time_s[keep]
        epoch = None if self.epoch is None else self.epoch[keep]
        return Series(self.name, self.step[keep], self.value[keep], self.line[keep], time_s, epoch)

    def line_at(self, step: float) -> int:
        """The source line of the point nearest to ``step``; 0 for an empty series."""
        return int(self.line[_nearest(self.step, step)]) if len(self) else 0


def _nearest(steps: Ints, step: float) -> int:
    right = int(np.searchsorted(steps, step))
    if right == 0:
        return 0
    if right == len(steps):
        return right - 1
    return right if steps[right] - step < step - steps[right - 1] else right - 1


class Checkpoint(NamedTuple):
    """A saved state: its step, its path as logged or found (None when the log does not say) and its source line (0: found on disk)."""

    step: int
    path: str | None = None
    line: int = 0


class Problem(NamedTuple):
    """Input that was skipped, and why; ``line`` is 1-based, 0 for the file as a whole."""

    line: int
    what: str


class Resume(NamedTuple):
    """Where the step went back, and how many earlier records are superseded.

    ``step``: the one continued from where the log says so, else the first one that comes again.
    """

    line: int
    step: int
    superseded: int


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One training run as its log tells it.

    ``source``: the path as typed. ``format``: the reader's name. ``index``: which run of the file, from 0.
    ``series``: canonical name -> Series. ``raw_names``: canonical name -> the key in the log.
    ``axis``: what ``Series.step`` counts when the log has no optimizer steps. ``records``: how many were read.
    ``status``: what the log says about its end (``completed``, ``interrupted``...), None when it says nothing.
    ``total_steps`` / ``steps_per_epoch``: as planned, when logged. ``remarks``: how the log was read where that took a decision
    (percent taken for fractions, a placeholder left out, an axis assumed), to be told to the user. ``counted``: what ``Series.line``
    counts, records where the log is not text or is several files. ``file``: the file in a folder ``source`` that the lines are of.
    ``ending``: the error that a text ends in after its last record (``status`` is then ``failed`` or ``interrupted``).
    """

    source: str
    format: str
    index: int = 0
    series: Mapping[str, Series] = field(default_factory=dict)
    raw_names: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    started: datetime | None = None
    checkpoints: tuple[Checkpoint, ...] = ()
    resumes: tuple[Resume, ...] = ()
    problems: tuple[Problem, ...] = ()
    status: str | None = None
    axis: Axis = "step"
    records: int = 0
    name: str = ""
    total_steps: int | None = None
    steps_per_epoch: float | None = None
    siblings: int = 1
    remarks: tuple[str, ...] = ()
    counted: Counted = "line"
    file: str = ""
    ending: Problem | None = None

    @property
    def first_step(self) -> int:
        """The lowest step of any series; 0 for a run without points."""
        return min((int(s.step[0]) for s in self.series.values() if len(s)), default=0)

    @property
    def last_step(self) -> int:
        """The highest step of any series; 0 for a run without points."""
        return max((int(s.step[-1]) for s in self.series.values() if len(s)), default=0)

    @property
    def superseded(self) -> int:
        """How many records were written again after a resume."""
        return sum(resume.superseded for resume in self.resumes)

    def get(self, name: str) -> Series | None:
        """The series of a canonical name, or None when the log lacks it or it has no points."""
        found = self.series.get(name)
        return found if found is not None and len(found) else None

    def place(self, step: int) -> str:
        """A place on the axis in words: ``step 1,300``; where only records could be counted, with the epoch it stands in."""
        words = f"{self.axis} {step:,}"
        if self.axis != "record":
            return words
        epochs = [s.epoch[s.step == step] for s in self.series.values() if s.epoch is not None]
        known = [epoch[np.isfinite(epoch)] for epoch in epochs]
        return next((f"{words} (epoch {epoch[0]:.6g})" for epoch in known if len(epoch)), words)

    def at(self, line: int) -> str:
        """A place in the log in words: ``run.jsonl:12``, as editors know it, or ``run.wandb, record 12``."""
        where = self.file or self.source
        return f"{where}:{line}" if self.counted == "line" else f"{where}, record {line:,}"

    def find(self, name: str) -> Series | None:
        """The series of a canonical name, of a key as this log spells it, or of one by which other logs call the same."""
        key = vocab.normal(name)
        found = self.get(name) or next((self.get(own) for own, raw in self.raw_names.items() if vocab.normal(raw) == key), None)
        return found or self.get(vocab.canonical(name).canonical)

    def diagnose(self, *, select: Collection[str] = (), ignore: Collection[str] = (), metric: str | None = None) -> "trainlog.Diagnosis":
        """Judge this run: see ``trainlog.diagnose``."""
        import trainlog

        return trainlog.diagnose(self, select=select, ignore=ignore, metric=metric)

    def plot(self, **options: "Unpack[trainlog.PlotOptions]") -> "trainlog.Figure":
        """Draw this run as a matplotlib Figure; options as for ``trainlog.plot``."""
        import trainlog

        return trainlog.plot(self, **options)

    def _repr_html_(self) -> str:
        from trainlog._html import table

        caption = f"{self.source}: {self.format}, {self.axis}s {self.first_step:,} to {self.last_step:,}"
        rows = [(name, f"{len(s):,}", *(f"{v:.6g}" for v in s.value[[0, -1]])) for name, s in sorted(self.series.items()) if len(s)]
        return table(caption, ("series", "points", "first", "last"), rows)

    def frame(self, *, wide: bool = False) -> "pd.DataFrame":
        """Give the run as a pandas DataFrame.

        Tidy by default: columns ``name, step, value, line, time_s, epoch``, one row per point. With ``wide=True``: one row
        per step, one column per metric, NaN where a metric was not logged.
        """
        import pandas as pd

        parts = []
        for series in self.series.values():
            missing = np.full(len(series), np.nan)
            parts.append(
                pd.DataFrame(
                    {
                        "name": series.name,
                        "step": series.step,
                        "value": series.value,
                        "line": series.line,
                        "time_s": missing if series.time_s is None else series.time_s,
                        "epoch": missing if series.epoch is None else series.epoch,
                    }
                )
            )
        columns = ["name", "step", "value", "line", "time_s", "epoch"]
        tidy = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
        if not wide:
            return tidy
        table = tidy.drop_duplicates(["name", "step"], keep="last").pivot_table(index="step", columns="name", values="value", dropna=False)
        return table.rename_axis(columns=None).sort_index()
