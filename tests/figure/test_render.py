import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from tests.figure.logs import judged, kept, onset, overfit, spike, write
from trainlog.errors import UnknownName, UsageError
from trainlog.render.figure import FORMATS, Options, figure, render
from trainlog.render.figure._draw import round_exponentials

SIGNATURES = {"png": b"\x89PNG\r\n", "svg": b"<?xml", "pdf": b"%PDF-1", "html": b"<!doctype html>"}
HOSTILE = ["$\\frac{1}{0}$", "_hidden", "$x", "<b>&amp;</b>", "\x1b[31mred\x07", "\u202etxt.exe", "名前", "%s %d {x}", "a" * 300]


def full(tmp_path: Path) -> list[object]:
    return [judged(overfit(tmp_path / "run.jsonl"), onset(1100, 1200, 1300), spike(901), keep=kept(1199, 2.2))]


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    diagnoses = [judged(overfit(tmp_path / "run.jsonl", 400), onset(200, 300, 350), keep=kept(299, 2.2))]
    first = render(diagnoses, name)
    assert first.startswith(SIGNATURES[name])
    assert render(diagnoses, name) == first


@pytest.mark.parametrize("name", ["svg", "pdf"])
def test_another_process_and_another_hash_seed_give_the_same_bytes(tmp_path: Path, name: str) -> None:
    log = overfit(tmp_path / "run.jsonl", 300)
    program = [sys.executable, "-m", "trainlog", "plot", str(log), "-o", name]
    outputs = {
        subprocess.run(
            program, env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale}, capture_output=True, check=True, timeout=60
        ).stdout
        for seed, locale in (("1", "C"), ("2", "C.UTF-8"))
    }
    assert len(outputs) == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(tmp_path: Path, name: str) -> None:
    records = [{"step": i, "loss": 3 - i / 50, f"val/{name}/loss": 3 - i / 60} for i in range(60)]
    log = write(tmp_path / "a.jsonl", records)
    content = render([judged(log)] * 2, "svg", Options(title=name))
    root = ET.fromstring(content)
    assert root.tag.endswith("svg")
    assert not [element for element in root.iter() if element.tag.rsplit("}")[-1] in ("script", "foreignObject", "image", "b")]


def test_pictures_are_no_pyplot_figures(tmp_path: Path) -> None:
    picture = figure([judged(overfit(tmp_path / "run.jsonl", 300))])
    assert "matplotlib.pyplot" not in sys.modules
    loss = picture.axes[0]
    assert loss.get_ylabel() == "loss (nats per token)"
    assert [ax.get_xlabel() for ax in picture.axes].count("step") == 1


@pytest.mark.parametrize(
    "options",
    [
        Options(log_x=True),
        Options(log_y=True),
        Options(x="time", smooth=0),
        Options(size=(3.5, 4)),
        Options(title=""),
        Options(layout="grid"),
    ],
)
def test_every_option_draws(tmp_path: Path, options: Options) -> None:
    logs = [overfit(tmp_path / f"{i}.jsonl", 300) for i in range(3)]
    assert render([judged(log, onset(100, 200, 250), keep=kept(199, 2.3)) for log in logs], "png", options).startswith(SIGNATURES["png"])


@pytest.mark.parametrize(
    "values", [["NaN"] * 50, [1.0] * 50, [2.0, 1.0], [1e308, -1e308, 0.0, 1.0], [0.0, 1e-300, 5e-324, 2.0], ["Infinity", 1.0, 2.0, 3.0]]
)
@pytest.mark.parametrize("options", [Options(), Options(log_x=True, log_y=True)])
def test_odd_values_draw_without_a_warning(tmp_path: Path, values: list[object], options: Options) -> None:
    log = write(tmp_path / "a.jsonl", [{"step": i, "loss": value, "ppl": value, "val_loss": value} for i, value in enumerate(values)])
    assert render([judged(log)], "png", options).startswith(SIGNATURES["png"])


def test_an_unknown_format_names_the_known() -> None:
    with pytest.raises(UnknownName, match="gif"):
        render([], "gif")


@pytest.mark.parametrize(("low", "high"), [(0.6, 2.9), (-300.0, 300.0), (0.0, 1e9), (2.00, 2.01), (5.40, 5.475), (-1e9, 1e9), (10.0, 10.6)])
def test_the_perplexity_axis_has_round_ticks_within_the_frame(low: float, high: float) -> None:
    ticks = round_exponentials(low, high)
    assert len(ticks) <= 8
    assert len(ticks) >= 2 or high - low > 100
    assert all(low <= np.log(tick) <= high for tick in ticks)


def test_a_right_axis_is_e_to_the_left(tmp_path: Path) -> None:
    picture = figure([judged(overfit(tmp_path / "run.jsonl", 300, gpu=False))])
    right = next(ax for ax in picture.axes if ax.get_ylabel() == "perplexity")
    labels = [float(label.get_text().replace(",", "")) for label in right.get_yticklabels()]
    np.testing.assert_allclose(np.log(labels), right.get_yticks(), atol=1e-3)


def test_a_size_without_room_for_the_panels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"2 x 1 inches are too small"):
        render([judged(overfit(tmp_path / "run.jsonl", 300))], "png", Options(size=(2, 1)))
