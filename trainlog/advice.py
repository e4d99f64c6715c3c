"""What to do with a run: which checkpoint to keep, what going on past it cost, and when early stopping would have stopped."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from trainlog import vocab
from trainlog._order import median
from trainlog.analysis.checkpoint import Choice, choose_checkpoint, likely_best
from trainlog.analysis.curve import Curve
from trainlog.analysis.lead import lowest_at_start, lowest_before
from trainlog.analysis.replay import replay as replay_stops
from trainlog.run import Run, Series


class Wasted(NamedTuple):
    """What was spent after the step worth keeping; None where the log does not say."""

    steps: int
    seconds: float | None = None
    joules: float | None = None


class Keep(NamedTuple):
    """The step worth keeping, chosen on the smoothed validation curve among the states that exist.

    ``step``: of the recommended checkpoint; when the log names none, the lowest point of the curve, at an evaluation, between
    two, or before the first. ``checkpoint``: its path, None when the log names none. ``value``, ``low``, ``high``: the smoothed
    validation metric there (before the first evaluation: of the best state from then on) and its 90 % interval. ``evaluated``: the
    best of the steps that were evaluated, where ``step`` is neither a checkpoint nor one of them; ``evaluated_costs``: how much
    worse it is.
    ``tied``: steps of the checkpoints that cannot be told apart from it; ``earliest_tied``: the first of them.
    ``last_costs``: how much worse the last state is (in the metric's unit; 0 when it is the one to keep).
    ``regret``: how much better the true best state is expected to be than this one. ``spacing_costs``: how much of it
    comes from the best step falling between two checkpoints. ``broke_down``: the step from which on the run was lost, if all
    checkpoints come after it: then even the one to keep is damaged.
    """

    step: int
    checkpoint: str | None
    value: float
    low: float
    high: float
    tied: tuple[int, ...]
    earliest_tied: int
    last_costs: float
    wasted: Wasted
    series: str
    regret: float | None = None
    spacing_costs: float | None = None
    broke_down: int | None = None
    evaluated: int | None = None
    evaluated_costs: float | None = None


class Replay(NamedTuple):
    """When an early-stopping rule would have stopped (None: never), and how much worse its best state is than ``Keep``'s.

    ``rule``: ``patience``, or the framework whose default it is; ``patience`` counts ``unit`` (``evaluations``, ``steps``).
    ``keeps``: the step of its best state, the best evaluation until it stops.
    """

    rule: str
    patience: int
    unit: str
    stops_at: int | None
    costs: float | None
    keeps: int | None = None


class Fits(NamedTuple):
    """How to fit what the choice needs and the run's own curve does not say."""

    val: Callable[[Series], Curve]
    """The curve behind some of the evaluations."""
    training: Callable[[], Curve | None]
    """The curve behind the same metric of the training data, lower is better; None without one."""


def choose(
    run: Run, val: Series, curve: Curve, *, broke_down: int | None = None, cycle: tuple[float, float] | None = None, fits: Fits
) -> Keep | None:
    """The state to keep: a checkpoint if the log names any, else the best of the curve: at an evaluation, between two, or before all.

    None with fewer than two evaluations. ``val``: the finite evaluations, and ``curve`` behind them. ``broke_down``: the step from which
    on the run was lost: only what came before it counts, fitted alone (one evaluation is enough), or the first if all was saved later.
    ``cycle``: the steps, from the first to before the second, of the cycle of the learning rate that holds the best evaluation: no
    curve runs on over a warm restart.
    """
    saved = {c.step: c.path for c in sorted(run.checkpoints, key=lambda c: c.line)}
    sound = [step for step in sorted(saved) if broke_down is None or step < broke_down]
    too_late = bool(saved) and not sound
    before = val if broke_down is None or too_late else val.take(val.step < broke_down)
    if cycle is not None and not too_late:
        before = before.take((before.step >= cycle[0]) & (before.step < cycle[1]))
        sound = [step for step in sound if cycle[0] <= step < cycle[1]] or sound
    last, curve = curve.last, curve if before is val else fits.val(before)
    states = np.array(sound or sorted(saved)[:1], dtype=np.int64) if saved else before.step
    choice = seen = choose_checkpoint(curve, states, evaluated=(before.step, before.value))
    if not saved and curve.evaluable:  # too few points carry no curve between them
        choice = _anywhere(curve, before, fits if cycle is None else None)
    if choice is None and (broke_down is not None or cycle is not None) and len(before) and states.size:
        choice = _only(int(states[-1]), float(before.value[-1]))
    if choice is None:
        return None
    costs = _worse(last, choice.value, curve) if before is not val and np.isfinite(last) else choice.last_costs
    # A smooth curve knows no bounds; a fraction has them, and what was never negative has one.
    least = 0.0 if float(val.value.min()) >= 0 else -np.inf
    most = 1.0 if vocab.metric(val.name).unit == "fraction" else np.inf
    value, low, high = (float(np.clip(v, least, most)) for v in choice[1:4])
    keep = Keep(
        step=choice.step,
        checkpoint=saved.get(choice.step),
        value=value,
        low=low,
        high=high,
        tied=choice.tied,
        earliest_tied=choice.earliest_tied,
        last_costs=costs,
        wasted=_wasted(run, choice.step),
        series=val.name,
        regret=choice.regret,
        spacing_costs=choice.spacing_costs if saved else None,
        broke_down=broke_down if too_late else None,
    )
    if saved or seen is None or keep.step in before.step:
        return keep
    return keep._replace(evaluated=seen.step, evaluated_costs=_worse(seen.value, keep.value, curve))


def _worse(value: float, than: float, curve: Curve) -> float:
    """How much worse a value of the metric is than another, >= 0."""
    return max((than - value) if curve.higher_is_better else (value - than), 0.0)


def _anywhere(curve: Curve, val: Series, fits: Fits | None) -> Choice | None:
    """The best of the evaluations and of what lies between them; or a step before them all, where validation was past its best by then.

    ``fits``: None when nothing that came before the evaluations counts.
    """
    evaluated = (val.step, val.value)
    choice = choose_checkpoint(curve, np.append(val.step, np.int64(likely_best(curve, evaluated=evaluated))), evaluated=evaluated)
    training = fits.training() if fits is not None and lowest_at_start(curve) else None
    early = None if training is None else lowest_before(curve, val.step, training)
    return choice if choice is None or early is None else choice._replace(step=early, tied=(early, *choice.tied))


def _only(step: int, value: float) -> Choice:
    """The choice where one evaluation is all that is known."""
    return Choice(step, value, value, value, (step,), 0.0, 0.0, 0.0)


def replay(val: Series, curve: Curve, keep: Keep, *, higher_is_better: bool) -> tuple[Replay, ...]:
    """When early stopping would have stopped, and what its best state costs against the one to keep (>= 0, metric's unit)."""
    worse = -1.0 if higher_is_better else 1.0
    stops = replay_stops(val.step, val.value, higher_is_better=higher_is_better)
    return tuple(
        Replay(
            s.rule,
            s.patience,
            s.unit,
            s.stops_at,
            costs=None if s.keeps is None else max(worse * (curve.at(s.keeps)[0] - keep.value), 0.0),
            keeps=s.keeps,
        )
        for s in stops
    )


def _wasted(run: Run, step: int) -> Wasted:
    clock = max((s for s in run.series.values() if s.time_s is not None), key=_readings, default=None)
    seconds = None if clock is None else _seconds(run, clock, step)
    return Wasted(max(run.last_step - step, 0), seconds, _joules(run, step, seconds))


def _readings(series: Series) -> int:
    return 0 if series.time_s is None else int(np.isfinite(series.time_s).sum())


def _seconds(run: Run, clock: Series, step: int) -> float | None:
    """How long training went on after a step. While the run stood still between its end and its resume, it cost nothing."""
    if clock.time_s is None or _readings(clock) < 2:
        return None
    known = np.isfinite(clock.time_s)
    at, time_s = clock.step[known], clock.time_s[known]
    steps, took = np.diff(at), np.diff(time_s)
    resumed = np.array([resume.step for resume in run.resumes], dtype=np.int64)
    broken = (took < 0) | (np.searchsorted(resumed, at[1:], side="right") > np.searchsorted(resumed, at[:-1], side="right"))
    sound = ~broken & (steps > 0)
    took[broken] = steps[broken] * (median(took[sound] / steps[sound]) if sound.any() else 0.0)
    spent = np.concatenate([[0.0], np.cumsum(took)])
    return float(spent[-1] - np.interp(step, at, spent))


def _joules(run: Run, step: int, seconds: float | None) -> float | None:
    """Energy of all devices after a step: from their counters, else mean power times time; None without readings."""
    counters = [s.finite() for s in _devices(run, "energy_j")]
    if any(len(s) > 1 for s in counters):
        return float(sum(_counted_on(s, step) for s in counters if len(s) > 1))
    after = [s.value[s.step > step] for s in (power.finite() for power in _devices(run, "power_w"))]
    if seconds is None or not any(len(v) for v in after):
        return None
    return float(sum(v.mean() for v in after if len(v)) * seconds)


def _counted_on(counter: Series, step: int) -> float:
    """How far a counter went on after a step, which may have started again at 0 with a resume."""
    total = np.concatenate([[0.0], np.cumsum(np.maximum(np.diff(counter.value), 0.0))])
    return float(total[-1] - np.interp(step, counter.step, total))


def _devices(run: Run, field: str) -> list[Series]:
    """One reading of each device; one without a device stands for all."""
    found = [s for name, s in run.series.items() if name.startswith("gpu/") and name.endswith(f"/{field}")]
    plain = run.get(field)
    return found or ([plain] if plain is not None else [])
