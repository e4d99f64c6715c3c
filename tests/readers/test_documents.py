import json
import math

import pytest

from trainlog.errors import UnreadableLog
from trainlog.readers import read_all


def points(run):
    return {name: series.value.tolist() for name, series in run.series.items()}


def test_keras_history(log):
    [run] = log(json.dumps({"loss": [3.0, 2.0], "val_loss": [3.5, float("nan")], "note": "x", "shape": [10, 32, 32]}), "history.json")
    assert run.axis == "epoch"
    assert points(run)["loss"] == [3.0, 2.0]
    assert math.isnan(points(run)["val_loss"][1])
    assert run.config["note"] == "x"


def test_one_history_per_model_is_one_run_each(log):
    document = {name: {"loss": [3.0, 2.0], "val_loss": [3.5, 3.0]} for name in ("vgg", "resnet")}
    first, second = log(json.dumps(document), "history.json")
    assert (first.name, second.name, second.index, second.siblings) == ("vgg", "resnet", 1, 2)
    assert points(second) == {"loss": [3.0, 2.0], "val_loss": [3.5, 3.0]}


def test_evaluations_of_boosted_trees(log):
    [run] = log(json.dumps({"train": {"rmse": [2.0, 1.0]}, "valid": {"rmse": [2.5, 1.5]}}), "evals.json")
    assert points(run) == {"rmse": [2.0, 1.0], "val_rmse": [2.5, 1.5]}
    [run] = log(json.dumps({"validation_0": {"rmse": [2.0, 1.0]}, "validation_1": {"rmse": [2.5, 1.5]}}), "evals.json")
    assert points(run)["rmse"] == [2.0, 1.0]
    assert run.series["val_rmse/1"].value.tolist() == [2.5, 1.5]


def test_a_list_of_records(log):
    rows = [{"epoch": n, "batches": [{"x": 1.0}], "train_loss": 3.0 / n, "valid_loss": 4.0 / n, "valid_loss_best": True} for n in (1, 2)]
    [run] = log(json.dumps(rows), "history.json")
    assert points(run) == {"loss": [3.0, 1.5], "val_loss": [4.0, 2.0]}
    [run] = log(json.dumps({"args": {"lr": 1}, "history": rows}), "log.json")
    assert points(run)["val_loss"] == [4.0, 2.0]


def test_validation_every_few_epochs_is_placed_and_said(log):
    [run] = log(json.dumps({"loss": [4.0, 3.0, 2.0, 1.0], "val_loss": [3.5, 1.5]}), "history.json")
    assert run.series["val_loss"].step.tolist() == [2, 4]
    assert "one in every 2" in run.remarks[0]


def test_lists_that_do_not_fit_are_said_not_guessed(log):
    [run] = log(json.dumps({"loss": [4.0, 3.0, 2.0], "val_loss": [3.5, 1.5]}), "history.json")
    assert "val_loss" not in run.series
    assert "nothing says" in run.remarks[0]


@pytest.mark.parametrize("cut", [60, 90, 118])
def test_a_document_cut_short_is_read_up_to_the_cut(log, cut):
    text = json.dumps({"log": [{"step": n, "loss": 9.0 - n, "val_loss": 9.5 - n} for n in range(1, 6)]})
    [run] = log(text[:cut], "log.json")
    assert points(run)["loss"] == [8.0, 7.0, 6.0][: len(points(run)["loss"])]
    assert "damaged JSON" in run.problems[0].what


@pytest.mark.parametrize("text", ['{"loss": 2.0, "val_loss": 2.5}', '{"a": {"loss": 2.0},\n"step": 7}'])
def test_a_summary_is_no_series(log, text):
    with pytest.raises(UnreadableLog, match="one value per metric"):
        log(text, "summary.json")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[]", "{}", "[1, 2", '"', "[[1,2],[3,4]]"])
def test_other_documents_are_refused(log, text):
    with pytest.raises(UnreadableLog):
        log(text, "x.json")


def test_a_document_that_would_fill_the_memory_is_refused(log):
    with pytest.raises(UnreadableLog, match="too large"):
        log(b"[" + b"[1,2]," * 3_000_000 + b"[2,3]]", "pairs.json")


def test_records_of_ever_new_keys_are_left_out_and_said(log):
    rows = "".join(f'{{"step": {n}, "loss": 2.0, "key{n}": 1.0}}\n' for n in range(5_100))
    [run] = log(rows, "log.jsonl")
    assert len(run.series["loss"]) == 5_000
    assert "sets of keys" in run.problems[0].what


def test_a_numbered_file_alone_names_its_folder(log):
    with pytest.raises(UnreadableLog, match="the folder of all such files"):
        log('{"epoch": 3, "training_loss": 2.5, "validation_loss": 2.6}', "metrics_epoch_3.json")


def test_rows_of_nvidia_smi_without_names_say_what_to_add(log):
    with pytest.raises(UnreadableLog, match="put the names above"):
        log("2024/11/23 12:23:29.950, 0, NVIDIA RTX A6000, 92 %, 25073 MiB\n" * 3, "gpu.csv")


def test_the_plots_of_dvclive_are_one_log(tmp_path):
    for split in ("train", "val"):
        folder = tmp_path / "plots" / "metrics" / split
        folder.mkdir(parents=True)
        (folder / "loss.tsv").write_text("step\tloss\n0\t2.5\n1\t2.25\n2\t2.125\n")
    [run] = read_all(str(tmp_path / "plots"))
    assert {"loss", "val_loss"} <= set(run.series)
