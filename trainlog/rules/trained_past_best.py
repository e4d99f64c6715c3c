"""Training went on well past the best state.

## What it does
Says how many steps, how much time and energy went into training after the step worth keeping.

## Why it matters
That compute bought nothing, and whoever deploys the last checkpoint deploys a worse model.

## How it decides
The step worth keeping is the best checkpoint on the smoothed validation curve. The rule fires when more than 10 % of the
run came after it, the last state is worse by more than the tolerance of the overfitting rule, and the fitted curve makes it probable
(50 %) that validation has really risen: a last value that is high by chance is no waste.

## What it does not mean
Some training past the best is the price of knowing that it was the best: an early-stopping patience costs the same.
Where the log says that early stopping ended the run, it is information.

## Example
```console
$ trainlog diagnose sample_logs/trainlog/overfit.jsonl --select CKP001
...
```
"""

from collections.abc import Iterator

from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._text import duration, percent, plural
from trainlog.rules.overfitting import LIKELY

RULE = Rule(
    "CKP001",
    "warning",
    "training went on well past the best state",
    needs=("val",),
    uses=("energy_j", "power_w"),
    symptom_of=("non-finite", "diverged", "not-learning"),
)

WASTED = 0.10  # of the run; own choice: a patience of 5 of 50 evaluations costs as much


def check(facts: Facts) -> Iterator[Finding]:
    """Fires when the last state costs something against the one to keep, a while ago."""
    keep, run = facts.keep, facts.run
    if keep is None or facts.val is None or facts.curve is None:
        raise Skip(facts.no_curve or "no state was saved before the run broke down")
    share = keep.wasted.steps / max(run.last_step - run.first_step, 1)
    if share <= WASTED or keep.last_costs <= facts.curve.tolerance or facts.curve.probability < LIKELY:  # a last value high by chance
        return
    spent = [f"{plural(keep.wasted.steps, facts.unit)} ({percent(share)} of the run)"]
    if keep.wasted.seconds:
        spent.append(duration(keep.wasted.seconds))
    if keep.wasted.joules:
        spent.append(f"{keep.wasted.joules / 3.6e6:.2g} kWh")
    stops = [r for r in facts.replay if r.rule == "patience" and r.unit == "evaluations" and r.stops_at is not None]
    cheap = [(r.costs, r.patience, r) for r in stops if r.costs is not None and r.costs <= facts.curve.tolerance]
    stop = min(cheap)[2] if cheap else None
    do = f"stop at {facts.unit} {keep.step:,} next time"
    if facts.stopped_early:
        do = "nothing, if the best state was restored: early stopping ended the run, and this is what its patience cost"
    elif stop is not None:
        patience = f"{stop.patience} evaluation{'s' * (stop.patience > 1)}"
        do = f"use early stopping: a patience of {patience} would have stopped at {facts.unit} {stop.stops_at:,}"
    yield Finding(
        what=f"{', '.join(spent)} spent past the best state",
        why=f"{facts.label(facts.val.name)} of the last state is {keep.last_costs:.4g} worse than at {facts.unit} {keep.step:,}",
        do=(do,),
        series=facts.val.name,
        step=keep.step,
        line=facts.val.line_at(keep.step),
        data={
            "steps": keep.wasted.steps,
            "seconds": keep.wasted.seconds,
            "joules": keep.wasted.joules,
            "share": share,
            "costs": keep.last_costs,
        },
        confidence=facts.curve.probability,
        severity="info" if facts.stopped_early else None,
    )
