"""One self-contained page: the curves laid over each other to look into, and what noise allows to say of each quantity."""

from collections.abc import Sequence
from typing import Any

from trainlog.comparison import Comparison
from trainlog.diagnosis import Diagnosis
from trainlog.render import Style
from trainlog.render._chart import chart, page, points
from trainlog.render._escape import xml
from trainlog.render.comparison import HEADER, cells, title

MOST_DRAWN = 20  # comparisons with curves
BASE, NEW = 0, 1  # colours


def render(comparisons: Sequence[Comparison], style: Style) -> str:
    """One section per comparison, in the order given."""
    return page("trainlog compare", "<h1>trainlog compare</h1>" + "".join(_one(i, c) for i, c in enumerate(comparisons)))


def _one(number: int, comparison: Comparison) -> str:
    head = f"{xml(title(comparison))}: {xml(comparison.verdict)}"
    rows = "".join(f"<tr>{''.join(f'<td>{xml(cell)}' for cell in cells(row))}" for row in comparison.rows)
    table = f"<table><thead><tr>{''.join(f'<th>{xml(cell)}' for cell in HEADER)}<tbody>{rows}</table>"
    notes = "".join(f"<p>{xml(note)}</p>" for note in comparison.notes)
    drawn = _chart(comparison) if number < MOST_DRAWN else ""
    return f'<section aria-label="{head}"><h2>{head}</h2><p>{xml(comparison.reason)}</p>{table}{drawn}{notes}</section>'


def _chart(comparison: Comparison) -> str:
    """The metric of every run, bases in one colour and new runs in another; the training curves can be switched on."""
    groups = ((comparison.base, "base", BASE), (comparison.new, "new", NEW))
    series = [
        line for group, word, colour in groups for i, d in enumerate(group) for line in _lines(comparison, d, f"{word} {i + 1}", colour)
    ]
    return chart(series, [], comparison.axis) if series else ""


def _lines(comparison: Comparison, diagnosis: Diagnosis, word: str, colour: int) -> list[dict[str, Any]]:
    facts = diagnosis.facts
    known = [] if facts is None else [s for s in (facts.val, facts.train) if s is not None and len(s.finite()) > 1]
    return [
        points(diagnosis.run, s, f"{word} {s.name}", on=s.name == comparison.metric, colour=colour, dash=int(s.name != comparison.metric))
        for s in known
    ]
