"""What is compared: each quantity of two groups of runs -> a row with what noise allows to say of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trainlog import vocab
from trainlog._order import median
from trainlog.analysis.difference import Difference, difference
from trainlog.progress import Unit
from trainlog.rules import Facts
from trainlog.run import Floats, Run

Judgement = Literal["better", "worse", "no difference", "cannot tell"]
Better = Literal["low", "high"]

#: What is compared, under the codes by which it is reported. Codes are never reused.
QUANTITIES = {
    "best": "CMP001",
    "final": "CMP002",
    "mean": "CMP003",
    "reach": "CMP004",
    "throughput": "CMP005",
    "memory": "CMP006",
}
SPEED_SPREAD = 0.02
"""Standard deviation of a run's median throughput where nothing changed, as a fraction: machines are shared with others."""
MEMORY_SPREAD = 0.01
"""The same for peak memory, where the allocator decides."""
RESOLVES = 0.03
"""A difference smaller than this would have to show for "no difference" to be said: else nothing can be told."""
MACHINE_RESOLVES = 0.10
"""The same for time, speed and memory."""
REACH_ABOVE = 2.0
"""The level whose time is taken lies so many standard deviations above the best value that all runs get to."""


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity, compared. ``change``, ``low`` and ``high`` are fractions of the base's value, positive when larger;
    the interval holds 90 %. ``quantity``: a key of ``QUANTITIES``; ``name``: the same in words, with the metric. ``unit`` is
    that of the values. ``why``: why nothing can be told, when it cannot.
    """

    quantity: str
    name: str
    unit: str
    judgement: Judgement
    base: float | None = None
    new: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    why: str | None = None


def unknown(metric: str, why: str) -> Row:
    """The best value, of which nothing can be told."""
    return Row("best", f"best {metric}", vocab.metric(metric).unit, "cannot tell", why=why)


def of_curves(grid: Floats, values: Floats, bases: int, sd: float, metric: str, unit: Unit) -> list[Row]:
    """What curves say that were laid over each other: ``grid`` float64[g] in ``unit``, ``values`` float64[runs, g], base runs
    first; ``sd``: how far two runs of one kind are expected to lie apart.
    """
    higher = vocab.metric(metric).better == "high"
    better: Better = "high" if higher else "low"
    kind = vocab.metric(metric).unit
    best = values.max(axis=1) if higher else values.min(axis=1)
    return [
        _row("best", f"best {metric}", kind, best, bases, sd, better),
        _row("final", f"final {metric}", kind, values[:, -1], bases, sd, better),
        _row("mean", f"mean {metric}", kind, values.mean(axis=1), bases, sd, better),
        _reach(grid, values, bases, sd, metric, unit, higher=higher),
    ]


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
    name = f"{counted} to {metric} {-target if higher else target:.4g}"
    return _row("reach", name, "s" if unit == "time" else "", at, bases, along, "low", MACHINE_RESOLVES)


def of_machine(base: Sequence[Run], new: Sequence[Run]) -> list[Row]:
    """Speed and memory, where all runs tell them."""
    rows = [
        _measured("throughput", "throughput", base, new, _speed, SPEED_SPREAD, "high"),
        _measured("memory", "peak GPU memory", base, new, _memory, MEMORY_SPREAD, "low"),
    ]
    return [row for row in rows if row is not None]


Reading = tuple[str, str, float]  # what was read, its unit, its value


def _measured(
    quantity: str, name: str, base: Sequence[Run], new: Sequence[Run], read: Callable[[Run], Reading | None], spread: float, better: Better
) -> Row | None:
    found = [read(run) for run in (*base, *new)]
    if None in found or len({reading[0] for reading in found if reading is not None}) != 1:
        return None
    values = np.array([reading[2] for reading in found if reading is not None])
    unit = next(reading[1] for reading in found if reading is not None)
    sd = spread * float(np.abs(values[: len(base)]).mean())
    return _row(quantity, name, unit, values, len(base), sd, better, MACHINE_RESOLVES)


def _speed(run: Run) -> Reading | None:
    """The median speed."""
    for name, unit in (("tokens_per_s", "tokens/s"), ("samples_per_s", "samples/s"), ("steps_per_s", "steps/s")):
        series = run.get(name)
        if series is not None and len(series.finite()):
            return name, unit, median(series.finite().value)
    series = run.get("step_time_s")
    if series is not None and len(series.finite()) and median(series.finite().value) > 0:
        return "steps_per_s", "steps/s", 1.0 / median(series.finite().value)
    return None


def _memory(run: Run) -> Reading | None:
    """The highest memory of any device."""
    for field in ("memory_used_bytes", "memory_reserved_bytes", "memory_allocated_bytes"):
        peaks = [float(s.finite().value.max()) for s in Facts(run).gpus(field).values() if len(s.finite())]
        if peaks:
            return field, "bytes", max(peaks)
    return None


def _row(quantity: str, name: str, unit: str, values: Floats, bases: int, sd: float, better: Better, resolves: float = RESOLVES) -> Row:
    """Judge one quantity; ``values`` float64[runs], base runs first."""
    if not np.isfinite(values).all():
        return Row(quantity, name, unit, "cannot tell", why="not every run has a finite value")
    found = difference(values[:bases], values[bases:], sd)
    scale = abs(found.base) or abs(found.new) or 1.0
    low, high = found.low / scale, found.high / scale
    return Row(quantity, name, unit, _judge(found, resolves * scale, better), found.base, found.new, found.change / scale, low, high)


def _judge(found: Difference, resolves: float, better: Better) -> Judgement:
    if found.low > 0:
        return "better" if better == "high" else "worse"
    if found.high < 0:
        return "worse" if better == "high" else "better"
    return "no difference" if (found.high - found.low) / 2 <= resolves else "cannot tell"
