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
from trainlog.vocab import base_of

RULE = Rule("LOG005", "info", "the log has no validation metric")


def check(facts: Facts) -> Iterator[Finding]:
    """Fires when the run has a training metric and no other; one that never changed is told by ``constant-validation``."""
    if facts.train is not None and base_of(facts.train.name) == "reward":
        raise Skip("episodes are not seen before: their reward evaluates the policy")
    if facts.val is None and not facts.constant and facts.train is not None:
        yield Finding(
            what="no validation metric in this log: overfitting cannot be judged",
            why=f"{len(facts.run.series)} series were read, none of them said to be measured on held-out data",
            do=(
                "evaluate on held-out data every few hundred steps and log it as val_loss",
                "if it is logged under another name: --alias val_loss=NAME",
            ),
            line=int(facts.train.line[0]),
        )
