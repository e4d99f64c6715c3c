"""What every rule must keep, found by walking the folder."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from trainlog import rules
from trainlog.diagnosis import diagnose
from trainlog.rules import CAUSES, SEVERITIES, Facts, Finding, Skip
from trainlog.run import Run, Series

RULES = rules.catalogue()
SECTIONS = ("## What it does", "## Why it matters", "## How it decides", "## What it does not mean", "## Example")
FAMILIES = ("NUM", "LRN", "OVF", "CKP", "GPU", "LOG", "BUD")


def series(name: str, values: list[float]) -> Series:
    steps = np.arange(1, len(values) + 1, dtype=np.int64) * 10
    return Series(name, steps, np.array(values, dtype=np.float64), steps.copy())


def run_of(**values: list[float]) -> Run:
    return Run("run.jsonl", "jsonl", series={name: series(name, v) for name, v in values.items()}, records=100)


CURVE = [4.0 * (i + 1) ** -0.3 for i in range(40)]
ODD_RUNS = {
    "nothing": run_of(),
    "one point": run_of(loss=[1.0], val_loss=[1.0]),
    "two points": run_of(loss=[2.0, 1.0], val_loss=[2.0, 1.0]),
    "constant": run_of(loss=[1.0] * 30, val_loss=[1.0] * 30, lr=[0.0] * 30, grad_norm=[0.0] * 30),
    "only NaN": run_of(loss=[math.nan] * 30, val_loss=[math.nan] * 30),
    "infinite": run_of(loss=[math.inf, -math.inf] * 15, val_loss=[math.inf] * 30),
    "huge": run_of(loss=[1e308] * 30, val_loss=[1e308, -1e308] * 15),
    "negative": run_of(loss=[-v for v in CURVE], val_loss=[-v for v in CURVE]),
    "no training": run_of(val_loss=CURVE),
    "no validation": run_of(loss=CURVE),
    "accuracy": run_of(val_accuracy=[1 - v / 5 for v in CURVE]),
}


@pytest.mark.parametrize("name", RULES)
def test_page_has_its_sections(name: str) -> None:
    page = RULES[name].__doc__ or ""
    missing = [section for section in SECTIONS if section not in page]
    assert not missing, f"{name} lacks {missing}"
    assert "trainlog " in page.split("## Example")[1], f"the example of {name} shows no command"


def test_codes_are_unique_and_of_a_known_family() -> None:
    codes = [module.RULE.code for module in RULES.values()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[A-Z]{3}\d{3}", code) and code[:3] in FAMILIES for code in codes)


@pytest.mark.parametrize("name", RULES)
def test_rule_is_well_formed(name: str) -> None:
    rule = RULES[name].RULE
    assert rule.severity in SEVERITIES
    assert rule.cause is None or rule.cause in CAUSES
    assert all(cause in CAUSES for cause in rule.symptom_of)
    assert not re.match(r"(no-)?(avoid|do-not|use)-", name), "a rule is named after the problem, not the remedy"
    source = Path(RULES[name].__file__ or "").read_text(encoding="utf-8")  # type: ignore[attr-defined]  # modules have it
    assert source.count("\n") <= 170


def checked(name: str, facts: Facts) -> tuple[list[Finding], str | None]:
    try:
        return list(RULES[name].check(facts)), None
    except Skip as skip:
        return [], str(skip)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("kind", ODD_RUNS)
def test_rule_survives_odd_runs(name: str, kind: str) -> None:
    facts = Facts(ODD_RUNS[kind])
    rule = RULES[name].RULE
    if not all(facts.has(need) for need in rule.needs):
        return
    found, reason = checked(name, facts)
    assert reason is None or reason
    for finding in found:
        assert finding.what
        assert finding.why
        assert 0 <= finding.confidence <= 1
        assert all(isinstance(v, float | int | str | None) for v in finding.data.values()), finding.data


@pytest.mark.parametrize("kind", ODD_RUNS)
def test_every_rule_runs_or_says_why_not(kind: str) -> None:
    result = diagnose(ODD_RUNS[kind])
    accounted = {*result.ran, *(s.code for s in result.skipped)}
    assert accounted == {module.RULE.code for module in RULES.values()}
    assert result.judged or result.reason


def test_unknown_rule_names_those_that_are_close() -> None:
    with pytest.raises(rules.UnknownName, match="damaged-lines"):
        rules.find("damaged-line")
