"""Scene -> matplotlib Figure. Figures are made directly, never through pyplot: no window, no global state."""

import io
import textwrap
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import (
    EngFormatter,
    FixedLocator,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
    StrMethodFormatter,
)

from trainlog.render.figure import _legend
from trainlog.render.figure._scene import Band, Line, Mark, Panel, Scene
from trainlog.render.figure._style import DASHES, GREY, SETTINGS, colour

MAIN_HEIGHT = 2.75  # inches of a panel whose share is 1
GRID_HEIGHT = 1.9  # inches of a panel in a grid
NOTE_LETTERS = 22  # to an inch, in the size of the notes
TITLE_LETTERS = 11.5  # to an inch, in the size and weight of the title
PANEL_TITLE_LETTERS = 15  # to an inch, in the size of a panel's title
GRID_TITLE = 0.45  # of the width of a grid: the legend stands beside it
GRID_TICKS = 4  # numbers on the x axis of a panel in a grid, at most
SYMBOLS = {"star": ("*", 95), "cross": ("x", 22), "up": ("^", 26), "down": ("v", 26)}
INSIDE = 0.965  # of the frame's height: where marks without a value stand, clear of what is above the frame
LOG_NUMBERS = ((0.6, (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)), (1.2, (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)), (3.0, (1.0, 2.0, 5.0)))
"""Which numbers stand on a logarithmic axis of at most so many powers of ten; on a longer one, the powers alone."""
FEW = 3  # runs whose curves as logged can be told apart; those of more are fainter
MARKERS = 40  # dots on a long validation curve, at most: they tell it apart without colour
SMALL = 9  # points squared, of a mark that only says where a curve leaves the frame


class Picture(Figure):
    """A figure that a notebook shows by itself: without pyplot nobody has told it how."""

    def _repr_png_(self) -> bytes:
        out = io.BytesIO()
        with mpl.rc_context(SETTINGS):
            self.savefig(out, format="png")
        return out.getvalue()


def draw(scene: Scene) -> Figure:
    """Draw all panels; the figure is as tall as they need unless the scene says how tall."""
    figure = Picture(figsize=_size(scene), layout=ConstrainedLayoutEngine(h_pad=0.03, w_pad=0.04, hspace=0.02))
    if scene.columns == 1:
        axes = figure.subplots(len(scene.panels), 1, sharex=True, squeeze=False, height_ratios=[p.share for p in scene.panels])[:, 0]
    else:
        rows = -(-len(scene.panels) // scene.columns)
        axes = figure.subplots(rows, scene.columns, squeeze=False).ravel()
    drawn = [_panel(ax, panel, scene) for ax, panel in zip(axes, scene.panels, strict=False)]
    if scene.columns > 1:
        _legend.of_grid(figure, [pair for found in drawn for pair in found])
    for at, panel in enumerate(scene.panels):
        if scene.columns > 1 and at % scene.columns and panel.ylabel == scene.panels[at - 1].ylabel:
            axes[at].set_ylabel("")
    for ax in axes[len(scene.panels) :]:
        ax.set_visible(False)
    for ax in axes[max(0, len(scene.panels) - scene.columns) : len(scene.panels)]:
        ax.set_xlabel(scene.xlabel)
        ax.tick_params(labelbottom=True)
    _words(figure, axes[0], scene)
    figure.align_ylabels([ax for ax in axes if ax.get_ylabel()])  # each looks at the ticks of all the others
    return figure


def _size(scene: Scene) -> tuple[float, float]:
    width, height = scene.size
    if height is not None:
        return width, height
    if scene.columns > 1:
        return width, 0.5 + GRID_HEIGHT * -(-len(scene.panels) // scene.columns)
    main = sum(panel.share for panel in scene.panels) * MAIN_HEIGHT * min(1.0, 0.4 + width / 12)
    return width, 0.9 + main + _legend.ROW * _legend.rows(scene)


def _panel(ax: Axes, panel: Panel, scene: Scene) -> list[tuple[Line | Mark | Band, Any]]:
    """Draw one panel; give what is in it, with the artist of each."""
    if scene.log_x:
        ax.set_xscale("log")
    else:
        _x_numbers(ax, panel, scene)
    if panel.log_y:
        ys = np.concatenate([line.y[line.y > 0] for line in panel.lines if not line.right] or [np.empty(0)])
        _log_y(ax, (float(ys.min()), float(ys.max())) if len(ys) else (1.0, 10.0))
    low, high = panel.span or scene.span
    pad = 0.0 if scene.log_x else 0.012 * (high - low)
    if high > low:
        ax.set_xlim(low - pad, high + pad)
    right = ax.twinx() if panel.right_label else None
    drawn: list[tuple[Line | Mark | Band, Any]] = [(band, _band(ax, band)) for band in panel.bands]
    drawn += [(line, _line(right if line.right and right is not None else ax, line, few=len(scene.runs) <= FEW)) for line in panel.lines]
    if panel.limits is not None:
        ax.set_ylim(panel.limits)
    drawn += [(mark, _mark(ax, mark)) for mark in panel.marks]
    _y_axis(ax, right, panel)
    if panel.exp_axis:
        _exp_axis(ax, panel.exp_axis)
    if panel.title is not None:
        verdict = f": {panel.verdict}" if panel.verdict != panel.title else ""
        letters = int((scene.size[0] / scene.columns - 0.4) * PANEL_TITLE_LETTERS) - len(verdict)
        ax.set_title(_legend.cut(panel.title, letters) + verdict, loc="left", fontsize=7.5, parse_math=False)
    if scene.columns == 1:
        _legend.place(ax, panel, scene, _legend.entries(panel, scene, drawn))
    return drawn


def _x_numbers(ax: Axes, panel: Panel, scene: Scene) -> None:
    """Whole numbers where only they can be; thousands marked off, or as k and M where there is little room."""
    counted = scene.unit in ("step", "tokens", "record")
    whole = counted or all(bool(np.all(line.x == np.rint(line.x))) for line in panel.lines)
    most: int | Literal["auto"] = GRID_TICKS if scene.columns > 1 else "auto"
    ax.xaxis.set_major_locator(MaxNLocator(most, integer=whole, steps=[1, 2, 2.5, 5, 10]))
    if counted:
        short = scene.span[1] >= (1e4 if scene.columns > 1 else 1e6)
        ax.xaxis.set_major_formatter(EngFormatter(sep="") if short else StrMethodFormatter("{x:,.0f}"))


def _log_y(ax: Axes, limits: tuple[float, float]) -> None:
    ax.set_yscale("log")
    decades = np.log10(limits[1] / limits[0]) if limits[0] > 0 else np.inf
    subs = next((subs for most, subs in LOG_NUMBERS if decades <= most), (1.0,))
    ax.yaxis.set_major_locator(LogLocator(subs=subs, numticks=12))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())


def _line(ax: Axes, line: Line, *, few: bool) -> Any:
    width = 0.6 if line.faint else 1.4 if line.run is None and line.role in ("train", "val") else 1.0
    (artist,) = ax.plot(
        line.x,
        line.y,
        color=colour(line.role, line.run),
        linestyle=DASHES[line.dash],
        linewidth=width,
        alpha=(0.45 if few else 0.25) if line.faint else 1.0,
        drawstyle="steps-post" if line.steps else "default",
        zorder=2 if line.faint else 3,
        marker="o" if line.dots or len(line.x) == 1 else None,
        markersize=2.4,
        markevery=max(1, len(line.x) // MARKERS) if len(line.x) > 1.5 * MARKERS else None,
    )
    return artist


def _band(ax: Axes, band: Band) -> Any:
    shade = colour(band.role, band.run)
    artist = ax.axvspan(band.low, band.high, color=shade, alpha=0.22, linewidth=0, zorder=0.5)
    if band.at is not None:
        ax.axvline(band.at, color=shade, linewidth=0.9, linestyle=DASHES["dotted"], zorder=1)
    return artist


def _mark(ax: Axes, mark: Mark) -> Any:
    symbol, size = SYMBOLS[mark.symbol]
    shade = colour(mark.role, mark.run)
    low, high = ax.get_ylim()
    on_edge = {"top": 1.0 if mark.small else INSIDE, "bottom": 0.0}.get(mark.at)
    y = mark.y if on_edge is None else np.full(len(mark.x), on_edge)
    if on_edge is None:  # a spike above the frame is shown at its edge
        y = np.clip(y, low, high)
    edge = {"cross": None, "star": "white"}.get(mark.symbol, "none")
    return ax.scatter(
        mark.x,
        y,
        s=SMALL if mark.small else size,
        marker=symbol,
        facecolors=shade,
        edgecolors=edge,
        clip_on=False,
        zorder=5,
        linewidths=1.1 if mark.symbol == "cross" else 0.6,
        transform=ax.transData if on_edge is None else ax.get_xaxis_transform(),
    )


def _y_axis(ax: Axes, right: Axes | None, panel: Panel) -> None:
    ax.set_ylabel(panel.ylabel, parse_math=False)
    if not any(len(line.y) for line in panel.lines):
        ax.set_yticks([])  # nothing but NaN: there is no value to number
    if panel.share < 0.5:
        ax.yaxis.set_major_locator(MaxNLocator(3))
    if panel.name == "lr":
        ax.set_ylim(bottom=0, top=None)
    if panel.name == "gpu":
        top = max((float(line.y.max()) for line in panel.lines if not line.right and len(line.y)), default=1.0)
        ax.set_ylim(None if panel.ylabel == "GPU (°C)" else 0, 105 if panel.ylabel.endswith("(%)") else top * 1.15)
    if right is not None:
        right.set_ylabel(panel.right_label or "")
        right.yaxis.set_major_locator(MaxNLocator(3))
        right.spines["right"].set_visible(True)
        right.grid(visible=False)


def _exp_axis(ax: Axes, label: str) -> None:
    """A right axis whose ticks stand at round values of e^y."""
    low, high = ax.get_ylim()
    ticks = round_exponentials(low, high)
    right = ax.twinx()
    right.set_yscale(ax.get_yscale())
    right.set_ylim(low, high)
    right.yaxis.set_major_locator(FixedLocator(list(np.log(ticks))))
    right.yaxis.set_major_formatter(FuncFormatter(lambda y, _: _perplexity(np.exp(y))))
    right.yaxis.set_minor_locator(NullLocator())
    right.set_ylabel(label)
    right.spines["right"].set_visible(True)
    right.grid(visible=False)


def _perplexity(value: float) -> str:
    return f"{value:,.0f}" if value >= 999.5 else f"{value:.4g}"


def round_exponentials(low: float, high: float, most: int = 8) -> list[float]:
    """Round values whose logarithms lie between ``low`` and ``high`` (within ±300), at most ``most``, evenly spread on that axis."""
    low, high = max(low, -300.0), min(high, 300.0)
    for digits in ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        ticks = [d * 10.0**p for p in range(int(np.floor(low / np.log(10))), int(np.ceil(high / np.log(10))) + 1) for d in digits]
        ticks = [t for t in ticks if low <= np.log(t) <= high]
        if len(ticks) <= most:
            break
    if len(ticks) < 2 and high < 300:  # a narrow frame has no such values in it: any round ones
        even = MaxNLocator(4).tick_values(float(np.exp(low)), float(np.exp(high)))
        ticks = [float(t) for t in even if t > 0 and low <= np.log(t) <= high]
    return ticks if len(ticks) <= most else ticks[:: -(-len(ticks) // most)]


def _words(figure: Figure, top: Axes, scene: Scene) -> None:
    """The title, and below the picture what was drawn."""
    if scene.title:
        text = f"{scene.title}: {scene.subtitle}" if scene.subtitle else scene.title
        figure.suptitle(
            _legend.cut(text, int((scene.size[0] if scene.columns == 1 else GRID_TITLE * scene.size[0]) * TITLE_LETTERS)),
            x=0.01,
            ha="left",
            fontsize=9.5,
            fontweight="bold",
            parse_math=False,
        )
    if scene.notes:
        wrapped = textwrap.fill("; ".join(scene.notes), int(scene.size[0] * NOTE_LETTERS))
        figure.supxlabel(wrapped, x=0.01, ha="left", fontsize=6.2, color=GREY, parse_math=False)


__all__ = ["draw", "round_exponentials"]
