"""Markdown for job summaries and comments: a table of runs, findings, and curves as Mermaid charts that need no upload."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from trainlog.diagnosis import Diagnosis
from trainlog.render import Style, worst_first
from trainlog.render import _words as words
from trainlog.render._escape import markdown
from trainlog.run import Floats, Series
from trainlog.vocab import BASES, base_of

LIMIT = 120 * 1024 - 200  # bytes: what older GitHub servers take, with room for the last line
MOST_DRAWN = 6  # runs with a chart
POINTS = 60  # of a chart: Mermaid spreads them evenly, more cannot be told apart
COLOURS = {"blue": "#3a86c8", "orange": "#d9691e"}  # of the lines, in this order; seen on white and on black, and by the colour-blind
# Mermaid's own first colour can hardly be seen on white.
_PALETTE = f'%%{{init: {{"themeVariables": {{"xyChart": {{"plotColorPalette": "{", ".join(COLOURS.values())}"}}}}}}}}%%'
LARGEST = 1e30  # beyond, a chart's own arithmetic is lost


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """All runs, worst first; what does not fit is counted at the end."""
    ordered = worst_first(diagnoses)
    rows = ["| verdict | found | keep | log |", "|---|---|---|---|", *(_row(d) for d in ordered)]
    blocks = ["## trainlog\n", *rows, ""]
    size = 0
    kept: list[str] = []
    blocks += [block for i, d in enumerate(ordered) for block in _run(d, drawn=i < MOST_DRAWN)]
    for block in blocks:
        size += len(block.encode("utf-8", "replace")) + 1
        if size > LIMIT:
            return "\n".join([*kept, "", f"Cut here: {len(blocks) - len(kept):,} more parts would be too long for a job summary.", ""])
        kept.append(block)
    return "\n".join(kept)


def _row(diagnosis: Diagnosis) -> str:
    keep = "" if diagnosis.keep is None else f"{diagnosis.run.axis} {diagnosis.keep.step:,}"
    return f"| **{markdown(diagnosis.verdict)}** | {words.counted(diagnosis)} | {keep} | {markdown(words.title(diagnosis.run), 300)} |"


def _run(diagnosis: Diagnosis, *, drawn: bool) -> Iterator[str]:
    """Blocks of Markdown that may be left out one by one."""
    yield f"### {markdown(words.title(diagnosis.run))}: {markdown(diagnosis.verdict)}\n"
    for told in (diagnosis.reason, words.ways_out(diagnosis), words.keep(diagnosis)):
        if told:
            yield markdown(told) + "\n"
    chart = _chart(diagnosis) if drawn else None
    if chart:
        yield chart
    run = diagnosis.run
    for reported in diagnosis.findings:
        found = reported.finding
        where = f" \\({markdown(run.file or run.source, 300)} {run.counted} {found.line}\\)" if found.line else ""
        lines = [f"- **{reported.severity} {reported.code}** {markdown(found.what)}{where}", f"  - why\\: {markdown(found.why)}"]
        lines += [f"  - do\\: {markdown(advice)}" for advice in found.do]
        yield "\n".join(lines)
    skips = f", {len(diagnosis.skipped)} skipped" if diagnosis.skipped else ""
    yield f"\n{markdown(words.read(diagnosis))}. {words.plural(len(diagnosis.ran), 'rule')} ran{skips}.\n"


def _chart(diagnosis: Diagnosis) -> str | None:
    """Training and validation by the metric that the run is judged by."""
    facts = diagnosis.facts
    judged = None if facts is None else facts.val or facts.train
    if facts is None or judged is None:
        return None
    series = [s for s in (facts.train, facts.val) if s is not None and base_of(s.name) == base_of(judged.name)]
    value = base_of(judged.name) if base_of(judged.name) in BASES else "value"
    return mermaid(value, diagnosis.run.axis, {"validation" if s is facts.val else "training": s for s in series})


def mermaid(value: str, axis: str, series: Mapping[str, Series]) -> str | None:
    """A chart of named series on one even grid, as far as all of them go; None when there is nothing to draw. Its words must be
    ours: no text of a log has a place in it.
    """
    found = {name: s.finite() for name, s in series.items()}
    found = {name: s for name, s in found.items() if len(s) > 1 and float(np.abs(s.value).max()) < LARGEST}
    if not found:
        return None
    low, high = max(int(s.step[0]) for s in found.values()), min(int(s.step[-1]) for s in found.values())
    if high <= low:
        return None
    grid = np.linspace(low, high, POINTS)
    lines = [_line(s, grid) for s in found.values()]
    values = np.concatenate(lines)
    bottom, top = float(values.min()), float(values.max())
    if top <= bottom:
        return None
    drawn = [f"  line [{', '.join(_number(v) for v in line)}]" for line in lines]
    told = ", ".join(f"{name} ({colour})" for name, colour in zip(found, COLOURS, strict=False))
    head = [f'  title "{value}: {told}"', f'  x-axis "{axis}" {low} --> {high}']
    return "\n".join(
        ["```mermaid", _PALETTE, "xychart-beta", *head, f'  y-axis "{value}" {_number(bottom)} --> {_number(top)}', *drawn, "```", ""]
    )


def _line(series: Series, grid: Floats) -> Floats:
    line: Floats = np.interp(grid, series.step, series.value)
    return line


def _number(value: float) -> str:
    """Six digits that count, and never an exponent: a chart takes none."""
    return np.format_float_positional(value, precision=6, fractional=False, trim="-")
