"""The metric stood still over the last part of the run.

## What it does
Says from which step on nothing was gained any more, and what that part of the run cost.

## Why it matters
It is the normal end of training, and the sign that more steps of the same will not help: only a lower learning rate, more data or a larger
model will.

## How it decides
Over the last 30 % of the run the metric (validation, else training) has no trend at 95 % (Mann-Kendall on 40 bins) or one of less than
0.5 % of the level per tenth of the run (Theil-Sen). The stretch is extended backwards while the medians stay within 1 % of the level or
three times their own noise.
A run whose learning rate was raised again, more than once and within that part, is not judged: its end is one of a cycle.

## What it does not mean
A plateau before a learning-rate decay often ends with it. It is information, not a defect.

## Example
```console
$ trainlog diagnose sample_logs/trainlog/overfit-dropout.jsonl --select LRN002
...
```

## References
- Mann (1945); Kendall (1975); Theil (1950); Sen (1968).
"""

from collections.abc import Iterator

from trainlog.analysis.trend import MIN_PLATEAU, find_plateau
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._text import count, number, percent

RULE = Rule("LRN002", "info", "nothing was gained over the last part of the run", uses=("lr",), cause="plateau")

DECAYED = 0.5  # of the peak; a learning rate still above it can be lowered to leave a plateau


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once, on the metric the run is judged by."""
    if facts.events.cycles:
        raise Skip("the learning rate was raised again late in the run")
    curve = facts.events.judged
    if curve is None or len(curve.y) < MIN_PLATEAU:
        raise Skip(f"fewer than {MIN_PLATEAU} finite points of the metric the run is judged by")
    found = find_plateau(curve.step, curve.y)
    if found is None:
        return
    step, last = curve.step_at(found.start), curve.step_at(len(curve.y) - 1)
    schedule = facts.events.schedule
    lower = schedule is not None and schedule[1].final > DECAYED
    yield Finding(
        what=f"no gain since {facts.unit} {count(step)}, the last {percent(found.share)} of the run",
        why=f"{facts.label(curve.series.name)} has stayed at {number(curve.sign * found.level)} for {count(last - step)} {facts.unit}s",
        do=("decay the learning rate: it is still near its peak",)
        if lower
        else ("stop earlier, or change something: data, model size, regularisation",),
        series=curve.series.name,
        step=step,
        step_low=step,
        step_high=last,
        line=curve.line_at(found.start),
        data={"level": curve.sign * found.level, "share": found.share, "steps": last - step},
        confidence=0.9,
    )
