import pytest

from trainlog.vocab import canonical


def table(*rows):
    return "\n".join(",".join(map(str, row)) for row in rows) + "\n"


def test_percentages_become_fractions_and_are_said(log):
    [run] = log(table(("epoch", "loss", "val_acc"), (1, 2.0, 50.0), (2, 1.0, 75.5)), "log.csv")
    assert run.series["val_accuracy"].value.tolist() == pytest.approx([0.5, 0.755])
    assert "percent" in run.remarks[0]


def test_fractions_stay_as_they_are(log):
    [run] = log(table(("epoch", "loss", "val_acc"), (1, 2.0, 0.5), (2, 1.0, 1.0)), "log.csv")
    assert (run.series["val_accuracy"].value.tolist(), run.remarks) == ([0.5, 1.0], ())


def test_a_validation_loss_of_nothing_but_zeros_is_a_placeholder(log):
    [run] = log(table(("epoch", "loss", "val_loss"), (1, 2.0, 0.0), (2, 1.0, 0.0)), "log.csv")
    assert "val_loss" not in run.series
    assert "placeholder" in run.remarks[0]


def test_zeros_in_training_too_are_evidence(log):
    [run] = log(table(("epoch", "loss", "val_loss"), (1, 0.0, 0.0), (2, 0.0, 0.0)), "log.csv")
    assert len(run.series["val_loss"]) == 2


def test_losses_in_parts_are_summed_over_the_same_parts(log):
    names = ("epoch", "train/box_loss", "train/cls_loss", "val/box_loss", "val/cls_loss")
    [run] = log(table(names, (1, 1.0, 2.0, 1.5, 2.5), (2, 0.5, 1.0, 1.0, 2.0)), "results.csv")
    assert run.series["loss"].value.tolist() == [3.0, 1.5]
    assert run.series["val_loss"].value.tolist() == [4.0, 3.0]
    assert "sum of" in run.remarks[0]


def test_parts_that_differ_are_not_summed(log):
    names = ("epoch", "train/box_loss", "train/cls_loss", "val/box_loss")
    [run] = log(table(names, (1, 1.0, 2.0, 1.5), (2, 0.5, 1.0, 1.0)), "results.csv")
    assert "loss" not in run.series


def test_a_test_loss_followed_while_training_is_the_validation_loss(log):
    [run] = log(table(("epoch", "train_loss", "test_loss"), *((n, 3.0 / n, 4.0 / n) for n in (1, 2, 3))), "log.csv")
    assert run.raw_names["val_loss"] == "test_loss"
    names = ("epoch", "train_loss", "val_loss", "test_loss")
    [run] = log(table(names, *((n, 3.0 / n, 4.0 / n, 5.0 / n) for n in (1, 2, 3))), "log.csv")
    assert run.raw_names["val_loss"] == "val_loss"
    assert len(run.series["test_loss"]) == 3


def test_a_record_with_several_devices_is_one_record(log):
    rows = ['{"type":"run","schema":"trainlog/1"}']
    rows += [f'{{"type":"train","step":{n},"loss":2.0,"gpu":[{{"index":0,"power_w":9}},{{"index":1,"power_w":9}}]}}' for n in (1, 2)]
    [run] = log("\n".join(rows), "log.jsonl")
    assert run.records == 2
    assert len(run.series["gpu/1/power_w"]) == 2


def test_dates_and_durations_do_not_mix_in_one_clock(log):
    rows = [f'{{"step": {n}, "loss": 2.0, "timestamp": {1_700_000_000 + n}}}' for n in range(5)]
    [run] = log("\n".join([*rows, '{"step": 5, "loss": 2.0, "lr": 0.1, "elapsed": 17.0}']), "log.jsonl")
    assert run.started is not None
    assert run.started.year == 2023
    assert run.series["loss"].time_s[:5].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("Average Score", "score"),
        ("Loss Average", "loss"),
        ("avg_val_acc", "val_accuracy"),
        ("mean_grad_norm", "grad_norm"),
        ("val_losses_history", "val_loss"),
        ("train_loss_per_epoch", "loss"),
        ("ms_per_iter", "step_time_s"),
        ("average_precision", "average_precision"),
        ("average_recall", "average_recall"),
    ],
)
def test_a_mean_and_a_list_are_of_what_they_are_named_after(key, name):
    assert canonical(key).canonical == name


@pytest.mark.parametrize("name", ["log.jsonl", "log.csv", "log.txt"])
def test_a_step_too_large_to_be_counted_up_to_is_that_of_the_record_before(log, name):
    steps = [1, 2, 3, 2**53 + 1, 5, 10**30, 7]
    lines = {
        "log.jsonl": [f'{{"step": {step}, "loss": {9 - i}.5}}' for i, step in enumerate(steps)],
        "log.csv": ["step,loss", *(f"{step},{9 - i}.5" for i, step in enumerate(steps))],
        "log.txt": [f"step {step}: loss {9 - i}.5" for i, step in enumerate(steps)],
    }
    [run] = log("\n".join(lines[name]) + "\n", name=name)
    assert set(run.series["loss"].step.tolist()) == {1, 2, 3, 5, 7}
    assert ["too large" in problem.what for problem in run.problems] == [True, True]
