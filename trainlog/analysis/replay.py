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
    step = np.asarray(step, dtype=np.int64)
    worse = -np.asarray(value, dtype=np.float64) if higher_is_better else np.asarray(value, dtype=np.float64)
    spacing = max(1, round(median(np.diff(step)))) if step.size > 1 else 1
    count = np.arange(step.size, dtype=np.int64)
    stops = [_stop("patience", p, "evaluations", step, worse, count, p) for p in PATIENCES]
    stops += [_stop("patience", p * spacing, "steps", step, worse, step, p * spacing) for p in PATIENCES]
    for name, patience, finite in FRAMEWORKS:
        stops.append(_stop(name, patience, "evaluations", step, worse, count, max(1, patience), finite))
    return tuple(stops)


def _stop(rule: str, patience: int, unit: str, step: Ints, worse: Floats, clock: Ints, wait: int, finite_only: bool = False) -> Stop:
    """Run one rule. ``clock`` tells how long ago the best evaluation was, ``wait`` how long is too long."""
    if not worse.size:
        return Stop(rule, patience, unit, None, None)
    comparable = np.where(np.isnan(worse), np.inf, worse)
    lowest = np.minimum.accumulate(comparable)
    improved = np.append(lowest[0] < np.inf, lowest[1:] < lowest[:-1])
    best = np.maximum.accumulate(np.where(improved, np.arange(worse.size), 0))
    over = clock - clock[best] >= wait
    if finite_only:
        over |= ~np.isfinite(worse)
    end = int(np.argmax(over)) if over.any() else None
    last = best[end] if end is not None else best[-1]
    keeps = int(step[last]) if comparable[last] < np.inf else None
    return Stop(rule, patience, unit, None if end is None else int(step[end]), keeps)
