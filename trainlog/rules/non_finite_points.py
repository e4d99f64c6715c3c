"""A loss was NaN or infinite at some points, and came back.

## What it does
Counts the values of a loss that are not finite although finite ones follow, and names the first.

## Why it matters
One bad batch (an empty mask, a log of zero) has left no lasting harm this time; with a running average or without a check it would have.

## How it decides
A value of the training metric (warning) or the validation metric (information: some loggers write NaN where nothing was evaluated) is NaN,
infinite or beyond 1e100, and a later one is finite.

## What it does not mean
A loss scaler that skips a step may log the overflowed loss once: at the start of a run that is calibration.

## Example
```console
$ trainlog rule non-finite-points
```

## References
- torch.amp.GradScaler skips steps whose gradients overflow.
"""

from collections.abc import Iterator

import numpy as np

from trainlog.rules import Facts, Finding, Rule
from trainlog.rules._curves import masked
from trainlog.rules._text import count, plural

RULE = Rule("NUM007", "warning", "a loss was NaN or infinite and came back", symptom_of=("non-finite",))

PLACEHOLDER = 0.5  # of the values; beyond it NaN stands for "not measured here"


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once per series."""
    for series in (facts.train, facts.val):
        if series is None:
            continue
        bad = ~np.isfinite(masked(series))
        if bad.all() or bad[-1] or not bad.any() or (facts.events.nonfinite is not None and facts.events.nonfinite[0] is series):
            continue
        first = int(np.argmax(bad))
        placeholder = float(bad.mean()) > PLACEHOLDER
        yield Finding(
            what=f"{series.name} was {'NaN' if np.isnan(series.value[first]) else 'infinite'} at step {count(int(series.step[first]))}"
            " and came back",
            why=f"{plural(int(bad.sum()), 'value')} of {len(series):,} not finite, followed by finite ones",
            do=("find the batch of that step: NaN in its inputs or targets, or an empty mask (0/0)",) if not placeholder else (),
            series=series.name,
            step=int(series.step[first]),
            line=int(series.line[first]),
            data={"count": int(bad.sum())},
            severity="warning" if series is facts.train and not placeholder else "info",
        )
