"""For people at a terminal: the verdict first, then each quantity with what noise allows to say of it."""

import textwrap
from collections.abc import Sequence

from trainlog.comparison import Comparison
from trainlog.render import Style
from trainlog.render._escape import plain
from trainlog.render.comparison import HEADER, cells, title

_COLOURS = {"better": "32", "worse": "31", "no difference": "0", "cannot tell": "33"}


def render(comparisons: Sequence[Comparison], style: Style) -> str:
    """All comparisons, in the order given."""
    return "\n".join(_one(comparison, style) for comparison in comparisons)


def _one(comparison: Comparison, style: Style) -> str:
    lines = [f"{plain(title(comparison))}: {_painted(comparison.verdict, comparison.verdict, style)}"]
    lines += _wrapped(plain(comparison.reason), style)
    table = [HEADER, *(cells(row) for row in comparison.rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(HEADER))]
    lines.append("")
    for row, judged in zip(table, ["", *(r.judgement for r in comparison.rows)], strict=True):
        base, new, change, interval = (f"{cell:>{width}}" for cell, width in zip(row[1:5], widths[1:5], strict=True))
        lines.append(f"  {row[0]:<{widths[0]}}  {base}  {new}  {change} {interval}  {_painted(row[5], judged, style)}".rstrip())
    lines.append("")
    for note in comparison.notes:
        lines += _wrapped(plain(note), style)
    return "\n".join(lines) + "\n"


def _wrapped(text: str, style: Style) -> list[str]:
    return textwrap.wrap(text, style.width, initial_indent="  ", subsequent_indent="  ", break_long_words=False)


def _painted(text: str, judgement: str, style: Style) -> str:
    colour = _COLOURS.get(judgement, "0")
    return f"\x1b[{colour}m{text}\x1b[0m" if style.colour and colour != "0" else text
