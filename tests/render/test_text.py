import unicodedata
from pathlib import Path

import pytest

from tests.render import made
from trainlog.render import Style, text

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
