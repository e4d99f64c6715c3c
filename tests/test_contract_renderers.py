"""What every output must keep, found by walking the folder: it parses by an independent parser, whatever is in the log."""

import json

import pytest

from tests.render import made
from tests.render.checks import CHECKS
from tests.render.hostile import hostile, poisoned
from tests.render.runner import commands
from trainlog import render
from trainlog.render import Style, worst_first


def test_every_output_has_a_parser() -> None:
    assert sorted(CHECKS) == render.names()


@pytest.mark.parametrize("name", render.names())
def test_hostile_text_stays_text(name: str) -> None:
    output = render.renderer(name)
    for seed in range(150):
        diagnoses = poisoned(hostile(seed))
        CHECKS[name](output.render(diagnoses, Style()), len(diagnoses))


@pytest.mark.parametrize("name", render.names())
def test_an_output_is_the_same_every_time_and_ends_its_last_line(name: str) -> None:
    diagnoses = [make() for make in made.ALL.values()]
    output = render.renderer(name)
    shown = output.render(diagnoses, Style())
    assert shown == output.render([make() for make in made.ALL.values()], Style())
    assert isinstance(shown, bytes) or shown.endswith("\n")
    CHECKS[name](shown, len(diagnoses))
    assert (output.__doc__ or "").strip()


def test_github_shows_ten_annotations_per_level() -> None:
    many = made.overfit(findings=tuple(made.reported(line=i + 1) for i in range(25)))
    found = commands(render.renderer("github").render([many], Style()))
    assert len(found) == 10
    assert found[-1].data == "and 16 findings more"
    assert found[0].properties == {"file": "run.jsonl", "line": "1", "title": "OVF001 overfitting"}


@pytest.mark.parametrize("text", ["100%", "a,b=c", "x::y", "%0A%25", "two; three]", "é漢"])
def test_github_shows_what_was_said(text: str) -> None:
    said = made.renamed(made.overfit(findings=(made.reported(what=text, why=text, do=(text,)),)), source=f"runs/{text}.jsonl")
    (found,) = commands(render.renderer("github").render([said], Style()))
    assert found.data == f"{text}\nwhy: {text}\ndo: {text}"
    assert found.properties["file"] == f"runs/{text}.jsonl"


def test_markdown_is_cut_with_the_worst_kept() -> None:
    shown = render.renderer("markdown").render([made.healthy(), *[made.overfit()] * 200], Style())
    assert len(shown.encode()) < 120 * 1024
    assert "Cut here" in shown
    assert shown.index("overfitting") < shown.index("healthy")


def test_the_same_finding_on_a_longer_log_keeps_its_fingerprint() -> None:
    short, long = made.overfit(), made.overfit(findings=(made.reported(step=700, line=700),))
    prints = [json.loads(render.renderer("gitlab").render([d], Style()))[0]["fingerprint"] for d in (short, long)]
    assert prints[0] == prints[1]


def test_worst_first_puts_the_unjudged_after_errors() -> None:
    ordered = worst_first([made.healthy(), made.unjudged(), made.overfit()])
    assert [d.verdict for d in ordered] == ["overfitting", "inconclusive", "healthy"]
