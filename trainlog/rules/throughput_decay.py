"""Training got slower from beginning to end.

## What it does
Finds a decay of speed over the run and says how much is gone.

## Why it matters
A run that slows down by a third takes a day longer than planned; the cause (a leak, fragmentation, heat, a disk that fills) grows on.

## How it decides
Tokens or samples per second, else steps per second: a falling trend (Mann-Kendall z below -3) after the first tenth, with more than 10 %
between the medians of the first and last fifth, and between the ends of the fitted line, both at 95 % confidence.

## What it does not mean
Longer sequences or a larger batch from some step on lower steps per second on purpose. A single drop is reported like a slow decay.

## Example
```console
$ trainlog diagnose sample_logs/rules/throughput-decay.jsonl --select GPU007
...
```

## References
- Theil (1950); Sen (1968); Mann (1945).
"""

from collections.abc import Iterator

import numpy as np

from trainlog.analysis.pace import MIN_POINTS, find_decay
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._text import number, percent
from trainlog.run import Floats, Series

RULE = Rule("GPU007", "warning", "training got slower from beginning to end", uses=("tokens_per_s", "samples_per_s", "step_time_s"))

ABSURD = 1e15  # per second; a placeholder, not a speed


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once, on the first of the three that was logged often enough."""
    for name in ("tokens_per_s", "samples_per_s", "step_time_s"):
        series = facts.run.get(name)
        if series is None:
            continue
        value = series.value
        kept = series.take(np.isfinite(value) & (value > 0) & (value < ABSURD))
        if len(kept) < MIN_POINTS:
            continue
        yield from _judge(kept, 1 / kept.value if name == "step_time_s" else kept.value)
        return
    raise Skip(f"fewer than {MIN_POINTS} readings of the speed (tokens_per_s, samples_per_s or step_time_s)")


def _judge(series: Series, speed: Floats) -> Iterator[Finding]:
    found = find_decay(series.step.astype(np.float64), speed)
    if found is None:
        return
    unit = {"tokens_per_s": "tokens/s", "samples_per_s": "samples/s"}.get(series.name, "steps/s")
    yield Finding(
        what=f"training got slower: {percent(found.lost)} of the speed is gone",
        why=f"from {number(found.first)} to {number(found.last)} {unit} (first and last fifth, Mann-Kendall z = {found.z:.1f})",
        do=("compare with memory, temperature and clock over the same steps; restart the loader workers if they grow",),
        series=series.name,
        step=int(series.step[0]),
        step_low=int(series.step[0]),
        step_high=int(series.step[-1]),
        line=int(series.line[-1]),
        data={"first": found.first, "last": found.last, "lost": found.lost},
        confidence=0.9,
    )
