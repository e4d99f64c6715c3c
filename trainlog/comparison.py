"""Two groups of runs -> what got better or worse, beyond noise.

Runs are laid over each other on a common x axis (steps, epochs, tokens or time) and compared as far as all of them go.
Noise: the scatter of one evaluation about its curve, but at least what seeds are known to make; with several runs in a
group, their own spread takes over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trainlog import vocab
from trainlog.analysis.curve import Curve, fit_curve
from trainlog.analysis.difference import Difference, difference
from trainlog.diagnosis import Diagnosis
from trainlog.errors import UsageError
from trainlog.progress import LABELS, Progress, Unit, common
from trainlog.rules import Facts
from trainlog.run import Floats, Run, Series

Judgement = Literal["better", "worse", "no difference", "cannot tell"]

SEED_SPREAD = 0.005
"""Standard deviation between seeds, as a fraction of the metric: runs that differ in nothing else lie this far apart."""
SPEED_SPREAD = 0.02
"""The same for throughput, where the machine is shared with others; medians of a run."""
MEMORY_SPREAD = 0.01
"""The same for peak memory, where the allocator decides."""
RESOLVES = 0.03
"""A difference smaller than this would have to show for "no difference" to be said: else nothing can be told."""
MACHINE_RESOLVES = 0.10
"""The same for speed and memory."""
REACH_ABOVE = 2.0
"""The level whose time is taken lies so many standard deviations above the best value that all runs get to."""
GRID = 400
"""Places on the common x axis at which curves are compared."""


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity, compared. ``change``, ``low`` and ``high`` are fractions of the base's value, positive when larger;
    the interval holds 95 %. ``unit`` is that of the values. ``why``: why nothing can be told, when it cannot.
    """

    name: str
    unit: str
    judgement: Judgement
    base: float | None = None
    new: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is said of a group of new runs against a group of base runs.

    ``verdict`` is that of the best value of ``metric``, unless the new runs diverged. ``axis``: what was aligned;
    ``upto``: how far, in its unit. ``notes``: what to know about how it was compared.
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

    @property
    def primary(self) -> Row | None:
        """The row that decides."""
        return self.rows[0] if self.rows else None

    def worse_than(self, limit: float) -> bool:
        """Whether the new runs are worse, beyond noise, by more than ``limit`` (a fraction of the base's best value)."""
        if self.verdict != "worse":
            return False
        row = self.primary
        return row is None or row.change is None or row.judgement != "worse" or abs(row.change) > limit


@dataclass(frozen=True, slots=True)
class _Subject:
    """A run's curve on the common x axis."""

    run: Run
    curve: Curve
    progress: Progress

    def on(self, grid: Floats) -> Floats:
        found: Floats = np.interp(grid, self.progress.of(self.curve.step_grid), self.curve.mean)
        return found


def compare(base: Sequence[Diagnosis], new: Sequence[Diagnosis], *, axis: Unit | None = None) -> Comparison:
    """Compare new runs with base runs; each group holds runs of one kind that differ by their seed alone.

    Raises ``UsageError`` when there is no run, no metric that all runs have, or no x axis that all of them can be put on.
    """
    if not base or not new:
        raise UsageError("there is nothing to compare", why=f"{len(base)} base and {len(new)} new runs could be read")
    everyone = [*base, *new]
    series = _common_metric(everyone)
    progress = common([d.run for d in everyone], axis)
    metric, unit = series[0].name, progress[0].unit
    subjects = [_Subject(d.run, _fit(d, s), p) for d, s, p in zip(everyone, series, progress, strict=True)]
    unclear = next((s for s in subjects if not s.curve.evaluable), None)
    rows: list[Row] = []
    upto = 0.0
    notes: tuple[str, ...] = ()
    if unclear is not None:
        why = f"{unclear.run.source}: {unclear.curve.reason or 'its curve cannot be judged'}"
        rows.append(Row(f"best {metric}", vocab.metric(metric).unit, "cannot tell", why=why))
    else:
        upto, notes, found = _curves(subjects, len(base), metric, unit)
        rows += found
    rows += _machine([d.run for d in base], [d.run for d in new])
    verdict, reason = _verdict(base, new, rows[0])
    return Comparison(tuple(base), tuple(new), verdict, reason, metric, unit, upto, tuple(rows), notes)


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
        name = f"best {metric}"
        return end, (), [Row(name, vocab.metric(metric).unit, "cannot tell", why=f"no {LABELS[unit]} is covered by all runs")]
    grid = np.linspace(start, end, GRID)
    values = np.array([s.on(grid) for s in subjects])
    high = subjects[0].curve.higher_is_better
    best = values.max(axis=1) if high else values.min(axis=1)
    noise = float(np.sqrt(np.mean([s.curve.noise_sd**2 for s in subjects])))
    sd = max(noise, SEED_SPREAD * float(np.abs(best[:bases]).mean()))
    spread = ["all end there"] if max(ends) <= end * 1.01 else [f"the longest run goes on to {max(ends):,.6g}"]
    value_unit = vocab.metric(metric).unit
    rows = [
        _row(f"best {metric}", value_unit, best, bases, sd, better="high" if high else "low"),
        _row(f"final {metric}", value_unit, values[:, -1], bases, sd, better="high" if high else "low"),
        _row(f"mean {metric} over the run", value_unit, values.mean(axis=1), bases, sd, better="high" if high else "low"),
        _reach(grid, values, bases, sd, metric, unit, higher=high),
    ]
    note = f"compared up to {LABELS[unit].split(' (')[0]} {end:,.6g} ({spread[0]}); noise: {_noise_of(bases, len(subjects) - bases)}"
    return end, (note,), rows


def _noise_of(bases: int, news: int) -> str:
    if bases + news == 2:
        return "of the curves themselves, at least what seeds make; more base runs (--base) tell it better"
    return f"of {bases} base and {news} new runs"


def _reach(grid: Floats, values: Floats, bases: int, sd: float, metric: str, unit: Unit, *, higher: bool) -> Row:
    """How long it takes to get near the best value that all runs get to."""
    falling = -values if higher else values
    # Not the best value itself: a curve is flat there, and noise alone says when it was reached.
    target = float(falling.min(axis=1).max()) + REACH_ABOVE * sd

    def first(level: float) -> Floats:
        reached = falling <= level
        at: Floats = np.where(reached.any(axis=1), grid[reached.argmax(axis=1)], grid[-1])
        return at

    at = first(target)
    # What the noise of the value is along x: how much sooner or later a level one deviation away is reached.
    along = float(np.mean(np.abs(first(target + sd) - first(target - sd)))) / 2
    along = max(along, float(grid[1] - grid[0]))
    counted = {"time": "time", "tokens": "tokens"}.get(unit, f"{unit}s")
    name = f"{counted} to reach {metric} {-target if higher else target:.4g}"
    return _row(name, "s" if unit == "time" else "", at, bases, along, better="low", resolves=MACHINE_RESOLVES)


def _machine(base: Sequence[Run], new: Sequence[Run]) -> list[Row]:
    """Speed and memory, where all runs tell them."""
    rows = []
    for name, unit, better, spread, reading in (
        ("throughput", "", "high", SPEED_SPREAD, _speed),
        ("peak GPU memory", "bytes", "low", MEMORY_SPREAD, _memory),
    ):
        found = [reading(run) for run in (*base, *new)]
        kinds = {f[0] for f in found if f is not None}
        if None not in found and len(kinds) == 1:
            values = np.array([f[1] for f in found if f is not None])
            sd = spread * float(np.abs(values[: len(base)]).mean())
            rows.append(
                _row(
                    name,
                    unit or kinds.pop(),
                    values,
                    len(base),
                    sd,
                    better="high" if better == "high" else "low",
                    resolves=MACHINE_RESOLVES,
                )
            )
    return rows


def _speed(run: Run) -> tuple[str, float] | None:
    """The median speed, and what it counts."""
    for name, unit in (("tokens_per_s", "tokens/s"), ("samples_per_s", "samples/s"), ("steps_per_s", "steps/s")):
        series = run.get(name)
        if series is not None and len(series.finite()):
            return unit, float(np.median(series.finite().value))
    series = run.get("step_time_s")
    if series is not None and len(series.finite()) and float(np.median(series.finite().value)) > 0:
        return "steps/s", 1.0 / float(np.median(series.finite().value))
    return None


def _memory(run: Run) -> tuple[str, float] | None:
    """The highest memory of any device."""
    for field in ("memory_used_bytes", "memory_reserved_bytes", "memory_allocated_bytes"):
        peaks = [float(s.finite().value.max()) for s in Facts(run).gpus(field).values() if len(s.finite())]
        if peaks:
            return field, max(peaks)
    return None


def _row(name: str, unit: str, values: Floats, bases: int, sd: float, *, better: Literal["low", "high"], resolves: float = RESOLVES) -> Row:
    """Judge one quantity; ``values`` float64[runs], base runs first."""
    if not np.isfinite(values).all():
        return Row(name, unit, "cannot tell", why="not every run has a finite value")
    found = difference(values[:bases], values[bases:], sd)
    scale = abs(found.base) or abs(found.new) or 1.0
    low, high = found.low / scale, found.high / scale
    return Row(name, unit, _judge(found, resolves * scale, better), found.base, found.new, found.change / scale, low, high)


def _judge(found: Difference, resolves: float, better: Literal["low", "high"]) -> Judgement:
    if found.low > 0:
        return "better" if better == "high" else "worse"
    if found.high < 0:
        return "worse" if better == "high" else "better"
    return "no difference" if (found.high - found.low) / 2 <= resolves else "cannot tell"


def _verdict(base: Sequence[Diagnosis], new: Sequence[Diagnosis], row: Row) -> tuple[Judgement, str]:
    """The word, and what it rests on."""
    if any(d.verdict == "diverged" for d in new) and not any(d.verdict == "diverged" for d in base):
        return "worse", "a new run diverged and no base run did"
    if row.change is None or row.low is None or row.high is None:
        return row.judgement, row.why or ""
    change = f"{row.name} {row.change:+.2%} (95 % interval {row.low:+.2%} to {row.high:+.2%})"
    if row.judgement == "cannot tell":
        return row.judgement, f"{change}: noise hides differences of {RESOLVES:.0%}; give more base runs"
    return row.judgement, change


__all__ = ["Comparison", "Judgement", "Row", "compare"]
