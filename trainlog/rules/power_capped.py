"""A device ran at its power limit.

## What it does
Says that the clock was set by the power limit for most of the run.

## Why it matters
It is what a busy device does. It matters when comparing runs: another limit gives another speed.

## How it decides
The driver's bits SW power cap or HW power brake in more than half of the samples; without bits, a power draw of at least 97 % of the limit
in more than half of them.

## What it does not mean
No defect: a device below its limit is one that waits.

## Example
```console
$ trainlog diagnose sample_logs/rules/power-capped.jsonl --select GPU004
...
```

## References
- NVIDIA, NVML API reference: nvmlClocksEventReasonSwPowerCap, nvmlDeviceGetEnforcedPowerLimit.
"""

from collections.abc import Iterator

import numpy as np

from trainlog.analysis.heat import MIN_POINTS, POWER_BITS
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._devices import called, together
from trainlog.rules._text import percent

RULE = Rule("GPU004", "info", "a device ran at its power limit", uses=("gpu/throttle", "gpu/power_w", "gpu/power_limit_w"))

SHARE = 0.5  # of the samples; at its limit half of the time, a device computes as fast as its power allows (own choice)
WHOLE = 2.0**53  # the largest bit field that a float holds exactly
AT_LIMIT = 0.97  # of the power limit; readings are averages over up to a second


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once per device."""
    if not facts.gpus("throttle") and not (facts.gpus("power_w") and facts.gpus("power_limit_w")):
        raise Skip("the log has neither throttle bits nor power with its limit")
    by_bits = bool(facts.gpus("throttle"))
    devices = together(facts, *(("throttle",) if by_bits else ("power_w", "power_limit_w")))
    judged = [readings for readings in devices if len(readings.line) >= MIN_POINTS]
    if not judged:
        raise Skip(f"fewer than {MIN_POINTS} readings of a device")
    for readings in judged:
        if by_bits:
            held = (np.clip(readings.values["throttle"], 0, WHOLE).astype(np.int64) & POWER_BITS) != 0
        else:
            held = readings.values["power_w"] >= AT_LIMIT * np.maximum(readings.values["power_limit_w"], 1e-9)
        share = float(held.mean())
        if share <= SHARE:
            continue
        first = int(np.argmax(held))
        yield Finding(
            what=f"{called(facts, readings.device)} ran at its power limit",
            why=f"in {percent(share)} of the samples",
            series=f"gpu/{readings.device}/{'throttle' if by_bits else 'power_w'}",
            step=int(readings.step[first]),
            line=int(readings.line[first]),
            data={"share": share, "device": readings.device},
        )
