"""For people at a terminal: the verdict first, then what was found, worst first, with evidence and advice."""

import textwrap
from collections.abc import Sequence

from trainlog.diagnosis import Diagnosis, Reported
from trainlog.render import Style, worst_first
from trainlog.render._escape import plain

_COLOURS = {"error": "31", "warning": "33", "info": "36", "verdict": "1"}


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """All runs, worst first."""
    return "\n".join(_one(diagnosis, style) for diagnosis in worst_first(diagnoses))


def _one(diagnosis: Diagnosis, style: Style) -> str:
    run = diagnosis.run
    title = plain(run.source) + (f" (run {run.index} of {run.siblings})" if run.siblings > 1 else "")
    lines = [f"{title}: {_paint(diagnosis.verdict, 'verdict', style)}"]
    if diagnosis.reason:
        lines += _wrapped(diagnosis.reason, "  ", style)
    for reported in diagnosis.findings:
        lines += _finding(reported, run.source, style)
    lines.append(_summary(diagnosis))
    return "\n".join(lines) + "\n"


def _finding(reported: Reported, source: str, style: Style) -> list[str]:
    found = reported.finding
    head = f"{_paint(reported.severity, reported.severity, style)} {reported.code} {plain(found.what)}"
    lines = ["", *_wrapped(head, "  ", style)]
    lines += _wrapped(f"why: {plain(found.why, 2000)}", "    ", style)
    for advice in found.do:
        lines += _wrapped(f"do:  {plain(advice)}", "    ", style)
    if found.line:
        lines.append(f"    at:  {plain(source)}:{found.line}")
    return lines


def _summary(diagnosis: Diagnosis) -> str:
    count = len(diagnosis.findings)
    skipped = f", {len(diagnosis.skipped)} skipped" if diagnosis.skipped else ""
    return f"\n{count} finding{'' if count == 1 else 's'}; {len(diagnosis.ran)} rules ran{skipped}"


def _wrapped(text: str, indent: str, style: Style) -> list[str]:
    return textwrap.wrap(text, style.width, initial_indent=indent, subsequent_indent=indent + "     ", break_long_words=False)


def _paint(text: str, role: str, style: Style) -> str:
    return f"\x1b[{_COLOURS[role]}m{text}\x1b[0m" if style.colour else text
