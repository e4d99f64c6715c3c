"""For people at a terminal: the verdict first, then the curve, what was found, worst first, and what to keep."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from trainlog.diagnosis import Diagnosis, Reported
from trainlog.errors import UsageError
from trainlog.render import Style, worst_first
from trainlog.render import _words as words
from trainlog.render._escape import plain
from trainlog.run import Run

_COLOURS = {"error": "1;31", "warning": "33", "info": "36", "verdict": "1", "quiet": "2"}
_ASCII = str.maketrans({"…": "...", "–": "-", "→": "->", "×": "x", "°": "deg ", "≥": ">=", "≤": "<=", "±": "+-", "²": "2"})
ROWS = 7  # characters: how high the curve is
MOST_REASONS = 8  # for rules that were skipped; of more, half as many are told unless all are asked for
MOST_TOLD = 20  # runs; of more, a table is shown
MOST_DRAWN = 3  # runs; with more, their curves would push the findings off the screen


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """All runs, worst first; of several runs a table comes before."""
    ordered = worst_first(diagnoses)
    if len(ordered) > MOST_TOLD and not style.verbose:
        text = _table(ordered, style) + _counts(ordered, style)
        return text if style.unicode else text.translate(_ASCII).encode("ascii", "backslashreplace").decode()
    parts = [_table(ordered, style)] if len(ordered) > 1 else []
    parts += [_one(diagnosis, style, drawn=len(ordered) <= MOST_DRAWN or style.verbose) for diagnosis in ordered]
    text = "\n".join(parts)
    return text if style.unicode else text.translate(_ASCII).encode("ascii", "backslashreplace").decode()


def _table(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    lines = []
    for d in diagnoses:
        found = _paint(f"{words.counted(d):<22}", d.worst or "quiet", style)
        why = f": {plain(d.reason)}" if d.reason and len(diagnoses) > MOST_TOLD else ""
        lines.append(f"{d.verdict:<16}{found} {plain(words.title(d.run))}{why}")
    return "\n".join([*lines, "", ""])


def _counts(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """How many runs have each verdict, in the order of the table."""
    verdicts = Counter(d.verdict for d in diagnoses)
    counted = ", ".join(f"{count:,} {verdict}" for verdict, count in verdicts.items())
    lines = _wrapped(f"{len(diagnoses):,} runs: {counted}; name one to see what was found in it, or ask for all with -v", "", style)
    return "\n".join(lines) + "\n"


def _one(diagnosis: Diagnosis, style: Style, *, drawn: bool) -> str:
    verdict = _paint(diagnosis.verdict, "verdict", style)
    lines = [f"{plain(words.title(diagnosis.run))}: {verdict}"]
    if diagnosis.reason:
        lines += _wrapped(plain(diagnosis.reason), "  ", style)
    way = words.ways_out(diagnosis)
    lines += _wrapped(f"do:  {plain(way, 2000)}", "    ", style) if way else []
    kept = words.keep(diagnosis)
    lines += _wrapped(plain(kept, 2000), "  ", style) if kept else []
    lines += _curve(diagnosis, style) if drawn else []
    for reported in diagnosis.findings:
        lines += _finding(reported, diagnosis.run, style)
    lines += _stopping(diagnosis, style)
    lines += ["", *_summary(diagnosis, style)]
    return "\n".join(lines) + "\n"


def _curve(diagnosis: Diagnosis, style: Style) -> list[str]:
    """The curve the run is judged by, the onset and the state to keep marked below it."""
    from trainlog.render.figure import Options, build, main_panel

    try:
        scene = build([diagnosis], Options(machine=False))
    except UsageError:  # nothing in the log can be drawn, and the verdict has said so
        return []
    return ["", *main_panel(scene, style, ROWS)]


def _finding(reported: Reported, run: Run, style: Style) -> Iterator[str]:
    found = reported.finding
    label = f"{reported.severity} {reported.code}"
    head, *rest = _wrapped(f"{label} {plain(found.what)}", "  ", style)
    yield ""
    yield head.replace(label, _paint(label, reported.severity, style), 1)
    yield from rest
    yield from _wrapped(f"why: {plain(found.why, 2000)}", "    ", style)
    for advice in found.do:
        yield from _wrapped(f"do:  {plain(advice)}", "    ", style)
    if found.line:
        yield f"    at:  {plain(run.at(found.line))}"


def _stopping(diagnosis: Diagnosis, style: Style) -> list[str]:
    """What early stopping would have done, where there was something to stop for."""
    replays = words.replayed(diagnosis)
    kept = diagnosis.keep
    if not replays or kept is None or (words.is_last_as_good(diagnosis) and not style.verbose):
        return []
    told = (f"patience {r.patience:<3} {words.stopping(r, diagnosis)}" for r in replays)
    return ["", "  early stopping", *(line for one in told for line in _wrapped(one, "    ", style))]


def _summary(diagnosis: Diagnosis, style: Style) -> Iterator[str]:
    """What was judged: a clean run is not silent."""
    yield from _wrapped(plain(words.read(diagnosis), 2000), "  ", style)
    counts = f"{words.plural(len(diagnosis.findings), 'finding')}; {words.plural(len(diagnosis.ran), 'rule')} ran"
    yield from _wrapped(f"{counts}, {len(diagnosis.skipped)} skipped" if diagnosis.skipped else counts, "  ", style)
    skipped = words.skipped(diagnosis)
    told = skipped if style.verbose or len(skipped) <= MOST_REASONS else skipped[: MOST_REASONS // 2]
    reasons = "; ".join(f"{plain(why.removeprefix('the log has '))} ({' '.join(skip.code for skip in skips)})" for why, skips in told)
    reasons += f"; {len(skipped) - len(told)} more reasons with --verbose" if len(told) < len(skipped) else ""
    yield from _wrapped(f"skipped: {reasons}", "    ", style) if reasons else ()
    for gone in diagnosis.suppressed:
        how = f"left out by the {gone.by}" if gone.by in ("baseline", "configuration") else f"follows from {gone.by}"
        yield from _wrapped(f"{how}: {gone.code} {plain(gone.what)}", "    ", style)


def _wrapped(text: str, indent: str, style: Style) -> list[str]:
    tied = text.replace(" %", "\u00a0%")  # a number stays with its unit
    lines = textwrap.wrap(
        tied, style.width, initial_indent=indent, subsequent_indent=indent + "     ", break_on_hyphens=False, break_long_words=False
    )
    return [line.replace("\u00a0", " ") for line in lines]


def _paint(text: str, role: str, style: Style) -> str:
    return f"\x1b[{_COLOURS[role]}m{text}\x1b[0m" if style.colour else text
