"""One root cause per run: a stronger one suppresses weaker ones and its symptoms, and every suppressed finding is named."""

from collections.abc import Iterator
from itertools import product
from types import SimpleNamespace

import pytest

from tests.rules.runs import falling, run_of
from trainlog import rules
from trainlog.diagnosis import VERDICTS, diagnose
from trainlog.rules import CAUSES, Facts, Finding, Rule

REPORTING = {module.RULE.cause: module.RULE for module in rules.catalogue().values() if module.RULE.cause is not None}
OTHERS = [module.RULE for module in rules.catalogue().values()]


def follows(rule: Rule, cause: str) -> bool:
    """The table of the rules: what a root cause suppresses."""
    weaker = rule.cause is not None and CAUSES.index(rule.cause) > CAUSES.index(cause)
    return weaker or cause in rule.symptom_of


PAIRS = [(cause, rule) for cause, rule in product(CAUSES, OTHERS) if rule is not REPORTING[cause]]


def only(monkeypatch: pytest.MonkeyPatch, *chosen: Rule) -> None:
    """Leave a catalogue of rules that always fire."""

    def module(rule: Rule) -> SimpleNamespace:
        def check(_: Facts) -> Iterator[Finding]:
            yield Finding(what=f"what {rule.code} finds", why="because")

        return SimpleNamespace(RULE=rule._replace(needs=()), check=check)

    monkeypatch.setattr(rules, "catalogue", lambda: {rule.code.lower(): module(rule) for rule in chosen})


def test_every_cause_has_one_rule_and_one_verdict() -> None:
    assert set(REPORTING) == set(CAUSES) == set(VERDICTS)
    assert len([rule for rule in OTHERS if rule.cause is not None]) == len(CAUSES)


@pytest.mark.parametrize(("cause", "rule"), PAIRS, ids=[f"{cause}-{rule.code}" for cause, rule in PAIRS])
def test_a_cause_suppresses_what_follows_from_it_and_says_so(cause: str, rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    stronger = rule.cause is not None and CAUSES.index(rule.cause) < CAUSES.index(cause)
    by = REPORTING[cause]
    for order in ((by, rule), (rule, by)):
        only(monkeypatch, *order)
        diagnosis = diagnose(run_of({"loss": falling()}))
        said, hidden = {f.code for f in diagnosis.findings}, [(s.code, s.by, s.what) for s in diagnosis.suppressed]
        if stronger:
            assert (said, hidden) == ({rule.code}, [(by.code, rule.code, f"what {by.code} finds")])
            assert diagnosis.verdict == VERDICTS[rule.cause or ""]
        elif follows(rule, cause):
            assert (said, hidden) == ({by.code}, [(rule.code, by.code, f"what {rule.code} finds")])
            assert diagnosis.verdict == VERDICTS[cause]
        else:
            assert (said, hidden) == ({by.code, rule.code}, [])
            assert diagnosis.verdict == VERDICTS[cause]


def test_all_at_once_leave_the_strongest_cause_and_what_does_not_follow_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, *OTHERS)
    diagnosis = diagnose(run_of({"loss": falling()}))
    assert diagnosis.verdict == "diverged"
    assert {f.code for f in diagnosis.findings} | {s.code for s in diagnosis.suppressed} == {rule.code for rule in OTHERS}
    assert {s.by for s in diagnosis.suppressed} == {"NUM001"}


@pytest.mark.parametrize("rule", [rule for rule in OTHERS if rule.cause is None], ids=lambda rule: rule.code)
def test_a_symptom_without_its_cause_is_reported(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, rule)
    diagnosis = diagnose(run_of({"loss": falling()}))
    assert [f.code for f in diagnosis.findings] == [rule.code]
    assert diagnosis.verdict == "healthy"
