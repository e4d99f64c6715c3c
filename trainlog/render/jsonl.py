"""The diagnosis as JSON lines, one run each, in the shape of ``runs`` in ``json``: for many runs."""

from collections.abc import Sequence

from trainlog.diagnosis import Diagnosis
from trainlog.render import Style
from trainlog.render.json import as_dict, dumps


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """One line per run, in the order given."""
    return "".join(dumps(as_dict(diagnosis)) + "\n" for diagnosis in diagnoses)
