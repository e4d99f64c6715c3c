"""One self-contained page: curves to look into, findings linked to their place on them; no network, light and dark, prints well."""

from collections.abc import Sequence
from typing import Any

from trainlog.diagnosis import Diagnosis, Reported
from trainlog.render import Style, worst_first
from trainlog.render import _words as words
from trainlog.render._chart import chart, page, points
from trainlog.render._escape import xml

MOST_DRAWN = 20  # runs with curves; a page of 1.5 MB holds as many


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """All runs, worst first."""
    ordered = worst_first(diagnoses)
    rows = "".join(
        f'<tr><td><a href="#run{i}">{xml(d.verdict)}</a><td>{words.counted(d)}<td>{xml(words.title(d.run))}' for i, d in enumerate(ordered)
    )
    runs = "".join(_run(i, d) for i, d in enumerate(ordered))
    table = f"<table><thead><tr><th>verdict<th>found<th>log<tbody>{rows}</table>"
    return page("trainlog", f"<h1>trainlog</h1>{table}{runs}")


def _run(number: int, diagnosis: Diagnosis) -> str:
    told = "".join(f"<p>{xml(text)}</p>" for text in (diagnosis.reason, words.keep(diagnosis)) if text)
    found = "".join(_finding(r, diagnosis.run.source) for r in diagnosis.findings)
    skipped = "; ".join(f"{why} ({' '.join(s.code for s in skips)})" for why, skips in words.skipped(diagnosis))
    judged = f"<p>{xml(words.read(diagnosis))}; {words.plural(len(diagnosis.ran), 'rule')} ran</p>"
    judged += f"<details><summary>{len(diagnosis.skipped)} skipped</summary><p>{xml(skipped, 5000)}</p></details>" if skipped else ""
    drawn = _chart(diagnosis) if number < MOST_DRAWN else ""
    title = f"{xml(words.title(diagnosis.run))}: {xml(diagnosis.verdict)}"
    return f'<section id="run{number}" aria-label="{title}"><h2>{title}</h2>{told}{drawn}<ul>{found}</ul>{judged}</section>'


def _finding(reported: Reported, source: str) -> str:
    found = reported.finding
    at = "" if found.step is None else f' <button type="button" data-step="{found.step}">show on the curve</button>'
    where = f"<p>at: {xml(source)}:{found.line}</p>" if found.line else ""
    advice = "".join(f"<p>do: {xml(text)}</p>" for text in found.do)
    head = f'<strong class="{reported.severity}">{reported.severity} {reported.code}</strong> {xml(found.what)}{at}'
    return f"<li>{head}<p>why: {xml(found.why)}</p>{advice}{where}</li>"


def _chart(diagnosis: Diagnosis) -> str:
    """The curves, and the places worth marking; nothing when there is no curve."""
    run, facts = diagnosis.run, diagnosis.facts
    judged = [s for s in (facts.train, facts.val) if s is not None] if facts is not None else []
    shown = judged + [s for name in ("lr", "grad_norm") if (s := run.get(name)) is not None]
    label = run.raw_names.get if facts is None else lambda name, _: facts.label(name)
    series = [points(run, s, label(s.name, s.name), on=s.name not in ("lr", "grad_norm")) for s in shown if len(s.finite()) > 1]
    marks: list[dict[str, Any]] = [] if diagnosis.keep is None else [{"step": diagnosis.keep.step, "label": "keep"}]
    marks += [
        {"step": f.step, "low": f.step_low, "high": f.step_high, "label": r.code}
        for r in diagnosis.findings
        if (f := r.finding).step is not None
    ]
    return chart(series, marks, run.axis) if series else ""
