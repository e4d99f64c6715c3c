"""The learning rate reached zero before the run ended.

## What it does
Finds a stretch of zeros at the end of the learning rate, and how many steps it lasted.

## Why it matters
Those steps cost as much as the others and change nothing. Usually the scheduler was told fewer steps than were trained (accumulation,
several processes, more epochs than planned).

## How it decides
From some step to the end the learning rate is below a millionth of its peak, over more than 2 % of the run and at least two readings.

## What it does not mean
A last value of exactly zero is how linear and cosine schedules end, and is not reported.

## Example
```console
$ trainlog diagnose sample_logs/rules/zero-learning-rate.jsonl --select LRN006
...
```

## References
- transformers, get_linear_schedule_with_warmup: zero after num_training_steps.
"""

from collections.abc import Iterator

from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._text import count, percent

RULE = Rule("LRN006", "warning", "the learning rate was zero before the run ended", needs=("lr",))

READINGS = 2  # the last one alone is the end of the schedule: frameworks log the rate of the step to come
LASTING = 0.02  # of the run; shorter stretches are the rounding of a schedule's end


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once."""
    lr = facts.run.get("lr")
    if facts.events.schedule is None:
        if lr is not None and len(lr) >= 3 and not lr.value.any():
            yield Finding(
                what="the learning rate is zero throughout",
                why=f"all {len(lr):,} logged values are 0",
                do=("check the scheduler, and that the optimizer was given the parameters",),
                series="lr",
                step=int(lr.step[0]),
                line=int(lr.line[0]),
                data={"steps": int(lr.step[-1] - lr.step[0])},
            )
            return
        raise Skip("fewer than 3 learning rates")
    series, schedule = facts.events.schedule
    if schedule.zero_from is None:
        return
    first, last = int(series.step[schedule.zero_from]), facts.run.last_step
    share = (last - first) / max(last - facts.run.first_step, 1)
    if share <= LASTING or len(series) - schedule.zero_from < READINGS:
        return
    yield Finding(
        what=f"the learning rate is zero from {facts.unit} {count(first)} on: nothing was learnt since",
        why=f"{count(last - first)} {facts.unit}s, {percent(share)} of the run, had a learning rate below a millionth of its peak",
        do=("give the scheduler the number of optimizer steps that are really taken (after accumulation, per process)",),
        series="lr",
        step=first,
        step_low=first,
        step_high=last,
        line=int(series.line[schedule.zero_from]),
        data={"steps": last - first, "share": share},
    )
