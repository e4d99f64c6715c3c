"""The small panels below the curves: learning rate, GPU memory, use and temperature."""

from collections.abc import Sequence

import numpy as np

from trainlog.render.figure._scene import Line, Panel
from trainlog.render.figure._subject import Subject
from trainlog.run import Series

GIB = 2.0**30


def lr_panel(subjects: Sequence[Subject]) -> tuple[Panel | None, list[str]]:
    """The learning rate, unless it never changes: then a note says it."""
    lines, notes = [], []
    for subject in subjects:
        series = subject.run.get("lr")
        if series is None or not len(series.finite()):
            continue
        finite = series.finite()
        if float(np.ptp(finite.value)) == 0:
            notes.append(f"learning rate {finite.value[0]:.4g} throughout" + ("" if subject.number is None else f" ({subject.name})"))
        lines.append(subject.raw(finite, None, "lr", steps=len(finite) <= 200))
    if not lines or len(notes) == len(lines):
        return None, notes
    return Panel("lr", "learning rate", tuple(lines), share=0.28), []


def gpu_panel(subjects: Sequence[Subject]) -> Panel | None:
    """Memory (else utilisation) on the left axis, temperature on the right; of several devices, the highest at each step."""
    memory: list[Line] = []
    use: list[Line] = []  # where memory is not logged
    heat: list[Line] = []
    for subject in subjects:
        used, text = _highest(subject, ("memory_used_bytes", "memory_reserved_bytes", "memory_allocated_bytes"))
        if used is not None:
            line = subject.raw(used, f"memory{text}", "memory")
            memory.append(line._replace(y=line.y / GIB))
        else:
            busy, text = _highest(subject, ("utilization",))
            if busy is not None:
                line = subject.smoothed(busy, f"in use{text}", "memory")
                use.append(line._replace(y=100 * line.y))
        hot, text = _highest(subject, ("temperature_c",))
        if hot is not None:
            label = f"temperature{text}"
            trend = subject.smoothed(hot, label, "temperature", "dashed")
            heat += [subject.raw(hot, None, "temperature")._replace(faint=True), trend]
    left = memory or use
    if not left:
        return Panel("gpu", "GPU (°C)", tuple(heat), share=0.36) if heat else None
    hot_label = "GPU (°C)" if len(subjects) == 1 else "GPU (°C), dashed"  # the legend names runs, not curves
    lines = (*left, *(line._replace(right=True) for line in heat))
    return Panel("gpu", "GPU memory (GiB)" if memory else "GPU in use (%)", lines, right_label=hot_label if heat else None, share=0.36)


def _highest(subject: Subject, fields: Sequence[str]) -> tuple[Series | None, str]:
    """The first of the fields that is logged, as the maximum over the devices at each step."""
    for field in fields:
        devices = [s for s in subject.facts.gpus(field).values() if len(s)]
        if len(devices) == 1:
            return devices[0], ""
        if devices:
            step = np.concatenate([s.step for s in devices])
            value = np.concatenate([s.value for s in devices])
            line = np.concatenate([s.line for s in devices])
            order = np.lexsort((value, step))
            step, value, line = step[order], value[order], line[order]
            last = np.append(step[1:] != step[:-1], True)
            return Series(field, step[last], value[last], line[last]), f" (highest of {len(devices)} GPUs)"
    return None, ""
