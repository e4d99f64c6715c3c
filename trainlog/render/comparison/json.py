"""The comparison as JSON (schema id ``trainlog-comparison/1``), for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from trainlog import __version__
from trainlog.comparison import QUANTITIES, Comparison
from trainlog.diagnosis import Diagnosis
from trainlog.render import Style
from trainlog.render.json import dumps

SCHEMA = "trainlog-comparison/1"


def render(comparisons: Sequence[Comparison], style: Style) -> str:
    """One document with all comparisons, in the order given."""
    document = {"schema": SCHEMA, "trainlog": __version__, "comparisons": [as_dict(c) for c in comparisons]}
    return dumps(document, indent=True) + "\n"


def as_dict(comparison: Comparison) -> dict[str, Any]:
    """One comparison in the shape of the published schema."""
    return {
        "base": [_run(d) for d in comparison.base],
        "new": [_run(d) for d in comparison.new],
        "verdict": comparison.verdict,
        "reason": comparison.reason,
        "metric": comparison.metric,
        "axis": comparison.axis,
        "upto": comparison.upto,
        "tolerance": comparison.tolerance,
        "rows": [{"code": QUANTITIES[row.quantity], **asdict(row)} for row in comparison.rows],
        "notes": list(comparison.notes),
    }


def _run(diagnosis: Diagnosis) -> dict[str, Any]:
    return {"source": diagnosis.run.source, "run": diagnosis.run.index, "verdict": diagnosis.verdict}
