"""The loss swings up and down with a period.

## What it does
Finds a lasting swing of the loss, constant or growing, with its period and amplitude.

## Why it matters
A swing that does not follow the epochs or the learning rate is the optimizer stepping across a valley: the step size is near the edge of
what is stable, and the loss at any one step says little.

## How it decides
The autocorrelation of the detrended curve has a negative lobe at half a period and peaks at one, two and three; both halves of the run
agree on the period within 15 %, over six cycles at least. The amplitude is at least 2 % of the level. Periods that match an epoch (or a
half or double of it) or the learning rate's own cycle, within 6 % or one cycle over the run, are left out; a sawtooth, which falls at once
and rises slowly, is information.

## What it does not mean
Data that come in a fixed order have a period too. Without epochs in the log that case cannot be told apart.

## Example
```console
$ trainlog diagnose sample_logs/rules/oscillating.jsonl --select LRN004
...
```

## References
- Cohen et al. (2021), Gradient descent on neural networks typically occurs at the edge of stability.
"""

from collections.abc import Iterator

import numpy as np

from trainlog._order import median
from trainlog.analysis.oscillation import MIN_POINTS
from trainlog.analysis.trend import scale_of
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._text import number, percent

RULE = Rule("LRN004", "warning", "the loss swings with a period", uses=("lr",), symptom_of=("non-finite", "not-learning"))

OF_LEVEL = 0.02  # amplitude as a fraction of the level; smaller swings cost nothing
SAME_PERIOD = 0.06  # relative difference within which two periods are the same
RESOLVED = 1.0  # cycles by which two swings must drift apart over the run to be told apart (Rayleigh's criterion)
CLEAR = 0.5  # of the variance around the trend; a swing that explains more was never wrong on seeded runs
GROWS = 1.5  # amplitude of the second half over that of the first from which a swing grows


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once: on the training metric, else on validation."""
    most = max((len(c.y) for c in (facts.events.train, facts.events.val) if c is not None), default=0)
    if most < MIN_POINTS:
        raise Skip(f"fewer than {MIN_POINTS} finite points of any metric")
    found = facts.events.oscillation
    if found is None:
        return
    curve, swing = found
    half = len(curve.y) // 2
    level = scale_of(curve.y[half:])
    spacing = float(curve.step[-1] - curve.step[0]) / (len(curve.y) - 1)
    period = swing.period * spacing
    if swing.amplitude < OF_LEVEL * level or _explained(facts, period, swing.cycles):
        return
    first, last = int(0.1 * len(curve.y)), len(curve.y) - 1
    growing = swing.growth > GROWS
    yield Finding(
        what=f"the loss swings every {number(period)} {facts.unit}s" + (", ever wider" if growing else ""),
        why=f"±{number(swing.amplitude)} ({percent(swing.amplitude / level)} of the level) over {number(swing.cycles)} cycles; "
        f"the swing explains {percent(swing.strength)} of the variance around the trend",
        do=("lower the learning rate, or raise the batch size or momentum's damping",)
        if not swing.sawtooth
        else ("if this is the length of an epoch, it is the effect of seeing the same data again",),
        series=curve.series.name,
        step=curve.step_at(first),
        step_low=curve.step_at(first),
        step_high=curve.step_at(last),
        line=curve.line_at(first),
        data={"period": period, "amplitude": swing.amplitude, "cycles": swing.cycles, "strength": swing.strength, "growth": swing.growth},
        confidence=0.95 if swing.strength > CLEAR else 0.85,
        severity="info" if swing.sawtooth else "warning",
    )


def _explained(facts: Facts, period: float, cycles: float) -> bool:
    """Whether an epoch or the learning rate has this period, as far as so many cycles can tell periods apart."""
    known = []
    if facts.events.steps_per_epoch:
        known += [facts.events.steps_per_epoch * factor for factor in (0.5, 1.0, 2.0)]
    if facts.events.schedule is not None and len(facts.events.schedule[1].resets) >= 2:
        lr, schedule = facts.events.schedule
        known.append(median(np.diff(lr.step[list(schedule.resets)])))
    same = max(SAME_PERIOD, RESOLVED / cycles)
    return any(abs(period - other) <= same * other for other in known)
