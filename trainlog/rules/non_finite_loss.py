"""A loss became NaN or infinite.

## What it does
Names the first step at which a loss stopped being a finite number, whether it ever came back, and whether the gradient norm rose
before it.

## Why it matters
Once a weight is NaN every later step is wasted, and so is every checkpoint written after it.

## How it decides
A value of the training or validation metric is NaN, infinite or beyond 1e100. Lasting to the end: error. A gap that closes: warning for
training, information for validation (some loggers write NaN where nothing was evaluated). The gradient norm is compared with its own past:
raised is above twice its median and six robust standard deviations.

## What it does not mean
An infinite *gradient norm* alone is no finding: a loss scaler skips such steps on purpose. Two causes look alike here, a step that was too
large and a batch that was bad; the lead-up tells them apart only when the gradient norm was logged.

## Example
```console
$ trainlog rule non-finite-loss
```

## References
- PyTorch, torch.autograd.detect_anomaly; torch.amp.GradScaler skips steps with infinite gradients.
- Chowdhery et al. (2022), PaLM, section 5.1: rewind about 100 steps and skip 200-500 batches.
"""

from collections.abc import Iterator

from trainlog.rules import Facts, Finding, Rule
from trainlog.rules._text import count, number, plural
from trainlog.run import Checkpoint

RULE = Rule("NUM001", "error", "a loss became NaN or infinite", uses=("grad_norm", "lr", "loss_scale"), cause="non-finite")


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once: for the series that ended first, else for the first gap."""
    found = facts.events.nonfinite
    if found is None:
        return
    series, bad = found
    step, line = int(series.step[bad.index]), int(series.line[bad.index])
    word = "NaN" if bad.kind == "nan" else "infinite"
    lead = facts.events.lead_up(step)
    why = [f"{plural(bad.count, 'value')} of {len(series):,} not finite, the first of this stretch at step {count(step)}"]
    if bad.last_finite is not None:
        why.append(f"last finite value {number(float(series.value[bad.last_finite]))} at step {count(int(series.step[bad.last_finite]))}")
    if lead is not None:
        norm, rise = lead
        why.append(f"grad_norm rose from {number(rise.usual)} to {number(rise.peak)} from step {count(int(norm.step[rise.index]))} on")
    is_train = series is facts.train
    yield Finding(
        what=f"{series.name} {'is' if bad.to_the_end else 'was'} {word} from step {count(step)}"
        + (" to the end" if bad.to_the_end else " and came back"),
        why="; ".join(why),
        do=_advice(facts, step, bad.from_the_start, lead is not None, bad.to_the_end),
        series=series.name,
        step=step,
        line=line,
        data={
            "count": bad.count,
            "to_the_end": int(bad.to_the_end),
            "last_finite_step": None if bad.last_finite is None else int(series.step[bad.last_finite]),
            "grad_norm_usual": lead[1].usual if lead else None,
            "grad_norm_peak": lead[1].peak if lead else None,
        },
        severity="error" if bad.to_the_end else "warning" if is_train else "info",
    )


def _advice(facts: Facts, step: int, from_the_start: bool, raised: bool, lasting: bool) -> tuple[str, ...]:
    if not lasting:
        return ("find the batch of that step: NaN in its inputs or targets, or an empty mask (0/0)",)
    if from_the_start:
        return (
            "check the inputs for NaN, and the loss for log(0) or 0/0: it was never finite",
            "try float32 or bfloat16 instead of float16",
        )
    saved = _last_before(facts.run.checkpoints, step)
    rewind = (
        f"resume from {saved.path or f'the checkpoint of step {saved.step:,}'}" if saved else "resume from a checkpoint before that step"
    )
    cause = (
        "lower the learning rate or clip the gradient norm (1.0 is usual), and warm up longer"
        if raised
        else "look at the batches of these steps, and for float16 overflow (use bfloat16); the gradient norm gave no warning"
    )
    return (f"{rewind} and skip the next few hundred batches", cause)


def _last_before(checkpoints: tuple[Checkpoint, ...], step: int) -> Checkpoint | None:
    return max((c for c in checkpoints if c.step < step), key=lambda c: c.step, default=None)
