"""The training script as users start it: what it prints, logs and saves, over processes, and after ``kill -9``."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests import nvml
from tests.train import runs
from trainlog.emit import schema

Finished = tuple[Path, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("finished")
    return folder, runs.start(runs.ONE, folder)


def test_the_console_lines_and_nothing_else(finished: Finished) -> None:
    folder, done = finished
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # no progress bar where there is no terminal
    train, evaluation = runs.records(folder, "train"), runs.records(folder, "eval")
    lines = done.stdout.splitlines()
    assert lines[0] == f"Epoch 0 | Step 5/40 | Loss: {train[0]['loss']:.4f} | PPL: {train[0]['ppl']:.2f}"
    assert lines[2:4] == [
        "=== Validation | Step 10/40 ===",
        f"Validation Loss: {evaluation[0]['val_loss']:.4f} | Validation PPL: {evaluation[0]['val_ppl']:.2f}",
    ]


def test_the_log_is_whole_and_fits_the_schema(finished: Finished) -> None:
    folder, _ = finished
    rows = [json.loads(line) for line in (folder / "run.jsonl").read_text().splitlines()]
    for row in rows:
        jsonschema.validate(row, schema.load("record"))
    assert [r["step"] for r in runs.records(folder, "train")] == list(range(5, 41, 5))
    assert [r["step"] for r in runs.records(folder, "eval")] == [10, 20, 30, 40]
    assert (rows[0]["total_steps"], rows[0]["world_size"]) == (40, 1)
    assert rows[-1]["status"] == "completed"


def test_it_learns_and_the_rate_falls_to_zero(finished: Finished) -> None:
    train = runs.records(finished[0], "train")
    assert train[-1]["loss"] < train[0]["loss"] - 1
    assert train[1]["lr"] == pytest.approx(2e-3)
    assert train[-1]["lr"] == 0.0


def test_each_checkpoint_in_the_log_is_on_disk(finished: Finished) -> None:
    paths = [Path(r["path"]) for r in runs.records(finished[0], "checkpoint")]
    assert len(paths) == 4
    for path in paths:
        assert {"model.safetensors", "optimizer.bin", "random_states_0.pkl"} <= {p.name for p in path.iterdir()}


def test_two_processes_measure_and_train_as_one(tmp_path: Path) -> None:
    """5,300 bytes are 21 batches, the last one short: dealt out unevenly, and padded by nobody."""
    driver = nvml.environment(nvml.compile_stub(tmp_path))
    short = ("--steps=20", "--eval-every=1", "--log-every=1", "--val-bytes=5300")
    two = runs.start(runs.TWO, tmp_path / "two", *short, **driver)
    assert two.returncode == 0, two.stderr
    runs.here(tmp_path / "one", *short)
    for kind, key, within in (("eval", "val_loss", 1e-6), ("train", "loss", 1e-6), ("train", "grad_norm", 1e-5)):
        alone, together = ([r[key] for r in runs.records(tmp_path / name, kind)] for name in ("one", "two"))
        assert together[:3] == pytest.approx(alone[:3], abs=1.01 * within), key
        assert together == pytest.approx(alone, abs=20 * within), key  # rounding grows as training goes on
    assert {r["tokens"] for r in runs.records(tmp_path / "two", "eval")} == {5299}
    assert runs.records(tmp_path / "two", "run")[0]["world_size"] == 2
    sampled = [r["gpu"] for r in runs.records(tmp_path / "two", "train") if "gpu" in r]
    assert sampled
    assert all([gpu["uuid"] for gpu in gpus] == ["GPU-aaaa-0000", "GPU-bbbb-1111"] for gpus in sampled)


def test_a_killed_run_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    """Dropout draws from the random state that the checkpoint holds; records fall between checkpoints."""
    options = ("--dropout=0.1", "--log-every=7", "--steps=150", "--eval-every=25", "--checkpoint-every=25")
    runs.here(tmp_path / "straight", *options)
    log = tmp_path / "killed" / "run.jsonl"
    killed = subprocess.Popen(
        [*runs.ONE, *runs.TINY, f"--log={log}", f"--checkpoints={log.parent}", *options],
        cwd=runs.ROOT, env=runs.ENVIRONMENT, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    with killed:
        deadline = time.monotonic() + 120
        while not (log.exists() and '"step":84,' in log.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.kill(killed.pid, signal.SIGKILL)
    assert runs.start(runs.ONE, tmp_path / "killed", *options, "--resume=latest").returncode == 0
    (resume,) = runs.records(tmp_path / "killed", "resume")
    assert resume["step"] >= 75
    assert resume["run_id"] == runs.records(tmp_path / "killed", "run")[0]["run_id"]
    for kind, key in (("train", "loss"), ("train", "lr"), ("train", "tokens"), ("eval", "val_loss")):
        straight = {r["step"]: r[key] for r in runs.records(tmp_path / "straight", kind) if r["step"] > resume["step"]}
        resumed = {r["step"]: r[key] for r in _after_resume(log) if r["type"] == kind}
        assert resumed == pytest.approx(straight, abs=1e-6), key
        assert straight


def _after_resume(log: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
    kinds = [row["type"] for row in rows]
    return rows[kinds.index("resume") :]


def test_started_by_its_path_on_a_terminal_it_shows_a_bar(tmp_path: Path) -> None:
    terminal, side = pty.openpty()
    termios.tcsetwinsize(side, (24, 100))
    environment = {k: v for k, v in runs.ENVIRONMENT.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, runs.ROOT / "train" / "train_accelerate.py", *runs.TINY, "--steps=4",
         f"--log={tmp_path}/run.jsonl", f"--checkpoints={tmp_path}"],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=side, text=True, check=True,
    )  # fmt: skip
    assert select.select([terminal], [], [], 1)[0]
    seen = os.read(terminal, 65536).decode()  # before the side is closed: what was not read is lost then
    os.close(side)
    os.close(terminal)
    assert "/4 [" in seen
    assert "\r" not in done.stdout
    assert len(runs.records(tmp_path, "eval")) == 1
