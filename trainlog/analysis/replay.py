"""Early stopping, replayed: when the usual rules would have ended a run, and which state they would have kept.

The rules as their authors run them, each on the metric as logged:

* Hugging Face ``EarlyStoppingCallback`` (transformers/trainer_callback.py): patience 1, threshold 0;
* Lightning ``EarlyStopping`` (lightning/pytorch/callbacks/early_stopping.py): patience 3, min_delta 0, stops at once at
  a value that is not finite;
* Keras ``EarlyStopping`` (keras/src/callbacks/early_stopping.py): patience 0, which stops at the first evaluation
  without an improvement, just as patience 1 does.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainlog._order import median
from trainlog.analysis import Floats, Ints

PATIENCES = (1, 3, 5, 10)
"""Patience in evaluations; and in as many times the usual spacing of evaluations, in steps."""
FRAMEWORKS = (("Hugging Face", 1, False), ("Lightning", 3, True), ("Keras", 0, False))
"""(framework, default patience in evaluations, whether a value that is not finite stops the run)."""


class Stop(NamedTuple):
    """What one rule would have done."""

    rule: str
    """``patience``, or the framework whose default this is."""
    patience: int
    unit: str
    """``evaluations`` or ``steps``."""
    stops_at: int | None
    """Step of the evaluation after which it stops; None when it never does."""
    keeps: int | None
    """Step of the best evaluation until then; None when no value is finite."""


def replay(step: Ints, value: Floats, *, higher_is_better: bool = False) -> tuple[Stop, ...]:
    """Replay patience 1, 3, 5 and 10 in evaluations and in steps, and the defaults of three frameworks.

    ``step`` int64[n] ascending, ``value`` float64[n] as logged, NaN and infinities included.
    """
    step, value = np.asarray(step, dtype=np.int64), np.asarray(value, dtype=np.float64)
    worse = -value if higher_is_better else value
    comparable = np.where(np.isnan(worse), np.inf, worse)
    best = _best_so_far(comparable)
    count = np.arange(step.size, dtype=np.int64)
    since, steps_since = count - best, step - step[best]
    spacing = max(1, round(median(np.diff(step)))) if step.size > 1 else 1

    def stop(rule: str, patience: int, unit: str, over: NDArray[np.bool_]) -> Stop:
        end = int(np.argmax(over)) if over.any() else None
        last = -1 if end is None else end
        keeps = int(step[best[last]]) if step.size and comparable[best[last]] < np.inf else None
        return Stop(rule, patience, unit, None if end is None else int(step[end]), keeps)

    stops = [stop("patience", p, "evaluations", since >= p) for p in PATIENCES]
    stops += [stop("patience", p * spacing, "steps", steps_since >= p * spacing) for p in PATIENCES]
    for name, patience, finite in FRAMEWORKS:
        over = since >= max(1, patience)
        stops.append(stop(name, patience, "evaluations", over | ~np.isfinite(worse) if finite else over))
    return tuple(stops)


def _best_so_far(worse: Floats) -> Ints:
    """Index of the lowest value up to each one, the first of equals; int64[n]."""
    lowest = np.minimum.accumulate(worse)
    improved = np.append(True, lowest[1:] < lowest[:-1])[: worse.size]
    out: Ints = np.maximum.accumulate(np.where(improved, np.arange(worse.size), 0))
    return out
