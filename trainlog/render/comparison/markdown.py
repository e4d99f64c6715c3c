"""Markdown for job summaries and comments: a table of quantities, and the curves as a Mermaid chart that needs no upload."""

from collections.abc import Sequence

from trainlog.comparison import Comparison
from trainlog.render import Style
from trainlog.render._escape import markdown
from trainlog.render.comparison import HEADER, cells, compared, title
from trainlog.render.markdown import mermaid

MOST_DRAWN = 6  # comparisons with a chart


def render(comparisons: Sequence[Comparison], style: Style) -> str:
    """One section per comparison, in the order given."""
    return "## trainlog compare\n\n" + "\n".join(_one(comparison, drawn=i < MOST_DRAWN) for i, comparison in enumerate(comparisons))


def _one(comparison: Comparison, *, drawn: bool) -> str:
    lines = [f"### {markdown(title(comparison))}: {comparison.verdict}", "", markdown(comparison.reason), ""]
    lines += [f"| {' | '.join(HEADER)} |", "|---|---:|---:|---:|---:|---|"]
    lines += [f"| {' | '.join(markdown(cell) for cell in cells(row))} |" for row in comparison.rows]
    chart = _chart(comparison) if drawn else None
    lines += ["", *(markdown(note) for note in comparison.notes), *(["", chart] if chart else [])]
    return "\n".join(lines) + "\n"


def _chart(comparison: Comparison) -> str | None:
    """The metric of the first base run and of the first new run; on steps alone, since a chart has one grid."""
    pair = {"base": comparison.base[0], "new": comparison.new[0]}
    if any(d.run.axis != comparison.axis for d in pair.values()):
        return None
    found = {word: s for word, d in pair.items() if (s := compared(comparison, d)) is not None}
    return mermaid("value", comparison.axis, found) if len(found) == len(pair) else None
