"""The best state was not saved: it fell between two checkpoints.

## What it does
Says how much better the best state was than the best one that was saved, and how often to save.

## Why it matters
A model that was reached and thrown away has to be trained again.

## How it decides
On the smoothed validation curve, the minimum is compared with the best saved step. It fires when the difference is more
than the tolerance of the overfitting rule: less could not be told from noise.

## What it does not mean
The log may simply not mention its checkpoints. Without any checkpoint in the log or beside it, the rule is skipped.

## Example
```console
$ trainlog diagnose sample_logs/rules/best-not-saved.jsonl --select CKP002
...
```
"""

from collections.abc import Iterator

from trainlog.rules import Facts, Finding, Rule, Skip

RULE = Rule("CKP002", "warning", "the best state fell between two checkpoints", needs=("val",), symptom_of=("non-finite", "not-learning"))


def check(facts: Facts) -> Iterator[Finding]:
    """Fires when the spacing of the checkpoints cost more than the tolerance."""
    keep, val, curve = facts.keep, facts.val, facts.curve
    if keep is None or val is None or curve is None:
        raise Skip(facts.no_curve or "there is no validation curve")
    if not facts.run.checkpoints:
        raise Skip("no checkpoint is named in the log or found beside it")
    if keep.spacing_costs is None or keep.spacing_costs <= curve.tolerance:
        return
    yield Finding(
        what=f"the best state, at {facts.unit} {round(curve.best_step):,}, was not saved",
        why=f"the best one saved, at {facts.unit} {keep.step:,}, is {keep.spacing_costs:.4g} worse in {facts.label(val.name)}; "
        f"{curve.tolerance:.2g} counts",
        do=(
            f"save every {max(facts.evaluation_interval, 1):,} {facts.unit}s or fewer, at each evaluation",
            "or let the trainer keep the best state (Hugging Face: load_best_model_at_end with save_steps = eval_steps)",
        ),
        series=val.name,
        step=round(curve.best_step),
        line=val.line_at(curve.best_step),
        data={"costs": keep.spacing_costs, "saved": keep.step, "best": round(curve.best_step)},
        confidence=0.9,
    )
