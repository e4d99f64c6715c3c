"""A device was slowed down by heat.

## What it does
Counts the samples in which the device held its clock down because of heat, and what clock was left.

## Why it matters
The same run on a cooled device takes less time; in a group, one hot device slows all of them.

## How it decides
The throttle bits of the driver, where logged: HW slowdown, SW or HW thermal slowdown in more than 2 % of the samples. Without bits: busy
samples within 3 °C of the device's own slowdown temperature (83 °C where the log has none) whose clock is below 90 % of its 95th
percentile, in more than 2 % of the samples, with temperature and clock moving against each other.

## What it does not mean
A high temperature at full clock is not throttling. A power cap lowers clocks too: see `power-capped`.

## Example
```console
$ trainlog diagnose sample_logs/rules/thermal-throttling.jsonl --select GPU003
...
```

## References
- NVIDIA, NVML API reference: nvmlClocksEventReasons. SageMaker Debugger, profiler rules.
"""

from collections.abc import Iterator

import numpy as np

from trainlog.analysis.heat import MIN_POINTS, THERMAL_BITS, Throttling, bits_share, find_thermal
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._devices import Readings, aligned, called
from trainlog.rules._text import count, percent

RULE = Rule(
    "GPU003",
    "warning",
    "a device was slowed down by heat",
    uses=("gpu/throttle", "gpu/temperature_c", "gpu/temperature_limit_c", "gpu/sm_clock_mhz", "gpu/utilization"),
)

SHARE = 0.02  # of the samples; a single hit is a burst that fans answer


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once per device."""
    fields = {name: facts.gpus(name) for name in ("throttle", "temperature_c", "sm_clock_mhz", "utilization", "temperature_limit_c")}
    by_heat = sorted(set(fields["temperature_c"]) & set(fields["sm_clock_mhz"]))
    if not fields["throttle"] and not by_heat:
        raise Skip("the log has neither throttle bits nor temperature with clock")
    judged = False
    for device in sorted({*fields["throttle"], *by_heat}):
        mine = {name: found[device] for name, found in fields.items() if device in found and name != "temperature_limit_c"}
        readings = aligned(device, mine)
        if len(readings.line) < MIN_POINTS:
            continue
        judged = True
        limits = fields["temperature_limit_c"].get(device)
        limit = None if limits is None or not len(limits.finite()) else float(limits.finite().value[0])
        found = _throttling(readings, limit)
        if found is not None and found.share > SHARE:
            yield _finding(facts, readings, found, limit, by_bits="throttle" in mine)
    if not judged:
        raise Skip(f"fewer than {MIN_POINTS} readings of a device")


def _throttling(readings: Readings, limit: float | None) -> Throttling | None:
    values = readings.values
    if "throttle" in values:
        bits = np.clip(values["throttle"], 0, 2.0**53).astype(np.int64)
        return bits_share(bits, THERMAL_BITS, values.get("sm_clock_mhz"), values.get("temperature_c"))
    return find_thermal(values["temperature_c"], values["sm_clock_mhz"], values.get("utilization"), limit)


def _finding(facts: Facts, readings: Readings, found: Throttling, limit: float | None, *, by_bits: bool) -> Finding:
    why = f"held down in {percent(found.share)} of the samples" + (" (throttle bits)" if by_bits else "")
    if np.isfinite(found.hottest):
        why += f"; up to {found.hottest:.0f} °C" + (f", slowdown at {limit:.0f} °C" if limit is not None else "")
    if np.isfinite(found.clock):
        why += f"; the clock was then at {percent(found.clock)} of what it is otherwise"
    return Finding(
        what=f"{called(facts, readings.device)} was slowed down by heat from {facts.unit} {count(int(readings.step[found.start]))} on",
        why=why,
        do=("improve cooling and airflow, or set a power limit: a few per cent less power costs less speed than throttling",),
        series=f"gpu/{readings.device}/{'throttle' if by_bits else 'temperature_c'}",
        step=int(readings.step[found.start]),
        line=int(readings.line[found.start]),
        data={"share": found.share, "hottest": _known(found.hottest), "clock": _known(found.clock), "device": readings.device},
        confidence=0.99 if by_bits else 0.85,
    )


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
