"""GitLab code quality report: shown in merge requests as new or resolved, by fingerprints that stay the same."""

import hashlib
from collections.abc import Sequence

from trainlog.diagnosis import Diagnosis, path_of
from trainlog.render import Style, worst_first
from trainlog.render._escape import plain
from trainlog.render.json import dumps

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """A list of findings, worst first."""
    issues: list[dict[str, object]] = []
    seen: dict[str, int] = {}
    for diagnosis in worst_first(diagnoses):
        for reported in diagnosis.findings:
            count = seen[reported.fingerprint] = seen.get(reported.fingerprint, 0) + 1
            salted = reported.fingerprint if count == 1 else hashlib.sha256(f"{reported.fingerprint}{count}".encode()).hexdigest()[:16]
            line = max(reported.finding.line, 1) if diagnosis.run.counted == "line" else 1  # GitLab asks for one
            issues.append(
                {
                    "description": plain(f"{reported.code} {reported.finding.what}: {reported.finding.why}", 2000),
                    "check_name": reported.code,
                    "fingerprint": salted,
                    "severity": _SEVERITIES[reported.severity],
                    "location": {"path": plain(path_of(diagnosis.run)), "lines": {"begin": line}},
                }
            )
    return dumps(issues, indent=True) + "\n"
