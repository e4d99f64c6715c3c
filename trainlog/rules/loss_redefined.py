"""The loss was defined anew in the middle of the run.

## What it does
Finds the step at which the training loss stopped being the weighted sum of its logged parts that it had been, and gives the weights before
and after. The run is judged from there on.

## Why it matters
Levels before and after measure different things. A jump of the loss is then no divergence, a fall no progress, and the lowest value no
reason to keep a checkpoint.

## How it decides
Another two or more training losses logged with it make up the loss within 0.1 % over at least 16 records (six per part), and from one
record on, to the end of the log, miss it by more than 2 %. Training that goes wrong changes the parts and the sum alike, so it is not
taken for this. Validation is judged from there on too if it jumped with it.

## What it does not mean
Weights that are changed on purpose, such as in distillation or curricula, are no defect. Weights that change a little at every step are not
found, nor is a change where the parts were not logged.

## Example
```console
$ trainlog diagnose sample_logs/rules/loss-redefined.jsonl --select LOG008
...
```
"""

from collections.abc import Iterator, Sequence

from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._text import count, number

RULE = Rule("LOG008", "info", "the loss was defined anew in the middle of the run", needs=("train",))


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once."""
    reason, change = facts.why_not_redefined, facts.redefined
    if reason is not None:
        raise Skip(reason)
    if change is None:
        return
    names = [facts.label(name) for name in change.parts]
    before, after = _sum(change.before, names), "another sum" if change.after is None else _sum(change.after, names)
    epoch = "" if change.epoch is None or facts.unit != "step" else f" (epoch {change.epoch:.6g})"
    yield Finding(
        what=f"the loss was defined anew at {facts.unit} {count(change.step)}{epoch}; the run is judged from there on",
        why=f"{facts.label(change.name)} was {before}, and is {after}",
        do=("log each loss under its own name when its weights change, and compare checkpoints by a metric that stays the same",),
        series=change.name,
        step=change.step,
        line=change.line,
        data={f"{when}_{name}": weight for when, weights in (("before", change.before), ("after", change.after or ()))
              for name, weight in zip(change.parts, weights, strict=False)},
    )  # fmt: skip


def _sum(weights: Sequence[float], names: Sequence[str]) -> str:
    return " + ".join(f"{number(weight)} {name}" for weight, name in zip(weights, names, strict=True))
