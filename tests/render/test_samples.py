"""Every output of every sample log, read by a parser that is not ours."""

import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests import npm
from tests.render.checks import CHECKS, inert, published
from trainlog import render
from trainlog.diagnosis import Diagnosis, diagnose
from trainlog.readers import read_all
from trainlog.render import Style

ROOT = Path(__file__).parents[2] / "sample_logs"
SAMPLES = tomllib.loads((ROOT / "expect.toml").read_text(encoding="utf-8"))
STYLES = {"ascii": Style(unicode=False), "colour": Style(colour=True, verbose=True), "narrow": Style(width=40)}


@cache
def judged(sample: str) -> list[Diagnosis]:
    return [diagnose(run) for run in read_all(str(ROOT / sample))]


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_output_of_a_sample_is_read_by_another_parser(sample: str) -> None:
    diagnoses = judged(sample)
    for name, check in CHECKS.items():
        check(render.renderer(name).render(diagnoses, Style()), len(diagnoses))
    for name, style in STYLES.items():
        shown = render.renderer("text").render(diagnoses, style)
        CHECKS["text"](shown, len(diagnoses))
        assert name != "ascii" or shown.isascii()


def test_all_samples_at_once_keep_to_what_each_medium_takes() -> None:
    diagnoses = [diagnosis for sample in SAMPLES for diagnosis in judged(sample)]
    for name, check in CHECKS.items():
        check(render.renderer(name).render(diagnoses, Style()), len(diagnoses) if name != "markdown" else cut(diagnoses))
    inert(render.renderer("text").render(diagnoses, Style()))


def cut(diagnoses: list[Diagnosis]) -> int:
    """How many runs a summary of all of them still has a heading for."""
    return render.renderer("markdown").render(diagnoses, Style()).count("\n### ")


def test_sarif_is_checked_against_the_publishedpublished() -> None:
    document = {"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]}
    assert not published(npm.file("@microsoft/jest-sarif")).is_valid(document)
