"""A device was idle for much of the run.

## What it does
Reports devices whose utilization was low over the run.

## Why it matters
The hours are paid for whether kernels run or not.

## How it decides
After the first tenth of the samples, the median utilization is below 50 %, or nineteen of twenty samples are below 70 %.

## What it does not mean
Utilization is the share of time in which *some* kernel ran: a full device can still be used badly, and a tiny model cannot fill a large
one. Samples taken during evaluation or checkpointing count too.

## Example
```console
$ trainlog diagnose sample_logs/rules/under-utilised.jsonl --select GPU005
...
```

## References
- SageMaker Debugger, LowGPUUtilization: 95th percentile below 70 %.
"""

from collections.abc import Iterator

from trainlog.analysis.pace import MIN_POINTS, usage
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._devices import called
from trainlog.rules._text import percent

RULE = Rule("GPU005", "warning", "a device was idle for much of the run", needs=("gpu/utilization",), uses=("data_time_s", "step_time_s"))

MEDIAN = 0.50  # fraction of time; own choice: half of what is paid for
P95 = 0.70  # fraction of time; SageMaker Debugger, LowGPUUtilization


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once per device."""
    devices = facts.gpus("utilization")
    judged = {device: (s, found) for device, series in devices.items() if (found := usage((s := series.finite()).value)) is not None}
    if not judged:
        raise Skip(f"fewer than {MIN_POINTS} readings of utilization")
    for device, (series, found) in judged.items():
        if found.median >= MEDIAN and found.p95 >= P95:
            continue
        yield Finding(
            what=f"{called(facts, device)} was under-used: {percent(found.median)} of the time busy",
            why=f"median utilization {percent(found.median)} (limit {percent(MEDIAN)}), "
            f"95th percentile {percent(found.p95)} (limit {percent(P95)})",
            do=(
                "raise the batch size, or feed it faster: more loader workers, pinned memory, prefetching",
                "log data_time_s beside step_time_s: it tells waiting for data from small kernels",
            ),
            series=series.name,
            step=int(series.step[0]),
            line=int(series.line[0]),
            data={"median": found.median, "p95": found.p95, "p5": found.p5, "device": device},
            confidence=0.9,
        )
