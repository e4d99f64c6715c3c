"""How far a run was at a step: counted in steps, epochs, tokens or seconds, by what its log says.

A log that carries both a step and an epoch (or a token count, or a time) in some records says how to convert all of
them. What it does not say is refused: two runs on unlike axes are never laid over each other.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from trainlog.errors import UnknownName, UsageError
from trainlog.run import Floats, Ints, Run, Series
from trainlog.vocab import split_of

Unit = Literal["step", "epoch", "tokens", "time", "record"]
UNITS: tuple[Unit, ...] = ("step", "epoch", "tokens", "time")
LABELS: dict[Unit, str] = {
    "step": "step",
    "epoch": "epoch",
    "tokens": "tokens",
    "time": "time (s)",
    "record": "record in the log",
}

SLACK = 1e-9  # relative: a count that goes back by less is rounding


class Progress(NamedTuple):
    """The conversion of one run's steps to ``unit``; ``knots`` are known (step, value) pairs, None when steps are the unit."""

    unit: Unit
    knots: tuple[Floats, Floats] | None = None

    def of(self, step: Ints | Floats) -> Floats:
        """Convert steps (any shape [n]) to float64[n]: linear between records that carry both, and beyond them."""
        wanted = np.asarray(step, dtype=np.float64)
        if self.knots is None:
            return wanted
        steps, values = self.knots
        found = np.interp(wanted, steps, values)
        before, after = wanted < steps[0], wanted > steps[-1]
        found[before] = values[0] + (wanted[before] - steps[0]) * _slope(steps[:2], values[:2])
        found[after] = values[-1] + (wanted[after] - steps[-1]) * _slope(steps[-2:], values[-2:])
        return found

    def at(self, step: float) -> float:
        """Convert one step."""
        return float(self.of(np.array([step], dtype=np.float64))[0])


def progress(run: Run, unit: Unit | None = None) -> Progress:
    """Give the conversion to ``unit`` (what the log itself counts when None); raises ``UsageError`` when the log does not say."""
    if unit is None or unit == run.axis:
        return Progress(run.axis)
    if unit not in UNITS:
        raise UnknownName.among("x axis", unit, UNITS)
    knots, why = _KNOTS[unit](run)
    if knots is None:
        others = [known for known in UNITS if known == run.axis or (known != unit and _KNOTS[known](run)[0] is not None)]
        do = f"--x {' or --x '.join(others)}" if others else "draw it without --x, by record"
        raise UsageError(f"{LABELS[unit]} cannot be the x axis of this log", where=run.source, why=why, do=do)
    return Progress(unit, knots)


def common(runs: Sequence[Run], unit: Unit | None = None) -> list[Progress]:
    """Give one conversion per run, all to the same unit; raises ``UsageError`` when the runs cannot be compared by it."""
    if unit is None and len({run.axis for run in runs}) > 1:
        first, other = runs[0], next(run for run in runs if run.axis != runs[0].axis)
        shared = [u for u in UNITS if all(u == run.axis or _KNOTS[u](run)[0] is not None for run in runs)]
        raise UsageError(
            "these logs count differently",
            why=f"{first.source} counts {first.axis}s, {other.source} {other.axis}s",
            do=f"--x {' or --x '.join(shared)} converts both" if shared else "compare them one by one",
        )
    return [progress(run, unit) for run in runs]


Knots = tuple[Floats, Floats]


def _steps(run: Run) -> tuple[Knots | None, str]:
    return None, f"the log counts {run.axis}s and says nothing of optimizer steps"


def _epochs(run: Run) -> tuple[Knots | None, str]:
    found = _pairs(run, lambda series: series.epoch)
    if found is not None:
        steps, values = found
        if bool(np.all(values == np.rint(values))):
            # Whole epochs are stairs: the first record of each is where it starts, and between two starts time runs evenly.
            _, first = np.unique(values, return_index=True)
            steps, values = steps[first], values[first]
        if len(values) > 1 and _rises(values):
            return (steps, values), ""
    if run.steps_per_epoch:
        return (np.array([0.0, run.steps_per_epoch]), np.array([0.0, 1.0])), ""
    return None, "no two records carry a step and an epoch that rise together"


def _tokens(run: Run) -> tuple[Knots | None, str]:
    series = run.get("tokens")
    if series is None:
        return None, "the log counts no tokens"
    # A token count beside a validation loss is how many tokens it was measured on.
    measured = [other.line for name, other in run.series.items() if split_of(name) != "train"]
    if measured:
        series = series.take(~np.isin(series.line, np.concatenate(measured)))
    series = series.finite()
    if len(series) < 2 or not _rises(series.value):
        return None, "its token counts do not count up: they are per step"
    return (series.step.astype(np.float64), series.value), ""


def _seconds(run: Run) -> tuple[Knots | None, str]:
    found = _pairs(run, lambda series: series.time_s)
    if found is None:
        return None, "its records carry no time"
    steps, values = found
    # A resumed process starts its clock again: go on counting from where the earlier one was.
    values = values - np.concatenate([[0.0], np.cumsum(np.minimum(np.diff(values), 0.0))])
    return (steps, values), ""


_KNOTS: dict[Unit, Callable[[Run], tuple[Knots | None, str]]] = {"step": _steps, "epoch": _epochs, "tokens": _tokens, "time": _seconds}


def _pairs(run: Run, column: Callable[[Series], Floats | None]) -> Knots | None:
    """The (step, column) pairs of all series, in order of steps, the last of each step; None with fewer than two."""
    steps, values = [], []
    for series in run.series.values():
        known = column(series)
        if known is not None:
            finite = np.isfinite(known)
            steps.append(series.step[finite])
            values.append(known[finite])
    if not steps:
        return None
    step, value = np.concatenate(steps), np.concatenate(values)
    order = np.lexsort((value, step))
    step, value = step[order], value[order]
    last = np.append(step[1:] != step[:-1], True)
    return (step[last].astype(np.float64), value[last]) if last.sum() > 1 else None


def _rises(values: Floats) -> bool:
    return bool(np.all(np.diff(values) >= -SLACK * np.abs(values[1:]))) and bool(values[-1] > values[0])


def _slope(steps: Floats, values: Floats) -> float:
    return float((values[-1] - values[0]) / (steps[-1] - steps[0]))
