"""The loss ended where it began.

## What it does
Finds runs whose training loss, and validation loss if there is one, did not fall; says whether the level is that of guessing.

## Why it matters
Nothing was learnt, so no checkpoint is worth keeping; more steps of the same will not help.

## How it decides
The medians of the first and last tenth differ by less than 1 % of the level and less than three times their noise, no stretch was
clearly lower and the first value was not 5 % higher. Validation must agree, and a score (accuracy, F1) above 0.55 shows that something
had been learnt before its first point. A loss within 1 % of ln(k) is that of a uniform guess among k outcomes; k comes from the
configuration (num_classes, vocab_size...) or from common data sets and vocabularies. With 8 to 19 points of both metrics, the last three
must be less than 2.5 % better than the first two, and none 4 % better: a warning, not an error.

## What it does not mean
Fine-tuning that starts at its optimum looks the same. Where the noise could hide a gain of 5 %, nothing is claimed.

## Example
```console
$ trainlog diagnose sample_logs/trainlog/not-learning.jsonl --select LRN001
...
```

## References
- Karpathy (2019), A recipe for training neural networks: verify the loss at initialisation.
"""

import math
from collections.abc import Iterator

from trainlog.analysis.trend import MIN_PLATEAU
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._text import number, percent
from trainlog.vocab import base_of

RULE = Rule("LRN001", "error", "the loss did not fall", uses=("lr", "grad_norm"), cause="not-learning")

DEAD_NORM = 1e-7  # gradient norm below which nothing reaches the weights (float32 epsilon)


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once, on the training metric or, without one, on the validation metric."""
    most = max((len(c.y) for c in (facts.events.train, facts.events.val) if c is not None), default=0)
    if most < MIN_PLATEAU:
        raise Skip(f"fewer than {MIN_PLATEAU} finite points of any metric")
    found = facts.events.not_learning
    if found is None:
        return
    curve, learnt = found
    first, last = curve.sign * learnt.first, curve.sign * learnt.last
    why = f"{facts.label(curve.series.name)} was {number(first)} over the first tenth of the run and {number(last)} over the last"
    is_loss = curve.series.name.split("/")[0].endswith("loss")
    chance = learnt.chance if is_loss else None
    if chance is not None:
        why += f"; ln({chance:,}) = {number(math.log(chance))} is the loss of a uniform guess among {chance:,} outcomes"
    what = "loss" if is_loss else base_of(curve.series.name)
    yield Finding(
        what=f"not learning: the {what} ended where it began" + (", at chance" if chance is not None else ""),
        why=why,
        do=_advice(facts, chance is not None),
        series=curve.series.name,
        step=curve.step_at(0),
        step_low=curve.step_at(0),
        step_high=curve.step_at(len(curve.y) - 1),
        line=curve.line_at(len(curve.y) - 1),
        data={"first": first, "last": last, "moved": learnt.moved, "chance": chance, "fell": percent(learnt.moved)},
        confidence=0.97 if chance is not None else 0.7 if learnt.few else 0.9,
        severity="warning" if learnt.few else "error",
    )


def _advice(facts: Facts, at_chance: bool) -> tuple[str, ...]:
    advice = []
    if facts.events.schedule is None and facts.run.get("lr") is not None:
        advice.append("the learning rate is zero: check the scheduler and that it is stepped after the optimizer")
    norm = facts.run.get("grad_norm")
    finite = None if norm is None else norm.finite()
    if finite is not None and len(finite) and float(finite.value.max()) < DEAD_NORM:
        advice.append("the gradient norm is zero: parameters are frozen, detached, or not given to the optimizer")
    advice.append("overfit a single batch first: if that fails too, the fault is in the model, the loss or the labels")
    advice.append(
        "check that inputs and labels belong together, then raise the learning rate tenfold"
        if at_chance
        else "if the run started from trained weights it may have had nothing to gain; else raise the learning rate"
    )
    return tuple(advice)
