"""Comparisons of runs whose truth is known: the same but for the seed, or worse by a known amount."""

import csv
import io
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from benchmarks.comparison import Kind, draw, rate
from tests.render.made import renamed
from tests.runs import falling, run_of, series
from tests.test_contract_renderers import CHECKS
from tests.test_contract_renderers import hostile as poison
from trainlog.cli import main
from trainlog.comparison import Comparison, compare
from trainlog.diagnosis import Diagnosis
from trainlog.emit import schema
from trainlog.errors import UsageError
from trainlog.render import Style
from trainlog.render.comparison import names, renderer
from trainlog.rules import Facts

SEED_SD, NOISE_SD = 0.003, 0.004  # of the value: between seeds, and of one evaluation
SAMPLES = Path(__file__).parent.parent / "sample_logs" / "trainlog"
OVERFIT, DROPOUT = str(SAMPLES / "overfit.jsonl"), str(SAMPLES / "overfit-dropout.jsonl")


def drawn(seed: int, *, worse: float = 0.0, points: int = 40, **fields: object) -> Diagnosis:
    """A run that falls; its whole curve is shifted by its seed, and by ``worse``."""
    rng = np.random.default_rng(seed)
    x = np.arange(1, points + 1) / points
    value = falling(x) * (1 + worse + SEED_SD * rng.standard_normal()) * (1 + NOISE_SD * rng.standard_normal(points))
    run = run_of(series("val_loss", value, every=50), **fields)
    return Diagnosis(run, "healthy", facts=Facts(run))


def verdicts(worse: float, count: int) -> list[str]:
    return [compare([drawn(2 * i)], [drawn(2 * i + 1, worse=worse)]).verdict for i in range(count)]


def test_two_seeds_of_one_kind_are_seldom_called_worse() -> None:
    assert verdicts(0.0, 60).count("worse") <= 2


def test_three_percent_worse_is_seen_in_one_run() -> None:
    assert verdicts(0.03, 40).count("worse") >= 38


def test_three_percent_better_is_better() -> None:
    assert verdicts(-0.03, 20).count("better") >= 19


def test_several_seeds_see_more_than_one() -> None:
    base, new = [drawn(i) for i in range(8)], [drawn(100 + i, worse=0.01) for i in range(8)]
    assert compare(base, new).verdict == "worse"
    one = compare(base[:1], new[:1]).rows[0]
    many = compare(base, new).rows[0]
    assert one.low is not None
    assert one.high is not None
    assert many.low is not None
    assert many.high is not None
    assert many.high - many.low < 0.5 * (one.high - one.low)


def test_seeds_that_differ_widely_widen_the_band() -> None:
    base = [drawn(i, worse=shift) for i, shift in enumerate((-0.06, -0.03, 0.0, 0.03, 0.06))]
    assert compare(base, [drawn(9, worse=0.03)]).verdict != "worse"


def test_a_run_against_itself_is_no_different() -> None:
    found = compare([drawn(1)], [drawn(1)])
    assert (found.verdict, found.rows[0].change) == ("no difference", 0.0)


def test_a_metric_that_should_rise_is_worse_when_lower() -> None:
    def run(level: float) -> Diagnosis:
        value = level * (1 - np.exp(-np.arange(1, 41) / 8)) + 0.001 * np.random.default_rng(0).standard_normal(40)
        one = run_of(series("val_accuracy", value, every=10))
        return Diagnosis(one, "healthy", facts=Facts(one))

    assert compare([run(0.9)], [run(0.8)]).verdict == "worse"
    assert compare([run(0.8)], [run(0.9)]).verdict == "better"


def test_runs_are_compared_as_far_as_all_go() -> None:
    found = compare([drawn(1, points=40)], [drawn(1, points=20)])
    assert found.upto == 1000
    assert "goes on to 2,000" in found.notes[0]


def test_speed_and_memory_are_compared() -> None:
    def run(speed: float, memory: float) -> Diagnosis:
        parts = (series("tokens_per_s", [speed] * 20), series("gpu/0/memory_used_bytes", [memory] * 20))
        one = run_of(series("val_loss", falling(np.arange(1, 21) / 20)), *parts)
        return Diagnosis(one, "healthy", facts=Facts(one))

    found = {row.name: row.judgement for row in compare([run(100, 2e9)], [run(50, 1e9)]).rows}
    assert (found["throughput"], found["peak GPU memory"]) == ("worse", "better")


def test_too_few_evaluations_cannot_be_told() -> None:
    found = compare([drawn(1, points=2)], [drawn(2, points=2)])
    assert found.verdict == "cannot tell"
    assert found.reason


def test_a_new_run_that_diverged_is_worse() -> None:
    run = drawn(2).run
    assert compare([drawn(1)], [Diagnosis(run, "diverged", facts=Facts(run))]).verdict == "worse"


def test_logs_without_a_common_metric_are_refused() -> None:
    other = run_of(series("val_accuracy", np.linspace(0.1, 0.9, 20)))
    with pytest.raises(UsageError, match="no metric in common"):
        compare([drawn(1)], [Diagnosis(other, "healthy", facts=Facts(other))])


def test_where_seeds_scatter_as_curves_do_alarms_are_rare_and_what_is_real_is_found() -> None:
    kind = Kind("usual", 0.005, 0.005)
    pool, worse = ([draw(kind, np.random.default_rng(seed + i), by) for i in range(16)] for seed, by in ((0, 0.0), (100, 0.015)))
    assert rate(pool, pool, (1, 1), 60, ("better", "worse")) <= 0.1
    assert rate(pool, pool, (5, 5), 60, ("better", "worse")) <= 0.15
    assert rate(pool, worse, (3, 3), 60, ("worse",)) >= 0.9
    assert rate(pool, worse, (5, 5), 60, ("worse",)) >= 0.97


def test_steps_of_unlike_size_are_said_and_tokens_align_them() -> None:
    def run(tokens: int) -> Diagnosis:
        count = series("tokens", np.arange(1, 41) * float(tokens), every=50)
        one = run_of(series("val_loss", falling(np.arange(1, 41) / 40), every=50), replace(count, line=count.line + 10_000))
        return Diagnosis(one, "healthy", facts=Facts(one))

    assert any("--x tokens" in note for note in compare([run(1000)], [run(2000)]).notes)
    assert not any("--x tokens" in note for note in compare([run(1000)], [run(1000)]).notes)
    assert compare([run(1000)], [run(2000)], axis="tokens").upto == 40_000


def test_worse_by_what_is_tolerated_is_no_failure() -> None:
    pair = [drawn(1)], [drawn(2, worse=0.05)]
    assert compare(*pair).failed
    assert compare(*pair, tolerance=0.01).failed
    assert not compare(*pair, tolerance=0.2).failed


@cache
def judged() -> tuple[Comparison, Comparison]:
    """Worse; and not to be told, with a new run that diverged."""
    lost = replace(drawn(2, points=2), verdict="diverged")
    return compare([drawn(1)], [drawn(2, worse=0.1)]), compare([drawn(1)], [lost])


def hostile(text: str) -> list[Comparison]:
    """The same, of logs that are called so."""
    return [
        replace(c, base=tuple(renamed(d, source=text) for d in c.base), new=tuple(renamed(d, source=text) for d in c.new)) for c in judged()
    ]


def rows_of_csv(text: str, count: int) -> None:
    header, *rows = csv.reader(io.StringIO(text))
    assert len({row[1] for row in rows}) <= count
    for row in rows:
        assert len(row) == len(header)
        assert not any(value.startswith(("=", "+", "@")) or re.match("-[^0-9]", value) for value in row)


OWN_CHECKS = {"csv": rows_of_csv}


@pytest.mark.parametrize("name", names())
def test_hostile_names_stay_text(name: str) -> None:
    check = OWN_CHECKS.get(name, CHECKS[name])
    for seed in range(40):
        found = hostile(poison(seed))
        check(renderer(name).render(found, Style()), len(found))


@pytest.mark.parametrize("name", names())
def test_an_output_is_the_same_every_time_and_ends_its_last_line(name: str) -> None:
    first, second = (renderer(name).render([*hostile("a.jsonl"), compare([drawn(1)], [drawn(1)])], Style()) for _ in range(2))
    assert first == second
    assert isinstance(first, bytes) or first.endswith("\n")


def test_json_is_as_the_schema_says() -> None:
    validator = jsonschema.Draft202012Validator(schema.load("comparison"))
    found = [*hostile("a.jsonl"), compare([drawn(1)], [drawn(1)]), compare([drawn(1, points=2)], [drawn(2, points=2)])]
    document = json.loads(renderer("json").render(found, Style()))
    validator.validate(document)
    for line in renderer("jsonl").render(found, Style()).splitlines():
        validator.evolve(schema={**validator.schema, "$ref": "#/$defs/comparison", "required": [], "additionalProperties": True}).validate(
            json.loads(line)
        )
    document["comparisons"][0]["new_key"] = 1
    assert not validator.is_valid(document)


def test_outputs_of_diagnose_show_what_got_worse() -> None:
    worse = compare([drawn(1)], [drawn(2, worse=0.1)])
    issues = json.loads(renderer("gitlab").render([worse], Style()))
    assert {issue["check_name"]: issue["severity"] for issue in issues} == {
        "CMP001": "major", "CMP002": "minor", "CMP003": "minor", "CMP004": "minor",
    }  # fmt: skip
    accepted = compare([drawn(1)], [drawn(2, worse=0.1)], tolerance=0.5)
    assert json.loads(renderer("gitlab").render([accepted], Style()))[0]["check_name"] == "CMP002"
    unknown = compare([drawn(1, points=2)], [drawn(2, points=2)])
    assert 'errors="1"' in renderer("junit").render([unknown], Style())


def test_the_command_compares_the_samples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", OVERFIT, DROPOUT]) == 0
    out = capsys.readouterr().out
    assert out.split("\n")[0].endswith(": better")
    assert "val_loss" in out


@pytest.mark.parametrize(("limit", "code"), [("1%", 1), ("50%", 0)])
def test_the_gate(limit: str, code: int) -> None:
    assert main(["compare", DROPOUT, OVERFIT, "--fail-if-worse", limit]) == code


@pytest.mark.parametrize("arguments", [[OVERFIT], [OVERFIT, "missing.jsonl"], [OVERFIT, DROPOUT, "--fail-if-worse", "often"]])
def test_what_cannot_be_compared_is_exit_code_2(arguments: list[str]) -> None:
    assert main(["compare", *arguments]) == 2


def test_several_bases_and_outputs(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    assert main(["compare", "--base", OVERFIT, "--base", OVERFIT, DROPOUT, DROPOUT, "--together", "-o", f"json={file}"]) == 0
    (found,) = json.loads(file.read_text())["comparisons"]
    assert (len(found["base"]), len(found["new"]), found["verdict"]) == (2, 2, "better")


@pytest.mark.parametrize(("code", "says"), [("CMP001", "trainlog compare"), ("bud001", "budgets")])
def test_codes_that_are_no_rules_are_explained(code: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", code]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{code.upper()}: ")
    assert says in out
