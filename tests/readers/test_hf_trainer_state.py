import json

import pytest

from trainlog.errors import UnreadableLog
from trainlog.readers import read_all

HISTORY = [
    {"epoch": 0.5, "learning_rate": 1e-5, "loss": 1.5, "step": 50},
    {"epoch": 0.5, "eval_loss": 1.6, "eval_runtime": 9.0, "step": 50},
    {"epoch": 1.0, "learning_rate": 0.0, "loss": 1.25, "step": 100},
    {"epoch": 1.0, "eval_loss": 1.75, "eval_runtime": 9.0, "step": 100},
]
SUMMARY = {"epoch": 1.0, "train_loss": 1.4, "train_runtime": 90.0, "step": 100}


def state(history):
    return json.dumps({"global_step": 100, "max_steps": 100, "eval_steps": 50, "log_history": history}, indent=2)


def test_points_plan_and_configuration(log):
    [run] = log(state(HISTORY), "training_logs.json")
    assert (run.format, run.axis, run.total_steps, run.records) == ("hf_trainer_state", "step", 100, 4)
    assert run.series["val_loss"].step.tolist() == [50, 100]
    assert run.series["loss"].epoch.tolist() == [0.5, 1.0]
    assert run.config["eval_steps"] == 50


def test_the_summary_and_the_evaluation_of_the_best_model_after_it_are_no_points(log):
    [run] = log(state([*HISTORY, SUMMARY, {"epoch": 1.0, "eval_loss": 1.6, "step": 100}]), "trainer_state.json")
    assert run.series["val_loss"].value.tolist() == [1.6, 1.75]
    assert run.series["loss"].value.tolist() == [1.5, 1.25]


def test_several_evaluation_sets(log):
    rows = [{"eval_news_loss": 2.0 - n / 10, "eval_wiki_loss": 3.0, "step": n} for n in (1, 2)]
    [run] = log(state(rows), "trainer_state.json")
    assert run.series["val_loss/news"].value.tolist() == pytest.approx([1.9, 1.8])


def test_a_folder_means_its_newest_checkpoint_and_the_checkpoints_on_disk_are_known(log, tmp_path):
    log(state(HISTORY[:2]), "out/checkpoint-50/trainer_state.json")
    log(state(HISTORY), "out/checkpoint-100/trainer_state.json")
    for name in ("out", "out/checkpoint-100", "out/checkpoint-100/trainer_state.json"):
        [run] = read_all(str(tmp_path / name))
        assert len(run.series["loss"]) == 2
        assert {c.step: c.path for c in run.checkpoints} == {n: str(tmp_path / f"out/checkpoint-{n}") for n in (50, 100)}


def test_a_truncated_state_is_salvaged(log):
    text = state(HISTORY)
    [run] = log(text[: text.index("1.75") + 2], "trainer_state.json")
    assert run.series["loss"].value.tolist() == [1.5, 1.25]
    assert "damaged" in run.problems[0].what


def test_a_git_lfs_pointer_is_named(log):
    with pytest.raises(UnreadableLog, match="Git LFS"):
        log("version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 45778\n", "trainer_state.json")


def test_a_run_that_a_callback_stopped_is_told_from_one_that_ended(log):
    for planned, status in ((200, "early_stopped"), (100, None)):
        callbacks = {"TrainerControl": {"args": {"should_training_stop": True}}, "EarlyStoppingCallback": {}}
        document = {"global_step": 100, "max_steps": planned, "log_history": HISTORY, "stateful_callbacks": callbacks}
        [run] = log(json.dumps(document), "trainer_state.json")
        assert run.status == status
