"""The usual rules for "does it overfit, and where to stop", as their sources define them, beside which trainlog is scored.

Each takes the validation curve (lower is better), the training curve at the same places, and returns the index at which it
would have said "overfitting" or None, and the index of the point it would keep.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.accuracy.draw import Floats

Answer = tuple[bool, int]
Baseline = Callable[[Floats, Floats], Answer]

STRIP = 5
"""Evaluations per strip (Prechelt 1998)."""


def argmin(val: Floats, train: Floats) -> Answer:  # noqa: ARG001  # all baselines take both curves
    """The lowest raw value; overfitting if it is not the last one and the last is 2 % above it."""
    best = int(np.argmin(val))
    return bool(val[-1] > val[best] + 0.02 * abs(val[best])), best


def patience(val: Floats, train: Floats, wait: int) -> Answer:  # noqa: ARG001  # as above
    """Keras EarlyStopping, HF EarlyStoppingCallback: ``wait`` evaluations without a new best."""
    best, since = 0, 0
    for i in range(1, len(val)):
        if val[i] < val[best]:
            best, since = i, 0
        else:
            since += 1
            if since >= wait:
                return True, best
    return False, best


def generalisation_loss(val: Floats, train: Floats, limit: float) -> Answer:  # noqa: ARG001  # as above
    """GL: 100 (val / best so far - 1) above ``limit`` (Prechelt 1998)."""
    lowest = np.minimum.accumulate(val)
    over = np.flatnonzero(100 * (val / np.where(lowest == 0, 1e-300, lowest) - 1) * np.sign(lowest) > limit)
    end = int(over[0]) if len(over) else len(val) - 1
    return bool(len(over)), int(np.argmin(val[: end + 1]))


def progress_quotient(val: Floats, train: Floats, limit: float) -> Answer:
    """PQ: GL over training progress of a strip above ``limit`` (Prechelt 1998)."""
    lowest = np.minimum.accumulate(val)
    for i in range(STRIP - 1, len(val), STRIP):
        strip = train[i - STRIP + 1 : i + 1]
        loss = 100 * (val[i] / lowest[i] - 1)
        progress = 1000 * (strip.sum() / max(STRIP * float(strip.min()), 1e-300) - 1)
        if loss > limit * max(progress, 1e-9):
            return True, int(np.argmin(val[: i + 1]))
    return False, int(np.argmin(val))


def strips_up(val: Floats, train: Floats, successive: int) -> Answer:  # noqa: ARG001  # as above
    """UP: validation rises at the ends of ``successive`` strips in a row (Prechelt 1998)."""
    ends = np.arange(STRIP - 1, len(val), STRIP)
    rises = 0
    for before, now in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        rises = rises + 1 if val[now] > val[before] else 0
        if rises >= successive:
            return True, int(np.argmin(val[: now + 1]))
    return False, int(np.argmin(val))


def gap_ratio(val: Floats, train: Floats, limit: float = 0.1) -> Answer:
    """SageMaker Debugger's Overfit rule: (val - train) / train above ``limit``."""
    over = np.flatnonzero((val - train) / np.where(train == 0, 1e-300, np.abs(train)) > limit)
    end = int(over[0]) if len(over) else len(val) - 1
    return bool(len(over)), end if len(over) else int(np.argmin(val))


def slope(val: Floats, train: Floats) -> Answer:  # noqa: ARG001  # as above
    """Least squares over the last 30 %: rising with t above 2; keeps the lowest raw value."""
    late = val[-max(4, round(0.3 * len(val))) :]
    x = np.arange(len(late)) - (len(late) - 1) / 2
    gain = float((x * late).sum() / (x**2).sum())
    rest = late - late.mean() - gain * x
    error = float(np.sqrt((rest**2).sum() / max(1, len(late) - 2) / (x**2).sum()))
    return gain > 2 * error, int(np.argmin(val))


BASELINES: dict[str, Baseline] = {
    "argmin": argmin,
    "patience 3": partial(patience, wait=3),
    "patience 10": partial(patience, wait=10),
    "GL 5": partial(generalisation_loss, limit=5.0),
    "PQ 0.75": partial(progress_quotient, limit=0.75),
    "UP 3": partial(strips_up, successive=3),
    "gap ratio 0.1": gap_ratio,
    "slope of the last 30 %": slope,
}
