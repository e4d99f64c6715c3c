"""Logs as other programs lay them out: every curve under its name, on the axis that the log says."""

import json

import pytest

from trainlog.errors import UnreadableLog

N = 12
TRAIN = [round(4.0 * 0.8**i + 0.5, 4) for i in range(N)]
VAL = [round(4.0 * 0.8**i + 0.7, 4) for i in range(N)]
EPOCHS = range(1, N + 1)
STEPS = [10 * i for i in range(N)]
BOTH = {"loss": TRAIN, "val_loss": VAL}
ONE = {"loss": TRAIN}


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def table(*rows):
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


DOCUMENTS = {
    "pairs of step and value": ([[s, t] for s, t in zip(STEPS, TRAIN, strict=True)], ONE, STEPS),
    "time, step, value": ([[1.7e9 + s, s, t] for s, t in zip(STEPS, TRAIN, strict=True)], ONE, STEPS),
    "pairs under names": ({"train_loss": [*zip(STEPS, TRAIN, strict=True)], "val_loss": [*zip(STEPS, VAL, strict=True)]}, BOTH, STEPS),
    "keyed by epoch": ({str(e): {"train_loss": t, "val_loss": v} for e, t, v in zip(EPOCHS, TRAIN, VAL, strict=True)}, BOTH, EPOCHS),
    "keyed by a named epoch": (
        {f"epoch_{e}": {"train": {"loss": t}, "val": {"loss": v}} for e, t, v in zip(EPOCHS, TRAIN, VAL, strict=True)},
        BOTH,
        EPOCHS,
    ),
    "keyed by step under each metric": (
        {name: {str(s): v for s, v in zip(STEPS, values, strict=True)} for name, values in (("loss", TRAIN), ("val_loss", VAL))},
        BOTH,
        STEPS,
    ),
    "keyed by epoch under each split": (
        {name: {str(e): {"loss": v} for e, v in zip(EPOCHS, values, strict=True)} for name, values in (("train", TRAIN), ("val", VAL))},
        BOTH,
        EPOCHS,
    ),
    "records under each split": (
        {name: [{"epoch": e, "loss": v} for e, v in zip(EPOCHS, values, strict=True)] for name, values in (("train", TRAIN), ("val", VAL))},
        BOTH,
        EPOCHS,
    ),
    "numbers by step": ({str(s): t for s, t in zip(STEPS, TRAIN, strict=True)}, ONE, STEPS),
    "pandas, columns": (
        {name: {str(i): v for i, v in enumerate(values)} for name, values in (("epoch", EPOCHS), ("train_loss", TRAIN), ("val_loss", VAL))},
        BOTH,
        EPOCHS,
    ),
    "pandas, split": (
        {"columns": ["epoch", "loss", "val_loss"], "index": [*range(N)], "data": [*zip(EPOCHS, TRAIN, VAL, strict=True)]},
        BOTH,
        EPOCHS,
    ),
    "rows under names": ([["epoch", "loss", "val_loss"], *zip(EPOCHS, TRAIN, VAL, strict=True)], BOTH, EPOCHS),
    "x and y under names": (
        {"loss": {"train": {"name": "train", "x": STEPS, "y": TRAIN}, "validation": {"name": "validation", "x": STEPS, "y": VAL}}},
        BOTH,
        STEPS,
    ),
    "curves with names": (
        [{"name": "run - train_loss", "x": STEPS, "y": TRAIN}, {"name": "run - validation_loss", "x": STEPS, "y": VAL}],
        BOTH,
        STEPS,
    ),
    "a history within": ({"params": {"epochs": N}, "epoch": [*EPOCHS], "history": BOTH}, BOTH, EPOCHS),
    "lists under plurals": ({"train_losses": TRAIN, "val_losses": VAL, "val_accs": [0.1] * N}, {**BOTH, "val_accuracy": [0.1] * N}, EPOCHS),
    "numbers alone": (TRAIN, ONE, EPOCHS),
    "records beside a list of parameters": (
        {
            "history": [{"epoch": e, "loss": t} for e, t in zip(EPOCHS, TRAIN, strict=True)],
            "best_params": [1.0, 2.0, 3.0],
            "best_loss": 0.3,
        },
        ONE,
        EPOCHS,
    ),
    "a history of training and validation": (
        {"hyperparameters": {"lr": 1e-3}, "training_history": BOTH, "test_results": {"loss": 0.5}},
        BOTH,
        EPOCHS,
    ),
    "lists that are called so": ({"train_loss_history": TRAIN, "val_loss_per_epoch": VAL}, BOTH, EPOCHS),
    "evaluations on a list of steps of their own": (
        {"steps": STEPS, "losses": TRAIN, "eval_steps": STEPS[1::5], "eval_losses": VAL[1::5]},
        {"loss": TRAIN, "val_loss": VAL[1::5]},
        STEPS,
    ),
    "episodes of one length": (
        {"episodes": [{"episode": e, "steps": 200, "loss": t} for e, t in zip(EPOCHS, TRAIN, strict=True)]},
        {"episode": [*EPOCHS], "loss": TRAIN},
        EPOCHS,
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_read_whatever_its_shape(log, name):
    document, expected, steps = DOCUMENTS[name]
    [run] = log(json.dumps(document), "history.json")
    assert {name: run.series[name].value.tolist() for name in run.series} == expected
    assert run.series[next(iter(expected))].step.tolist() == [*steps]
    assert run.problems == ()


RECORDS = {
    "wrapped in data": ([{"event": "log", "data": {"step": s, "loss": t}} for s, t in zip(STEPS, TRAIN, strict=True)], ONE),
    "wrapped, with a split": (
        [{"level": "INFO", "metrics": {"global_step": s, "train": {"loss": t}}} for s, t in zip(STEPS, TRAIN, strict=True)],
        ONE,
    ),
    "wrapped in something else": ([{"worker": {"step": s, "loss": t}} for s, t in zip(STEPS, TRAIN, strict=True)], ONE),
    "Composer": (
        [
            {"time/batch": s, "time/epoch": 0, "loss/train/total": t, "metrics/eval/LanguageCrossEntropy": v}
            for s, t, v in zip(STEPS, TRAIN, VAL, strict=True)
        ],
        {"loss": TRAIN, "val_loss/language": VAL},
    ),
    "verl": (
        [{"step": s, "data": {"critic/rewards/mean": -t, "timing_s/step": 30.0}} for s, t in zip(STEPS, TRAIN, strict=True)],
        {"reward": [-t for t in TRAIN]},
    ),
    "Ray Tune": (
        [{"train_loss": t, "val_loss": v, "training_iteration": s, "pid": 1} for s, t, v in zip(STEPS, TRAIN, VAL, strict=True)],
        BOTH,
    ),
    "RLlib": (
        [{"training_iteration": s, "info": {"learner": {"stats": {"total_loss": t}}}} for s, t in zip(STEPS, TRAIN, strict=True)],
        ONE,
    ),
    "Chainer": (
        [{"iteration": s, "main/loss": t, "validation/main/loss": v} for s, t, v in zip(STEPS, TRAIN, VAL, strict=True)],
        BOTH,
    ),
    "a split, and wrapped": (
        [{"step": s, "split": "val", "metrics": {"loss": v}} for s, v in zip(STEPS, VAL, strict=True)],
        {"val_loss": VAL},
    ),
    "NeMo": ([{"global_step": s, "reduced_train_loss": t, "val_loss": v} for s, t, v in zip(STEPS, TRAIN, VAL, strict=True)], BOTH),
    "Comet": ([{"metricName": "train_loss", "metricValue": str(t), "step": s} for s, t in zip(STEPS, TRAIN, strict=True)], ONE),
    "Lightning, two loaders": (
        [{"step": s, "train_loss": t, "val_loss/dataloader_idx_0": v} for s, t, v in zip(STEPS, TRAIN, VAL, strict=True)],
        {"loss": TRAIN, "val_loss/dataloader_idx_0": VAL},
    ),
}


@pytest.mark.parametrize("name", RECORDS)
def test_records_are_read_whatever_they_are_wrapped_in(log, name):
    rows, expected = RECORDS[name]
    [run] = log(lines(*rows), "log.jsonl", wants=lambda name: "loss" in name or name.startswith("reward"))
    assert {name: run.series[name].value.tolist() for name in run.series} == expected
    assert next(iter(run.series.values())).step.tolist() == STEPS


def test_evaluations_are_placed_by_the_list_that_says_where(log):
    own = {"train": {"epoch": [*EPOCHS], "loss": TRAIN}, "eval": {"epoch": [1, 6, 11], "loss": VAL[::5]}}
    [run] = log(json.dumps(own), "history.json")
    assert run.series["val_loss"].step.tolist() == [1, 6, 11]
    assert run.remarks == ()


def test_runs_may_stand_in_one_object(log):
    adam, sgd = log(json.dumps({"lr": 0.1, "runs": {"adam": BOTH, "sgd": BOTH}}), "results.json")
    assert [adam.name, sgd.name] == ["adam", "sgd"]
    assert sgd.series["val_loss"].value.tolist() == VAL


def test_records_with_lists_in_them_are_runs(log):
    runs = log(json.dumps([{"fold": fold, "history": BOTH} for fold in range(3)]), "folds.json")
    assert [run.name for run in runs] == ["fold 0", "fold 1", "fold 2"]
    assert all(run.series["val_loss"].value.tolist() == VAL for run in runs)


def test_names_may_stand_in_a_comment(log):
    [run] = log("# epoch train_loss val_loss\n" + "".join(f"{e} {t} {v}\n" for e, t, v in zip(EPOCHS, TRAIN, VAL, strict=True)), "log.txt")
    assert {name: series.value.tolist() for name, series in run.series.items()} == BOTH


def test_columns_without_names_are_placed_where_that_is_certain(log):
    [run] = log(table(*((f"{s}.0", 1.7e12 + s, t) for s, t in zip(STEPS, TRAIN, strict=True))), "train_loss.csv")
    assert (run.series["loss"].value.tolist(), run.series["loss"].step.tolist()) == (TRAIN, STEPS)
    [run] = log(table(*zip(STEPS, TRAIN, VAL, strict=True)), "log.csv", aliases={"loss": ["column_2"], "val_loss": ["column_3"]})
    assert {name: series.value.tolist() for name, series in run.series.items()} == BOTH


def test_percent_in_a_name_is_no_part_of_it(log):
    [run] = log(table(("Epoch", "Train Loss", "Val Acc (%)"), *((e, t, 50 + e) for e, t in zip(EPOCHS, TRAIN, strict=True))), "log.csv")
    assert run.series["val_accuracy"].value[0] == pytest.approx(0.51)


def test_a_best_value_is_no_curve_of_its_own(log):
    [run] = log(lines(*({"step": s, "loss": t, "best_metric": 0.1} for s, t in zip(STEPS, TRAIN, strict=True))), "log.jsonl")
    assert set(run.series) == {"loss", "best_metric"}


def test_mmcv_evaluations_stand_at_the_last_iteration_and_a_seed_is_no_measure(log):
    rows = [{"env_info": "Linux", "seed": 0, "val_seed": 1}]
    for epoch in EPOCHS:
        rows.append({"mode": "train", "epoch": epoch, "iter": 100, "lr": 0.1, "data_time": 0.1, "time": 0.2, "loss": TRAIN[epoch - 1]})
        rows.append({"mode": "val", "epoch": epoch, "iter": 7, "lr": 0.1, "bbox_mAP": epoch / 20})
    [run] = log(lines(*rows), "20260101.log.json")
    assert run.series["loss"].step.tolist() == run.series["val_map"].step.tolist() == [100 * epoch for epoch in EPOCHS]
    assert "val_seed" not in run.series


def test_an_export_of_several_runs_in_columns_is_read_as_several_runs(log):
    names = ["Step", *(f"{run} - eval/loss{end}" for run in ("a-1", "b-2") for end in ("", "__MIN", "__MAX"))]
    rows = [(s, v, v, v, *((t, t, t) if s % 20 else ("", "", ""))) for s, t, v in zip(STEPS, TRAIN, VAL, strict=True)]
    first, second = log(table(names, *rows), "export.csv")
    assert (first.name, first.series["val_loss"].value.tolist()) == ("a-1", VAL)
    assert (second.name, second.series["val_loss"].value.tolist()) == ("b-2", TRAIN[1::2])
    assert set(first.series) == {"val_loss"}


def test_runs_below_one_another_are_told_apart_by_their_column(log):
    names = ("run", "tag", "step", "value")
    mixed = [(run, "train/loss", s, t + add) for s, t in zip(STEPS, TRAIN, strict=True) for run, add in (("a", 0.0), ("b", 1.0))]
    first, second = log(table(names, *mixed), "scalars.csv")
    assert (first.name, first.series["loss"].value.tolist()) == ("a", TRAIN)
    assert second.series["loss"].value.tolist() == pytest.approx([t + 1 for t in TRAIN])


def test_a_split_is_found_among_other_words(log):
    rows = [
        ("loss", f"\"{{'subset': '{part}'}}\"", s, v)
        for s, *both in zip(STEPS, TRAIN, VAL, strict=True)
        for part, v in zip(("train", "val"), both, strict=True)
    ]
    [run] = log(table(("metric.name", "metric.context", "step", "value"), *rows), "aim.csv")
    assert {name: series.value.tolist() for name, series in run.series.items()} == BOTH


@pytest.mark.parametrize(
    ("name", "expected"),
    [("run-a-tag-val_loss.csv", "val_loss"), ("train_loss.csv", "loss"), ("download.csv", "loss"), ("test_error.tsv", "val_error")],
)
def test_a_lone_column_is_named_after_its_file_or_by_what_it_does(log, name, expected):
    [run] = log(table(("Wall time", "Step", "Value"), *((1.7e9 + s, s, t) for s, t in zip(STEPS, TRAIN, strict=True))), name)
    assert run.series[expected].value.tolist() == TRAIN


def test_columns_are_of_the_split_that_their_file_is_named_after(log):
    [run] = log("iter\tLogloss\n" + "".join(f"{s}\t{v}\n" for s, v in zip(STEPS, VAL, strict=True)), "test_error.tsv")
    assert run.series["val_loss"].value.tolist() == VAL


def test_nan_between_numbers_says_that_nothing_was_logged(log):
    rows = [(s, t, v if s % 30 == 0 else "nan") for s, t, v in zip(STEPS, TRAIN, VAL, strict=True)]
    [run] = log(table(("step", "train_loss", "val_loss"), *rows), "log.csv")
    assert run.series["val_loss"].value.tolist() == VAL[::3]
    assert "not logged" in run.remarks[0]


def test_nan_at_the_end_is_evidence(log):
    [run] = log(table(("step", "loss"), *((s, t if s < 30 else "nan") for s, t in zip(STEPS, TRAIN, strict=True))), "log.csv")
    assert len(run.series["loss"]) == N


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (json.dumps({"runs": [{"name": "a", "val_loss": 1.4, "epochs": 10}, {"name": "b", "val_loss": 1.5, "epochs": 10}]}), "runs.json"),
        (table(("Name", "State", "val_loss"), ("a", "finished", 1.0), ("b", "crashed", 2.0), ("c", "finished", 3.0)), "runs.csv"),
        (table(("number", "value", "params_lr", "state"), *((i, t, 0.1, "COMPLETE") for i, t in enumerate(TRAIN))), "trials.csv"),
    ],
)
def test_a_table_of_runs_is_no_curve(log, text, name):
    with pytest.raises(UnreadableLog, match=r"one (row|record) per run"):
        log(text, name)


def test_text_in_json_lines_is_read_as_text(log):
    rows = ({"time": "2026-01-01T00:00:00Z", "msg": f"step {s} | loss {t} | lr 1e-4"} for s, t in zip(STEPS, TRAIN, strict=True))
    [run] = log(lines(*rows), "log.jsonl")
    assert (run.format, run.series["loss"].value.tolist(), run.series["loss"].step.tolist()) == ("json_messages", TRAIN, STEPS)


def test_an_episode_monitor_counts_steps_of_the_environment(log):
    rows = [("r", "l", "t"), *((20 + i, 10, i * 0.5) for i in range(N))]
    [run] = log('#{"t_start": 1.7e9, "env_id": "CartPole-v1"}\n' + table(*rows), "monitor.csv")
    assert run.series["reward"].step.tolist() == [10 * i for i in EPOCHS]
    assert run.series["reward"].time_s[-1] == 5.5


def test_the_user_says_what_places_a_record(log):
    rows = [{"tick": s, "badness": t} for s, t in zip(STEPS, TRAIN, strict=True)]
    [run] = log(lines(*rows), "log.jsonl", aliases={"loss": ["badness"], "step": ["tick"]})
    assert (run.series["loss"].step.tolist(), run.axis) == (STEPS, "step")
