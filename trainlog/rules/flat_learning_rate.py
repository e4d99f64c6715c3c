"""The learning rate never changed.

## What it does
States that every logged learning rate is the same.

## Why it matters
Without a warm-up the first steps of an adaptive optimizer are the most dangerous ones; without a decay the last few per cent of the loss
are left on the table. It also happens when a scheduler was built and never stepped.

## How it decides
At least 20 values, which differ by less than 0.1 % of the largest. It is information.

## What it does not mean
Short fine-tuning at a small constant rate is common practice.

## Example
```console
$ trainlog diagnose sample_logs/rules/flat-learning-rate.jsonl --select LRN007
...
```

## References
- Goyal et al. (2017), Accurate, large minibatch SGD (warm-up); Hägele et al. (2024), on cooldown.
"""

from collections.abc import Iterator

from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._text import number

RULE = Rule(
    "LRN007", "info", "the learning rate never changed", needs=("lr",), symptom_of=("non-finite", "diverged", "not-learning", "overfitting")
)

MIN_POINTS = 20  # logged learning rates; fewer say nothing about a schedule


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once."""
    lr = facts.run.get("lr")
    if facts.events.schedule is None or lr is None or len(lr) < MIN_POINTS:
        raise Skip(f"fewer than {MIN_POINTS} positive learning rates")
    series, schedule = facts.events.schedule
    if not schedule.constant or schedule.warmed_up > 0:
        return
    yield Finding(
        what=f"the learning rate never changed: {number(schedule.peak)} throughout",
        why=f"all {len(series):,} logged values are the same",
        do=(
            "if a scheduler was meant to change it, call its step() after the optimizer's",
            "else warm up, and decay over the last 10-20 %",
        ),
        series="lr",
        step=int(series.step[0]),
        line=int(series.line[0]),
        data={"value": schedule.peak},
    )
