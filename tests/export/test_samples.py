"""Every sample, converted to every format: all that was read is there, bit for bit."""

import io
import math
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from trainlog.errors import UsageError
from trainlog.readers import read_all
from trainlog.render.export import render
from trainlog.run import Run, Series

ROOT = Path(__file__).parents[2] / "sample_logs"
SAMPLES = sorted(tomllib.loads((ROOT / "expect.toml").read_text(encoding="utf-8")))
#: Keys that a log of records keeps for its axes: a metric that is called so has no place in one. Tables keep it.
TAKEN = ("time", "time/iterations")


def same(one: Series, other: Series) -> None:
    np.testing.assert_array_equal(one.step, other.step, err_msg=one.name)
    np.testing.assert_array_equal(one.value, other.value, err_msg=one.name)
    for mine, its in ((one.time_s, other.time_s), (one.epoch, other.epoch)):
        known = np.full(len(one), np.nan) if mine is None else mine
        np.testing.assert_array_equal(known, np.full(len(one), np.nan) if its is None else its, err_msg=one.name)


def told(run: Run) -> tuple[object, ...]:
    """What a run says beside its metrics."""
    axis = "step" if run.axis == "record" else run.axis
    saved = [(c.step, c.path) for c in run.checkpoints]
    return (axis, run.name, run.status, run.started, run.total_steps, run.steps_per_epoch, run.config, saved)


@pytest.mark.parametrize("sample", SAMPLES)
def test_records_read_again_are_the_same_runs(sample: str, tmp_path: Path) -> None:
    runs = read_all(str(ROOT / sample))
    path = tmp_path / "again.jsonl"
    path.write_bytes(render(runs, "jsonl"))
    again = read_all(str(path))
    assert [told(run) for run in again] == [told(run) for run in runs]
    for run, back in zip(runs, again, strict=True):
        kept = {name: series for name, series in run.series.items() if name not in TAKEN}
        assert set(back.series) == set(kept)
        for name, series in kept.items():
            if "time" not in run.series:
                same(series, back.series[name])


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("tidy", [False, True])
def test_tables_hold_every_point(sample: str, tidy: bool) -> None:
    run = read_all(str(ROOT / sample))[-1]
    read_csv = pd.read_csv(io.BytesIO(render([run], "csv", tidy=tidy)), keep_default_na=False, dtype=str)
    parquet = pq.read_table(io.BytesIO(render([run], "parquet", tidy=tidy))).to_pandas(integer_object_nulls=True)
    for table in (read_csv, parquet):
        for name, series in run.series.items():
            if tidy:
                mine = table[table["name"] == name]
                steps, values = mine[run.axis], mine["value"]
            else:
                mine = table[table[run.axis].astype(int).isin(series.step.tolist())]
                column = name if name in table and name not in (run.axis, "time_s", "epoch") else f"{name}_"
                steps, values = mine[run.axis], mine[column]
            assert [int(step) for step in steps] == series.step.tolist()
            assert all(float(a) == b or math.isnan(b) for a, b in zip(values, series.value, strict=True)), name


def test_runs_that_count_differently_are_refused() -> None:
    runs = [read_all(str(ROOT / sample))[0] for sample in ("csv/keras_csvlogger.csv", "trainlog/healthy.jsonl")]
    for name in ("jsonl", "csv", "parquet"):
        with pytest.raises(UsageError, match="cannot be in one file"):
            render(runs, name)


def test_what_evaluations_took_stays_with_them(tmp_path: Path) -> None:
    from trainlog.progress import progress

    run = read_all(str(ROOT / "trainlog" / "overfit.jsonl"))[0]
    path = tmp_path / "again.jsonl"
    path.write_bytes(render([run], "jsonl"))
    assert progress(read_all(str(path))[0], "tokens").at(3000) == progress(run, "tokens").at(3000)
