"""What is in a picture, before it is known how it is drawn: panels of lines, bands and marks, as plain numbers and text.

Text in a scene has been made safe to show; x is already in the unit of the x axis.
"""

from typing import Literal, NamedTuple, TypedDict

import numpy as np

from trainlog.progress import Unit
from trainlog.run import Floats, Ints

Role = Literal["train", "val", "keep", "onset", "bad", "spike", "lr", "memory", "temperature", "resume"]
Symbol = Literal["star", "cross", "up", "down"]
Edge = Literal["curve", "top", "bottom"]
Dash = Literal["solid", "dashed", "dotted", "dashdot"]


class Options(NamedTuple):
    """How to draw. ``x``: unit of the x axis (None: what the log counts). ``smooth``: time constant in steps (None: chosen
    from the log, 0: none). ``size``: width and height in inches (height None: as many panels need). ``layout``: several
    runs in one frame (``overlay``) or each in its own (``grid``); None: by how many they are. ``machine``: panels of the
    learning rate and of the devices below the curves.
    """

    x: Unit | None = None
    log_x: bool = False
    log_y: bool = False
    smooth: float | None = None
    title: str | None = None
    size: tuple[float, float | None] = (7.0, None)
    layout: Literal["overlay", "grid"] | None = None
    machine: bool = True


class PlotOptions(TypedDict, total=False):
    """The fields of ``Options`` as keywords, each of which may be left out."""

    x: Unit | None
    log_x: bool
    log_y: bool
    smooth: float | None
    title: str | None
    size: tuple[float, float | None]
    layout: Literal["overlay", "grid"] | None
    machine: bool


class Line(NamedTuple):
    """A curve, thinned out already. ``role`` or, with several runs, ``run`` gives its colour; ``edges``: whether
    leaving the frame is marked; ``total``: points before thinning; ``step``: the steps of the points, in what the log counts.
    """

    x: Floats
    y: Floats
    label: str | None
    role: Role
    run: int | None = None
    dash: Dash = "solid"
    faint: bool = False
    dots: bool = False
    steps: bool = False
    right: bool = False
    edges: bool = True
    total: int = 0
    step: Floats | Ints | None = None


class Mark(NamedTuple):
    """Points worth a symbol. ``at``: on the curve (``y``), or on the upper edge of the frame."""

    x: Floats
    y: Floats
    label: str | None
    role: Role
    symbol: Symbol
    at: Edge = "curve"
    small: bool = False
    run: int | None = None


class Band(NamedTuple):
    """An interval of x, and the most likely place in it."""

    low: float
    high: float
    at: float | None
    label: str | None
    role: Role
    run: int | None = None


class Panel(NamedTuple):
    """One frame. ``share``: its part of the height. ``exp_axis``: a right axis that shows e to the power of y. ``span``: its own
    range of x, where that is not the scene's. ``title``, ``verdict``: of the run, where each has a panel of its own.
    """

    name: str
    ylabel: str
    lines: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()
    bands: tuple[Band, ...] = ()
    limits: tuple[float, float] | None = None
    log_y: bool = False
    exp_axis: str | None = None
    right_label: str | None = None
    share: float = 1.0
    title: str | None = None
    verdict: str = ""
    span: tuple[float, float] | None = None


class Scene(NamedTuple):
    """A picture. ``columns``: 1 for panels below each other on one x axis, more for a grid. ``notes``: what was drawn.
    ``runs``: the names that ``run`` of lines, marks and bands counts; empty when there is only one.
    """

    title: str
    subtitle: str
    panels: tuple[Panel, ...]
    unit: Unit
    xlabel: str
    span: tuple[float, float]
    log_x: bool = False
    columns: int = 1
    size: tuple[float, float | None] = (7.0, None)
    notes: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


def empty() -> Floats:
    """No points."""
    return np.empty(0, dtype=np.float64)
