"""The run ended while its learning rate was still at its peak.

## What it does
States that the last logged learning rate is at its peak although it had moved before: after a warm-up, or raised again by a restart.

## Why it matters
A decay to zero usually brings a few per cent of the loss for free: at full learning rate the weights still bounce around a minimum.

## How it decides
The last value is at least 99 % of the peak, some value was not, and at least 20 values were logged. It is information.

## What it does not mean
Schedule-free optimizers, and a stable phase whose decay is run from its checkpoints, end like this on purpose.

## Example
```console
$ trainlog diagnose sample_logs/trainlog/still-improving.jsonl --select LRN005
...
```

## References
- Hägele et al. (2024), Scaling laws and compute-optimal training beyond fixed training durations (cooldown of a constant rate).
"""

from collections.abc import Iterator

from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._text import count, number

RULE = Rule(
    "LRN005",
    "info",
    "the run ended at its full learning rate",
    needs=("lr",),
    symptom_of=("non-finite", "diverged", "not-learning", "overfitting"),
    at_end=True,
)

MIN_POINTS = 20  # logged learning rates; fewer say nothing about a schedule
FULL = 0.99  # of the peak


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once, unless the plan says that the run was not over yet."""
    lr = facts.run.get("lr")
    if facts.events.schedule is None or lr is None or len(lr) < MIN_POINTS:
        raise Skip(f"fewer than {MIN_POINTS} positive learning rates")
    series, schedule = facts.events.schedule
    if schedule.final < FULL or (schedule.constant and schedule.warmed_up == 0):
        return
    last = int(series.step[-1])
    shape = "constant after its warm-up" if schedule.constant else "back at its peak"
    yield Finding(
        what=f"the run ended at its full learning rate, {number(schedule.peak)}",
        why=f"the learning rate is {shape}; at {facts.unit} {count(last)} it is {number(float(series.value[-1]))}",
        do=("decay it over the last 10-20 % of the run (linear or cosine to zero)",),
        series="lr",
        step=last,
        line=int(series.line[-1]),
        data={"peak": schedule.peak, "final": schedule.final, "warm_up_step": int(series.step[schedule.warmed_up])},
    )
