import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainlog.errors import UnreadableLog
from trainlog.readers import read_all
from trainlog.readers._cells import floats, lenient, moment, moments


def values(run, name):
    return run.series[name].value.tolist()


def test_lightning_rows_are_sparse_and_the_step_and_epoch_losses_do_not_mix(log):
    rows = ("0,2,,8.5,", "0,5,,7.5,", "0,5,,,10.5", "0,5,8.0,,", "1,8,,6.5,")
    [run] = log("\n".join(["epoch,step,train_loss_epoch,train_loss_step,val_loss", *rows, ""]), "metrics.csv")
    assert (run.format, run.axis, run.records) == ("csv", "step", 5)
    assert run.raw_names["loss"] == "train_loss_step"
    assert (run.series["loss"].step.tolist(), values(run, "loss")) == ([2, 5, 8], [8.5, 7.5, 6.5])
    assert values(run, "train_loss_epoch") == [8.0]
    assert run.series["val_loss"].line.tolist() == [4]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "   "])
def test_any_delimiter(log, delimiter):
    rows = [("epoch", "loss", "val_loss"), ("0", "2.5", "2.75"), ("1", "2.25", "2.5"), ("2", "2.0", "2.25")]
    [run] = log("".join(delimiter.join(row) + "\n" for row in rows), "history.txt")
    assert (values(run, "loss"), values(run, "val_loss"), run.axis) == ([2.5, 2.25, 2.0], [2.75, 2.5, 2.25], "epoch")


def test_keras_na_is_missing_and_nan_is_a_measurement(log):
    [run] = log("epoch,loss,val_loss\n0,2.0,NA\n1,nan,2.5\n2,inf,NA\n", "training.log")
    assert len(run.series["val_loss"]) == 1
    assert math.isnan(values(run, "loss")[1])
    assert values(run, "loss")[2] == math.inf


def test_ultralytics_pads_names_and_cells(log):
    text = "               epoch,      train/box_loss,        val/box_loss\n                   0,             0.11,              0.21\n" * 1
    [run] = log(text + "                   1,             0.10,              0.20\n", "results.csv")
    assert {len(series) for series in run.series.values()} == {2}
    assert run.axis == "epoch"


def test_a_pandas_index_is_the_epoch(log):
    [run] = log(",val_loss,loss\n0,2.0,3.0\n1,1.5,2.5\n", "history.csv")
    assert (run.axis, run.series["loss"].step.tolist()) == ("epoch", [0, 1])


def test_long_by_name_and_long_by_split(log):
    [run] = log("step,metric,value\n1,train/loss,3.0\n1,val/loss,3.5\n2,train/loss,2.0\n", "long.csv")
    assert (values(run, "loss"), values(run, "val_loss")) == ([3.0, 2.0], [3.5])
    [run] = log("step,type,loss\n0,val,10.8\n1,train,\n2,train,9.5\n3,val,9.9\n", "split.csv")
    assert (values(run, "loss"), values(run, "val_loss")) == ([9.5], [10.8, 9.9])


def test_a_preamble_and_a_trailing_delimiter(log):
    [run] = log("==>Arguments:\nlr:0.1\nLearning Rate\tTrain Loss\tValid Loss\t\n0.01\t1.78\t0.80\t\n0.01\t1.50\t0.70\t\n", "log.txt")
    assert (values(run, "loss"), values(run, "val_loss"), run.axis) == ([1.78, 1.5], [0.8, 0.7], "record")
    assert run.series["loss"].line.tolist() == [4, 5]


def test_damaged_rows_are_problems_and_the_rest_is_read(log):
    [run] = log("step,loss,val_loss\n1,3.0,3.5\n2,2.5\nthis is prose\n3,x2,2.9\n4,2.0,2.5\n5,1.9,2.", "log.csv")
    assert values(run, "loss") == [3.0, 2.0, 1.9]
    assert [problem.line for problem in run.problems] == [3, 4, 5]


def test_a_tensorboard_download_is_named_by_its_file(log):
    [run] = log("Wall time,Step,Value\n1626251749.6,1,0.5\n1626251750.6,2,0.4\n", "run-train-tag-val_loss.csv")
    assert (values(run, "val_loss"), run.series["val_loss"].time_s.tolist()) == ([0.5, 0.4], pytest.approx([0.0, 1.0]))


def test_a_table_without_numbers_is_refused(log):
    with pytest.raises(UnreadableLog):
        log("name,colour\na,red\nb,blue\n", "table.csv")


def test_compressed_tables(log):
    import bz2
    import gzip
    import lzma

    text = b"step,loss\n1,3.0\n2,2.0\n3,1.0\n"
    for compress in (gzip.compress, bz2.compress, lzma.compress):
        [run] = log(compress(text), "log.csv.z")
        assert values(run, "loss") == [3.0, 2.0, 1.0]
    [run] = log("step,loss\r\n1,3.0\r\n2,2.0\r\n".encode("utf-16"), "log.csv")
    assert values(run, "loss") == [3.0, 2.0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.floats(allow_nan=False), st.none()), min_size=1, max_size=30))
def test_cells_come_back_as_they_were_written(numbers):
    cells = ["" if number is None else repr(number) for number in numbers]
    values, missing, bad = floats([cell.encode() for cell in cells])
    assert not bad
    holes = [number is None for number in numbers]
    assert (missing.tolist() if missing is not None else [False] * len(cells)) == holes
    assert [v for v, hole in zip(values.tolist(), holes, strict=True) if not hole] == [n for n in numbers if n is not None]


@pytest.mark.parametrize(
    ("text", "number"), [("92 %", 92.0), ("1,234.5", 1234.5), ("3,14", 3.14), (" 7 MiB", 7.0), ("1,000", 1000.0), ("abc", None)]
)
def test_numbers_with_units(text, number):
    assert lenient(text) == number


def test_times():
    assert moment("1970-01-02 00:00:01") == 86_401.0
    assert moment("1970/1/2 00:00:01.5") == 86_401.5
    assert moment("2 days, 0:00:03") == 172_803.0
    assert np.diff(moments(["23:59:50", "00:00:10", "00:00:30"])).tolist() == [20.0, 20.0]
    assert math.isnan(moment("soon"))


LONG = [f"{i},{2.0 + 1 / (i + 3)!r},{3.0 + 1 / (i + 7)!r}" for i in range(40)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_numbers_of_all_digits_are_read_to_the_last(log, delimiter, end):
    lines = ["step,train_loss,val_loss", *LONG]
    [run] = log("".join(line.replace(",", delimiter) + end for line in lines), "log.csv")
    assert run.series["loss"].value.tolist() == [float(line.split(",")[1]) for line in LONG]
    assert run.series["val_loss"].step.tolist() == list(range(40))


def test_rows_of_another_width_among_numbers_of_all_digits_shift_nothing(log):
    lines = ["step,train_loss,val_loss", *LONG, "40,1.1234567890123456", "41,1.1234567890123456,2.1234567890123456,3.0", "42,true,2.5"]
    [run] = log("\n".join(lines) + "\n", "log.csv")
    assert run.series["val_loss"].step.tolist() == [*range(40), 42]
    assert run.series["loss"].step.tolist() == [*range(40)]  # the last cell of a short row may be half a number
    assert [problem.line for problem in run.problems] == [42, 43, 44]


def test_a_table_of_one_nameless_column_holds_nothing(log):
    with pytest.raises(UnreadableLog):
        log("\n1\t2.5\n2\t2.4\n", "loss.tsv", input_format="dvclive")


@pytest.mark.parametrize(("name", "axis"), [("Schritt", "step"), ("paso", "step"), ("Epoche", "epoch"), ("Époque", "epoch")])
def test_the_column_of_steps_may_be_named_in_another_language(tmp_path, name, axis):
    path = tmp_path / "run.csv"
    path.write_text(f"{name};Verlust\n" + "".join(f"{20 * row};{3 / row:.4f}\n".replace(".", ",") for row in range(1, 9)), encoding="utf-8")
    [run] = read_all(str(path))
    assert (run.axis, run.series["loss"].step.tolist()) == (axis, [20 * row for row in range(1, 9)])
