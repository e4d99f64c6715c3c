"""A row per run, for outputs that are tables."""

from trainlog.diagnosis import Diagnosis
from trainlog.rules import SEVERITIES

#: Names and kinds of the columns.
COLUMNS: dict[str, type] = {
    "source": str,
    "run": int,
    "format": str,
    "axis": str,
    "last_step": int,
    "verdict": str,
    **{f"{severity}s": int for severity in SEVERITIES},
    "codes": str,
    "keep_step": int,
    "checkpoint": str,
    "metric": str,
    "value": float,
    "last_costs": float,
    "wasted_steps": int,
    "reason": str,
}


def row(diagnosis: Diagnosis) -> list[str | int | float | None]:
    """One run, unescaped; None where there is nothing to say."""
    run, keep = diagnosis.run, diagnosis.keep
    counts = [sum(r.severity == s for r in diagnosis.findings) for s in SEVERITIES]
    codes = " ".join(dict.fromkeys(r.code for r in diagnosis.findings))
    kept: list[str | int | float | None] = [None] * 6
    if keep is not None:
        kept = [keep.step, keep.checkpoint, keep.series, float(keep.value), float(keep.last_costs), keep.wasted.steps]
    return [run.source, run.index, run.format, run.axis, run.last_step, diagnosis.verdict, *counts, codes, *kept, diagnosis.reason]
