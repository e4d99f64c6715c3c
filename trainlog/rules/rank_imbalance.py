"""One device did less than the others.

## What it does
Compares the devices of a run: utilization, clock, power.

## Why it matters
Data-parallel training is as fast as its slowest device; uneven pipeline stages leave the others waiting.

## How it decides
After the first tenth, one device's median is below 80 % of the others' median (utilization, power) or below 90 % (clock), and stays so in
nine of ten tenths of the run.

## What it does not mean
Pipeline and tensor parallelism are uneven by design to a degree. Two different models of device are never equal.

## Example
```console
$ trainlog diagnose sample_logs/rules/rank-imbalance.jsonl --select GPU008
...
```

## References
- SageMaker Debugger, LoadBalancing.
"""

from collections.abc import Iterator

from trainlog.analysis.pace import MIN_POINTS, find_imbalance
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._text import percent

RULE = Rule("GPU008", "warning", "one device did less than the others", uses=("gpu/utilization", "gpu/sm_clock_mhz", "gpu/power_w"))

LEAST = {"sm_clock_mhz": 0.9, "utilization": 0.8, "power_w": 0.8}
"""Fraction of the others' median below which a device falls behind; clocks of equal devices differ by a few per cent."""
WORDS = {"sm_clock_mhz": "clock", "utilization": "utilization", "power_w": "power"}


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once, for the field that shows it first."""
    judged = False
    for field, least in LEAST.items():
        devices = {device: s for device, found in facts.gpus(field).items() if len(s := found.finite()) >= MIN_POINTS}
        if len(devices) < 2:
            continue
        judged = True
        names = list(devices)
        found = find_imbalance([devices[name].value for name in names], least)
        if found is None:
            continue
        device = names[found.device]
        series = devices[device]
        yield Finding(
            what=f"GPU {device} fell behind the others: {percent(found.ratio)} of their {WORDS[field]}",
            why=f"its median {WORDS[field]} is {percent(found.ratio)} of the others', in at least nine of ten tenths of the run; "
            f"the limit is {percent(least)}",
            do=("look at that device's temperature, power limit and PCIe link, and at how the batch is split",),
            series=series.name,
            step=int(series.step[0]),
            line=int(series.line[0]),
            data={"ratio": found.ratio, "device": device},
            confidence=0.85,
        )
        return
    if not judged:
        raise Skip(f"fewer than two devices with {MIN_POINTS} readings")
