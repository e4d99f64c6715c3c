"""Annotations on the lines of the log, as GitHub workflow commands."""

from collections.abc import Sequence

from trainlog.diagnosis import Diagnosis, Reported, path_of
from trainlog.render import Style, worst_first
from trainlog.render import _words as words
from trainlog.render._escape import command, command_property

MOST = 10  # annotations per level and step; GitHub drops the others
_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """At most ten annotations per level, worst first; the last says how many were left out."""
    lines = []
    for severity, level in _LEVELS.items():
        found = [(d, r) for d in worst_first(diagnoses) for r in d.findings if r.severity == severity]
        shown = found if len(found) <= MOST else found[: MOST - 1]
        lines += [_annotation(level, diagnosis, reported) for diagnosis, reported in shown]
        if len(found) > len(shown):
            lines.append(f"::{level} title=trainlog::and {words.plural(len(found) - len(shown), 'finding')} more")
    return "".join(line + "\n" for line in lines)


def _annotation(level: str, diagnosis: Diagnosis, reported: Reported) -> str:
    found = reported.finding
    where = f"file={command_property(path_of(diagnosis.run))}" + (f",line={max(found.line, 1)}" if diagnosis.run.counted == "line" else "")
    title = command_property(f"{reported.code} {reported.name}")
    text = [found.what, f"why: {found.why}", *(f"do: {advice}" for advice in found.do)]
    return f"::{level} {where},title={title}::" + "%0A".join(command(line) for line in text)
