"""What users call from Python: every example of the page runs, and notebooks show text as text."""

import doctest
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import trainlog
from tests.console import ROOT
from tests.runs import run_of, series
from trainlog.run import Run

PAGE = ROOT / "docs" / "python.md"


def test_every_example_of_the_page_gives_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "sample_logs", tmp_path / "sample_logs")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```pycon\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, PAGE.name, str(PAGE), 0)
    said: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    assert result.attempted >= 15
    assert not result.failed, "".join(said)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", ["<script>x</script>", '"><img src=x onerror=y>', "&amp;", "\u202egnp", "\x1b[31m"])
def test_a_notebook_shows_hostile_names_as_text(name: str) -> None:
    run = run_of(series("loss", np.linspace(3, 1, 50)), series(name, [1.0, 2.0]), source=name)
    judged = run.diagnose()
    for shown in (run._repr_html_(), judged._repr_html_(), trainlog.compare([judged], [judged])._repr_html_()):
        tags = Tags()
        tags.feed(shown)
        assert tags.seen <= {"table", "caption", "thead", "tbody", "tr", "th", "td"}
        assert not set(shown) & {"\x1b", "\u202e"}
        assert name in tags.text or not name.isprintable() or "base" in tags.text


def test_a_notebook_says_what_to_keep_and_what_was_judged() -> None:
    good = run_of(series("val_loss", np.linspace(3, 1, 50)), series("loss", np.linspace(3, 1, 50)), checkpoints=[50])
    shown = good.diagnose(select=["NUM"])._repr_html_()
    assert "<td>nothing found</td>" in shown
    assert "rules ran" in shown
    assert "<td>checkpoints/step-50</td>" in shown
    assert "too few to judge" in run_of(series("loss", [1.0, 2.0])).diagnose()._repr_html_()


def test_a_run_without_points_still_shows() -> None:
    assert "<table>" in Run("a", "csv")._repr_html_()


def test_the_facade_names_what_it_offers() -> None:
    for name in trainlog.__all__:
        assert getattr(trainlog, name) is not None


def test_a_record_is_placed_by_its_epoch() -> None:
    series = trainlog.Series("val_loss", np.array([3, 6]), np.array([2.0, 1.0]), np.array([3, 6]), epoch=np.array([0.5, 1.25]))
    run = trainlog.Run("run.log", "console", series={"val_loss": series}, axis="record")
    assert run.place(6) == "record 6 (epoch 1.25)"
    assert run.place(5) == "record 5"
    assert trainlog.Run("run.log", "console", series={"val_loss": series}).place(6) == "step 6"


def test_a_notebook_shows_a_picture_without_pyplot() -> None:
    shown = run_of(series("loss", np.linspace(3, 1, 50))).plot()._repr_png_()  # type: ignore[attr-defined]  # for notebooks alone
    assert shown.startswith(b"\x89PNG")


def test_a_comparison_is_drawn_on_the_axis_it_was_made_on() -> None:
    judged = run_of(series("loss", np.linspace(3, 1, 50), time_per_step=2.0)).diagnose()
    picture = trainlog.compare([judged], [judged], axis="time").plot(title="twice")
    assert "time" in picture.axes[0].get_xlabel()


@pytest.mark.parametrize(
    ("call", "fault"), [("run.plot(x='tokens', smooth=3)", ""), ("run.plot(axis='tokens')", "call-arg"), ("run.plot(x=3)", "arg-type")]
)
def test_calls_are_typed(call: str, fault: str, tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api")
    path = tmp_path / "use.py"
    path.write_text(f"import trainlog\n\nrun = trainlog.read('a')\n{call}\n")
    said, _, code = api.run(["--strict", "--config-file=", "--cache-dir", str(ROOT / ".mypy_cache"), str(path)])
    assert (code == 0) == (not fault), said
    assert fault in said
