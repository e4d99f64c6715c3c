from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.figure.logs import judged, kept, onset, overfit, spike, write
from trainlog.cli import main
from trainlog.render import Style
from trainlog.render.figure import Options, Scene, build, terminal
from trainlog.render.figure._dots import Canvas


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    log = overfit(tmp_path / "run.jsonl")
    return build([judged(log, onset(1100, 1200, 1300), spike(901), keep=kept(1199, 2.2))], Options())


@pytest.mark.parametrize("style", [Style(), Style(width=40), Style(width=100), Style(unicode=False)])
def test_it_fits_the_terminal_and_says_it_all(scene: Scene, style: Style) -> None:
    lines = terminal(scene, style).split("\n")
    assert max(len(line) for line in lines[1:]) <= max(style.width, 60)
    text = "\n".join(lines)
    for said in ("overfitting", "keep step 1,199 (2.200)", "NaN or infinite: 1 from step 1,501", "loss spike: step 901", "GPU memory"):
        assert said in text
    assert "\x1b" not in text
    assert style.unicode or text.isascii()


def test_what_was_found_stands_below_its_place(scene: Scene) -> None:
    lines = terminal(scene, Style()).split("\n")
    axis = next(line for line in lines if "└" in line)
    width = len(axis) - axis.index("└") - 1
    keep = next(line for line in lines if line.strip().startswith("★"))
    assert (keep.index("★") - axis.index("└") - 1) / (width - 1) == pytest.approx(1199 / 2000, abs=0.02)


def test_curves_are_named_where_they_end(scene: Scene) -> None:
    ends = [line.split()[-1] for line in terminal(scene, Style()).split("\n")[:20] if line.endswith(("validation", "training"))]
    assert ends == ["validation", "training"]


def test_colour_only_when_the_terminal_has_it(scene: Scene) -> None:
    text = terminal(scene, Style(colour=True))
    assert "\x1b[34m" in text
    assert "\x1b[33m" in text


@settings(max_examples=50)
@given(y=st.lists(st.floats(0, 1), min_size=2, max_size=300), width=st.integers(4, 60), height=st.integers(1, 12))
def test_a_curve_has_no_gap_and_keeps_its_extremes(y: list[float], width: int, height: int) -> None:
    canvas = Canvas(width, height, unicode=True)
    canvas.curve(np.linspace(0, 1, len(y)), np.array(y), 0)
    assert canvas._dots.any(axis=0).all()
    drawn = np.flatnonzero(canvas._dots.any(axis=1))
    rows = height * 4 - 1
    assert drawn[0] == round((1 - max(y)) * rows)
    assert drawn[-1] == round((1 - min(y)) * rows)


def test_several_runs_are_named(tmp_path: Path) -> None:
    scene = build([judged(overfit(tmp_path / f"{name}.jsonl", 300)) for name in "ab"], Options())
    text = terminal(scene, Style())
    assert "a: train" in text
    assert "b: val" in text


@pytest.mark.parametrize("options", [Options(log_x=True), Options(log_y=True), Options(x="time"), Options(layout="grid")])
def test_every_axis_draws(tmp_path: Path, options: Options) -> None:
    scene = build([judged(overfit(tmp_path / f"{name}.jsonl", 300)) for name in "ab"], options)
    assert len(terminal(scene, Style()).split("\n")) > 15


@pytest.mark.parametrize("values", [["NaN"] * 50, [2.0, 1.0], [1.0] * 50, [1e308, -1e308, 0.0, 1.0]])
def test_odd_values_draw(tmp_path: Path, values: list[object]) -> None:
    log = write(tmp_path / "a.jsonl", [{"step": i, "loss": value} for i, value in enumerate(values)])
    for options in (Options(), Options(log_x=True, log_y=True)):
        assert "loss" in terminal(build([judged(log)], options), Style())


def test_hostile_names_reach_the_terminal_escaped(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [{"step": i, "loss": 2.0, "val/\x1b[31mred/loss": 2.1 + i / 100} for i in range(9)])
    text = terminal(build([judged(log)] * 2, Options(title="\x1b]0;owned\x07")), Style())
    assert not set(text) & {"\x1b", "\x07"}


def test_the_command_draws_on_standard_output_and_writes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    log = overfit(tmp_path / "run.jsonl", 300)
    assert main(["plot", log.name, "--terminal"]) == 0
    assert "run.jsonl" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["run.jsonl"]
    assert main(["plot", log.name, "-t", "-o", "a.png"]) == 2


def test_what_is_smoothed_is_said(scene: Scene) -> None:
    assert "training is smoothed over 20 steps, without spikes narrower than that" in terminal(scene, Style(width=100))


def test_a_long_name_leaves_room_for_what_it_is_of(tmp_path: Path) -> None:
    logs = [overfit(tmp_path / f"a-very-long-name-of-a-run-{i}.jsonl", 300) for i in range(2)]
    text = terminal(build([judged(log) for log in logs], Options()), Style())
    assert text.count("…: train") >= 1
    assert text.count("…: val") >= 1
