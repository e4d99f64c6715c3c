"""GPU readings from a second file -> series of runs, joined on time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainlog.errors import UnreadableLog
from trainlog.readers._choose import Options
from trainlog.readers._discover import find
from trainlog.run import Floats, Run, Series

QUARTER_HOUR = 900.0  # s: time zones differ by multiples of it (Nepal: UTC+5:45)
MAX_OFFSET = 104  # quarter hours: from UTC-12 to UTC+14
NEAR = 120.0  # s: readings that start and end so near to the run, but for a time zone, are of it
RUN_WIDE = ("energy_j", "emissions_kg")  # one value for the whole run

_Span = tuple[float, float]


class _Shift(NamedTuple):
    """Seconds to add to the times of readings, what they share with the run then, and what to say about it."""

    seconds: float
    shared: float
    remark: str = ""
    is_zone: bool = False


def gpu_readings(path: str) -> Run:
    """The GPU readings that a file holds (nvidia-smi, codecarbon, any log with such); raises ``UnreadableLog`` when it has none."""
    readings = find(path, Options())[-1]
    if not any(name in RUN_WIDE or (name.startswith("gpu/") and series.time_s is not None) for name, series in readings.series.items()):
        raise UnreadableLog("this file holds no GPU readings with a time", where=path)
    return readings


def join_gpu(runs: Sequence[Run], readings: Run) -> list[Run]:
    """Add GPU readings of another file to the runs of a log, joined on time.

    Readings outside a run are left out, and a run without any stays as it is, which is said. Where the two clocks do not overlap
    in any run, a shift by whole quarter hours (a time zone) is tried; where a run has no dates, both are taken to start together.
    Either is noted as a remark.

    Raises ``UnreadableLog`` when nothing falls into any of the runs.
    """
    wide = {name: series for name, series in readings.series.items() if name in RUN_WIDE}
    gpus = {name: series for name, series in readings.series.items() if name.startswith("gpu/") and series.time_s is not None}
    found = [replace(run, series={**run.series, **_at_end(wide, run, readings)}) for run in runs]
    if not gpus:
        return found
    shifts = [_shift(run, readings, gpus) for run in found]
    if any(shift.shared > 0 and not shift.is_zone for shift in shifts):  # the clocks agree: then they do for all
        shifts = [shift._replace(shared=0.0) if shift.is_zone else shift for shift in shifts]
    if not any(shift.shared > 0 for shift in shifts):
        raise UnreadableLog("none of these readings were taken during the run", where=readings.source)
    return [_joined(run, gpus, shift) for run, shift in zip(found, shifts, strict=True)]


def _at_end(wide: Mapping[str, Series], run: Run, readings: Run) -> dict[str, Series]:
    """Place what is told once per run at its last step: of several such rows, that which was written nearest to its end."""
    last = np.array([run.last_step], dtype=np.int64)
    times, _ = _clock(run)
    placed = {}
    for name, series in wide.items():
        at = len(series) - 1
        if series.time_s is not None and run.started is not None and readings.started is not None and len(times):
            apart = (readings.started - run.started).total_seconds()
            at = int(np.nanargmin(np.abs(np.asarray(series.time_s) + apart - times[-1])))
        placed[name] = Series(name, last, series.value[at : at + 1].copy(), series.line[at : at + 1].copy())
    return placed


def _joined(run: Run, gpus: Mapping[str, Series], shift: _Shift) -> Run:
    if shift.shared <= 0:
        return replace(run, remarks=(*run.remarks, "no GPU readings were taken during this run"))
    times, steps = _clock(run)
    joined = {}
    for name, series in gpus.items():
        when = np.asarray(series.time_s) + shift.seconds
        inside = (when >= times[0]) & (when <= times[-1])
        if inside.any():
            step = np.rint(np.interp(when[inside], times, steps)).astype(np.int64)
            joined[name] = Series(name, step, series.value[inside], series.line[inside], when[inside])
    return replace(run, series={**run.series, **joined}, remarks=(*run.remarks, shift.remark) if shift.remark else run.remarks)


def _clock(run: Run) -> tuple[Floats, NDArray[np.float64]]:
    """Seconds since the start of the run, and the step reached then."""
    known = [series for series in run.series.values() if series.time_s is not None and not series.name.startswith("gpu/")]
    if not known:
        return np.zeros(0), np.zeros(0)
    times = np.concatenate([np.asarray(series.time_s) for series in known])
    steps = np.concatenate([series.step for series in known]).astype(np.float64)
    order = np.lexsort((steps, times))
    order = order[np.isfinite(times[order])]
    return times[order], np.maximum.accumulate(steps[order])


def _shift(run: Run, readings: Run, gpus: Mapping[str, Series]) -> _Shift:
    """How far the readings' times are from counting from the start of the run; raises ``UnreadableLog`` for a run without times."""
    times, _ = _clock(run)
    if not len(times):
        raise UnreadableLog("this run says no times, so readings cannot be joined to it", where=run.source)
    span = (float(times[0]), float(times[-1]))
    starts, ends = zip(
        *((float(series.time_s[0]), float(series.time_s[-1])) for series in gpus.values() if series.time_s is not None), strict=True
    )
    taken = (min(starts), max(ends))
    if run.started is None or readings.started is None:
        shift = span[0] - taken[0]
        return _Shift(shift, _shared(span, taken, shift), "the run or the GPU readings have no dates: both are taken to start together")
    apart = (readings.started - run.started).total_seconds()
    zones = [zone * QUARTER_HOUR for zone in sorted(range(-MAX_OFFSET, MAX_OFFSET + 1), key=abs)]
    ends_meet = [zone for zone in zones if _ends_meet(span, taken, apart + zone)]
    zone = ends_meet[0] if ends_meet else 0.0
    if not ends_meet and _shared(span, taken, apart) <= 0:
        zone = max(zones, key=lambda zone: _shared(span, taken, apart + zone))
    remark = f"the GPU readings are {zone / 3600:+g} h from the run: taken for a time zone" if zone else ""
    return _Shift(apart + zone, _shared(span, taken, apart + zone), remark, bool(zone))


def _shared(span: _Span, taken: _Span, shift: float) -> float:
    """Seconds that run and readings have in common."""
    return min(taken[1] + shift, span[1]) - max(taken[0] + shift, span[0])


def _ends_meet(span: _Span, taken: _Span, shift: float) -> bool:
    return abs(taken[0] + shift - span[0]) <= NEAR and abs(taken[1] + shift - span[1]) <= NEAR
