"""Early warning, on real runs as they would have been seen while they were going on."""

import json
from pathlib import Path

from train.watch import Watch

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs" / "trainlog"


def warnings(name: str, tmp_path: Path, every: int) -> list[tuple[int, str]]:
    """Step and text of each warning, looking at each ``every``-th evaluation."""
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
    ((step, said),) = warnings("overfit.jsonl", tmp_path, every=3)
    assert 1300 < step < 2500
    assert said.startswith("overfitting: ")
    assert "keep checkpoints/overfit/step-00" in said


def test_a_run_that_does_not_learn_is_told_early(tmp_path: Path) -> None:
    ((step, said),) = warnings("not-learning.jsonl", tmp_path, every=3)
    assert step <= 600
    assert said.startswith("not-learning: ")


def test_healthy_runs_are_left_alone(tmp_path: Path) -> None:
    for name in ("healthy.jsonl", "overfit-dropout.jsonl", "still-improving.jsonl"):
        assert warnings(name, tmp_path, every=4) == []


def test_a_log_that_cannot_be_read_is_no_warning(tmp_path: Path) -> None:
    assert Watch(str(tmp_path / "none.jsonl")).look() is None
