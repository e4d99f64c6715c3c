"""Diagnoses -> Scene: which panels a picture has, what they share, and what is said about them below."""

from collections.abc import Sequence
from pathlib import PurePath

import numpy as np

from trainlog.diagnosis import Diagnosis
from trainlog.errors import UsageError
from trainlog.progress import LABELS, Progress, common
from trainlog.render._escape import plain
from trainlog.render.figure._machine import gpu_panel, lr_panel
from trainlog.render.figure._metric import metric_panels
from trainlog.render.figure._scene import Options, Panel, Role, Scene
from trainlog.render.figure._subject import Subject, names

MOST_OVERLAID = 6  # runs in one frame; with more, each gets its own
MOST_NOTES = 4  # more would not fit in a line
UNLIKE_LENGTHS = 4.0  # a run this many times as long as another hides it on a common x axis
KINDS: dict[Role, str] = {"keep": "keep", "onset": "overfitting starts", "bad": "NaN or infinite", "spike": "loss spike"}
HOUR, MINUTE = 3600.0, 60.0


@np.errstate(all="ignore")  # numbers of a log may overflow: what comes of it is infinite or NaN
def build(diagnoses: Sequence[Diagnosis], options: Options) -> Scene:
    """Lay out the picture of some runs; raises ``UsageError`` when there is nothing to draw, or no common x axis."""
    runs = [d.run for d in diagnoses]
    progress, xlabel = _axis(common(runs, options.x), runs)
    shown = names(runs)
    alone = len(runs) == 1
    subjects = [Subject(d, p, n, options, None if alone else i) for i, (d, p, n) in enumerate(zip(diagnoses, progress, shown, strict=True))]
    grid = not alone and (options.layout == "grid" or (options.layout is None and len(runs) > MOST_OVERLAID))
    notes: list[str] = []
    if grid:
        panels = [_cell(subject, log_y=options.log_y) for subject in subjects]
    else:
        panels = metric_panels(subjects, log_y=options.log_y)
        rate, notes = lr_panel(subjects) if options.machine else (None, [])
        devices = gpu_panel(subjects) if options.machine else None
        panels += [p for p in (rate, devices) if p is not None]
    if not any(len(line.x) for panel in panels for line in panel.lines) and not any(panel.marks for panel in panels):
        why = "it has no loss, and no other metric whose direction is known"
        if any(panel.lines for panel in panels):
            why = "it has a loss, but no value of it" + (" beyond 0 on a logarithmic x axis" if options.log_x else "")
        raise UsageError("there is no curve to draw", where=runs[0].source, why=why, do="say which key is the loss: --alias loss=KEY")
    span = _span(panels, log_x=options.log_x)
    if grid and all(high - low >= (span[1] - span[0]) / UNLIKE_LENGTHS for low, high in (p.span or span for p in panels)):
        panels = [panel._replace(span=None) for panel in panels]
    title, subtitle = _title(diagnoses, options)
    columns = _columns(len(panels)) if grid else 1
    notes = [*_drawn(panels), *notes]
    return Scene(
        title,
        subtitle,
        tuple(panels),
        progress[0].unit,
        xlabel,
        span,
        options.log_x,
        columns,
        options.size,
        tuple(notes),
        () if alone else tuple(shown),
    )


def _cell(subject: Subject, *, log_y: bool) -> Panel:
    """One run's panel in a grid: without what all panels would say again."""
    panel = metric_panels([subject._replace(number=None)], log_y=log_y)[0]
    marks = tuple(mark._replace(label=mark.label and KINDS.get(mark.role)) for mark in panel.marks)
    bands = tuple(band._replace(label=KINDS.get(band.role)) for band in panel.bands)
    lines = tuple(line._replace(label=None if line.faint else (line.label or "").split(", smoothed")[0] or None) for line in panel.lines)
    return panel._replace(
        title=subject.name,
        verdict=subject.diagnosis.verdict,
        lines=lines,
        marks=marks,
        bands=bands,
        exp_axis=None,
        span=_span([panel], log_x=subject.options.log_x),
    )


def _span(panels: Sequence[Panel], *, log_x: bool = False) -> tuple[float, float]:
    """The lowest and highest x of what is drawn, marks too: a run may be NaN throughout."""
    parts = [line.x for panel in panels for line in panel.lines] + [mark.x for panel in panels for mark in panel.marks]
    xs = np.concatenate(parts or [np.empty(0)])
    xs = xs[xs > 0] if log_x else xs
    return (float(xs.min()), float(xs.max())) if len(xs) else (1.0, 10.0)


def _axis(progress: list[Progress], runs: Sequence[object]) -> tuple[list[Progress], str]:
    """Show time in the unit that people would say: seconds, minutes or hours."""
    unit = progress[0].unit
    if unit != "time":
        return progress, LABELS[unit]
    longest = max(float(p.knots[1][-1]) for p in progress if p.knots is not None)
    scale, label = (HOUR, "h") if longest >= 2 * HOUR else (MINUTE, "min") if longest >= 3 * MINUTE else (1.0, "s")
    scaled = [Progress(unit, None if p.knots is None else (p.knots[0], p.knots[1] / scale)) for p in progress]
    return scaled, f"training time ({label})"


def _title(diagnoses: Sequence[Diagnosis], options: Options) -> tuple[str, str]:
    verdicts = [d.verdict.replace("-", " ") for d in diagnoses]
    if options.title is not None:
        return plain(options.title), ""
    if len(diagnoses) == 1:
        run = diagnoses[0].run
        name = plain(PurePath(run.source).name or run.source) + (f" run {run.index}" if run.siblings > 1 else "")
        return name, verdicts[0]
    sources = {d.run.source for d in diagnoses}
    of_one = f"{plain(PurePath(min(sources)).name or min(sources))}, " if len(sources) == 1 else ""
    return f"{of_one}{len(diagnoses)} runs", ""


def _columns(count: int) -> int:
    return 2 if count <= 4 else 3 if count <= 12 else 4


def _drawn(panels: Sequence[Panel]) -> list[str]:
    """What was left out of the picture, in words."""
    total = sum(line.total for panel in panels for line in panel.lines if line.total > len(line.x) and line.faint)
    drawn = sum(len(line.x) for panel in panels for line in panel.lines if line.total > len(line.x) and line.faint)
    notes = [f"{total:,} points, {drawn:,} drawn, every extreme kept"] if total else []
    for panel in panels:
        if panel.limits is None:
            continue
        low, high = panel.limits
        name = panel.ylabel.split(" (")[0] if panel.title is None else panel.title
        above = [float(line.y.max()) for line in panel.lines if len(line.y) and line.y.max() > high]
        below = [float(line.y.min()) for line in panel.lines if len(line.y) and line.y.min() < low]
        notes += [f"{name} leaves the frame (▴) up to {max(above):.4g}"] if above else []
        notes += [f"{name} leaves the frame (▾) down to {min(below):.4g}"] if below else []
    return notes if len(notes) <= MOST_NOTES else [*notes[:MOST_NOTES], f"and {len(notes) - MOST_NOTES} more"]
