"""The legend: what is drawn and how; with several runs first each run by its colour, then what all share in grey."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from trainlog.render.figure._scene import Band, Line, Mark, Panel, Scene
from trainlog.render.figure._style import DASHES, GREY, RUNS

KEY = 0.5  # inches beside the text of an entry
LETTERS = 17  # to an inch, in the size of the legend
ROW = 0.17  # inches

Entry = tuple[Any, str]


def cut(text: str, letters: int) -> str:
    """At most so many letters, the middle left out: names differ at their ends."""
    if len(text) <= letters:
        return text
    head = (letters - 1) // 2
    return f"{text[:head]}…{text[len(text) - (letters - 1 - head) :]}"


def entries(panel: Panel, scene: Scene, artists: list[tuple[Line | Mark | Band, Any]]) -> list[Entry]:
    """The legend of a panel, from what was drawn in it."""
    named = [(item, artist) for item, artist in artists if item.label]
    if not scene.runs:
        return [(artist, item.label or "") for item, artist in named]
    if panel is not scene.panels[0]:
        return []
    return [_run(scene, number) for number in range(len(scene.runs))] + _shared(scene, named)


def rows(scene: Scene) -> float:
    """How many rows the first panel's legend has, before it is drawn."""
    panel = scene.panels[0]
    items: list[Line | Mark | Band] = [*panel.lines, *panel.marks, *panel.bands]
    labels = [text for _, text in entries(panel, scene, [(item, None) for item in items])]
    return -(-len(labels) // columns(labels, scene.size[0]))


def columns(labels: list[str], width: float) -> int:
    """Two columns where both have room beside each other, else one."""
    entry = KEY + max((len(label) for label in labels), default=0) / LETTERS
    return 2 if len(labels) > 1 and 2 * entry <= width - 0.6 else 1


def place(ax: Axes, panel: Panel, scene: Scene, found: list[Entry]) -> None:
    """Above the panel; within a small one."""
    if not found:
        return
    width = scene.size[0]
    # A label that starts with an underscore would be left out; one with a dollar would be read as a formula.
    labels = [cut(label, max(int((width - 0.6 - KEY) * LETTERS), 20)) for _, label in found]
    labels = [f" {label}" if label.startswith("_") else label for label in labels]
    artists = [artist for artist, _ in found]
    if panel.share < 0.5:
        legend = ax.legend(artists, labels, loc="lower right", ncols=2, fontsize=6.5, borderaxespad=0.2)
    else:
        above = 1.0 if _plain_numbers(panel) else 1.06
        legend = ax.legend(artists, labels, loc="lower left", bbox_to_anchor=(0.0, above), ncols=columns(labels, width),
                           borderaxespad=0.2, handlelength=2.2, columnspacing=2.0, labelspacing=0.3)  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)


def of_grid(figure: Figure, drawn: list[tuple[Line | Mark | Band, Any]]) -> None:
    """One legend for all panels, at the top: each kind of thing once."""
    kinds: dict[str, Any] = {}
    for item, artist in drawn:
        if item.label:
            kinds.setdefault(item.label, artist)
    if kinds:
        legend = figure.legend(list(kinds.values()), list(kinds), loc="outside upper right", ncols=3, columnspacing=1.2)
        for text in legend.get_texts():
            text.set_parse_math(False)


def _plain_numbers(panel: Panel) -> bool:
    """Whether the y axis has no power of ten above it."""
    return panel.limits is None or 1e-2 < max(abs(y) for y in panel.limits) < 1e5


def _run(scene: Scene, number: int) -> Entry:
    """A run's colour, its name, and what to keep of it, wherever that is drawn."""
    kept = [mark.label for panel in scene.panels for mark in panel.marks if mark.run == number and mark.symbol == "star" and mark.label]
    handle = Line2D(
        [], [], color=RUNS[number % len(RUNS)], linewidth=1.6, marker="*" if kept else None, markersize=7, markeredgecolor="white"
    )
    return handle, ": ".join([scene.runs[number], *kept[:1]])


def _shared(scene: Scene, named: list[tuple[Line | Mark | Band, Any]]) -> list[Entry]:
    """Kinds of curves in grey, once each; what was found in one run, under its name."""
    kinds: dict[tuple[str, str, bool], tuple[Any, list[str]]] = {}
    found: list[Entry] = []
    for item, artist in named:
        if isinstance(item, Line):
            handle = Line2D([], [], color=GREY, linestyle=DASHES[item.dash], linewidth=0.6 if item.faint else 1.3)
            _, texts = kinds.setdefault((item.role, item.dash, item.faint), (handle, []))
            texts.append(item.label or "")
        elif isinstance(item, Band) or item.symbol != "star":
            found.append((artist, f"{scene.runs[item.run or 0]}: {item.label}"))
    # Runs of unlike lengths are smoothed unlike: then the name says only that they are.
    curves = [(handle, texts[0] if len(set(texts)) == 1 else texts[0].rsplit(" over ", 1)[0]) for handle, texts in kinds.values()]
    return curves + found
