"""The floor of device memory rose through the run.

## What it does
Finds a leak, and says in how many steps it fills the device.

## Why it matters
The run will end with an out-of-memory error whatever the batch size; the step at which it does can be known in advance.

## How it decides
The minimum of each of 100 bins after the first tenth of the run rises (Mann-Kendall z above 4), by more than 5 % and 256 MiB, in at least
70 % of the increments between tenths of the run, without one tenth making up half of the rise, without a fall first, and still rises over
the last three. It is a straight line, from the start or from some point on: half a swing of memory that goes up and down is a bend.
The slope is Theil-Sen's, with a 90 % interval. Memory is full once a reading reaches the total: the steps left are given
with a 90 % interval, from the uncertain slope and from how far readings stand above the floor. The framework's own allocation is used
where it was logged.

## What it does not mean
Caches that fill, a larger batch from some step on, and peaks that grow over a steady floor are not leaks, and not reported.

## Example
```console
$ trainlog diagnose sample_logs/rules/memory-leak.jsonl --select GPU002
...
```

## References
- Theil (1950); Sen (1968). PyTorch FAQ: "My model reports cuda runtime error(2): out of memory" (history kept across iterations).
"""

from collections.abc import Iterator

import numpy as np

from trainlog.analysis.memory import MIN_POINTS, SETTLING, Leak, find_leak
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._devices import called
from trainlog.rules._text import count, gib
from trainlog.run import Series

RULE = Rule(
    "GPU002", "warning", "device memory leaks", uses=("gpu/memory_used_bytes", "gpu/memory_allocated_bytes", "gpu/memory_total_bytes")
)

SOON = 1.0  # lengths of the run until memory is full below which a leak is an error


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once per device."""
    devices = {**facts.gpus("memory_used_bytes"), **facts.gpus("memory_allocated_bytes")}
    judged = {device: s for device, found in devices.items() if len(s := found.finite()) >= MIN_POINTS}
    if not judged:
        raise Skip(f"fewer than {MIN_POINTS} readings of device memory" if devices else "the log has no device memory")
    totals = facts.gpus("memory_total_bytes")
    for device, series in judged.items():
        leak = find_leak(series.step.astype(np.float64), series.value)
        if leak is not None:
            yield _finding(facts, device, series, leak, totals.get(device))


def _finding(facts: Facts, device: str, series: Series, leak: Leak, total: Series | None) -> Finding:
    first, last = int(series.step[len(series) // 10]), int(series.step[-1])
    why = f"its floor rose by {gib(leak.rise)} from {facts.unit} {count(first)} to {count(last)}: "
    why += f"{leak.slope / 2**20:.3g} MiB per {facts.unit} (90 %: {leak.low / 2**20:.3g} to {leak.high / 2**20:.3g})"
    left = None
    if total is not None and len(total.finite()):
        settled = series.take(np.arange(len(series)) >= int(SETTLING * len(series)))
        left = leak.until_full(settled.step.astype(np.float64), settled.value, float(total.finite().value.max()))
    if left is not None:
        why += f"; full in about {count(left[0])} {facts.unit}s ({count(left[1])} to {count(left[2])})"
    soon = left is not None and left[0] < SOON * (last - int(series.step[0]))
    return Finding(
        what=f"{called(facts, device)} leaks memory"
        + (f": out of memory in about {count(left[0])} {facts.unit}s" if left and soon else ""),
        why=why,
        do=(
            "keep no tensors with their graph across steps: loss.item() or .detach() before storing or summing",
            "look for lists that grow in the loop, and for hooks registered every step",
        ),
        series=series.name,
        step=first,
        step_low=first,
        step_high=last,
        line=int(series.line[len(series) // 10]),
        data={
            "bytes_per_step": leak.slope,
            "bytes_per_step_low": leak.low,
            "bytes_per_step_high": leak.high,
            "rise": leak.rise,
            "steps_to_oom": left[0] if left else None,
            "steps_to_oom_low": left[1] if left else None,
            "steps_to_oom_high": left[2] if left and np.isfinite(left[2]) else None,
            "device": device,
        },
        confidence=0.9,
        severity="error" if soon else "warning",
    )
