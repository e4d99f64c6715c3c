"""A table for spreadsheets: a row per quantity of each comparison."""

import csv
import io
from collections.abc import Sequence

from trainlog.comparison import QUANTITIES, Comparison
from trainlog.render import Style
from trainlog.render._escape import cell

_COLUMNS = ("base", "new", "verdict", "axis", "upto", "code", "quantity", "metric", "unit", "judgement", "base_value", "new_value",
            "change", "low", "high", "why")  # fmt: skip


def render(comparisons: Sequence[Comparison], style: Style) -> str:
    """A header and a row per quantity, in the order given; ``change``, ``low`` and ``high`` are fractions of the base."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for comparison in comparisons:
        writer.writerows(_rows(comparison))
    return out.getvalue()


def _rows(comparison: Comparison) -> list[list[object]]:
    base, new = (cell(" + ".join(dict.fromkeys(d.run.source for d in group))) for group in (comparison.base, comparison.new))
    head = [base, new, comparison.verdict, comparison.axis, comparison.upto]
    return [
        [*head, QUANTITIES[row.quantity], row.quantity, cell(row.name), row.unit, row.judgement,
         row.base, row.new, row.change, row.low, row.high, cell(row.why or "")]
        for row in comparison.rows
    ]  # fmt: skip
