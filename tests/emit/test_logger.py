"""What RunLogger writes, and that no file and no value can hurt the training that it serves."""

import json
import logging
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainlog.emit import RunLogger, schema


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_run_reads_back_and_fits_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "made" / "on" / "the" / "way" / "run.jsonl"
    with RunLogger(path, config={"lr": 3e-4}, total_steps=20, rank=0, hardware_every_s=None) as log:
        log.train(step=10, loss=2.0, lr=3e-4, mine={"nested": [1, math.nan]})
        log.eval(step=10, val_loss=math.inf)
        log.checkpoint(step=10, path=tmp_path / "step-10")
    run, train, evaluation, checkpoint, end = written = records(path)
    assert run["config"] == {"lr": 3e-4}
    assert run["total_steps"] == 20
    assert train["ppl"] == pytest.approx(math.exp(2.0))
    assert train["mine"] == {"nested": [1, "NaN"]}
    assert (evaluation["val_loss"], evaluation["val_ppl"]) == ("Infinity", "Infinity")
    assert checkpoint["path"] == str(tmp_path / "step-10")
    assert (end["status"], end["step"]) == ("completed", 10)
    for record in written:
        jsonschema.validate(record, schema.load("record"))


@given(loss=st.floats() | st.integers(-(10**400), 10**400) | st.text(), step=st.integers(0, 10**12))
@settings(deadline=None, max_examples=50)
def test_no_value_raises(loss: object, step: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("log") / "run.jsonl"
    with RunLogger(path, rank=0, hardware_every_s=None) as log:
        log.train(step, loss)
        log.eval(step, loss)
    assert [r["type"] for r in records(path)] == ["run", "train", "eval", "end"]


def test_a_perplexity_beyond_floats_is_infinity(tmp_path: Path) -> None:
    with RunLogger(tmp_path / "run.jsonl", rank=0, hardware_every_s=None) as log:
        log.train(1, 1e4)
    assert records(tmp_path / "run.jsonl")[1]["ppl"] == "Infinity"


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt(), "interrupted"), (ValueError("no"), "failed")])
def test_the_end_says_how_it_ended(tmp_path: Path, error: BaseException, status: str) -> None:
    with pytest.raises(type(error)), RunLogger(tmp_path / "run.jsonl", rank=0, hardware_every_s=None):
        raise error
    assert records(tmp_path / "run.jsonl")[-1]["status"] == status


def test_two_runs_in_one_file_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    for loss in (2.0, 1.0):
        with RunLogger(path, rank=0, hardware_every_s=None) as log:
            log.train(1, loss)
    heads = [r for r in records(path) if r["type"] == "run"]
    assert len({r["run_id"] for r in heads}) == 2


def test_a_resumed_run_says_where_and_keeps_its_clock(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with RunLogger(path, rank=0, hardware_every_s=None, resume_step=40, elapsed_s=1000.0, config={"lr": 1}) as log:
        log.train(41, 2.0)
    resume, train, _ = records(path)
    jsonschema.validate(resume, schema.load("record"))
    assert (resume["type"], resume["step"]) == ("resume", 40)
    assert train["time_s"] >= 1000.0


def test_a_half_line_of_a_killed_run_stays_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(b'{"type":"train","st')
    with RunLogger(path, rank=0, hardware_every_s=None) as log:
        log.train(1, 2.0)
    first, *rest = path.read_text().splitlines()
    assert first == '{"type":"train","st'
    assert [json.loads(line)["type"] for line in rest] == ["run", "train", "end"]


@pytest.mark.parametrize("name", ["RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK"])
def test_only_the_main_process_writes(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(name, "1")
    with RunLogger(tmp_path / "run.jsonl") as log:
        log.train(1, 2.0)
    assert not (tmp_path / "run.jsonl").exists()


def test_a_forked_worker_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    code = f"""
import os
from trainlog.emit import RunLogger
log = RunLogger({str(path)!r}, rank=0, hardware_every_s=None)
child = os.fork()
if child == 0:
    log.train(1, 2.0)
    log.close()
    os._exit(0)
os.waitpid(child, 0)
log.train(2, 2.0)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert [r["type"] for r in records(path)] == ["run", "train"]


def test_emit_needs_neither_torch_nor_numpy() -> None:
    code = "import sys, trainlog.emit; print([m for m in ('torch', 'numpy', 'pandas', 'pynvml') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_a_closed_logger_warns_once_and_counts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = RunLogger(tmp_path / "run.jsonl", rank=0, hardware_every_s=None)
    log.close()
    with caplog.at_level(logging.WARNING, logger="trainlog"):
        log.train(1, 2.0)
        log.train(2, 2.0)
    assert log.lost == 2
    assert len(caplog.records) == 1


def test_a_descriptor_closed_behind_its_back_is_opened_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "run.jsonl"
    log = RunLogger(path, rank=0, hardware_every_s=None)
    (own,) = [fd for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink() and fd.readlink() == path]
    os.close(int(own.name))
    log.train(1, 2.0)
    log.close()
    assert [r["type"] for r in records(path)] == ["run", "train", "end"]
    assert len(caplog.records) == 1


def test_a_deleted_file_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with RunLogger(path, rank=0, hardware_every_s=None) as log:
        path.unlink()
        log.train(1, 2.0)
    assert [r["type"] for r in records(path)] == ["train", "end"]


def test_a_full_device_costs_records_but_no_training(caplog: pytest.LogCaptureFixture) -> None:
    with RunLogger("/dev/full", rank=0, hardware_every_s=None) as log:
        for step in range(5):
            log.train(step, 2.0)
    assert log.lost == 7
    assert [r.getMessage() for r in caplog.records] == [
        "trainlog: cannot write /dev/full ([Errno 28] No space left on device); training goes on, losses are counted"
    ]


def test_a_limit_that_is_lifted_loses_a_counted_number(tmp_path: Path) -> None:
    """A quota as the kernel enforces it: the file may not grow past a size, in the middle of a record."""
    path = tmp_path / "run.jsonl"
    code = f"""
import resource, signal
from trainlog.emit import RunLogger
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log = RunLogger({str(path)!r}, rank=0, hardware_every_s=None)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
for step in range(1, 21):
    log.train(step, 2.0)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
log.train(21, 2.0)
log.close()
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    written = records(path)
    steps = [r["step"] for r in written if r["type"] == "train"]
    assert steps[-1] == 21
    assert steps[:-1] == list(range(1, len(steps)))
    assert written[-2]["lost_records"] == 21 - len(steps)
    assert done.stderr.count("cannot write") == 1


def test_a_folder_that_cannot_be_written_is_survived(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "run.jsonl"  # its folder is a file: not even root can write there
    log = RunLogger(path, rank=0, hardware_every_s=None)
    log.train(1, 2.0)
    (tmp_path / "file").unlink()
    log.train(2, 2.0)
    log.close()
    assert [(r["type"], r.get("lost_records")) for r in records(path)] == [("train", 2), ("end", None)]
    assert len(caplog.records) == 1
