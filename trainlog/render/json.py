"""The diagnosis as JSON (schema id ``trainlog-diagnosis/1``), for programs."""

from collections.abc import Sequence
from typing import Any

import orjson

from trainlog import __version__
from trainlog.diagnosis import Diagnosis, Reported
from trainlog.render import Style


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """One document with all runs, in the order given."""
    document = {"schema": "trainlog-diagnosis/1", "trainlog": __version__, "runs": [as_dict(d) for d in diagnoses]}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode() + "\n"


def as_dict(diagnosis: Diagnosis) -> dict[str, Any]:
    """One run in the shape of the published schema."""
    run = diagnosis.run
    val = diagnosis.facts.val if diagnosis.facts else None
    return {
        "source": run.source,
        "format": run.format,
        "run": run.index,
        "name": run.name,
        "steps": {"first": run.first_step, "last": run.last_step, "axis": run.axis},
        "evaluations": 0 if val is None else len(val),
        "verdict": diagnosis.verdict,
        "reason": diagnosis.reason,
        "findings": [_finding(reported) for reported in diagnosis.findings],
        "suppressed": [{"code": s.code, "by": s.by, "what": s.what} for s in diagnosis.suppressed],
        "skipped": [{"code": s.code, "name": s.name, "why": s.why} for s in diagnosis.skipped],
        "ran": list(diagnosis.ran),
        "log": {
            "records": run.records,
            "superseded": run.superseded,
            "status": run.status,
            "problems": [{"line": p.line, "what": p.what} for p in run.problems],
            "resumes": [{"line": r.line, "step": r.step, "superseded": r.superseded} for r in run.resumes],
        },
    }


def _finding(reported: Reported) -> dict[str, Any]:
    found = reported.finding
    return {
        "code": reported.code,
        "name": reported.name,
        "severity": reported.severity,
        "confidence": found.confidence,
        "what": found.what,
        "why": found.why,
        "do": list(found.do),
        "series": found.series,
        "step": found.step,
        "step_low": found.step_low,
        "step_high": found.step_high,
        "line": found.line,
        "data": dict(found.data),
        "fingerprint": reported.fingerprint,
    }
