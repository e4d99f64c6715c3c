import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trainlog.cli import main
from trainlog.emit import schema
from trainlog.errors import UnknownName
from trainlog.readers import read, read_all
from trainlog.render.export import render
from trainlog.run import Checkpoint, Run, Series

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "sample_logs" / "trainlog").glob("*.jsonl"))
NAMES = ("loss", "val_loss", "val_loss/news", "lr", "gpu/0/temperature_c", "gpu/1/memory_used_bytes", "val_accuracy", "made_up")


def again(run: Run, tmp_path: Path) -> Run:
    path = tmp_path / "again.jsonl"
    path.write_bytes(render([run], "jsonl"))
    return read(str(path))


def assert_same(one: Run, other: Run) -> None:
    assert set(one.series) == set(other.series)
    for name, series in one.series.items():
        np.testing.assert_array_equal(series.step, other.series[name].step, err_msg=name)
        np.testing.assert_array_equal(series.value, other.series[name].value, err_msg=name)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_a_log_converted_and_read_again_is_the_same_run(path: Path, tmp_path: Path) -> None:
    run = read(str(path))
    back = again(run, tmp_path)
    assert_same(run, back)
    assert back.format == "trainlog"
    assert (back.config, back.total_steps, back.status, back.started) == (run.config, run.total_steps, run.status, run.started)
    assert [(c.step, c.path) for c in back.checkpoints] == [(c.step, c.path) for c in run.checkpoints]


def taken_as_written(name: str, values: list[float]) -> bool:
    """Whether reading leaves these values alone: validation losses of nothing but 0 are placeholders, scores may be percentages."""
    if name.startswith("val_loss"):
        return any(values)
    return name != "val_accuracy" or not any(1.0 < value <= 100.0 for value in values)


points = st.lists(st.tuples(st.integers(1, 10_000), st.floats(allow_nan=True, allow_infinity=True)), min_size=1, max_size=30)


@settings(max_examples=80, deadline=None)
@given(columns=st.dictionaries(st.sampled_from(NAMES), points, min_size=1, max_size=5))
def test_any_run_survives_the_trip(columns: dict[str, list[tuple[int, float]]], tmp_path_factory: pytest.TempPathFactory) -> None:
    assume(all(taken_as_written(name, [value for _, value in pairs]) for name, pairs in columns.items()))
    series = {}
    for name, pairs in columns.items():
        by_step = dict(sorted(pairs))
        steps = np.array(list(by_step), dtype=np.int64)
        series[name] = Series(name, steps, np.array(list(by_step.values())), np.arange(1, len(steps) + 1))
    run = Run("x.csv", "csv", series=series)
    assert_same(run, again(run, tmp_path_factory.mktemp("trip")))


def test_a_log_of_epochs_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "epochs.jsonl"
    path.write_text("".join(json.dumps({"epoch": i, "loss": 3 - i / 10, "val_loss": 3.1 - i / 10}) + "\n" for i in range(9)))
    run = read(str(path))
    back = again(run, tmp_path)
    assert (run.axis, back.axis) == ("epoch", "epoch")
    assert_same(run, back)


def test_records_keep_to_the_published_schema() -> None:
    import jsonschema

    run = read(str(SAMPLES[0]))
    validator = jsonschema.Draft202012Validator(schema.load("record"))
    for line in render([run], "jsonl").splitlines():
        validator.validate(json.loads(line))


def gappy() -> Run:
    steps = np.array([1, 2, 3], dtype=np.int64)
    loss = Series("loss", steps, np.array([2.0, math.nan, math.inf]), np.array([1, 2, 3]), time_s=np.array([0.0, 1.5, 3.0]))
    val = Series("val_loss", np.array([2], dtype=np.int64), np.array([2.5]), np.array([4]))
    return Run("a.jsonl", "jsonl", series={"loss": loss, "val_loss": val}, checkpoints=(Checkpoint(2, "c"),))


def test_a_table_tells_missing_from_nan() -> None:
    rows = list(csv.reader(io.StringIO(render([gappy()], "csv").decode())))
    assert rows == [["step", "time_s", "loss", "val_loss"], ["1", "0.0", "2.0", ""], ["2", "1.5", "NaN", "2.5"], ["3", "3.0", "inf", ""]]


def test_parquet_tells_missing_from_nan() -> None:
    table = pq.read_table(io.BytesIO(render([gappy()], "parquet")))
    assert table.column_names == ["step", "time_s", "loss", "val_loss"]
    assert table["val_loss"].to_pylist() == [None, 2.5, None]
    assert math.isnan(table["loss"].to_pylist()[1])
    assert table["step"].to_pylist() == [1, 2, 3]


def test_tidy_has_a_row_per_point_with_its_line() -> None:
    rows = list(csv.DictReader(io.StringIO(render([gappy()], "csv", tidy=True).decode())))
    assert [(r["name"], r["step"], r["value"], r["line"]) for r in rows] == [
        ("loss", "1", "2.0", "1"),
        ("loss", "2", "NaN", "2"),
        ("loss", "3", "inf", "3"),
        ("val_loss", "2", "2.5", "4"),
    ]


def test_several_runs_are_told_apart_by_a_column() -> None:
    rows = list(csv.DictReader(io.StringIO(render([gappy(), gappy()], "csv").decode())))
    assert [row["run"] for row in rows] == ["a.jsonl"] * 6


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\t=1"])
def test_a_spreadsheet_runs_nothing(name: str) -> None:
    steps = np.array([1], dtype=np.int64)
    run = Run("=evil", "csv", series={name: Series(name, steps, np.array([-1.0]), steps)})
    cells = [cell for row in csv.reader(io.StringIO(render([run, run], "csv").decode())) for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+@\t" or (cell.startswith("-") and cell != "-1.0")]


@pytest.mark.parametrize("name", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize("runs", [[], [Run("a", "csv")]])
def test_nothing_is_written_as_nothing(name: str, runs: list[Run]) -> None:
    assert isinstance(render(runs, name), bytes)
    assert isinstance(render(runs, name, tidy=True), bytes)


def test_an_unknown_format_names_the_known() -> None:
    with pytest.raises(UnknownName, match="xls"):
        render([], "xls")


def test_the_command_writes_what_the_suffix_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.jsonl", "b.csv", "c.parquet"):
        assert main(["convert", str(SAMPLES[0]), "-o", str(tmp_path / name)]) == 0
        assert capsys.readouterr().err == f"wrote {tmp_path / name}\n"
    assert len(read_all(str(tmp_path / "a.jsonl"))) == 1
    assert main(["convert", str(SAMPLES[0]), "-o", "a.xls"]) == 2


def test_the_command_writes_records_to_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["convert", str(SAMPLES[0])]) == 0
    assert json.loads(capfdbinary.readouterr().out.splitlines()[0])["schema"] == "trainlog/1"
