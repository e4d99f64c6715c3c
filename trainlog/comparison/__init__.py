"""Two groups of runs -> what got better or worse, beyond noise.

Runs are laid over each other on a common x axis (steps, epochs, tokens or time) and compared as far as all of them go.
Noise: the scatter of one evaluation about its curve, but at least what seeds are known to make; with several runs in a
group, their own spread takes over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from trainlog import vocab
from trainlog.analysis.curve import Curve, fit_curve
from trainlog.comparison._quantities import QUANTITIES, RESOLVES, Judgement, Row, of_curves, of_machine, unknown
from trainlog.diagnosis import Diagnosis
from trainlog.errors import UsageError
from trainlog.progress import LABELS, Progress, Unit, common, progress
from trainlog.rules import Facts
from trainlog.run import Floats, Run, Series

if TYPE_CHECKING:
    from typing import Unpack

    import trainlog

SEED_SPREAD = 0.005
"""Standard deviation between seeds, as a fraction of the metric, at least; more where single evaluations scatter more about
their curve, which tells how far seeds lie apart (Heineman et al. 2025, arXiv:2508.13144, section 3)."""
DIVERGED = "CMP007"
"""The code by which a new run is reported that diverged where no base run did."""
UNLIKE_STEPS = 1.05
"""Runs whose steps see so many times as many tokens are not alike by step."""
GRID = 400
"""Places on the common x axis at which curves are compared."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is said of a group of new runs against a group of base runs.

    ``verdict`` is that of the best value of ``metric``, unless the new runs diverged. ``axis``: what was aligned;
    ``upto``: how far, in its unit. ``notes``: what to know about how it was compared. ``tolerance``: how much worse the best
    value may be, as a fraction of the base's.
    """

    base: tuple[Diagnosis, ...]
    new: tuple[Diagnosis, ...]
    verdict: Judgement
    reason: str
    metric: str
    axis: Unit
    upto: float
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    tolerance: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether the new runs are worse by more than is tolerated."""
        return self.worse_than(self.tolerance)

    @property
    def diverged(self) -> bool:
        """Whether a new run diverged and no base run did."""
        return any(d.verdict == "diverged" for d in self.new) and not any(d.verdict == "diverged" for d in self.base)

    @property
    def primary(self) -> Row | None:
        """The row that decides."""
        return self.rows[0] if self.rows else None

    def plot(self, **options: "Unpack[trainlog.PlotOptions]") -> "trainlog.Figure":
        """Draw base and new runs over each other as a matplotlib Figure; options as for ``trainlog.plot``."""
        import trainlog

        options.setdefault("x", None if self.axis == "record" else self.axis)
        return trainlog.plot(*self.base, *self.new, **options)

    def _repr_html_(self) -> str:
        from trainlog._html import table

        def shown(value: float | None, style: str) -> str:
            return "" if value is None else format(value, style)

        rows = [
            (r.name, shown(r.base, ".5g"), shown(r.new, ".5g"), *(shown(part, "+.1%") for part in (r.change, r.low, r.high)), r.judgement)
            for r in self.rows
        ]
        return table(f"{self.verdict}: {self.reason}", ("", "base", "new", "change", "low", "high", ""), rows)

    def worse_than(self, limit: float) -> bool:
        """Whether the new runs are worse, beyond noise, by more than ``limit`` (a fraction of the base's best value)."""
        row = self.primary
        return self.diverged or (row is not None and row.judgement == "worse" and row.change is not None and abs(row.change) > limit)


@dataclass(frozen=True, slots=True)
class _Subject:
    """A run's curve on the common x axis."""

    run: Run
    curve: Curve
    progress: Progress

    def on(self, grid: Floats) -> Floats:
        found: Floats = np.interp(grid, self.progress.of(self.curve.step_grid), self.curve.mean)
        return found


def compare(base: Sequence[Diagnosis], new: Sequence[Diagnosis], *, axis: Unit | None = None, tolerance: float = 0.0) -> Comparison:
    """Compare new runs with base runs; each group holds runs of one kind that differ by their seed alone.

    ``axis``: what to align them on (None: what the logs count). ``tolerance``: how much worse is no failure, as a fraction.

    Raises ``UsageError`` when there is no run, no metric that all runs have, or no x axis that all of them can be put on.
    """
    if not base or not new:
        raise UsageError("there is nothing to compare", why=f"{len(base)} base and {len(new)} new runs could be read")
    everyone = [*base, *new]
    series = _common_metric(everyone)
    aligned = common([d.run for d in everyone], axis)
    metric, unit = series[0].name, aligned[0].unit
    subjects = [_Subject(d.run, _fit(d, s), p) for d, s, p in zip(everyone, series, aligned, strict=True)]
    unclear = next((s for s in subjects if not s.curve.evaluable), None)
    upto = 0.0
    notes: tuple[str, ...] = ()
    if unclear is not None:
        rows = [unknown(metric, f"{unclear.run.source}: {unclear.curve.reason or 'its curve cannot be judged'}")]
    else:
        upto, notes, rows = _curves(subjects, len(base), metric, unit)
    rows += of_machine([d.run for d in base], [d.run for d in new])
    found = Comparison(tuple(base), tuple(new), rows[0].judgement, "", metric, unit, upto, tuple(rows), notes, tolerance)
    verdict, reason = _verdict(found, rows[0])
    return replace(found, verdict=verdict, reason=reason)


def _common_metric(diagnoses: Sequence[Diagnosis]) -> list[Series]:
    """The series that all are compared by: validation, else training, of one name."""
    facts = [d.facts or Facts(d.run) for d in diagnoses]
    for split in ("val", "train"):
        found = [s for s in (getattr(f, split) for f in facts) if s is not None]
        if len(found) == len(facts) and len({s.name for s in found}) == 1:
            return found
    said = "; ".join(f"{d.run.source}: {_judged_by(f)}" for d, f in zip(diagnoses, facts, strict=True))
    raise UsageError("these logs have no metric in common", why=f"they are judged by {said}", do="--metric NAME, or --alias NAME=KEY")


def _judged_by(facts: Facts) -> str:
    return " and ".join(s.name for s in (facts.val, facts.train) if s is not None) or "nothing"


def _fit(diagnosis: Diagnosis, series: Series) -> Curve:
    """The curve behind the series; the one that was made for the diagnosis where that is of the same series."""
    facts = diagnosis.facts
    if facts is not None and facts.val is series and facts.curve is not None:
        return facts.curve
    return fit_curve(series.step, series.value, higher_is_better=vocab.metric(series.name).better == "high")


def _curves(subjects: Sequence[_Subject], bases: int, metric: str, unit: Unit) -> tuple[float, tuple[str, ...], list[Row]]:
    """What the curves say, on the part of the x axis that all of them cover."""
    ends = [float(s.progress.at(float(s.curve.step_grid[-1]))) for s in subjects]
    start = max(float(s.progress.at(float(s.curve.step_grid[0]))) for s in subjects)
    end = min(ends)
    if end <= start:
        return end, (), [unknown(metric, f"no {LABELS[unit]} is covered by all runs")]
    grid = np.linspace(start, end, GRID)
    values = np.array([s.on(grid) for s in subjects])
    best = values.max(axis=1) if subjects[0].curve.higher_is_better else values.min(axis=1)
    noise = float(np.sqrt(np.mean([s.curve.noise_sd**2 for s in subjects])))
    sd = max(noise, SEED_SPREAD * float(np.abs(best[:bases]).mean()))
    spread = "all end there" if max(ends) <= end * 1.01 else f"the longest run goes on to {max(ends):,.6g}"
    aligned = f"compared up to {LABELS[unit].split(' (')[0]} {end:,.6g} ({spread}); noise: {_noise_of(bases, len(subjects) - bases)}"
    return end, (aligned, *_unlike_steps(subjects, unit)), of_curves(grid, values, bases, sd, metric, unit)


def _unlike_steps(subjects: Sequence[_Subject], unit: Unit) -> tuple[str, ...]:
    """Whether one step sees more data in some runs than in others: then steps compare unlike amounts of training."""
    if unit != "step":
        return ()
    rates = []
    for subject in subjects:
        try:
            tokens = progress(subject.run, "tokens")
        except UsageError:  # the log does not count tokens
            return ()
        rates.append(tokens.at(subject.run.last_step) / max(subject.run.last_step, 1))
    if max(rates) <= UNLIKE_STEPS * min(rates):
        return ()
    return (f"a step is {min(rates):,.0f} tokens in one run and {max(rates):,.0f} in another: --x tokens aligns them by data",)


def _noise_of(bases: int, news: int) -> str:
    if bases + news == 2:
        return "of the curves themselves, at least what seeds make; more base runs (--base) tell it better"
    return f"of {bases} base and {news} new runs"


def _verdict(found: Comparison, row: Row) -> tuple[Judgement, str]:
    """The word, and what it rests on."""
    if found.diverged:
        return "worse", "a new run diverged and no base run did"
    if row.change is None or row.low is None or row.high is None:
        return row.judgement, row.why or ""
    change = f"{row.name} {row.change:+.2%} (90 % interval {row.low:+.2%} to {row.high:+.2%})"
    if row.judgement == "cannot tell":
        return row.judgement, f"{change}: noise hides differences of {RESOLVES:.0%}; give more base runs"
    return row.judgement, change


__all__ = ["DIVERGED", "QUANTITIES", "Comparison", "Judgement", "Row", "compare"]
