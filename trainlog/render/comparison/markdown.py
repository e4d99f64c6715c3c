"""A Markdown table, for a job summary or a comment."""

import re
from collections.abc import Sequence

from trainlog.comparison import Comparison
from trainlog.render import Style
from trainlog.render._escape import plain
from trainlog.render.comparison import cells, title


def render(comparisons: Sequence[Comparison], style: Style) -> str:
    """One section per comparison, in the order given."""
    return "\n".join(_one(comparison) for comparison in comparisons)


def _one(comparison: Comparison) -> str:
    lines = [f"### {_text(title(comparison))}: {comparison.verdict}", "", _text(comparison.reason), ""]
    lines += ["| | base | new | change | 95 % interval | |", "|---|---:|---:|---:|---:|---|"]
    lines += [f"| {' | '.join(_text(cell) for cell in cells(row))} |" for row in comparison.rows]
    lines += ["", *(_text(note) for note in comparison.notes)]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """Text of a log as text: nothing in it is markup, a link, a mention or the end of a cell."""
    return re.sub(r"([\\`*_{}\[\]<>()#|~!@&:/$])", lambda m: f"&#{ord(m[0])};", plain(text, 2000))
