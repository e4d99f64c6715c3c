"""One run to draw: its diagnosis, what it is called, where its x axis comes from, and how it is smoothed."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

import numpy as np

from trainlog import vocab
from trainlog._order import median
from trainlog.diagnosis import Diagnosis
from trainlog.progress import Progress
from trainlog.render._escape import plain
from trainlog.render.figure._curves import auto_time_constant, smooth, thin
from trainlog.render.figure._scene import Dash, Line, Options, Role
from trainlog.rules import Facts
from trainlog.run import Floats, Ints, Run, Series

COLUMNS = 1200  # strips a curve is thinned into: finer than a column of a journal can print (3.5 in at 300 dpi)
DRAWABLE = 1e100  # beyond, the arithmetic of drawing overflows: such values stand at this one
NAME_LENGTH = 40  # of a run's name in a legend
LOG_X_START = 3.0  # time constants after the start from which a smoothed curve is drawn on a logarithmic x axis
PPL_AGREES = 0.05  # nats between a logged perplexity and e^loss: they are the same quantity


class Subject(NamedTuple):
    """One run in a picture; ``number`` is None when it is alone."""

    diagnosis: Diagnosis
    progress: Progress
    name: str
    options: Options
    number: int | None = None

    @property
    def run(self) -> Run:
        """The run itself."""
        return self.diagnosis.run

    @property
    def facts(self) -> Facts:
        """What the run is judged by."""
        return self.diagnosis.facts or Facts(self.run)

    def time_constant(self, series: Series) -> float:
        """How far this series is smoothed, in steps; 0 for not at all."""
        if self.options.smooth is not None:
            return self.options.smooth
        return auto_time_constant(series.finite().step)

    def raw(self, series: Series, label: str | None, role: Role, *, faint: bool = False, dots: bool = False, steps: bool = False) -> Line:
        """The series as it was logged, thinned out."""
        series = series.finite()
        x = self.progress.of(series.step)
        start = int(np.searchsorted(x, 0.0, side="right")) if self.options.log_x else 0
        x, y = x[start:], series.value[start:]
        keep = thin(x, y, COLUMNS, log_x=self.options.log_x)
        y = y[keep].clip(-DRAWABLE, DRAWABLE)
        step = series.step[start:][keep]
        return Line(x[keep], y, label, role, run=self.number, total=len(x), faint=faint, dots=dots, steps=steps, step=step)

    def smoothed(self, series: Series, label: str, role: Role, dash: Dash = "solid", *, dots: bool = False) -> Line:
        """The trend of a series, not thinned."""
        series = series.finite()
        constant, value = self.time_constant(series), series.value
        if len(value) and max(value.max(), -value.min()) > DRAWABLE:
            value = value.clip(-DRAWABLE, DRAWABLE)
        step: Floats | Ints = series.step
        if constant > 0 and len(series) >= 3:
            step, value = smooth(step, value, constant)
        x = self.progress.of(step)
        if self.options.log_x and constant > 0:  # where a step is longer than the time constant there, an average over it misleads
            shown = (x > 0) & (step - step[0] >= LOG_X_START * constant)
            x, value, step = x[shown], value[shown], step[shown]
        return Line(x, value, label, role, self.number, dash, dots=dots, edges=False, total=len(series), step=step)

    def has_perplexity(self) -> bool:
        """Whether the loss is a cross-entropy per token: the log has a perplexity that is e^loss, or counts tokens."""
        for split in ("", "val_"):
            loss, ppl = self.run.get(f"{split}loss"), self.run.get(f"{split}ppl")
            if loss is not None and ppl is not None:
                few = ppl.take(np.linspace(0, len(ppl) - 1, min(len(ppl), COLUMNS)).astype(np.intp))
                at = np.minimum(np.searchsorted(loss.step, few.step), len(loss) - 1)
                both = loss.step[at] == few.step
                with np.errstate(invalid="ignore", divide="ignore"):
                    apart = np.abs(np.log(few.value[both]) - loss.value[at[both]])
                apart = apart[np.isfinite(apart)]
                return len(apart) > 0 and median(apart) < PPL_AGREES
        return any(self.run.get(name) is not None for name in ("ppl", "val_ppl", "tokens", "tokens_per_s"))


def validation(subject: Subject, base: str) -> list[Series]:
    """All validation and test series of a base metric, the one the run is judged by first."""
    judged = subject.facts.val
    held_out = {name: s for name, s in sorted(subject.run.series.items()) if len(s) and vocab.split_of(name) != "train"}
    if judged is not None:  # the log may have only another form of it: the loss of a perplexity
        held_out.setdefault(judged.name, judged)
    found = [s for s in held_out.values() if vocab.base_of(s.name) == base]
    return sorted(found, key=lambda s: (s is not judged, vocab.split_of(s.name) != "val", s.name))


def names(runs: Sequence[Run]) -> list[str]:
    """Short names that tell runs apart: the parts of their paths that differ, and the number of a run in its file."""
    paths = [PurePath(run.source).with_suffix("").parts for run in runs]
    if len(set(paths)) > 1:
        while len({p[:1] for p in paths}) == 1 and all(len(p) > 1 for p in paths):
            paths = [p[1:] for p in paths]
        while len({p[-1:] for p in paths}) == 1 and all(len(p) > 1 for p in paths):
            paths = [p[:-1] for p in paths]
    elif len(runs) > 1 and len({run.index for run in runs}) == len(runs):
        return [plain(run.name, NAME_LENGTH) or f"run {run.index}" for run in runs]
    else:
        paths = [p[-1:] for p in paths]
    shown = ["/".join(parts) + (f" run {run.index}" if run.siblings > 1 else "") for parts, run in zip(paths, runs, strict=True)]
    return [_shortened(plain(name)) for name in shown]


def _shortened(name: str) -> str:
    return name if len(name) <= NAME_LENGTH else "…" + name[-NAME_LENGTH + 1 :]
