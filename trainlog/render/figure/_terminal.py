"""Scene -> characters for a terminal: the curves in braille, named at their right ends, what was found below its place.

Readable without colour and by a colour-blind person: names stand beside the curves, and marks are signs of their own.
"""

import math
import textwrap
from collections.abc import Sequence

import numpy as np

from trainlog.render import Style
from trainlog.render.figure._dots import Canvas
from trainlog.render.figure._scene import Line, Mark, Panel, Role, Scene
from trainlog.run import Floats

MAIN_ROWS, SMALL_ROWS = 14, 3
LEFT = 9  # characters left of the frame, for numbers
NAMES = 24  # characters right of it, at most, for the names of curves
PENS = "*+o#x%@="  # where there is no braille
COLOURS: dict[Role, str] = {
    "train": "34", "val": "33", "keep": "32", "onset": "33", "bad": "31", "spike": "35",
    "lr": "0", "memory": "34", "temperature": "33", "resume": "0",
}  # fmt: skip
RUNS = ("34", "33", "32", "35", "36", "31")
_PLAIN = str.maketrans({"–": "-", "…": "...", "°": "deg ", "▴": "^", "▾": "v", "²": "2"})
SIGNS = {"star": ("★", "K"), "cross": ("×", "X"), "down": ("▼", "v"), "up": ("▲", "^")}


def terminal(scene: Scene, style: Style) -> str:
    """All panels below each other, ending with a newline."""
    lines = [f"{scene.title}: {scene.subtitle}" if scene.subtitle else scene.title, ""] if scene.title else []
    for panel in scene.panels:
        for part in _split(panel):
            lines += _panel(part, scene, style)
    lines += [line for note in (*scene.notes, *_smoothed(scene)) for line in textwrap.wrap(note, style.width)]
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    return text if style.unicode else _ascii(text)


def _smoothed(scene: Scene) -> list[str]:
    """What is drawn smoothed, and how far: there is no room for the curve as logged beside it."""
    labels = [line.label for panel in scene.panels for line in panel.lines if line.label and ", smoothed over" in line.label]
    return [f"{label.replace(', smoothed', ' is smoothed')}, without spikes narrower than that" for label in dict.fromkeys(labels)]


def _split(panel: Panel) -> list[Panel]:
    """What has its own axis on the right becomes a panel of its own; a curve that is drawn smoothed is not drawn twice."""
    trends = {(line.role, line.run) for line in panel.lines if not line.faint}
    lines = [line for line in panel.lines if not (line.faint and (line.role, line.run) in trends) and len(line.x)]
    left = Panel(panel.name, panel.ylabel, tuple(line for line in lines if not line.right), panel.marks, panel.bands, panel.limits,
                 panel.log_y, share=panel.share, title=panel.title, verdict=panel.verdict, span=panel.span)  # fmt: skip
    right = Panel(panel.name, panel.right_label or "", tuple(line for line in lines if line.right), share=panel.share)
    return [part for part in (left, right) if part.lines or part.marks]


def main_panel(scene: Scene, style: Style, rows: int) -> list[str]:
    """The first panel alone, ``rows`` characters high, with what was found below it; no lines when there is no curve."""
    parts = _split(scene.panels[0])
    lines = _panel(parts[0], scene._replace(panels=scene.panels[:1]), style, rows)[:-1] if parts else []
    shown = "\n".join(line.rstrip() for line in lines)
    return (shown if style.unicode else _ascii(shown)).split("\n") if lines else []


def _ascii(text: str) -> str:
    return text.translate(_PLAIN).encode("ascii", "backslashreplace").decode()


def _panel(panel: Panel, scene: Scene, style: Style, rows: int | None = None) -> list[str]:
    room = min(max((len(_name(line, scene)) for other in scene.panels for line in other.lines), default=0), NAMES, style.width // 4)
    width = max(style.width - LEFT - room - 3, 20)
    canvas = Canvas(width, rows or (MAIN_ROWS if panel.share >= 0.5 else SMALL_ROWS), unicode=style.unicode)
    x_of = _Scale(panel.span or scene.span, log=scene.log_x)
    y_of = _Scale(panel.limits or _range(panel.lines, log=panel.log_y), log=panel.log_y)
    pens: list[str] = []
    ends: dict[int, str] = {}
    for pen, line in enumerate(panel.lines):
        canvas.curve(x_of.places(line.x), y_of.places(line.y), pen)
        pens.append(_colour(line.role, line.run))
        last = canvas.row(y_of.place(line.y[-1]))
        while last in ends and last > 0 and len(ends) < canvas.height:
            last -= 1
        ends.setdefault(last, _painted(_fitted(_name(line, scene), room), pens[-1], style))
    for mark in panel.marks:
        for x, y in zip(mark.x, mark.y, strict=True):
            place = {"top": 1.0, "bottom": 0.0}.get(mark.at) if mark.at != "curve" else float(y_of.places(np.array([y]))[0])
            pens.append(_colour(mark.role, mark.run))
            if not mark.small:
                canvas.sign(
                    float(x_of.places(np.array([x]))[0]), place or 0.0, SIGNS[mark.symbol][0 if style.unicode else 1], len(pens) - 1
                )
    lines = [f"{'':{LEFT}} {f'{panel.title}: {panel.verdict}' if panel.title is not None else panel.ylabel}"]
    numbers = {
        canvas.height - 1 - round(y_of.place(tick) * (canvas.height - 1)): f"{tick:,.4g}" for tick in y_of.ticks(max(2, canvas.height // 4))
    }
    for row, cells in enumerate(canvas.rows(PENS)):
        text = "".join(_painted(sign, pens[pen] if pen >= 0 else "0", style) for sign, pen in cells)
        wall = ("┤" if row in numbers else "│") if style.unicode else "|"
        lines.append(f"{numbers.get(row, ''):>{LEFT}} {wall}{text} {ends.get(row, '')}")
    return [*lines, *_below(panel, scene, style, x_of, width), ""]


def _name(line: Line, scene: Scene) -> str:
    name = (line.label or "").split(", smoothed")[0].split(", as logged")[0].split(" (highest")[0]
    return name if line.run is None else _of(scene, line.run, name.replace("training", "train").replace("validation", "val"))


def _fitted(name: str, room: int) -> str:
    """At most so many characters; of a run's name the end is left out, not what it is of."""
    run, colon, what = name.rpartition(": ")
    return name if len(name) <= room else run[: max(room - len(what) - 3, 1)] + "…" + colon + what if colon else name[:room]


def _of(scene: Scene, run: int | None, text: str | None) -> str:
    """What is said of one of several runs, under its name."""
    return text or "" if run is None or not text else f"{scene.runs[run]}: {text}"


def _below(panel: Panel, scene: Scene, style: Style, x_of: "_Scale", width: int) -> list[str]:
    """The x axis, and under it one row for each thing found, at its place."""
    corner, bar = ("└", "─") if style.unicode else ("+", "-")
    lines = [" " * (LEFT + 1) + corner + bar * width]
    room = style.width - LEFT - 3 - len(scene.xlabel)
    if panel.share >= 0.5 or panel is scene.panels[-1]:
        numbers = [" "] * (room)
        for tick in x_of.ticks(max(2, width // 14)):
            text = f"{tick:,.6g}"
            at = max(0, min(round(x_of.place(tick) * (width - 1)) - len(text) // 2, room - len(text)))
            numbers[at : at + len(text)] = text
        lines.append(" " * (LEFT + 2) + "".join(numbers).rstrip() + f" {scene.xlabel}")
    left, middle, right = ("├", "─", "┤") if style.unicode else ("[", "-", "]")
    for band in panel.bands:
        low, high = (round(x_of.place(x) * (width - 1)) for x in (band.low, band.high))
        lines.append(
            _found(
                low,
                left + middle * (high - low - 1) + right if high > low else left,
                _of(scene, band.run, band.label),
                _colour(band.role, band.run),
                style,
            )
        )
    for mark in panel.marks:
        if mark.label and len(mark.x):
            at = round(min(max(x_of.place(float(mark.x[0])), 0.0), 1.0) * (width - 1))
            lines.append(_found(at, _sign(mark, style), _of(scene, mark.run, mark.label), _colour(mark.role, mark.run), style))
    return lines


def _found(at: int, sign: str, label: str | None, colour: str, style: Style) -> str:
    """A sign below its place, its name on the side that has room."""
    text, room = label or "", style.width - LEFT - 2
    if at + len(sign) + 1 + len(text) <= room:
        return " " * (LEFT + 2 + at) + _painted(sign, colour, style) + " " + text
    if len(text) + 1 <= at:
        return " " * (LEFT + 1 + at - len(text)) + text + " " + _painted(sign, colour, style)
    return " " * (LEFT + 2 + at) + _painted(sign, colour, style) + "\n" + " " * (LEFT + 2) + text


class _Scale:
    """Values to fractions of an axis."""

    def __init__(self, limits: tuple[float, float], *, log: bool) -> None:
        self.log = log
        self.low, self.high = (math.log10(v) for v in limits) if log else limits
        if self.high <= self.low:
            self.low, self.high = self.low - 0.5, self.high + 0.5

    def places(self, values: Floats) -> Floats:
        """Fractions, clipped to a little beyond the frame; what a logarithmic axis cannot show is below it."""
        with np.errstate(divide="ignore", invalid="ignore"):
            inner = np.log10(values) if self.log else values
        return np.nan_to_num(np.clip((inner - self.low) / (self.high - self.low), -0.5, 1.5), nan=-0.5)

    def place(self, value: float) -> float:
        """One fraction."""
        return float(self.places(np.array([value]))[0])

    def ticks(self, most: int) -> list[float]:
        """Round values on the axis, at most about ``most``."""
        if self.log and self.high - self.low >= 1:
            every = math.ceil((self.high - self.low) / most)
            return [10.0**p for p in range(math.ceil(self.low), math.floor(self.high) + 1, every)]
        low, high = (10**self.low, 10**self.high) if self.log else (self.low, self.high)
        raw = (high - low) / most
        power = 10.0 ** math.floor(math.log10(raw))
        pitch = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
        slack = 0.02 * (high - low)  # an axis that starts at step 5 may be numbered from 0
        return [round(k * pitch, 12) for k in range(math.ceil((low - slack) / pitch), math.floor((high + slack) / pitch) + 1)]


def _range(lines: Sequence[Line], *, log: bool) -> tuple[float, float]:
    values = np.concatenate([line.y for line in lines] or [np.empty(0)])
    values = values[values > 0] if log else values
    if not len(values):
        return (1.0, 10.0)
    return float(values.min()), float(values.max())


def _sign(mark: Mark, style: Style) -> str:
    return SIGNS[mark.symbol][0 if style.unicode else 1]


def _colour(role: Role, run: int | None) -> str:
    return COLOURS[role] if run is None else RUNS[run % len(RUNS)]


def _painted(text: str, colour: str, style: Style) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if style.colour and colour != "0" and text.strip() else text
