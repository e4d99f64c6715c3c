"""The distance between validation and training grew while validation did not get worse.

## What it does
Says how far training has run ahead of validation.

## Why it matters
It shows that the model has begun to fit what is particular to the training data; while validation still falls, that is harmless and often
useful.

## How it decides
Both on one step axis, in 40 bins after the first fifth of the run: the gap rises (Mann-Kendall z above 2.6, 99.5 %), has grown by half
and is over 10 % of the validation level. It is information, whatever its size.

## What it does not mean
A gap is not overfitting: on healthy runs the usual rule "validation 10 % above training" fires two times in three. Validation must rise.

## Example
```console
$ trainlog diagnose sample_logs/trainlog/overfit-dropout.jsonl --select OVF002
...
```

## References
- SageMaker Debugger, Overfit rule (ratio 0.1): measured as a detector it flags 68 % of healthy runs.
"""

from collections.abc import Iterator

import numpy as np

from trainlog._order import median
from trainlog.analysis.robust import medians_of_bins
from trainlog.analysis.trend import fit_trend
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._text import number, percent

RULE = Rule(
    "OVF002",
    "info",
    "training ran ahead of validation",
    needs=("train", "val"),
    symptom_of=("non-finite", "diverged", "not-learning", "overfitting"),
)

BINS = 40  # bins that the trend of the gap is tested on, as every trend
SETTLING = 0.2  # of the run; before it both fall so fast that their difference says nothing
Z = 2.6  # Mann-Kendall, 99.5 % one-sided
GREW = 1.5  # ratio of the last to the first gap
OF_LEVEL = 0.10  # of the validation level; smaller gaps are the noise of two different sets
MIN_POINTS = 10  # points of both metrics; fewer bins than these show no trend at 95 % once noise is added


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once, where training and validation measure the same thing."""
    train, val = facts.events.comparable(MIN_POINTS)
    start = val.step[0] + SETTLING * (val.step[-1] - val.step[0])
    late = (val.step >= start) & (val.step >= train.step[0]) & (val.step <= train.step[-1])
    if late.sum() < MIN_POINTS:
        raise Skip(f"fewer than {MIN_POINTS} validation points beside training ones")
    smooth = medians_of_bins(train.y, 10 * BINS)
    at = medians_of_bins(train.step, 10 * BINS)
    gap = val.y[late] - np.interp(val.step[late], at, smooth)
    trend = fit_trend(val.step[late], gap, BINS)
    fifth = max(2, len(gap) // 5)
    first, last = median(gap[:fifth]), median(gap[-fifth:])
    level = median(np.abs(val.y[late][-fifth:]))
    if trend is None or trend.z < Z or last < OF_LEVEL * level or last < GREW * max(first, 0.0):
        return
    yield Finding(
        what=f"training runs ahead of validation by {number(last)}",
        why=f"the gap grew from {number(first)} to {number(last)} ({percent(last / level)} of validation) while validation {_rose(facts)}",
        series=val.series.name,
        step=int(val.step[late][0]),
        line=int(val.series.line[late][-1]),
        data={"first": first, "last": last, "of_level": last / level},
        confidence=0.9,
    )


def _rose(facts: Facts) -> str:
    """What validation did meanwhile: a rise beyond its noise may still be too small to count."""
    curve = facts.curve
    if curve is None or not curve.rise_low > 0.0 or not curve.best_value:
        return "did not rise"
    rise, counts = (abs(part / curve.best_value) for part in (curve.rise, curve.tolerance))
    return f"rose by {percent(rise)}" + (f", less than the {percent(counts)} that counts" if rise < counts else "")
