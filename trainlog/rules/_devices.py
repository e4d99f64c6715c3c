"""Device readings of a run, sampled together."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from trainlog._order import distinct
from trainlog.rules._facts import Facts
from trainlog.run import Floats, Ints, Series


class Readings(NamedTuple):
    """Several fields of one device at the same records: finite float64 arrays of equal length, and where they come from."""

    device: str
    step: Ints
    line: Ints
    values: dict[str, Floats]


def together(facts: Facts, *fields: str) -> Iterator[Readings]:
    """Give the devices that have all of ``fields``, at the records (source lines) that hold them all."""
    series = {field: facts.gpus(field) for field in fields}
    for device in sorted(set.intersection(*(set(found) for found in series.values())), key=_order):
        yield aligned(device, {field: series[field][device] for field in fields})


def aligned(device: str, series: dict[str, Series]) -> Readings:
    """Keep the records in which all of ``series`` are finite."""
    kept = [s.finite() for s in series.values()]
    first = kept[0]
    if all(one.line is first.line or np.array_equal(one.line, first.line) for one in kept[1:]):
        return Readings(device, first.step, first.line, {name: one.value for name, one in zip(series, kept, strict=True)})
    lines = first.line
    for other in kept[1:]:
        lines = distinct(lines[np.isin(lines, other.line)])
    values, step = {}, first.step
    for name, one in zip(series, kept, strict=True):
        order = np.argsort(one.line, kind="stable")
        at = order[np.searchsorted(one.line[order], lines)]
        values[name] = one.value[at]
        step = one.step[at]
    # Records come in the order of the file; what follows asks for the order of the steps.
    order = np.argsort(step, kind="stable")
    return Readings(device, step[order], lines[order], {name: value[order] for name, value in values.items()})


def called(facts: Facts, device: str) -> str:
    """``GPU 1``, or ``the GPU`` where the log has one."""
    return f"GPU {device}" if len({n.split("/")[1] for n in facts.run.series if n.startswith("gpu/")}) > 1 else "the GPU"


def _order(device: str) -> tuple[int, str]:
    return (int(device), "") if device.isdecimal() else (1 << 30, device)
