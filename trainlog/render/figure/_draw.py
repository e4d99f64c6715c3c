"""Scene -> matplotlib Figure. Figures are made directly, never through pyplot: no window, no global state."""

import textwrap
from typing import Any

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

from trainlog.render.figure._scene import Band, Line, Mark, Panel, Scene
from trainlog.render.figure._style import DASHES, GREY, colour

MAIN_HEIGHT = 2.75  # inches of a panel whose share is 1
GRID_HEIGHT = 1.9  # inches of a panel in a grid
LEGEND_ROW = 0.17  # inches
LEGEND_KEY = 0.5  # inches beside the text of an entry
LEGEND_LETTERS = 17  # to an inch, in the size of the legend
NOTE_LETTERS = 22  # to an inch, in the size of the notes
SYMBOLS = {"star": ("*", 95), "cross": ("x", 22), "up": ("^", 26), "down": ("v", 26)}
SMALL = 9  # points squared, of a mark that only says where a curve leaves the frame


def draw(scene: Scene) -> Figure:
    """Draw all panels; the figure is as tall as they need unless the scene says how tall."""
    figure = Figure(figsize=_size(scene), layout=ConstrainedLayoutEngine(h_pad=0.03, w_pad=0.04, hspace=0.02))
    if scene.columns == 1:
        axes = figure.subplots(len(scene.panels), 1, sharex=True, squeeze=False, height_ratios=[p.share for p in scene.panels])[:, 0]
    else:
        rows = -(-len(scene.panels) // scene.columns)
        axes = figure.subplots(rows, scene.columns, squeeze=False).ravel()
    for ax, panel in zip(axes, scene.panels, strict=False):
        _panel(ax, panel, scene)
    for ax in axes[len(scene.panels) :]:
        ax.set_visible(False)
    for ax in axes[max(0, len(scene.panels) - scene.columns) : len(scene.panels)]:
        ax.set_xlabel(scene.xlabel)
        ax.tick_params(labelbottom=True)
    _words(figure, axes[0], scene)
    figure.align_ylabels(list(axes))
    return figure


def _size(scene: Scene) -> tuple[float, float]:
    width, height = scene.size
    if height is not None:
        return width, height
    if scene.columns > 1:
        return width, 0.5 + GRID_HEIGHT * -(-len(scene.panels) // scene.columns)
    main = sum(panel.share for panel in scene.panels) * MAIN_HEIGHT * min(1.0, 0.4 + width / 12)
    return width, 0.9 + main + LEGEND_ROW * _legend_rows(scene)


def _labels(panel: Panel) -> list[str]:
    items: list[Line | Mark | Band] = [*panel.lines, *panel.marks, *panel.bands]
    return [item.label for item in items if item.label]


def _legend_columns(labels: list[str], width: float) -> int:
    """Two columns where both have room beside each other, else one."""
    entry = LEGEND_KEY + max((len(label) for label in labels), default=0) / LEGEND_LETTERS
    return 2 if len(labels) > 1 and 2 * entry <= width - 0.6 else 1


def _legend_rows(scene: Scene) -> int:
    labels = _labels(scene.panels[0])
    return -(-len(labels) // _legend_columns(labels, scene.size[0]))


def _panel(ax: Axes, panel: Panel, scene: Scene) -> None:
    if scene.log_x:
        ax.set_xscale("log")
    elif scene.unit in ("step", "tokens", "record") and scene.span[1] >= 1e4:
        ax.xaxis.set_major_formatter(EngFormatter(sep="") if scene.span[1] >= 1e6 else StrMethodFormatter("{x:,.0f}"))
    if panel.log_y:
        _log_y(ax)
    low, high = panel.span or scene.span
    pad = 0.0 if scene.log_x else 0.012 * (high - low)
    if high > low:
        ax.set_xlim(low - pad, high + pad)
    right = ax.twinx() if panel.right_label else None
    handles: list[Any] = [_band(ax, band) for band in panel.bands]
    handles += [_line(right if line.right and right is not None else ax, line) for line in panel.lines]
    if panel.limits is not None:
        ax.set_ylim(panel.limits)
    handles += [_mark(ax, mark) for mark in panel.marks]
    _y_axis(ax, right, panel)
    if panel.exp_axis:
        _exp_axis(ax, panel.exp_axis)
    if panel.title is not None:
        ax.set_title(panel.title, loc="left", fontsize=7.5, parse_math=False)
    _legend(ax, panel, scene, [h for h in handles if h is not None])


def _log_y(ax: Axes) -> None:
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())


def _line(ax: Axes, line: Line) -> Any:
    width = 0.5 if line.faint else 1.4 if line.run is None and line.role in ("train", "val") else 1.0
    (artist,) = ax.plot(
        line.x,
        line.y,
        color=colour(line.role, line.run),
        linestyle=DASHES[line.dash],
        linewidth=width,
        alpha=0.38 if line.faint else 1.0,
        drawstyle="steps-post" if line.steps else "default",
        zorder=2 if line.faint else 3,
        marker="o" if line.dots or len(line.x) == 1 else None,
        markersize=2.4,
    )
    return _named(artist, line.label)


def _band(ax: Axes, band: Band) -> Any:
    shade = colour(band.role, band.run)
    artist = ax.axvspan(band.low, band.high, color=shade, alpha=0.22, linewidth=0, zorder=0.5)
    if band.at is not None:
        ax.axvline(band.at, color=shade, linewidth=0.9, linestyle=DASHES["dotted"], zorder=1)
    return _named(artist, band.label)


def _mark(ax: Axes, mark: Mark) -> Any:
    symbol, size = SYMBOLS[mark.symbol]
    shade = colour(mark.role, mark.run)
    low, high = ax.get_ylim()
    on_edge = {"top": 1.0, "bottom": 0.0}.get(mark.at)
    y = mark.y if on_edge is None else np.full(len(mark.x), on_edge)
    if on_edge is None:  # a spike above the frame is shown at its edge
        y = np.clip(y, low, high)
    edge = {"cross": None, "star": "white"}.get(mark.symbol, "none")
    artist = ax.scatter(
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
    return _named(artist, mark.label)


def _named(artist: Any, label: str | None) -> tuple[Any, str] | None:
    return None if not label else (artist, label)


def _y_axis(ax: Axes, right: Axes | None, panel: Panel) -> None:
    ax.set_ylabel(panel.ylabel, parse_math=False)
    if panel.share < 0.5:
        ax.yaxis.set_major_locator(MaxNLocator(3))
    if panel.name == "lr":
        ax.set_ylim(bottom=0, top=None)
    if panel.name == "gpu":
        top = max((float(line.y.max()) for line in panel.lines if not line.right and len(line.y)), default=1.0)
        ax.set_ylim(0 if panel.right_label or "GiB" in panel.ylabel else None, top * 1.15)
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
    right.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{np.exp(y):,.4g}"))
    right.yaxis.set_minor_locator(NullLocator())
    right.set_ylabel(label)
    right.spines["right"].set_visible(True)
    right.grid(visible=False)


def round_exponentials(low: float, high: float, most: int = 8) -> list[float]:
    """Round values whose logarithms lie between ``low`` and ``high`` (within ±300), at most ``most``, evenly spread on that axis."""
    low, high = max(low, -300.0), min(high, 300.0)
    for digits in ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        ticks = [d * 10.0**p for p in range(int(np.floor(low / np.log(10))), int(np.ceil(high / np.log(10))) + 1) for d in digits]
        ticks = [t for t in ticks if low <= np.log(t) <= high]
        if len(ticks) <= most:
            break
    return ticks if len(ticks) <= most else ticks[:: -(-len(ticks) // most)]


def _legend(ax: Axes, panel: Panel, scene: Scene, handles: list[tuple[Any, str]]) -> None:
    if not handles or (scene.columns > 1 and panel is not scene.panels[0]):
        return  # panels of a grid look alike: the first one's legend is for all
    # A label that starts with an underscore would be left out; one with a dollar would be read as a formula.
    letters = int((scene.size[0] - 0.6 - LEGEND_KEY) * LEGEND_LETTERS)
    labels = [textwrap.shorten(label, max(letters, 20), placeholder="…") for _, label in handles]
    labels = [f" {label}" if label.startswith("_") else label for label in labels]
    artists = [artist for artist, _ in handles]
    if panel.share < 0.5:
        legend = ax.legend(artists, labels, loc="lower right", ncols=2, fontsize=6.5, borderaxespad=0.2)
    elif scene.columns > 1:
        legend = ax.figure.legend(artists, labels, loc="outside upper right", ncols=4)
    else:
        legend = ax.legend(
            artists,
            labels,
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=_legend_columns(labels, scene.size[0]),
            borderaxespad=0.2,
            handlelength=2.2,
            columnspacing=2.0,
            labelspacing=0.3,
        )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _words(figure: Figure, top: Axes, scene: Scene) -> None:
    """The title, and below the picture what was drawn."""
    if scene.title:
        text = f"{scene.title}: {scene.subtitle}" if scene.subtitle else scene.title
        figure.suptitle(text, x=0.01, ha="left", fontsize=9.5, fontweight="bold", parse_math=False)
    if scene.notes:
        wrapped = textwrap.fill("; ".join(scene.notes), int(scene.size[0] * NOTE_LETTERS))
        figure.supxlabel(wrapped, x=0.01, ha="left", fontsize=6.2, color=GREY, parse_math=False)


__all__ = ["draw", "round_exponentials"]
