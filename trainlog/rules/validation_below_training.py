"""Validation is better than training.

## What it does
Says that the validation metric lay below the training metric through most of the run, and lists what causes that.

## Why it matters
Most causes are harmless, one is not: validation data that training has seen.

## How it decides
Both on one step axis after the first tenth of the run: validation lies more than 2 % of the level below training in 80 % of the
evaluations.

## What it does not mean
Dropout, augmentation, label smoothing and penalties raise the training loss only; a training loss averaged over an epoch is half an epoch
old; an easier or smaller validation set is simply easier.

## Example
```console
$ trainlog diagnose sample_logs/rules/validation-below-training.jsonl --select OVF003
...
```

## References
- Géron (2019), on the three common reasons for a validation loss below the training loss.
"""

from collections.abc import Iterator

import numpy as np

from trainlog._order import median
from trainlog.analysis.robust import medians_of_bins
from trainlog.rules import Facts, Finding, Rule
from trainlog.rules._text import number, percent

RULE = Rule(
    "OVF003",
    "info",
    "validation is better than training",
    needs=("train", "val"),
    symptom_of=("non-finite", "diverged", "not-learning", "overfitting"),
)

SETTLING = 0.1  # of the run; a training loss averaged over its first stretch is too high
BELOW = 0.02  # of the level
MOSTLY = 0.8  # of the evaluations
MIN_POINTS = 5  # points of both metrics; all on one side happens by chance once in 16
BINS = 400  # means that a longer series is compared in


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once, where training and validation measure the same thing."""
    train, val = facts.events.comparable(MIN_POINTS)
    late = val.step >= val.step[0] + SETTLING * (val.step[-1] - val.step[0])
    level = np.interp(val.step[late], medians_of_bins(train.step, BINS), medians_of_bins(train.y, BINS))
    below = level - val.y[late]
    share = float(np.mean(below > BELOW * np.maximum(np.abs(level), 1e-300)))
    if late.sum() < MIN_POINTS or share < MOSTLY:
        return
    yield Finding(
        what="validation is better than training",
        why=f"in {percent(share)} of the evaluations, by {number(median(below))} in the median",
        do=("check that no validation example is in the training data; else it is dropout, augmentation or averaging over the epoch",),
        series=val.series.name,
        step=int(val.step[late][0]),
        line=int(val.series.line[late][0]),
        data={"share": share, "median": median(below)},
        confidence=0.95,
    )
