"""Builds runs for tests: curves as functions of progress (0-1), noise from a fixed seed."""

from collections.abc import Callable, Sequence

import numpy as np

from trainlog.run import Checkpoint, Floats, Run, Series

Curve = Callable[[Floats], Floats]


def series(name: str, values: Sequence[float] | Floats, *, every: int = 1, time_per_step: float | None = None) -> Series:
    """A series whose points stand ``every`` steps apart, the first at ``every``; its lines are its steps."""
    value = np.array(values, dtype=np.float64)
    step = np.arange(1, len(value) + 1, dtype=np.int64) * every
    return Series(name, step, value, step.copy(), None if time_per_step is None else step * time_per_step)


def sampled(name: str, curve: Curve, *, points: int, steps: int, noise: float = 0.0, seed: int = 0) -> Series:
    """``points`` values of a curve over ``steps`` steps, with relative white noise."""
    rng = np.random.default_rng(seed)
    x = np.arange(1, points + 1) / points
    return series(name, curve(x) * (1 + noise * rng.standard_normal(points)), every=steps // points)


def run_of(*parts: Series, checkpoints: Sequence[int] = (), **fields: object) -> Run:
    """A run of these series; ``checkpoints`` are steps, saved as ``checkpoints/step-N``."""
    saved = tuple(Checkpoint(step, f"checkpoints/step-{step}", step) for step in checkpoints)
    records = sum(len(part) for part in parts)
    values = {"source": "run.jsonl", "format": "jsonl", "records": records, **fields}
    return Run(series={part.name: part for part in parts}, checkpoints=saved, **values)  # type: ignore[arg-type]  # fields are a Run's


def falling(x: Floats) -> Floats:
    """A loss that falls by a power law."""
    return 1.0 + 3.0 * (1 + 20 * x) ** -0.7


def turning(at: float, size: float) -> Curve:
    """A loss that falls until ``at``, then rises by the fraction ``size`` of its minimum until the end."""

    def curve(x: Floats) -> Floats:
        low = falling(np.minimum(x, at))
        up = np.clip((x - at) / (1 - at), 0, None)
        return low * (1 + size * up**1.2)

    return curve


def training(x: Floats) -> Floats:
    """The training loss beside it."""
    return 0.7 * falling(x) - 0.2 * x
