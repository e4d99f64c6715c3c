"""Training waited for data.

## What it does
Measures the share of the time that steps spent waiting for their batch.

## Why it matters
That share is what a faster loader would give back.

## How it decides
Logged data time against step time: above 20 % is a warning, above 50 % an error. Without a data time: steps longer than three times the
median, while the device was idle (below 30 %) where its utilization was logged, that make up more than 20 % of the time.

## What it does not mean
Long steps at a regular distance are evaluations or checkpoints and do not count. Asynchronous loaders hide waiting that costs nothing.

## Example
```console
$ trainlog diagnose sample_logs/rules/data-stall.jsonl --select GPU006
...
```

## References
- SageMaker Debugger, IOBottleneck and CPUBottleneck (50 %); PyTorch performance tuning guide.
"""

from collections.abc import Iterator

from trainlog.analysis.pace import MIN_POINTS, find_stalls, waiting_share
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._devices import Readings, aligned
from trainlog.rules._text import count, percent, plural
from trainlog.run import Floats

RULE = Rule("GPU006", "warning", "training waited for data", needs=("step_time_s",), uses=("data_time_s", "gpu/utilization"))

WARN = 0.20  # of the time; diagnosis proposals and profilers agree that a fifth is worth a look
SEVERE = 0.50  # of the time; SageMaker Debugger, IOBottleneck


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once."""
    step_time, data_time = facts.run.get("step_time_s"), facts.run.get("data_time_s")
    if step_time is None or len(step_time) < MIN_POINTS:
        raise Skip(f"fewer than {MIN_POINTS} step times")
    series = {"step": step_time}
    if data_time is not None:
        series["data"] = data_time
    elif facts.gpus("utilization"):
        series["busy"] = next(iter(facts.gpus("utilization").values()))
    readings = aligned("", series)
    if len(readings.line) < MIN_POINTS and "busy" in series:
        readings = aligned("", {"step": step_time})
    yield from _logged(readings) if "data" in readings.values else _guessed(facts, readings)


def _logged(readings: Readings) -> Iterator[Finding]:
    found = waiting_share(_positive(readings.values["data"]), _positive(readings.values["step"]))
    if found is None or found.share <= WARN:
        return
    yield Finding(
        what=f"{percent(found.share)} of the time was spent waiting for data",
        why=f"data time is {percent(found.share)} of step time over {len(readings.line):,} records; the limit is {percent(WARN)}",
        do=(
            "more loader workers (num_workers), pinned memory, prefetching; move decoding and augmentation off the critical path",
            "keep workers alive between epochs (persistent_workers)",
        ),
        series="data_time_s",
        step=int(readings.step[found.start]),
        line=int(readings.line[found.start]),
        data={"share": found.share},
        confidence=0.97,
        severity="error" if found.share > SEVERE else "warning",
    )


def _guessed(facts: Facts, readings: Readings) -> Iterator[Finding]:
    found = find_stalls(_positive(readings.values["step"]), readings.values.get("busy"))
    if found is None or found.periodic or found.share <= WARN:
        return
    yield Finding(
        what=f"training stalled: {plural(found.steps, 'step')} took over three times the median",
        why=f"they cost {percent(found.share)} of the time, the first at {facts.unit} {count(int(readings.step[found.start]))}"
        + ("; the device was idle meanwhile" if "busy" in readings.values else ""),
        do=("log data_time_s to see whether the loader is the cause; then more workers and prefetching",),
        series="step_time_s",
        step=int(readings.step[found.start]),
        line=int(readings.line[found.start]),
        data={"share": found.share, "count": found.steps},
        confidence=0.85 if "busy" in readings.values else 0.7,
    )


def _positive(seconds: Floats) -> Floats:
    return seconds if float(seconds.min()) >= 0 else seconds.clip(0)
