"""The loss scale of mixed precision fell and stayed low.

## What it does
Finds a loss scaler that kept halving instead of finding a level.

## Why it matters
Every halving is an optimizer step that was skipped because gradients overflowed; a scale below 1 means that float16 cannot hold this
model's gradients at all. NaN usually follows.

## How it decides
The scale ends at a 64th of its settled level (median of the run's second to fifth tenth) or less, or below 1 having been above. The first
tenth is calibration: scalers start far too high on purpose.

## What it does not mean
A scale that moves between two neighbouring powers of two is healthy.

## Example
```console
$ trainlog diagnose sample_logs/rules/amp-scale-collapse.jsonl --select NUM006
...
```

## References
- Micikevicius et al. (2018), Mixed precision training; torch.amp.GradScaler (backoff 0.5, growth every 2,000 steps).
"""

from collections.abc import Iterator

import numpy as np

from trainlog.analysis.scaling import MIN_POINTS, find_scale_collapse
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._text import count, number

RULE = Rule("NUM006", "warning", "the mixed-precision loss scale collapsed", needs=("loss_scale",))


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once."""
    scale = facts.run.get("loss_scale")
    scale = None if scale is None else scale.finite()
    if scale is None or len(scale) < MIN_POINTS:
        raise Skip(f"fewer than {MIN_POINTS} loss scales")
    found = find_scale_collapse(np.clip(scale.value, 0.0, 1e300))
    if found is None:
        return
    step = int(scale.step[found.start])
    yield Finding(
        what=f"the loss scale collapsed from {facts.unit} {count(step)} on",
        why=f"from {number(found.settled)} to {number(found.final)}: {found.halvings} halvings, each a skipped optimizer step",
        do=("use bfloat16, which needs no loss scale", "or keep the overflowing layers (softmax, norms, the loss) in float32"),
        series="loss_scale",
        step=step,
        line=int(scale.line[found.start]),
        data={"settled": found.settled, "final": found.final, "halvings": found.halvings},
        confidence=0.95,
    )
