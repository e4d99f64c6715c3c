"""There are too few evaluations to judge the run by.

## What it does
Says when validation was measured so rarely that a turn could not be located, or not even be seen.

## Why it matters
With fewer than four points no overfitting can be claimed or ruled out; with fewer than eight, the best checkpoint is a guess to within a
fifth of the run.

## How it decides
Fewer than 8 finite validation points; below 4 nothing about validation is judged.

## What it does not mean
One evaluation at the end is enough to report a result, not to choose when to stop.

## Example
```console
$ trainlog diagnose sample_logs/rules/too-few-validation-points.jsonl --select LOG006
...
```

## References
- Measured on seeded runs: with 5-8 points the turn is missed by 5.5 % of the run in the median, with more than 150 by 1.3 %.
"""

from collections.abc import Iterator

from trainlog.rules import Facts, Finding, Rule
from trainlog.rules._text import plural

RULE = Rule("LOG006", "info", "validation was measured too rarely", needs=("val",))

FEW = 8  # points; below it onset errors triple
NONE = 4  # points; below it nothing is judged


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once."""
    curve = facts.events.val
    points = 0 if curve is None else len(curve.y)
    if points >= FEW or facts.val is None:
        return
    yield Finding(
        what=f"only {plural(points, 'validation point')}",
        why=f"below {NONE} neither overfitting nor the best checkpoint can be judged"
        if points < NONE
        else f"below {FEW} the step of a turn is only roughly known",
        do=("evaluate at least 20 times over the run, on a smaller subset if it is slow",),
        series=facts.val.name,
        line=int(facts.val.line[-1]),
        step=int(facts.val.step[-1]),
        data={"points": points},
    )
