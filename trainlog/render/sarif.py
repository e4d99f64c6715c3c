"""SARIF 2.1.0, for code scanning pages."""

from collections.abc import Sequence
from urllib.parse import quote

from trainlog import __version__, rules
from trainlog.diagnosis import Diagnosis, Reported, path_of
from trainlog.render import Style, worst_first
from trainlog.render._escape import plain
from trainlog.render.json import dumps

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """One SARIF run with a result per finding, worst first."""
    results = [_result(d, r) for d in worst_first(diagnoses) for r in d.findings]
    driver = {"name": "trainlog", "version": __version__, "rules": _rules(diagnoses)}
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return dumps(document, indent=True) + "\n"


def _rules(diagnoses: Sequence[Diagnosis]) -> list[dict[str, object]]:
    found = {r.code: r for d in diagnoses for r in d.findings}
    summaries = {module.RULE.code: module.RULE.summary for module in rules.catalogue().values()}
    return [
        {"id": code, "name": found[code].name, "shortDescription": {"text": summaries.get(code, found[code].name)}}
        for code in sorted(found)
    ]


def _result(diagnosis: Diagnosis, reported: Reported) -> dict[str, object]:
    found = reported.finding
    text = "\n".join(plain(line, 2000) for line in (found.what, f"why: {found.why}", *(f"do: {advice}" for advice in found.do)))
    address = quote(path_of(diagnosis.run), errors="replace")
    physical: dict[str, object] = {"artifactLocation": {"uri": address}}
    if diagnosis.run.counted == "line":
        physical["region"] = {"startLine": max(found.line, 1)}
    return {
        "ruleId": reported.code,
        "level": _LEVELS[reported.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": physical}],
        "partialFingerprints": {"trainlog/1": reported.fingerprint},
    }
