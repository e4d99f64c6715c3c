"""The training loss left its best level and never came back.

## What it does
Finds a training metric that got worse for good, suddenly or slowly, up to a finite plateau or still rising, and names the step at which
it left.

## Why it matters
Everything after that step is lost, and the checkpoints written after it are worse than those before.

## How it decides
The median of the last 3 % lies above the best level (of 200 bin medians) by more than a quarter of all that had been gained, by more than
10 % of the best level, and by more than five standard deviations of the bin medians. A curve that swings up and back is not diverged. The
step is the first point that left the band around the best level and did not return to it. If validation ended no worse than its best
value before that step, the run is not called diverged. Where training and validation both end above their best levels by more than 15 %
of them, it is a warning even if that is less than a quarter of the gain, unless the learning rate was raised in between.

## What it does not mean
A training loss also rises on purpose: a curriculum that gets harder, stronger augmentation, a new data mixture. Where a sequence length,
batch size or stage that is logged changes there, it is not called diverged. A validation loss that rises while
training falls is overfitting, not this.

## Example
```console
$ trainlog diagnose sample_logs/rules/diverged.jsonl --select NUM002
...
```

## References
- Measured on seeded runs with known truth: `python -m benchmarks.accuracy`.
"""

from collections.abc import Iterator

from trainlog.analysis.divergence import OF_DROP
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._text import count, number, percent

RULE = Rule(
    "NUM002",
    "error",
    "the training loss got worse for good",
    needs=("train",),
    uses=("grad_norm", "lr"),
    cause="diverged",
    symptom_of=("non-finite",),
)

MIN_POINTS = 8  # points; fewer bin medians have no spread to compare with


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once, on the training metric."""
    curve = facts.events.train
    if curve is None or len(curve.y) < MIN_POINTS:
        raise Skip(f"fewer than {MIN_POINTS} finite training points")
    found = facts.events.divergence
    if found is None:
        return
    step = curve.step_at(found.start)
    best_step = curve.step_at(found.best_index)
    lead = facts.events.lead_up(step)
    best, end = curve.sign * found.best, curve.sign * found.end
    why = f"the level went from {number(best)} around {facts.unit} {count(best_step)} to {number(end)} over the last 3 % of the run; "
    why += f"that undoes {percent(found.rise / found.drop)} of what was gained" if found.drop > 0 else "it never got below its first values"
    if lead is not None:
        norm, rise = lead
        why += f"; grad_norm rose from {number(rise.usual)} to {number(rise.peak)} from {facts.unit} {count(int(norm.step[rise.start]))} on"
    before = facts.events.saved_before(step)
    rewind = f"keep a checkpoint from before {facts.unit} {count(step)}"
    if before is not None:
        rewind = f"keep {before.path or f'the checkpoint of {facts.unit} {before.step:,}'}, the last one before it"
    elif facts.run.checkpoints:
        rewind = f"start again: no checkpoint is from before {facts.unit} {count(step)}"
    partly = found.rise <= OF_DROP * found.drop
    if partly:
        why += "; validation got worse with it"
    yield Finding(
        what=f"training {'got worse' if partly else 'diverged'} {'at' if found.sudden else 'slowly from'} {facts.unit} {count(step)}"
        + (" to a plateau" if found.settled else ""),
        why=why,
        do=(rewind, "lower the peak learning rate (halve it first), warm up longer, or clip the gradient norm"),
        series=curve.series.name,
        step=step,
        step_low=min(best_step, step),
        step_high=step,
        line=curve.line_at(found.start),
        data={
            "best": best,
            "best_step": best_step,
            "end": end,
            "rise": found.rise,
            "drop": found.drop,
            "sudden": int(found.sudden),
            "settled": int(found.settled),
        },
        confidence=0.85 if partly else 0.97,
        severity="warning" if partly else "error",
    )
