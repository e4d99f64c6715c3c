import dataclasses
import re
import unicodedata
from pathlib import Path

import pytest

from tests.render import made
from tests.runs import falling, run_of, sampled
from trainlog.diagnosis import Diagnosis
from trainlog.render import Style, _escape, text
from trainlog.rules import Facts

GOLDEN = Path(__file__).parent / "golden"
STYLES = {"unicode": Style(), "ascii": Style(unicode=False), "colour": Style(colour=True), "narrow": Style(width=50)}


@pytest.mark.parametrize("style", STYLES)
def test_the_text_is_as_it_was_looked_at(style: str) -> None:
    path = GOLDEN / f"text_{style}.txt"
    shown = text.render([made.overfit(), made.unjudged(), made.lost()], STYLES[style])
    assert shown == path.read_text(encoding="utf-8"), f"look at it, and if it is better, write it to {path}"


@pytest.mark.parametrize("style", ["unicode", "ascii", "narrow"])
def test_lines_fit_the_terminal(style: str) -> None:
    for line in text.render([made.overfit()], STYLES[style]).splitlines():
        assert sum(2 if unicodedata.east_asian_width(c) == "W" else 1 for c in line) <= STYLES[style].width, line


def test_a_dumb_terminal_gets_ascii() -> None:
    assert text.render([made.overfit(), made.lost()], Style(unicode=False)).isascii()


def test_colour_adds_nothing_but_colour() -> None:
    import re

    plain = re.sub("\x1b\\[[0-9;]*m", "", text.render([made.overfit()], Style(colour=True)))
    assert plain == text.render([made.overfit()], Style())


def test_the_worst_comes_first() -> None:
    shown = text.render([made.healthy(), made.unjudged(), made.overfit()], Style())
    first = [line.split()[0] for line in shown.splitlines()[:3]]
    assert first == ["overfitting", "inconclusive", "healthy"]
    assert shown.index("error OVF001") < shown.index("warning CKP001") < shown.index("info LOG001")


def test_a_clean_run_says_what_was_judged() -> None:
    shown = text.render([made.healthy()], Style())
    assert "2 rules ran" in shown
    assert "20 evaluations of val_loss" in shown


def test_who_gave_the_wrong_log_is_told_what_to_type() -> None:
    run = run_of(sampled("gpu/0/utilization", falling, points=20, steps=20), source="gpu.csv")
    shown = text.render([Diagnosis(run, "inconclusive", reason="no loss", facts=Facts(run))], Style(width=200))
    assert "do:  judge it with the log of the training: trainlog diagnose LOG --gpu gpu.csv" in shown
    run = run_of(*(sampled(f"score{i}", falling, points=20, steps=20) for i in range(8)), raw_names={"score0": "my score"})
    shown = text.render([Diagnosis(run, "inconclusive", reason="no loss", facts=Facts(run))], Style(width=200))
    assert "--alias loss=KEY (they are my score, score1, score2, score3, score4, score5 and 2 more)" in shown


def test_a_run_that_broke_down_is_not_said_to_be_worth_keeping() -> None:
    lost = made.overfit()
    shown = text.render([dataclasses.replace(lost, verdict="diverged")], Style(width=200))
    assert "; the 500 steps, 1.5 min and 0.2 kWh after it are lost" in shown
    late = dataclasses.replace(lost, keep=lost.keep._replace(broke_down=120))  # type: ignore[union-attr]
    assert "start again: nothing was saved before step 120" in text.render([late], Style(width=200))


def test_many_reasons_for_skipping_are_told_when_asked_for() -> None:
    many = made.overfit(skipped=tuple(made.Skipped(f"GPU{i:03}", "x", f"the log has no thing{i}") for i in range(20)))
    assert "no thing3 (GPU003); 16 more reasons with --verbose" in " ".join(text.render([many], Style()).split())
    assert "no thing19 (GPU019)" in " ".join(text.render([many], Style(verbose=True)).split())


def test_every_character_that_is_no_visible_text_is_shown_as_a_code() -> None:
    unseen = [chr(code) for code in range(0x110000) if re.match(_escape._UNSAFE, chr(code))]
    assert len(unseen) > 2_000
    assert not [sign for sign in unseen if sign in _escape.plain(f"loss{sign}3")]
    encoded = [sign for sign in unseen if sign >= " " and not 0xD800 <= ord(sign) < 0xE000]  # a document holds no other
    assert not [sign for sign in encoded if sign in _escape.json(f'"loss{sign}"')]
