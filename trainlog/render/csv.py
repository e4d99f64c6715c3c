"""A table of runs for spreadsheets, one row each."""

import csv
import io
from collections.abc import Sequence

from trainlog.diagnosis import Diagnosis
from trainlog.render import Style
from trainlog.render._escape import cell
from trainlog.rules import SEVERITIES

_COLUMNS = ("source", "run", "format", "axis", "last_step", "verdict", *(f"{s}s" for s in SEVERITIES), "codes",
            "keep_step", "checkpoint", "metric", "value", "last_costs", "wasted_steps")  # fmt: skip


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """A header and a row per run, in the order given."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_row(diagnosis) for diagnosis in diagnoses)
    return out.getvalue()


def _row(diagnosis: Diagnosis) -> list[object]:
    run, keep = diagnosis.run, diagnosis.keep
    counts = [sum(r.severity == s for r in diagnosis.findings) for s in SEVERITIES]
    codes = " ".join(dict.fromkeys(r.code for r in diagnosis.findings))
    kept: list[object] = [""] * 6
    if keep is not None:
        kept = [keep.step, cell(keep.checkpoint or ""), cell(keep.series), keep.value, keep.last_costs, keep.wasted.steps]
    return [cell(run.source), run.index, run.format, run.axis, run.last_step, diagnosis.verdict, *counts, codes, *kept]
