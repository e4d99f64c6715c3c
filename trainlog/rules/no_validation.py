"""The log has no validation metric, so overfitting cannot be seen.

## What it does
Says that no validation or test metric was logged.

## Why it matters
A training loss that falls says nothing about new data: without validation nobody can tell which checkpoint to keep.

## How it decides
No series of the run is a validation (`val`, `eval`, `valid`, `dev`...) or test metric.

## What it does not mean
The run may be fine. Pre-training on data seen once needs validation less: there the training loss is itself on new data. A policy is
judged by its reward, and the rule is skipped.

## Example
```console
$ trainlog diagnose sample_logs/rules/no-validation.jsonl --select LOG005
...
```
"""

from collections.abc import Iterator

from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.vocab import base_of, metric, split_of

RULE = Rule("LOG005", "info", "the log has no validation metric")

FEW = 2  # points; a single value on held-out data is no curve
SHOWN = 3  # metrics named
SPEEDS = ("runtime", "_per_s", "per_second", "time", "tokens", "samples", "entropy", "count")  # how fast it was evaluated, on how much


def check(facts: Facts) -> Iterator[Finding]:
    """Fires when the run has a training metric and no other; one that never changed is told by ``constant-validation``."""
    if facts.train is not None and base_of(facts.train.name) == "reward":
        raise Skip("episodes are not seen before: their reward evaluates the policy")
    if facts.val is None and not facts.constant and facts.train is not None:
        unknown = [facts.label(name) for name, s in facts.run.series.items() if split_of(name) != "train" and _may_judge(name, len(s))]
        why = f"{len(facts.run.series)} series were read, none of them said to be measured on held-out data"
        do = "evaluate on held-out data every few hundred steps and log it as val_loss"
        if unknown:
            why = f"of {' and '.join(unknown[:SHOWN])} it is not known which way is better"
            do = f"if lower is better: --alias val_loss={unknown[0]}"
        yield Finding(
            what="no validation metric in this log" + (" that is known" if unknown else "") + ": overfitting cannot be judged",
            why=why,
            do=(do,) if unknown else (do, "if it is logged under another name: --alias val_loss=NAME"),
            line=int(facts.train.line[0]),
        )


def _may_judge(name: str, points: int) -> bool:
    return points >= FEW and metric(name).better is None and not base_of(name).endswith(SPEEDS)
