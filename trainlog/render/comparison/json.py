"""The comparison as JSON (schema id ``trainlog-comparison/1``), for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson

from trainlog import __version__
from trainlog.comparison import Comparison
from trainlog.diagnosis import Diagnosis
from trainlog.render import Style


def render(comparisons: Sequence[Comparison], style: Style) -> str:
    """One document with all comparisons, in the order given."""
    document = {"schema": "trainlog-comparison/1", "trainlog": __version__, "comparisons": [_one(c) for c in comparisons]}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode() + "\n"


def _one(comparison: Comparison) -> dict[str, Any]:
    return {
        "base": [_run(d) for d in comparison.base],
        "new": [_run(d) for d in comparison.new],
        "verdict": comparison.verdict,
        "reason": comparison.reason,
        "metric": comparison.metric,
        "axis": comparison.axis,
        "upto": comparison.upto,
        "rows": [asdict(row) for row in comparison.rows],
        "notes": list(comparison.notes),
    }


def _run(diagnosis: Diagnosis) -> dict[str, Any]:
    return {"source": diagnosis.run.source, "run": diagnosis.run.index, "verdict": diagnosis.verdict}
