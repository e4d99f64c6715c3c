"""What every reader must hold to: its samples are recognised and read whole, and damage never ends in anything but our error."""

import random
import shutil
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmarks.damage import MUTATIONS, mutate
from trainlog.errors import TrainlogError
from trainlog.readers import guess, names, read_all, reader
from trainlog.readers._source import Source
from trainlog.vocab import base_of, split_of

ROOT = Path(__file__).parent.parent / "sample_logs"
EXPECT = tomllib.loads((ROOT / "expect.toml").read_text(encoding="utf-8"))
JUDGED = ("loss", "mse", "rmse", "ppl")


def points(run, split):
    mine = [len(s) for name, s in run.series.items() if split_of(name) == split and base_of(name) in JUDGED and not name.startswith("gpu/")]
    return max(mine, default=0)


@pytest.mark.parametrize("name", names())
def test_a_reader_says_what_it_reads(name):
    module = reader(name)
    assert (module.__doc__ or "").strip()
    assert callable(module.sniff)
    assert callable(module.read)


@pytest.mark.parametrize("name", names())
def test_a_reader_has_a_sample(name):
    assert any(row["format"] == name for row in EXPECT.values())


@pytest.mark.parametrize("sample", EXPECT)
def test_a_sample_is_recognised_and_read_whole(sample):
    row = EXPECT[sample]
    assert guess(Source.open(str(ROOT / sample)))[0][0] == row["format"]
    runs = read_all(str(ROOT / sample))
    assert (runs[-1].format, len(runs)) == (row["format"], row["runs"])
    assert (points(runs[-1], "train"), points(runs[-1], "val")) == (row["train_points"], row["val_points"])
    assert all(run.problems == () for run in runs)


@pytest.mark.parametrize("sample", [sample for sample in EXPECT if (ROOT / sample).is_file()])
def test_whoever_is_not_asked_about_a_log_would_not_take_it(sample):
    source = Source.open(str(ROOT / sample))
    asked = {name for name, _ in guess(source)}
    assert asked == {name for name in names() if reader(name).sniff(source)} or asked == {"trainlog"}


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("sample", [sample for sample in EXPECT if (ROOT / sample).is_file()])
def test_any_reader_survives_any_sample(name, sample):
    try:
        runs = read_all(str(ROOT / sample), input_format=name)
    except TrainlogError:
        return
    assert runs


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sample=st.sampled_from([sample for sample in EXPECT if (ROOT / sample).is_file()]),
    seed=st.integers(0, 2**32),
    count=st.integers(1, 4),
    forced=st.booleans(),
)
@example(sample="console/lightgbm.txt", seed=1943, count=1, forced=False)  # a layout of which no row is left
def test_damage_ends_in_runs_or_in_our_error(tmp_path, sample, seed, count, forced):
    source = random.Random(seed)
    data = (ROOT / sample).read_bytes()[:60_000]
    for _ in range(count):
        data = mutate(data, source)
    path = tmp_path / Path(sample).name
    path.write_bytes(data)
    try:
        runs = read_all(str(path), input_format=EXPECT[sample]["format"] if forced else None)
    except TrainlogError:
        return
    assert all(len(series.step) == len(series.value) == len(series.line) for run in runs for series in run.series.values())


@pytest.mark.parametrize("sample", [sample for sample in EXPECT if (ROOT / sample).is_dir()])
def test_damaged_folders_too(tmp_path, sample):
    source = random.Random(0)
    for turn in range(10):
        folder = tmp_path / str(turn)
        shutil.copytree(ROOT / sample, folder)
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            file.write_bytes(mutate(file.read_bytes(), source))
        try:
            runs = read_all(str(folder))
        except TrainlogError:
            continue
        assert runs


def test_every_mutation_changes_something():
    data = (ROOT / "csv" / "keras_csvlogger.csv").read_bytes()
    assert all(change(data, random.Random(3)) != data for change in MUTATIONS)
