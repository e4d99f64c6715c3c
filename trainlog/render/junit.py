"""JUnit XML, for CI servers that show tests: a suite per run, a case per rule (passed, failed or skipped)."""

from collections.abc import Iterator, Sequence

from trainlog.diagnosis import Diagnosis, Reported
from trainlog.render import Style
from trainlog.render import _words as words
from trainlog.render._escape import xml
from trainlog.run import Run


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """One suite per run, in the order given. Errors and warnings fail their case; information passes, and is printed in it."""
    suites = [_suite(diagnosis) for diagnosis in diagnoses]
    body = "\n".join(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="trainlog">\n{body}\n</testsuites>\n'


def _suite(diagnosis: Diagnosis) -> str:
    cases = list(_cases(diagnosis))
    counts = {kind: sum(f"<{kind} " in case for case in cases) for kind in ("failure", "skipped", "error")}
    name = xml(f"{words.title(diagnosis.run)}: {diagnosis.verdict}")
    head = f'name="{name}" tests="{len(cases)}" failures="{counts["failure"]}" errors="{counts["error"]}" skipped="{counts["skipped"]}"'
    return f'<testsuite {head} time="0">\n' + "\n".join(cases) + "\n</testsuite>"


def _cases(diagnosis: Diagnosis) -> Iterator[str]:
    found: dict[str, list[Reported]] = {}
    for reported in diagnosis.findings:
        found.setdefault(reported.code, []).append(reported)
    judged = "" if diagnosis.judged else f'<error message="{xml(diagnosis.reason)}" type="inconclusive"></error>'
    yield _case(diagnosis, "verdict", judged)
    for code in sorted({*diagnosis.ran, *found}):
        yield _case(diagnosis, code, "".join(_outcome(r, diagnosis.run) for r in found.get(code, ())[:1]), found.get(code, ()))
    for skip in diagnosis.skipped:
        yield _case(diagnosis, skip.code, f'<skipped message="{xml(skip.why)}"></skipped>')


def _case(diagnosis: Diagnosis, name: str, inner: str, found: Sequence[Reported] = ()) -> str:
    told = "" if not found else f"<system-out>{xml('; '.join(f'{r.severity}: {r.finding.what}' for r in found), 10_000)}</system-out>"
    title = f"{name} {found[0].name}" if found else name
    return f'<testcase classname="{xml(words.title(diagnosis.run))}" name="{xml(title)}" time="0">{inner}{told}</testcase>'


def _outcome(reported: Reported, run: Run) -> str:
    found = reported.finding
    if reported.severity == "info":
        return ""
    where = [f"at: {run.at(found.line)}"] if found.line else []
    lines = [f"why: {found.why}", *(f"do: {advice}" for advice in found.do), *where]
    text = "\n".join(xml(line) for line in lines)
    return f'<failure message="{xml(found.what)}" type="{reported.severity}">{text}</failure>'
