"""Every evaluation gave the same number, while training went on learning.

## What it does
Finds a validation metric that never changed, and judges the run without it: by the next best metric, or by training alone.

## Why it matters
An evaluation that always gives one value measures nothing, so neither overfitting nor the best checkpoint can be seen. Usual reasons: the
metric is a placeholder that is never computed, it is rounded or counted away (an integer division), the evaluated model is not the one
that is trained, or all its predictions are of one class.

## How it decides
At least 8 evaluations, all equal to the last digit, while the training metric of the same steps changed by more than 10 %. A perfect score
(1, or an error of 0) may stay as it is.

## What it does not mean
The training itself may be fine. A score of a rare class can be 0 for long before the first hit.

## Example
```console
$ trainlog diagnose sample_logs/rules/constant-validation.jsonl --select LOG009
...
```
"""

from collections.abc import Iterator

from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._constant import LEAST
from trainlog.rules._text import number

RULE = Rule("LOG009", "warning", "the validation metric never changed", needs=("train",))


def check(facts: Facts) -> Iterator[Finding]:
    """Fires for each metric that would have judged the run."""
    most = max((len(series) for series in (facts.val, *facts.constant) if series is not None), default=0)
    if most < LEAST:
        raise Skip(f"fewer than {LEAST} evaluations")
    for series in facts.constant:
        yield Finding(
            what=f"{facts.label(series.name)} never changed: it says nothing about the run",
            why=f"it is {number(float(series.finite().value[0]))} in all {len(series):,} evaluations, while training changed by over 10 %",
            do=(
                "check that the metric is computed, and not rounded away or divided as integers",
                "check that the evaluated model is the trained one, and that its predictions differ between examples",
            ),
            series=series.name,
            step=int(series.step[0]),
            step_low=int(series.step[0]),
            step_high=int(series.step[-1]),
            line=int(series.line[-1]),
            data={"value": float(series.finite().value[0]), "evaluations": len(series)},
            confidence=0.95,
        )
