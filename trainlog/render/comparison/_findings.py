"""Comparison -> a diagnosis of the new runs: each quantity is a rule of the family CMP, and what got worse is a finding."""

from trainlog.comparison import DIVERGED, QUANTITIES, Comparison, Row
from trainlog.diagnosis import Diagnosis, Reported, Skipped, identity
from trainlog.rules import SEVERITIES, Finding, Severity
from trainlog.run import Series

CONFIDENCE = 0.95  # that a quantity is worse, when its 90 % interval says so


def as_diagnosis(comparison: Comparison) -> Diagnosis:
    """What was found in the first new run, which stands for its group, against the base.

    Worse by more than is tolerated is an error; another quantity that is worse is a warning; the best value when it is
    better, or worse by what is tolerated, is information. What cannot be told is skipped.
    """
    first = comparison.new[0]
    rows = {row.quantity: row for row in comparison.rows}
    found = [_finding(comparison, row) for row in comparison.rows if _told(comparison, row)]
    if comparison.diverged:
        found.append(_diverged(comparison))
    found.sort(key=lambda r: (SEVERITIES.index(r.severity), r.code))
    skipped = [Skipped(QUANTITIES[q], q, r.why or "noise hides the difference") for q, r in rows.items() if r.judgement == "cannot tell"]
    ran = [QUANTITIES[q] for q, r in rows.items() if r.judgement != "cannot tell"]
    reason = comparison.reason if comparison.verdict == "cannot tell" else None
    verdict = comparison.verdict
    return Diagnosis(first.run, verdict, tuple(found), (), tuple(skipped), (*ran, DIVERGED), reason, first.keep, facts=first.facts)


def _told(comparison: Comparison, row: Row) -> bool:
    return row.judgement == "worse" or (row is comparison.primary and row.judgement == "better")


def _severity(comparison: Comparison, row: Row) -> Severity:
    if row is not comparison.primary:
        return "warning"
    return "error" if row.judgement == "worse" and comparison.failed else "info"


def _finding(comparison: Comparison, row: Row) -> Reported:
    run = comparison.new[0].run
    series = compared(comparison, comparison.new[0]) if row.quantity in ("best", "final") else None
    step = None if series is None else _step(series, row, comparison)
    base, new, change, low, high = (0.0 if value is None else value for value in (row.base, row.new, row.change, row.low, row.high))
    finding = Finding(
        what=f"{row.name} is {row.judgement} than in {_names(comparison)}: {change:+.1%}",
        why=f"{base:.4g} became {new:.4g}; 90 % interval of the change {low:+.1%} to {high:+.1%}",
        do=(f"see where they part: trainlog plot {_names(comparison, ' ')} {run.source}",) if row.judgement == "worse" else (),
        series=None if series is None else series.name,
        step=step,
        line=0 if series is None or step is None else series.line_at(step),
        data={"base": row.base, "new": row.new, "change": row.change, "low": row.low, "high": row.high},
        confidence=CONFIDENCE,
    )
    code = QUANTITIES[row.quantity]
    return Reported(code, row.quantity, _severity(comparison, row), finding, identity(run, code, comparison.metric))


def _diverged(comparison: Comparison) -> Reported:
    run = next(d.run for d in comparison.new if d.verdict == "diverged")
    finding = Finding(
        what=f"it diverged, and {_names(comparison)} did not", why=comparison.reason, do=(f"see why: trainlog diagnose {run.source}",)
    )
    return Reported(DIVERGED, "diverged", "error", finding, identity(run, DIVERGED, None))


def _names(comparison: Comparison, between: str = " and ") -> str:
    return between.join(dict.fromkeys(d.run.source for d in comparison.base))


def compared(comparison: Comparison, diagnosis: Diagnosis) -> Series | None:
    """The finite points of the metric by which a run of a comparison is judged."""
    facts = diagnosis.facts
    known = () if facts is None else (facts.val, facts.train)
    found = next((s for s in known if s is not None and s.name == comparison.metric), None)
    return None if found is None or not len(found.finite()) else found.finite()


def _step(series: Series, row: Row, comparison: Comparison) -> int:
    """The evaluation that shows the best or the last value, for the line to point at."""
    keep = comparison.new[0].keep
    if row.quantity == "best" and keep is not None:
        return keep.step
    return int(series.step[-1])
