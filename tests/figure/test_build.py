from pathlib import Path

import numpy as np
import pytest

from tests.figure.logs import judged, kept, onset, overfit, spike, write
from trainlog.diagnosis import diagnose
from trainlog.errors import UsageError
from trainlog.readers import read_all
from trainlog.render.figure import Options, build
from trainlog.render.figure._scene import Line, Panel, Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    log = overfit(tmp_path / "run.jsonl")
    return build([judged(log, onset(1100, 1200, 1300), spike(901), keep=kept(1199, 2.2))], Options())


def labels(panel: Panel) -> list[str]:
    return [item.label for item in (*panel.bands, *panel.lines, *panel.marks) if item.label]


def line(panel: Panel, start: str) -> Line:
    return next(found for found in panel.lines if (found.label or "").startswith(start))


def test_one_picture_says_it_all(scene: Scene) -> None:
    loss, lr, gpu = scene.panels
    assert labels(loss) == [
        "overfitting starts: step 1,100–1,300",
        "training, as logged",
        "training, smoothed over 20 steps",
        "validation",
        "NaN or infinite: 1 from step 1,501",
        "loss spike: step 901",
        "keep step 1,199 (2.200)",
    ]
    assert loss.exp_axis == "perplexity"
    assert (loss.ylabel, lr.ylabel, gpu.ylabel, gpu.right_label) == (
        "loss (nats per token)",
        "learning rate",
        "GPU memory (GiB)",
        "GPU (°C)",
    )
    assert scene.title == "run.jsonl"
    assert scene.subtitle == "overfitting"


def test_marks_stand_where_things_are(scene: Scene) -> None:
    loss = scene.panels[0]
    band = loss.bands[0]
    assert (band.low, band.at, band.high) == (1100, 1200, 1300)
    where = {mark.role: mark for mark in loss.marks if mark.label}
    assert where["bad"].x.tolist() == [1501]
    assert where["bad"].at == "top"
    assert where["spike"].x.tolist() == [901]
    assert where["spike"].y[0] == pytest.approx(7, abs=0.3)
    assert (where["keep"].x[0], where["keep"].y[0]) == (1199, 2.2)


def test_what_leaves_the_frame_is_marked_and_said(scene: Scene) -> None:
    loss = scene.panels[0]
    assert loss.limits is not None
    high = loss.limits[1]
    raw = line(loss, "training, as logged")
    out = raw.y > high
    assert out.any()
    assert {mark.x[0] for mark in loss.marks if mark.small and mark.role == "train"} <= set(raw.x[out])
    assert any(note.startswith("loss leaves the frame") and f"{raw.y.max():.4g}" in note for note in scene.notes)


def test_of_several_devices_the_highest_is_drawn(scene: Scene) -> None:
    gpu = scene.panels[2]
    assert set(line(gpu, "memory").y) == {11.0}
    assert set(line(gpu, "temperature").y.round(6)) == {61.0}
    assert "highest of 2 GPUs" in labels(gpu)[0]


@pytest.mark.parametrize(("unit", "factor"), [("epoch", 1 / 500), ("tokens", 1024)])
def test_everything_moves_with_the_x_axis(tmp_path: Path, unit: str, factor: float) -> None:
    log = overfit(tmp_path / "run.jsonl")
    loss = build([judged(log, onset(1100, 1200, 1300), keep=kept(1199, 2.2))], Options(x=unit)).panels[0]  # type: ignore[arg-type]
    assert loss.bands[0].low == pytest.approx(1100 * factor)
    assert next(mark for mark in loss.marks if mark.role == "keep").x[0] == pytest.approx(1199 * factor)
    assert line(loss, "validation").x[-1] == pytest.approx(1999 * factor)


def test_long_times_are_in_hours(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [{"step": i, "time_s": 360.0 * i, "loss": 3 - i / 50} for i in range(60)])
    scene = build([judged(log)], Options(x="time"))
    assert scene.xlabel == "training time (h)"
    assert scene.span[1] == pytest.approx(5.9)


def test_thinning_says_how_much_was_drawn(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [{"step": i, "loss": 3 + (i * 7919 % 101) / 100} for i in range(20_000)])
    scene = build([judged(log)], Options())
    assert any(note.startswith("20,000 points, ") and note.endswith("every extreme kept") for note in scene.notes)
    raw = line(scene.panels[0], "training, as logged")
    assert (raw.y.min(), raw.y.max()) == (3.0, 4.0)


def test_several_runs_share_a_frame_and_are_told_apart(tmp_path: Path) -> None:
    logs = [overfit(tmp_path / name / "log.jsonl") for name in ("small", "large") if (tmp_path / name).mkdir() is None]
    scene = build([judged(log, keep=kept(1199, 2.2)) for log in logs], Options())
    loss = scene.panels[0]
    assert scene.runs == ("small", "large")
    assert [found.run for found in loss.lines if found.label == "validation"] == [0, 1]
    assert {found.run for found in loss.lines} == {0, 1}
    assert {found.dash for found in loss.lines if found.role == "val"} == {"dashed"}


def test_many_runs_get_a_frame_each(tmp_path: Path) -> None:
    logs = [overfit(tmp_path / f"{i}.jsonl", 300) for i in range(7)]
    scene = build([judged(log) for log in logs], Options())
    assert scene.columns == 3
    assert [(panel.title, panel.verdict) for panel in scene.panels] == [(str(i), "overfitting") for i in range(7)]


def test_a_metric_of_another_kind_gets_its_own_panel(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [{"step": i, "loss": 3 - i / 50, "val_accuracy": i / 100} for i in range(60)])
    assert [panel.name for panel in build([judged(log)], Options()).panels] == ["loss", "accuracy"]


def test_a_constant_learning_rate_is_said_and_not_drawn(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [{"step": i, "loss": 3 - i / 50, "lr": 3e-4} for i in range(60)])
    scene = build([judged(log)], Options())
    assert [panel.name for panel in scene.panels] == ["loss"]
    assert "learning rate 0.0003 throughout" in scene.notes


@pytest.mark.parametrize(
    "records",
    [
        [{"step": i, "loss": 0.5 - i / 200, "accuracy": i / 100} for i in range(60)],
        [{"step": i, "loss": 3 - i / 50, "ppl": 2.0 ** (3 - i / 50)} for i in range(60)],
    ],
)
def test_no_perplexity_axis_where_the_loss_is_no_cross_entropy_per_token(tmp_path: Path, records: list[dict[str, float]]) -> None:
    assert build([judged(write(tmp_path / "a.jsonl", records))], Options()).panels[0].exp_axis is None


def test_smoothing_can_be_chosen_and_switched_off(tmp_path: Path) -> None:
    log = overfit(tmp_path / "run.jsonl")
    assert "training, smoothed over 250 steps" in labels(build([judged(log)], Options(smooth=250)).panels[0])
    assert labels(build([judged(log)], Options(smooth=0)).panels[0])[0] == "training"


def test_a_log_axis_drops_what_it_cannot_show(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [{"step": i, "loss": 3 - i / 500} for i in range(300)])
    scene = build([judged(log)], Options(log_x=True, log_y=True))
    assert scene.span[0] == 1
    assert scene.panels[0].limits is None


def test_nothing_to_draw_is_said(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [{"step": i, "speed": i} for i in range(9)])
    with pytest.raises(UsageError, match="no curve to draw"):
        build([judged(log)], Options())


def test_a_log_axis_without_a_positive_place_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no curve") as error:
        build([judged(write(tmp_path / "a.jsonl", [{"step": 0, "loss": 1.0}]))], Options(log_x=True))
    assert "logarithmic" in str(error.value.why)


def test_a_run_that_is_all_nan_is_drawn_with_its_marks(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [{"step": i, "loss": "NaN"} for i in range(500)])
    loss = build([judged(log)], Options()).panels[0]
    bad = next(mark for mark in loss.marks if mark.role == "bad")
    assert bad.label == "NaN or infinite: 500 from step 0"
    assert len(bad.x) <= 200
    assert np.all(np.isnan(bad.y))


def test_runs_of_one_log_are_called_by_their_numbers(tmp_path: Path) -> None:
    log = write(tmp_path / "sweep.jsonl", [{"step": i % 60, "loss": 3 - (i % 60) / 50} for i in range(120)])
    scene = build([diagnose(run) for run in read_all(str(log))], Options())
    assert (scene.runs, scene.title) == (("run 0", "run 1"), "sweep.jsonl, 2 runs")


def test_no_perplexity_axis_for_a_loss_no_vocabulary_reaches(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [{"step": i, "loss": 3.0 + i, "tokens": 10 * i} for i in range(60)])
    assert build([judged(log)], Options()).panels[0].exp_axis is None


def test_validation_known_by_its_perplexity_alone_is_drawn(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [{"step": i, "loss": 3 - i / 50, "val_ppl": float(np.exp(3 - i / 60))} for i in range(60)])
    assert "validation" in labels(build([judged(log)], Options()).panels[0])


def test_where_no_memory_is_logged_the_use_of_the_devices_is_drawn(tmp_path: Path) -> None:
    records = [{"type": "train", "step": i, "loss": 3 - i / 50, "gpu": [{"index": 0, "utilization": 0.5}]} for i in range(60)]
    gpu = build([judged(write(tmp_path / "a.jsonl", records))], Options()).panels[-1]
    assert gpu.ylabel == "GPU in use (%)"
    assert set(line(gpu, "in use").y) == {50.0}


def test_the_curve_as_logged_is_always_there(tmp_path: Path) -> None:
    logs = [overfit(tmp_path / f"{name}.jsonl") for name in "abcd"]
    loss = build([judged(log) for log in logs], Options()).panels[0]
    assert {found.run for found in loss.lines if found.faint} == {0, 1, 2, 3}


def test_a_curve_that_is_mostly_noise_stays_in_its_frame(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0.7, 0.2, 300)
    loss = build([judged(write(tmp_path / "a.jsonl", [{"step": i, "loss": y} for i, y in enumerate(noise)]))], Options()).panels[0]
    assert loss.limits is not None
    assert np.mean((noise >= loss.limits[0]) & (noise <= loss.limits[1])) > 0.97


def test_losses_that_play_against_each_other_are_drawn_though_nothing_is_judged_by_them(tmp_path: Path) -> None:
    records = [{"step": step, "g_loss": 1 + step / 100, "d_loss": 2 - step / 100} for step in range(1, 60)]
    [run] = read_all(str(write(tmp_path / "gan.jsonl", records)))
    assert [panel.ylabel for panel in build([diagnose(run)], Options()).panels] == ["g loss", "d loss"]


def test_what_is_always_evaluated_is_drawn_once(tmp_path: Path) -> None:
    records = [{"step": step, "g_loss": 1.0, "d_loss": 2.0, "fid": 100 / step} for step in range(1, 60)]
    [run] = read_all(str(write(tmp_path / "gan.jsonl", records)))
    first, *rest = build([diagnose(run)], Options()).panels
    assert first.ylabel == "FID"
    assert labels(first)[:1] == ["evaluation"]
    assert not [label for label in labels(first) if label.startswith("training")]
    assert [panel.ylabel for panel in rest] == ["g loss", "d loss"]
