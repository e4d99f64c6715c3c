"""A table of runs for spreadsheets, one row each."""

import csv
import io
from collections.abc import Sequence

from trainlog.diagnosis import Diagnosis
from trainlog.render import Style
from trainlog.render._escape import cell
from trainlog.render._rows import COLUMNS, row


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """A header and a row per run, in the order given."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for diagnosis in diagnoses:
        writer.writerow("" if value is None else cell(value) if isinstance(value, str) else value for value in row(diagnosis))
    return out.getvalue()
