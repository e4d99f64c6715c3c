"""The gradient norm grew to ten times its usual level and stayed there for a while.

## What it does
Finds a lasting growth of the logged gradient norm.

## Why it matters
It comes before divergence and NaN. With clipping, every such step moves the weights by the full clip length in a direction that one bad
region decides.

## How it decides
Three bins in a row (of 200) have a median above ten times the trailing median of half a run. The first tenth of the run is not judged.

## What it does not mean
A single raised point is a bad batch or a step that a loss scaler skipped, and is not reported. Norms grow slowly in healthy runs with
weight decay; they do not grow tenfold.

## Example
```console
$ trainlog diagnose sample_logs/rules/gradient-explosion.jsonl --select NUM005
...
```

## References
- Pascanu, Mikolov & Bengio (2013), On the difficulty of training recurrent neural networks.
"""

from collections.abc import Iterator

from trainlog.analysis.gradient import MIN_POINTS, find_explosion
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._curve import masked
from trainlog.rules._text import count, number

RULE = Rule("NUM005", "warning", "the gradient norm grew tenfold", needs=("grad_norm",), symptom_of=("non-finite", "diverged"))


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once, at the first lasting growth."""
    norm = facts.run.get("grad_norm")
    if norm is None or len(norm) < MIN_POINTS:
        raise Skip(f"fewer than {MIN_POINTS} gradient norms")
    found = find_explosion(masked(norm))
    if found is None:
        return
    step = int(norm.step[found.start])
    yield Finding(
        what=f"the gradient norm exploded at {facts.unit} {count(step)}" + ("" if found.to_the_end else " and came back"),
        why=f"usually {number(found.usual)}, then up to {number(found.peak)}; ten times the usual norm is the limit",
        do=("clip the gradient norm at one to two times its usual value", "lower the learning rate from that step on"),
        series="grad_norm",
        step=step,
        line=int(norm.line[found.start]),
        data={"usual": found.usual, "peak": found.peak, "to_the_end": int(found.to_the_end)},
        confidence=0.95,
    )
