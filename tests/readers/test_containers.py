"""Logs in what holds them: compressed files, standard input, databases."""

import bz2
import gzip
import lzma
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from trainlog.readers import read_all

ROOT = Path(__file__).parents[2]
TEXT = "step,loss\n" + "".join(f"{10 * i},{3.0 * 0.9**i:.6f}\n" for i in range(40))


def _zstd(data):
    return pytest.importorskip("zstandard").ZstdCompressor().compress(data)


PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": _zstd}


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("name", ["log.csv.{}", "log"])
def test_a_compressed_log_is_read_whatever_its_name(log, ending, name):
    [run] = log(PACKERS[ending](TEXT.encode()), name.format(ending))
    assert (run.format, len(run.series["loss"]), run.problems) == ("csv", 40, ())


@pytest.mark.parametrize("ending", PACKERS)
def test_a_compressed_log_that_is_cut_short_is_read_up_to_there(log, ending):
    source = random.Random(0)
    packed = PACKERS[ending]((TEXT + "".join(f"{10 * i},{source.random()}\n" for i in range(40, 100_000))).encode())
    [run] = log(packed[: len(packed) * 2 // 3], f"log.csv.{ending}")
    assert 1_000 < len(run.series["loss"]) < 99_000
    assert any("ends early" in problem.what for problem in run.problems) or ending == "zst"  # whose stream ends without a word


@pytest.mark.parametrize("ending", PACKERS)
def test_standard_input_may_be_compressed(ending):
    command = [sys.executable, "-m", "trainlog", "diagnose", "-", "-o", "json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, input=PACKERS[ending](TEXT.encode()), capture_output=True, env=environment, timeout=60)
    assert done.returncode in (0, 1)
    assert b'"format":"csv"' in done.stdout.replace(b'": "', b'":"')


def test_an_mlflow_database_holds_one_run_per_row(tmp_path):
    path = tmp_path / "mlflow.db"
    with sqlite3.connect(path) as database:
        database.execute("create table runs (run_uuid text, name text, status text, start_time integer)")
        database.execute("create table metrics (key text, value real, timestamp integer, run_uuid text, step integer, is_nan integer)")
        database.execute("create table params (key text, value text, run_uuid text)")
        for run in ("a", "b"):
            database.execute("insert into runs values (?, ?, 'FINISHED', 1700000000000)", (run, f"run {run}"))
            database.execute("insert into params values ('lr', '0.1', ?)", (run,))
            rows = [(3.0 * 0.9**i, 1_700_000_000_000 + 1000 * i, run, i, i == 20) for i in range(21)]
            database.executemany("insert into metrics values ('train_loss', ?, ?, ?, ?, ?)", rows)
    database.close()
    runs = read_all(str(path))
    assert [(run.name, run.format, run.status, run.config["lr"]) for run in runs] == [
        ("run a", "mlflow", "completed", "0.1"),
        ("run b", "mlflow", "completed", "0.1"),
    ]
    assert runs[0].series["loss"].value[0] == 3.0
    assert runs[0].series["loss"].value[20] != runs[0].series["loss"].value[20]
    assert runs[0].series["loss"].time_s[5] == 5.0
