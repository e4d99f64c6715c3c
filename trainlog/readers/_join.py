"""GPU readings from a second file -> series of a run, joined on time."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from trainlog.errors import UnreadableLog
from trainlog.readers._choose import Options
from trainlog.readers._discover import find
from trainlog.run import Floats, Run, Series

HALF_HOUR = 1800.0  # s: time zones differ by multiples of it
MAX_OFFSET = 28  # half hours: UTC+14 is the farthest
RUN_WIDE = ("energy_j", "emissions_kg")  # one value for the whole run


def gpu_readings(path: str) -> Run:
    """The GPU readings that a file holds (nvidia-smi, codecarbon, any log with such); raises ``UnreadableLog`` when it has none."""
    readings = find(path, Options())[-1]
    if not any(name in RUN_WIDE or (name.startswith("gpu/") and series.time_s is not None) for name, series in readings.series.items()):
        raise UnreadableLog("this file holds no GPU readings with a time", where=path)
    return readings


def join_gpu(run: Run, readings: Run) -> Run:
    """Add GPU readings of another file to a run, joined on time.

    Readings outside the run are left out. Where the two clocks do not overlap, a shift by whole half hours (a time zone) is
    tried; where the run has no dates, both are taken to start together. Either is noted as a remark.

    Raises ``UnreadableLog`` when nothing falls into the run.
    """
    wide = {name: _at_end(series, run) for name, series in readings.series.items() if name in RUN_WIDE}
    gpus = {name: series for name, series in readings.series.items() if name.startswith("gpu/") and series.time_s is not None}
    joined, remark = _placed(run, readings, gpus) if gpus else ({}, "")
    remarks = (*run.remarks, remark) if remark else run.remarks
    return replace(run, series={**run.series, **joined, **wide}, remarks=remarks)


def _at_end(series: Series, run: Run) -> Series:
    last = np.array([run.last_step], dtype=np.int64)
    return Series(series.name, last, series.value[-1:].copy(), series.line[-1:].copy())


def _placed(run: Run, readings: Run, gpus: Mapping[str, Series]) -> tuple[dict[str, Series], str]:
    times, steps = _clock(run)
    if not len(times):
        raise UnreadableLog("this run says no times, so readings cannot be joined to it", where=run.source)
    first = min(float(series.time_s[0]) for series in gpus.values() if series.time_s is not None)
    last = max(float(series.time_s[-1]) for series in gpus.values() if series.time_s is not None)
    shift, remark = _shift(run, readings, (times[0], times[-1]), (first, last))
    joined = {}
    for name, series in gpus.items():
        when = np.asarray(series.time_s) + shift
        inside = (when >= times[0]) & (when <= times[-1])
        if inside.any():
            step = np.rint(np.interp(when[inside], times, steps)).astype(np.int64)
            joined[name] = Series(name, step, series.value[inside], series.line[inside], when[inside])
    if not joined:
        raise UnreadableLog(
            "none of these readings were taken during the run", where=readings.source, why=f"the run lasted {times[-1]:,.0f} s"
        )
    return joined, remark


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


def _shift(run: Run, readings: Run, span: tuple[float, float], taken: tuple[float, float]) -> tuple[float, str]:
    """Seconds to add to the readings' times to count from the start of the run, and what to say about it."""
    if run.started is None or readings.started is None:
        return span[0] - taken[0], "the run or the GPU readings have no dates: both are taken to start together"
    apart = (readings.started - run.started).total_seconds()
    zones = [zone * HALF_HOUR for zone in sorted(range(-MAX_OFFSET, MAX_OFFSET + 1), key=abs)]
    best = max(zones, key=lambda zone: min(taken[1] + apart + zone, span[1]) - max(taken[0] + apart + zone, span[0]))
    if min(taken[1] + apart, span[1]) > max(taken[0] + apart, span[0]):
        best = 0.0
    return apart + best, f"the GPU readings are {best / 3600:+g} h from the run: taken for a time zone" if best else ""
