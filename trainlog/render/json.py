"""The diagnosis as JSON (schema id ``trainlog-diagnosis/1``), for programs."""

from collections.abc import Sequence
from typing import Any

import orjson

from trainlog import __version__
from trainlog.advice import Keep
from trainlog.diagnosis import Diagnosis, Reported
from trainlog.render import Style
from trainlog.render._escape import json as inert

SCHEMA = "trainlog-diagnosis/1"


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """One document with all runs, in the order given."""
    document = {"schema": SCHEMA, "trainlog": __version__, "runs": [as_dict(d) for d in diagnoses]}
    return dumps(document, indent=True) + "\n"


def dumps(document: object, *, indent: bool = False) -> str:
    """Strict JSON: NaN and infinities become null, lone surrogates of undecodable names their escapes; safe to print."""
    option = orjson.OPT_SERIALIZE_NUMPY | (orjson.OPT_INDENT_2 if indent else 0)
    try:
        text = orjson.dumps(document, option=option).decode()
    except TypeError:  # orjson takes no lone surrogates, which file names that are no UTF-8 have
        text = orjson.dumps(_encodable(document), option=option).decode()
    return inert(text)


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(inner) for inner in value]
    return value


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
        "keep": None if diagnosis.keep is None else _keep(diagnosis.keep),
        "replay": [replay._asdict() for replay in diagnosis.replay],
        "log": {
            "counted": run.counted,
            "records": run.records,
            "superseded": run.superseded,
            "status": run.status,
            "problems": [{"line": p.line, "what": p.what} for p in run.problems],
            "resumes": [{"line": r.line, "step": r.step, "superseded": r.superseded} for r in run.resumes],
        },
    }


def _keep(keep: Keep) -> dict[str, Any]:
    return {**keep._asdict(), "tied": list(keep.tied), "wasted": keep.wasted._asdict()}


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
