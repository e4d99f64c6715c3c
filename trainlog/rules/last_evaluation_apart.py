"""The last evaluation is far worse than all before it.

## What it does
Finds a single last evaluation that jumped, says by how much, and judges the run without it.

## Why it matters
It is either one bad evaluation or the first sign that the run broke down, and nothing came after it to say which. The last state is not
to be used before it has been evaluated again.

## How it decides
Of eight or more evaluations the last is worse than the three before it by more than a quarter of their level, ten standard deviations of
the noise, and five times the largest change between two neighbours over the second half of the run.

## What it does not mean
A curve that climbs in several steps is overfitting or divergence, and called so. A diverged training loss explains the jump.

## Example
```console
$ trainlog diagnose sample_logs/rules/last-evaluation-apart.jsonl --select NUM008
...
```
"""

import math
from collections.abc import Iterator

from trainlog.analysis.last import MIN_POINTS
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._text import number

RULE = Rule(
    "NUM008",
    "warning",
    "the last evaluation is far worse than those before it",
    needs=("val",),
    symptom_of=("non-finite", "diverged", "not-learning"),
    at_end=True,
)


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once, on the metric the run is judged by."""
    val = facts.events.whole_val
    if val is None or len(val.y) < MIN_POINTS:
        raise Skip(f"fewer than {MIN_POINTS} finite evaluations")
    apart = facts.events.last_apart
    if apart is None:
        return
    before, value = val.sign * apart.before, val.sign * apart.value
    noise = f", {number(apart.sigmas)} × the noise" if math.isfinite(apart.sigmas) else ""
    yield Finding(
        what=f"the last evaluation is far worse than those before it: {facts.label(val.series.name)} {number(value)}",
        why=f"it was {number(before)} just before{noise}; nothing came after it, so it may be one bad evaluation: "
        "the run is judged without it",
        do=("evaluate the last state again before it is used, and look at the batches just before it",),
        series=val.series.name,
        step=val.step_at(-1),
        line=val.line_at(-1),
        data={"before": before, "value": value, "sigmas": apart.sigmas if math.isfinite(apart.sigmas) else None},
        confidence=0.6,
    )
