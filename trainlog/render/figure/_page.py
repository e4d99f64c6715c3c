"""Scene -> one self-contained page: every panel as an interactive chart, with what the picture would show."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from trainlog.errors import UsageError
from trainlog.progress import LABELS, UNITS, Progress, Unit, progress
from trainlog.render._chart import chart, page
from trainlog.render._escape import plain, xml
from trainlog.render.figure._scene import Dash, Line, Panel, Role, Scene
from trainlog.run import Floats, Run

COLOURS: dict[Role, int] = {
    "train": 0,
    "val": 1,
    "keep": 2,
    "onset": 4,
    "bad": 6,
    "spike": 3,
    "lr": 7,
    "memory": 0,
    "temperature": 1,
    "resume": 7,
}
DASHES: dict[Dash, int] = {"solid": 0, "dashed": 1, "dotted": 2, "dashdot": 3}
MOST_COLOURS = 8
HEIGHT, LEAST_HEIGHT = 380, 160  # of a panel whose share is 1, and of the smallest, in the units of the chart

Axes = dict[str, list[Progress]]


def html(scene: Scene, runs: Sequence[Run]) -> bytes:
    """The page as UTF-8. It can be shown on every x axis that all ``runs`` say how to convert to."""
    axes = _axes(runs, scene.unit)
    title = f"{scene.title}: {scene.subtitle}" if scene.subtitle else scene.title
    charts = "".join(part for panel in scene.panels for part in _panel(panel, scene, axes))
    notes = "".join(f"<p>{xml(note)}</p>" for note in scene.notes)
    heading = f"<h1>{xml(title)}</h1>" if title else ""
    return page(title or "trainlog plot", f"{heading}{charts}{notes}").encode("utf-8", "replace")


def _panel(panel: Panel, scene: Scene, axes: Axes) -> Iterator[str]:
    """The chart of a panel; what has its own axis on the right gets a chart of its own."""
    heading = f"<h2>{xml(panel.title)}: {xml(panel.verdict)}</h2>" if panel.title is not None else ""
    for right, label in ((False, panel.ylabel), (True, panel.right_label or "")):
        lines = [_line(line, scene, axes) for line in panel.lines if line.right == right and len(line.x)]
        if not lines:
            continue
        options: dict[str, Any] = {"title": label, "label": scene.xlabel, "log": panel.log_y and not right, "log_x": scene.log_x}
        options["height"] = max(LEAST_HEIGHT, round(HEIGHT * panel.share))
        if panel.limits is not None and not right:
            options["limits"] = panel.limits
        marks = [] if right else list(_marks(panel, scene))
        yield f'<section aria-label="{xml(label)}">{heading}{chart(lines, marks, scene.unit, **options)}</section>'
        heading = ""


def _axes(runs: Sequence[Run], shown: Unit) -> Axes:
    """The other axes by their labels, and the conversion of each run to them."""
    found: Axes = {}
    for unit in UNITS:
        with suppress(UsageError):  # a log does not say how to convert to it
            if unit != shown:
                found[LABELS[unit]] = [progress(run, unit) for run in runs]
    return found


def _line(line: Line, scene: Scene, axes: Axes) -> dict[str, Any]:
    name = line.label or line.role
    others = {} if line.step is None else {label: _numbers(known[line.run or 0].of(line.step), 9) for label, known in axes.items()}
    colour = COLOURS[line.role] if line.run is None else line.run % MOST_COLOURS
    return {
        "name": plain(name if line.run is None else f"{scene.runs[line.run]}: {name}", 120),
        "x": {scene.unit: _numbers(line.x, 9), **others},
        "y": _numbers(line.y, 6),
        "on": True,
        "colour": colour,
        "dash": DASHES[line.dash],
        "faint": line.faint,
    }


def _marks(panel: Panel, scene: Scene) -> Iterator[dict[str, Any]]:
    for band in panel.bands:
        yield {
            "step": band.low if band.at is None else band.at,
            "low": band.low,
            "high": band.high,
            "label": _said(band.label, band.run, scene),
        }
    for mark in panel.marks:
        if not mark.small and len(mark.x):
            yield {"step": float(mark.x[0]), "label": _said(mark.label, mark.run, scene)}


def _said(label: str | None, run: int | None, scene: Scene) -> str:
    return label or "" if run is None or not label else f"{scene.runs[run]}: {label}"


def _numbers(values: Floats, digits: int) -> list[float]:
    return [float(f"{value:.{digits}g}") for value in np.asarray(values)]


__all__ = ["html"]
