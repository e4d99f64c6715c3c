"""One self-contained page: curves to look into, findings linked to their place on them; no network, light and dark, prints well."""

from collections.abc import Sequence
from importlib import resources
from typing import Any

import numpy as np

from trainlog.diagnosis import Diagnosis, Reported
from trainlog.errors import UsageError
from trainlog.progress import UNITS, progress
from trainlog.render import Style, worst_first
from trainlog.render import _words as words
from trainlog.render._escape import plain, xml
from trainlog.render.figure._curves import thin
from trainlog.render.json import dumps
from trainlog.run import Series

MOST_DRAWN = 20  # runs with curves; a page of 1.5 MB holds as many
STRIPS = 250  # a curve is thinned to at most four points in each, every extreme kept
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"
_FOLDER = resources.files("trainlog.render") / "_page"


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """All runs, worst first."""
    ordered = worst_first(diagnoses)
    code, look = ((_FOLDER / name).read_text(encoding="utf-8") for name in ("page.js", "page.css"))
    rows = "".join(
        f'<tr><td><a href="#run{i}">{xml(d.verdict)}</a><td>{words.counted(d)}<td>{xml(words.title(d.run))}' for i, d in enumerate(ordered)
    )
    runs = "".join(_run(i, d) for i, d in enumerate(ordered))
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    head += f'<meta name="viewport" content="width=device-width"><title>trainlog</title><style>{look}</style>'
    table = f"<table><thead><tr><th>verdict<th>found<th>log<tbody>{rows}</table>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body><h1>trainlog</h1>{table}{runs}<script>{code}</script></body></html>\n'


def _run(number: int, diagnosis: Diagnosis) -> str:
    told = "".join(f"<p>{xml(text)}</p>" for text in (diagnosis.reason, words.keep(diagnosis)) if text)
    found = "".join(_finding(r, diagnosis.run.source) for r in diagnosis.findings)
    skipped = "; ".join(f"{why} ({' '.join(s.code for s in skips)})" for why, skips in words.skipped(diagnosis))
    judged = f"<p>{xml(words.read(diagnosis))}; {words.plural(len(diagnosis.ran), 'rule')} ran</p>"
    judged += f"<details><summary>{len(diagnosis.skipped)} skipped</summary><p>{xml(skipped, 5000)}</p></details>" if skipped else ""
    data = _data(diagnosis) if number < MOST_DRAWN else None
    # "<" cannot end the element when it is written as an escape of JSON.
    inert = dumps(data).replace("<", "\\u003c")
    chart = f'<figure><script type="application/json">{inert}</script></figure>' if data else ""
    title = f"{xml(words.title(diagnosis.run))}: {xml(diagnosis.verdict)}"
    return f'<section id="run{number}" aria-label="{title}"><h2>{title}</h2>{told}{chart}<ul>{found}</ul>{judged}</section>'


def _finding(reported: Reported, source: str) -> str:
    found = reported.finding
    at = "" if found.step is None else f' <button type="button" data-step="{found.step}">show on the curve</button>'
    where = f"<p>at: {xml(source)}:{found.line}</p>" if found.line else ""
    advice = "".join(f"<p>do: {xml(text)}</p>" for text in found.do)
    head = f'<strong class="{reported.severity}">{reported.severity} {reported.code}</strong> {xml(found.what)}{at}'
    return f"<li>{head}<p>why: {xml(found.why)}</p>{advice}{where}</li>"


def _data(diagnosis: Diagnosis) -> dict[str, Any] | None:
    """What the page draws: series as points, the axes they can be shown on, and the places worth marking."""
    run, facts = diagnosis.run, diagnosis.facts
    judged = [s for s in (facts.train, facts.val) if s is not None] if facts is not None else []
    shown = judged + [s for name in ("lr", "grad_norm") if (s := run.get(name)) is not None]
    series = [_points(diagnosis, s) for s in shown if len(s.finite()) > 1]
    if not series:
        return None
    marks: list[dict[str, Any]] = [] if diagnosis.keep is None else [{"step": diagnosis.keep.step, "label": "keep"}]
    marks += [
        {"step": f.step, "low": f.step_low, "high": f.step_high, "label": r.code}
        for r in diagnosis.findings
        if (f := r.finding).step is not None
    ]
    return {"axis": run.axis, "series": series, "marks": marks}


def _points(diagnosis: Diagnosis, series: Series) -> dict[str, Any]:
    finite = series.finite()
    finite = finite.take(thin(finite.step.astype(np.float64), finite.value, STRIPS))
    name = diagnosis.facts.label(series.name) if diagnosis.facts is not None else series.name
    axes: dict[str, list[float]] = {diagnosis.run.axis: finite.step.tolist()}
    for unit in UNITS:
        try:
            axes.setdefault(unit, [float(f"{x:.7g}") for x in progress(diagnosis.run, unit).of(finite.step)])
        except UsageError:  # the log does not say how to convert to this one
            continue
    return {
        "name": plain(name, 60),
        "x": axes,
        "y": [float(f"{y:.6g}") for y in finite.value],
        "on": series.name not in ("lr", "grad_norm"),
    }
