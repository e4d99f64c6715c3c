"""Floors under the accuracy of the verdicts, on a few seeds of every kind; the published page is measured on others."""

import numpy as np
import pytest

from benchmarks.accuracy.draw import judge as truth_of
from benchmarks.accuracy.report import page
from benchmarks.accuracy.score import KINDS, Judged, by_rule, draw, judge, overfitting

SEEDS = range(2)


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return list(judge(SEEDS))


def test_there_are_many_kinds_each_described() -> None:
    assert len(KINDS) >= 60
    assert all(kind.__doc__ for kind in KINDS)


def test_the_same_seed_draws_the_same_run() -> None:
    for kind in KINDS[::7]:
        for (one, _), (other, _) in zip(draw(kind, 1), draw(kind, 1), strict=True):
            assert all(np.array_equal(one.series[name].value, other.series[name].value, equal_nan=True) for name in one.series)


def test_defects_are_found(judged: list[Judged]) -> None:
    defects = [one for one in judged if one.truth.must]
    missed = [(one.truth.kind, one.missed) for one in defects if one.missed]
    assert len(missed) <= 0.05 * len(defects), missed


def test_healthy_runs_are_left_alone(judged: list[Judged]) -> None:
    healthy = [one for one in judged if one.truth.healthy]
    alarms = [(one.truth.kind, one.loud) for one in healthy if one.loud]
    assert len(alarms) <= 0.02 * len(healthy), alarms


def test_few_runs_have_a_wrong_finding(judged: list[Judged]) -> None:
    wrong = [(one.truth.kind, one.wrong) for one in judged if one.wrong]
    assert len(wrong) <= 0.03 * len(judged), wrong


def test_verdicts_are_right(judged: list[Judged]) -> None:
    wrong = [(one.truth.kind, one.diagnosis.verdict) for one in judged if not one.verdict_right]
    assert len(wrong) <= 0.04 * len(judged), wrong


def test_events_are_found_at_their_step(judged: list[Judged]) -> None:
    rules = by_rule(judged)
    late = {code: rule.errors for code, rule in rules.items() if rule.errors and np.median(rule.errors) > 0.02}
    assert not late


def test_overfitting_is_told_better_than_by_the_usual_rules(judged: list[Judged]) -> None:
    methods = overfitting(judged)
    ours = methods.pop("trainlog")
    assert ours.f1 > max(other.f1 for other in methods.values())
    assert ours.alarms <= min(other.alarms for other in methods.values() if other.recall > 0.7)


def test_the_page_holds_every_kind_and_baseline(judged: list[Judged]) -> None:
    text = page(judged, "0:3")
    assert all(f"| {one.truth.kind} |" in text for one in judged)
    assert "| patience 10 |" in text


@pytest.mark.parametrize(
    ("curve", "overfit"), [(lambda x: 2 - x, False), (lambda x: 2 + (x - 0.5) ** 2, True), (lambda x: 2 + 0.01 * x, False)]
)
def test_the_truth_is_read_off_the_noise_free_curve(curve, overfit: bool) -> None:  # type: ignore[no-untyped-def]  # a table of functions
    said, onset = truth_of(curve)
    assert said is overfit
    assert not said or abs(onset - 0.5) < 0.01
