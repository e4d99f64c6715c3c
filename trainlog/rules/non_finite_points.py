"""A loss was NaN or infinite at some points, while training went on.

## What it does
Counts the values of a loss that are not finite although finite ones follow, and names the first. A validation metric that stays NaN while
the training loss stays finite belongs here too: the evaluation is broken, not the model.

## Why it matters
One bad batch (an empty mask, a log of zero) has left no lasting harm this time; with a running average or without a check it would have.

## How it decides
A value of the training metric (warning) or the validation metric (information: some loggers write NaN where nothing was evaluated) is NaN,
infinite or beyond 1e100, and a later one is finite. Validation that never comes back while finite training values follow is an error.

## What it does not mean
A loss scaler that skips a step may log the overflowed loss once: at the start of a run that is calibration.

## Example
```console
$ trainlog diagnose sample_logs/rules/non-finite-points.jsonl --select NUM007
...
```

## References
- torch.amp.GradScaler skips steps whose gradients overflow.
"""

from collections.abc import Iterator

import numpy as np

from trainlog.rules import Facts, Finding, Rule
from trainlog.rules._curve import masked
from trainlog.rules._text import count, plural

RULE = Rule("NUM007", "warning", "a loss was NaN or infinite while training went on", symptom_of=("non-finite",))

PLACEHOLDER = 0.5  # of the values; beyond it NaN stands for "not measured here"


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once per series."""
    ended = facts.events.nonfinite
    for series in (facts.train, facts.val):
        bad = None if series is None else ~np.isfinite(masked(series))
        if series is None or bad is None or not bad.any() or (ended is not None and (ended[0] is series or bad[-1])):
            continue
        lasting = bool(bad[-1])
        first = int(np.flatnonzero(~bad)[-1]) + 1 if lasting and not bad.all() else int(np.argmax(bad))
        word = "NaN" if np.isnan(series.value[first]) else "infinite"
        placeholder = float(bad.mean()) > PLACEHOLDER and not lasting
        yield Finding(
            what=f"{facts.label(series.name)} {'is' if lasting else 'was'} {word} from {facts.unit} {count(int(series.step[first]))}"
            + (" to the end, while training went on" if lasting else " and came back"),
            why=f"{plural(int(bad.sum()), 'value')} of {len(series):,} not finite" + ("" if lasting else ", followed by finite ones"),
            do=() if placeholder else ("look at the batches of that step: NaN in inputs or targets, an empty mask (0/0), a log of zero",),
            series=series.name,
            step=int(series.step[first]),
            line=int(series.line[first]),
            data={"count": int(bad.sum()), "to_the_end": int(lasting)},
            severity="error" if lasting else "warning" if series is facts.train and not placeholder else "info",
        )
