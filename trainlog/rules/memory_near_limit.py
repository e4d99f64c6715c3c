"""Device memory came close to its limit.

## What it does
Compares the highest memory use with the device's total.

## Why it matters
One longer batch, or fragmentation, and the run ends with an out-of-memory error, often hours in.

## How it decides
Highest use above 97 % of the total. Where the framework's own allocation was logged it decides instead, above 92 %: a caching allocator
holds more than it needs.

## What it does not mean
Frameworks that reserve all memory at once (JAX, TensorFlow by default) always look like this unless their allocation is logged.

## Example
```console
$ trainlog diagnose sample_logs/rules/memory-near-limit.jsonl --select GPU001
...
```

## References
- PyTorch, CUDA semantics: memory_allocated against memory_reserved.
"""

from collections.abc import Iterator

import numpy as np

from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._devices import Readings, called, together
from trainlog.rules._text import gib, percent

RULE = Rule(
    "GPU001",
    "warning",
    "device memory came close to its limit",
    needs=("gpu/memory_used_bytes", "gpu/memory_total_bytes"),
    uses=("gpu/memory_allocated_bytes",),
)

USED = 0.97  # of the total, as the driver counts it: less than 3 % is one activation tensor
MIN_POINTS = 20  # readings; fewer may all have missed the peak (as for heat)
ALLOCATED = 0.92  # of the total, as the framework counts it: the context and fragmentation take the rest


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once per device; skipped where none came close and none was read often enough to know its peak."""
    found = [(len(readings.line), _judge(facts, readings)) for readings in together(facts, "memory_used_bytes", "memory_total_bytes")]
    if not any(finding for _, finding in found) and max((n for n, _ in found), default=0) < MIN_POINTS:
        raise Skip(f"fewer than {MIN_POINTS} readings of device memory with its total")
    yield from (finding for _, finding in found if finding is not None)


def _judge(facts: Facts, readings: Readings) -> Finding | None:
    used, total = readings.values["memory_used_bytes"], readings.values["memory_total_bytes"]
    if not len(used) or float(total.max()) <= 0:
        return None
    top, limit, field = int(np.argmax(used)), USED, "used"
    peak, full = float(used[top]), float(total.max())
    own = facts.gpus("memory_allocated_bytes").get(readings.device)
    if own is not None and len(own.finite()):
        peak, limit, field = float(own.finite().value.max()), ALLOCATED, "allocated"
    if peak <= limit * full:
        return None
    return Finding(
        what=f"{called(facts, readings.device)} came within {gib(max(full - peak, 0.0))} of its memory",
        why=f"{gib(peak)} of {gib(full)} {field}, {percent(peak / full)}; the limit is {percent(limit)}",
        do=("lower the batch size and accumulate gradients, or checkpoint activations",),
        series=f"gpu/{readings.device}/memory_{field}_bytes",
        step=int(readings.step[top]),
        line=int(readings.line[top]),
        data={"peak": peak, "total": full, "share": peak / full, "device": readings.device},
        confidence=0.9 if field == "allocated" else 0.8,
    )
