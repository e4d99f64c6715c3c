"""Comparisons of runs whose truth is known: the same but for the seed, or worse by a known amount."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.runs import falling, run_of, series
from trainlog.cli import main
from trainlog.comparison import Comparison, compare
from trainlog.diagnosis import Diagnosis
from trainlog.errors import UsageError
from trainlog.render import Style
from trainlog.render.comparison import names, renderer
from trainlog.rules import Facts

SEED_SD, NOISE_SD = 0.003, 0.004  # of the value: between seeds, and of one evaluation
SAMPLES = Path(__file__).parent.parent / "sample_logs" / "trainlog"
OVERFIT, DROPOUT = str(SAMPLES / "overfit.jsonl"), str(SAMPLES / "overfit-dropout.jsonl")
HOSTILE = ["|a|b|", "<script>alert(1)</script>", "\x1b[31mred", "::error::x", "\u202etxt", "]]>&quot;", "[x](http://y)", "a\nb"]


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


def hostile(text: str) -> Sequence[Comparison]:
    return [compare([drawn(1, source=text)], [drawn(2, source=text)])]


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_text(name: str, text: str) -> None:
    shown = renderer(name).render(hostile(text), Style())
    assert not set(shown) & {"\x1b", "\u202e"} or name == "json"
    assert not any(line.startswith(("::", "##[")) for line in shown.split("\n")[1:])
    if name == "markdown":
        assert all(line.count("|") == 7 for line in shown.split("\n") if line.startswith("|"))
        assert "<script" not in shown
        assert "](http" not in shown
    if name == "junit":
        ET.fromstring(shown)
    if name == "json":
        assert json.loads(shown)["comparisons"][0]["base"][0]["source"] == text


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
