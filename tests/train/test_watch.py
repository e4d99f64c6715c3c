"""Early warning, on real runs as they would have been seen while they were going on."""

import json
from pathlib import Path

import pytest

from train.watch import Warned, Watch

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs" / "trainlog"


def warnings(name: str, tmp_path: Path, every: int) -> list[tuple[int, Warned]]:
    """Step and words of each warning, looking at each ``every``-th evaluation."""
    log = tmp_path / "run.jsonl"
    watch, found, evaluations = Watch(str(log)), [], 0
    with log.open("w") as growing:
        for line in (SAMPLES / name).read_text().splitlines(keepends=True):
            growing.write(line)
            record = json.loads(line)
            evaluations += record["type"] == "eval"
            if record["type"] == "eval" and evaluations % every == 0:
                growing.flush()
                said = watch.look()
                found += [(record["step"], said)] if said else []
    return found


def test_overfitting_is_told_once_with_the_checkpoint_to_keep(tmp_path: Path) -> None:
    (turn, turning), (step, overfitting) = warnings("overfit.jsonl", tmp_path, every=2)
    assert 1300 < turn < step < 2000
    assert turning.text.startswith("validation has risen by 0.0")
    assert overfitting.text.startswith("overfitting from step 1,28")
    assert (turning.stop, overfitting.stop) == (False, True)
    for said in (turning, overfitting):
        assert "keep checkpoints/overfit/step-001300" in said.text


def test_a_run_that_does_not_learn_is_told_early(tmp_path: Path) -> None:
    ((step, said),) = warnings("not-learning.jsonl", tmp_path, every=3)
    assert step <= 600
    assert said.stop
    assert said.text.startswith("not learning: ")


def test_divergence_is_told_at_once_and_nothing_after_it(tmp_path: Path) -> None:
    """Later this run has again the loss that it began with, but a higher learning rate is the last thing that it needs."""
    ((step, said),) = warnings("diverged.jsonl", tmp_path, every=1)
    assert step == 100
    assert said.stop
    assert said.text.startswith("training diverged ")


@pytest.mark.parametrize("name", ["healthy", "overfit-dropout", "still-improving", "loss-spike", "resumed", "two-processes"])
def test_good_runs_are_left_alone(name: str, tmp_path: Path) -> None:
    assert warnings(f"{name}.jsonl", tmp_path, every=5) == []


def test_a_log_that_cannot_be_read_is_no_warning(tmp_path: Path) -> None:
    assert Watch(str(tmp_path / "none.jsonl")).look() is None
