"""A loss became NaN or infinite and stayed so.

## What it does
Names the step from which a loss was never a finite number again, whether it had begun to diverge before, and whether the gradient norm
rose first.

## Why it matters
Once a weight is NaN every later step is wasted, and so is every checkpoint written after it.

## How it decides
The last values of the training or validation metric are NaN, infinite or beyond 1e100. Gaps that close are `non-finite-points`. The
gradient norm is compared with its own past: raised is above twice its median and six robust standard deviations.

## What it does not mean
An infinite *gradient norm* alone is no finding: a loss scaler skips such steps on purpose. Two causes look alike here, a step that was too
large and a batch that was bad; the lead-up tells them apart only when the gradient norm was logged.

## Example
```console
$ trainlog diagnose sample_logs/trainlog/diverged.jsonl --select NUM001
...
```

## References
- PyTorch, torch.autograd.detect_anomaly; torch.amp.GradScaler skips steps with infinite gradients.
- Chowdhery et al. (2022), PaLM, section 5.1: rewind about 100 steps and skip 200-500 batches.
"""

from collections.abc import Iterator

from trainlog.rules import Facts, Finding, Rule
from trainlog.rules._text import count, number, plural

RULE = Rule("NUM001", "error", "a loss became NaN or infinite", uses=("grad_norm", "lr", "loss_scale"), cause="non-finite")


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once: for the series that ended first."""
    found = facts.events.nonfinite
    if found is None:
        return
    series, bad = found
    step, line = int(series.step[bad.start]), int(series.line[bad.start])
    word = "NaN" if bad.kind == "nan" else "infinite"
    lead, left = facts.events.lead_up(step), facts.events.left
    why = [f"{plural(bad.points, 'value')} of {len(series):,} not finite"]
    if bad.last_finite is not None:
        why.append(
            f"last finite value {number(float(series.value[bad.last_finite]))} at {facts.unit} {count(int(series.step[bad.last_finite]))}"
        )
    if left is not None and left <= step:
        why.append(f"it had been diverging since {facts.unit} {count(left)}")
    if lead is not None:
        norm, rise = lead
        why.append(
            f"grad_norm rose from {number(rise.usual)} to {number(rise.peak)} from {facts.unit} {count(int(norm.step[rise.start]))} on"
        )
    yield Finding(
        what=f"{facts.label(series.name)} is {word} from {facts.unit} {count(step)} to the end",
        why="; ".join(why),
        do=_advice(facts, left if left is not None else step, bad.from_the_start, lead is not None),
        series=series.name,
        step=step,
        step_low=min(step, left) if left is not None else step,
        step_high=step,
        line=line,
        data={
            "count": bad.points,
            "last_finite_step": None if bad.last_finite is None else int(series.step[bad.last_finite]),
            "diverging_since": left,
            "grad_norm_usual": lead[1].usual if lead else None,
            "grad_norm_peak": lead[1].peak if lead else None,
        },
    )


def _advice(facts: Facts, step: int, from_the_start: bool, raised: bool) -> tuple[str, ...]:
    if from_the_start:
        return (
            "check the inputs for NaN, and the loss for log(0) or 0/0: it was never finite",
            "try float32 or bfloat16 instead of float16",
        )
    saved = facts.events.saved_before(step)
    place = "a checkpoint before that step" if saved is None else saved.path or f"the checkpoint of {facts.unit} {saved.step:,}"
    rewind = f"resume from {place} and skip the next few hundred batches"
    if saved is None and facts.run.checkpoints:
        rewind = f"start again: no checkpoint is from before {facts.unit} {count(step)}"
    cause = "look at the batches of these steps, and for float16 overflow (use bfloat16); the gradient norm gave no warning"
    if raised:
        cause = "lower the learning rate or clip the gradient norm (1.0 is usual), and warm up longer"
    return (rewind, cause)
