"""One self-contained page: curves to look into, findings linked to their place on them; no network, light and dark, prints well."""

from collections.abc import Sequence
from typing import Any

from trainlog.diagnosis import Diagnosis, Reported
from trainlog.render import Style, worst_first
from trainlog.render import _words as words
from trainlog.render._chart import chart, page, points
from trainlog.render._escape import xml
from trainlog.run import Run

_OWN_SCALE = ("lr", "grad_norm")  # drawn when asked for, in no unit of a loss
MOST_DRAWN = 20  # runs with curves; a page of 1.5 MB holds as many


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """All runs, worst first."""
    ordered = worst_first(diagnoses)
    runs = "".join(_run(i, d) for i, d in enumerate(ordered))
    return page("trainlog", f"<h1>trainlog: {words.plural(len(ordered), 'run')}</h1>{_table(ordered)}{runs}")


def _table(ordered: Sequence[Diagnosis]) -> str:
    """What leads to each of several runs."""
    rows = "".join(
        f'<tr><td>{_badge(d)}<td>{words.counted(d)}<td><a href="#run{i}">{xml(words.title(d.run))}</a>' for i, d in enumerate(ordered)
    )
    return f"<table><thead><tr><th>verdict<th>found<th>log<tbody>{rows}</table>" if len(ordered) > 1 else ""


def _badge(diagnosis: Diagnosis) -> str:
    look = diagnosis.worst or ("fine" if diagnosis.judged else "warning")
    return f'<span class="badge {look}">{xml(diagnosis.verdict)}</span>'


def _run(number: int, diagnosis: Diagnosis) -> str:
    told = "".join(
        f'<p class="lead">{xml(text)}</p>' for text in (diagnosis.reason, words.ways_out(diagnosis), words.keep(diagnosis)) if text
    )
    found = "".join(_finding(r, diagnosis.run) for r in diagnosis.findings)
    skipped = "; ".join(f"{why} ({' '.join(s.code for s in skips)})" for why, skips in words.skipped(diagnosis))
    judged = f'<p class="judged">{xml(words.read(diagnosis))}; {words.plural(len(diagnosis.ran), "rule")} ran</p>'
    judged += (
        f'<details class="judged"><summary>{len(diagnosis.skipped)} skipped</summary><p>{xml(skipped, 5000)}</p></details>'
        if skipped
        else ""
    )
    drawn = _chart(diagnosis) if number < MOST_DRAWN else ""
    title = xml(words.title(diagnosis.run))
    head = f'<section id="run{number}" aria-label="{title}: {xml(diagnosis.verdict)}"><h2>{title} {_badge(diagnosis)}</h2>'
    listed = f'<ul class="findings">{found}</ul>' if found else ""
    return f"{head}{told}{drawn}{listed}{judged}</section>"


def _finding(reported: Reported, run: Run) -> str:
    found = reported.finding
    at = "" if found.step is None else f' <button type="button" data-step="{found.step}">show on the curve</button>'
    told = [("why", found.why), *(("do", advice) for advice in found.do), *([("at", run.at(found.line))] if found.line else [])]
    rest = "".join(f'<p><span class="key">{key}:</span> {xml(text)}</p>' for key, text in told)
    return f'<li class="{reported.severity}"><strong>{reported.severity} {reported.code}</strong> {xml(found.what)}{at}{rest}</li>'


def _chart(diagnosis: Diagnosis) -> str:
    """The curves, and the places worth marking; nothing when there is no curve."""
    run, facts = diagnosis.run, diagnosis.facts
    judged = [s for s in (facts.train, facts.val) if s is not None] if facts is not None else []
    shown = judged + [s for name in _OWN_SCALE if (s := run.get(name)) is not None]
    label = run.raw_names.get if facts is None else lambda name, _: facts.label(name)
    own = [(s, s.name in _OWN_SCALE) for s in shown if len(s.finite()) > 1]
    series = [points(run, s, label(s.name, s.name), on=not apart, own=apart) for s, apart in own]
    marks: list[dict[str, Any]] = [] if diagnosis.keep is None else [{"step": diagnosis.keep.step, "label": "keep"}]
    marks += [
        {"step": f.step, "low": f.step_low, "high": f.step_high, "label": r.code}
        for r in diagnosis.findings
        if (f := r.finding).step is not None
    ]
    return chart(series, marks, run.axis) if series else ""
