"""Checkpoints that lie beside a log which names none."""

import json
import shutil
from pathlib import Path

import pytest

from trainlog.readers import read_all
from trainlog.run import Run

SAMPLES = Path(__file__).parents[2] / "sample_logs"


def log(folder: Path, name: str = "run.jsonl", *, key: str = "step", more: list[dict[str, object]] | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    records = [{key: step, "loss": 3 - step / 100, "val_loss": 3 - step / 200} for step in range(10, 110, 10)]
    path = folder / name
    path.write_text("".join(json.dumps(record) + "\n" for record in [*records, *(more or [])]), encoding="utf-8")
    return path


def saved(run: Run) -> list[tuple[int, str | None, int]]:
    return [(c.step, None if c.path is None else Path(c.path).name, c.line) for c in run.checkpoints]


LIGHTNING = ("checkpoints/epoch=4-step=50.ckpt", "checkpoints/epoch=4-step=50-val_loss=0.31.ckpt")


@pytest.mark.parametrize(
    "name", ["checkpoint-50", "step-000050", "ckpt_50.pt", "checkpoints/step-50", "step50.safetensors", *LIGHTNING, "iter_50.pth"]
)
def test_folders_and_files_beside_the_log_are_found(tmp_path: Path, name: str) -> None:
    path = log(tmp_path)
    place = tmp_path / name
    if place.suffix:
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"")
    else:
        place.mkdir(parents=True)
    (run,) = read_all(str(path))
    assert saved(run) == [(50, place.name, 0)]
    assert run.checkpoints[0].path == str(place)


@pytest.mark.parametrize(
    "name", ["checkpoint-best", "checkpoint50.pt", "epoch=50.ckpt", "epoch_50.pth", "step-", "stepwise-50", "checkpoint-50-old", "model-50"]
)
def test_other_names_are_left_alone(tmp_path: Path, name: str) -> None:
    path = log(tmp_path)
    (tmp_path / name).mkdir()
    assert not read_all(str(path))[0].checkpoints


def test_what_the_log_names_wins(tmp_path: Path) -> None:
    path = log(tmp_path, more=[{"type": "checkpoint", "step": 100, "path": "kept"}])
    (tmp_path / "checkpoint-50").mkdir()
    assert saved(read_all(str(path), input_format="trainlog")[0]) == [(100, "kept", 12 - 1)]


def test_those_of_a_longer_run_are_not_taken(tmp_path: Path) -> None:
    path = log(tmp_path)
    for step in (50, 500):
        (tmp_path / f"checkpoint-{step}").mkdir()
    assert not read_all(str(path))[0].checkpoints


@pytest.mark.parametrize("name", ["epoch_50.pth", "checkpoints/epoch=50-step=5000.ckpt", "model_epoch50.pt", "checkpoint-epoch-50"])
def test_those_that_say_the_epoch_are_of_a_log_by_epochs(tmp_path: Path, name: str) -> None:
    path = log(tmp_path, key="epoch")
    (tmp_path / name).mkdir(parents=True)
    assert saved(read_all(str(path))[0]) == [(50, Path(name).name, 0)]


def test_those_in_a_folder_that_is_the_log_are_found(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "tensorboard" / "torch", tmp_path / "log")
    (tmp_path / "log" / "checkpoints" / "epoch=1-step=20.ckpt").mkdir(parents=True)
    assert saved(read_all(str(tmp_path / "log"))[0]) == [(20, "epoch=1-step=20.ckpt", 0)]


def test_epochs_are_no_steps(tmp_path: Path) -> None:
    path = log(tmp_path, key="epoch")
    (tmp_path / "checkpoint-50").mkdir()
    (run,) = read_all(str(path))
    assert run.axis == "epoch"
    assert not run.checkpoints


def test_several_logs_in_one_folder_share_none(tmp_path: Path) -> None:
    log(tmp_path / "both", "a.jsonl")
    log(tmp_path / "both", "b.jsonl", more=[{"step": 120, "loss": 1.0}])
    log(tmp_path / "one", "c.jsonl", more=[{"step": 130, "loss": 1.0}])
    for folder in ("both", "one"):
        (tmp_path / folder / "checkpoint-50").mkdir()
    for name in (str(tmp_path), str(tmp_path / "*" / "*.jsonl")):
        assert [len(run.checkpoints) for run in read_all(name)] == [0, 0, 1]


@pytest.mark.parametrize(("saved_at", "steps"), [((51, 101), [50, 100]), ((21, 31), [20, 30]), ((21, 40), [21, 40]), ((50, 102), [])])
def test_a_log_that_counts_from_0_is_one_behind_its_checkpoints(tmp_path: Path, saved_at: tuple[int, ...], steps: list[int]) -> None:
    path = log(tmp_path)
    for step in saved_at:
        (tmp_path / f"epoch=1-step={step}.ckpt").write_bytes(b"")
    assert [checkpoint.step for checkpoint in read_all(str(path))[0].checkpoints] == steps
