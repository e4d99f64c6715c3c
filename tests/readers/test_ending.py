"""What a text says after its last record."""

import math
from pathlib import Path

import pytest

from trainlog.diagnosis import diagnose
from trainlog.readers import read_all

TRACE = ["Traceback (most recent call last):", '  File "train.py", line 10, in <module>', "    main()"]
OOM = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"
TORCH = "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: "
SLURM = "slurmstepd: error: *** JOB 991 ON n12 CANCELLED AT 2026-01-01T00:00:00 DUE TO TIME LIMIT ***"


def text(end: list[str]) -> str:
    return "\n".join([*(f"step {step} | loss {1 + 3 / step:.4f} | lr 3e-4" for step in range(1, 60)), *end])


@pytest.mark.parametrize(
    ("end", "line", "said", "status"),
    [
        ([*TRACE, OOM], 63, OOM, "failed"),
        ([*TRACE, OOM, "", *TRACE, TORCH, "=====", "train.py FAILED"], 63, OOM, "failed"),
        ([f"[rank0]: {line}" for line in [*TRACE, "RuntimeError: NCCL error"]], 63, "RuntimeError: NCCL error", "failed"),
        ([*TRACE, "KeyboardInterrupt"], 63, "KeyboardInterrupt", "interrupted"),
        ([*TRACE, "AssertionError"], 63, "AssertionError", "failed"),
        (["Killed"], 60, "Killed", "failed"),
        ([SLURM], 60, SLURM, "failed"),
        (["Segmentation fault (core dumped)"], 60, "Segmentation fault (core dumped)", "failed"),
    ],
)
def test_an_error_at_the_end_is_how_the_run_ended(tmp_path: Path, end: list[str], line: int, said: str, status: str) -> None:
    (tmp_path / "run.log").write_text(text(end), encoding="utf-8")
    [run] = read_all(str(tmp_path / "run.log"))
    assert (run.status, run.ending) == (status, (line, said.rstrip()))
    (found,) = (one for one in diagnose(run).findings if one.code == "LOG007")
    assert (found.severity, found.finding.line) == ("warning", line)
    assert said.rstrip() in found.finding.why
    assert ("smaller batches" in found.finding.do[0]) is (said == OOM)


@pytest.mark.parametrize(
    "end",
    [
        [],
        ["Training complete."],
        [*TRACE, OOM, "step 60 | loss 1.05 | lr 3e-4"],
        [*TRACE, "ConnectionError: upload", "training finished, model saved"],
        ["Exception ignored in: <function Pool.__del__>", *TRACE, "ImportError: sys.meta_path is None"],
        ["ValueError: seen in the text of a sample"],
        ["wandb: Network error (ConnectionError), entering retry loop."],
        ["UserWarning: RuntimeError: may happen"],
    ],
)
def test_what_went_on_or_was_no_error_is_no_end(tmp_path: Path, end: list[str]) -> None:
    (tmp_path / "run.log").write_text(text(end), encoding="utf-8")
    [run] = read_all(str(tmp_path / "run.log"))
    assert (run.status, run.ending) == (None, None)


def test_json_lines_that_an_error_was_piped_into(tmp_path: Path) -> None:
    rows = [f'{{"step": {step}, "loss": {1 + 3 / step:.4f}}}' for step in range(1, 60)]
    (tmp_path / "run.jsonl").write_text("\n".join([*rows, *TRACE, OOM]), encoding="utf-8")
    [run] = read_all(str(tmp_path / "run.jsonl"))
    assert run.ending == (63, OOM)
    assert "LOG007" in [found.code for found in diagnose(run).findings]


@pytest.mark.parametrize(
    "end",
    [
        ["Epoch 14: early stopping", "Restoring model weights from the end of the best epoch: 9."],
        ["Monitored metric val_loss did not improve in the last 5 records. Best score: 0.520. Signaling Trainer to stop."],
        ["Early stopping, best iteration is:"],
        ["[2026-01-01 10:00:00] EarlyStopping triggered: early stopping at epoch 9"],
        ["Early-stopped after 12 epochs"],
    ],
)
def test_a_run_that_was_stopped_early_is_said_to_be(tmp_path: Path, end: list[str]) -> None:
    (tmp_path / "run.log").write_text(text(end), encoding="utf-8")
    [run] = read_all(str(tmp_path / "run.log"))
    assert (run.status, run.ending) == ("early_stopped", None)
    assert not [one for one in diagnose(run).findings if one.code == "LOG007"]


@pytest.mark.parametrize(
    "end", [["Did not meet early stopping. Best iteration is:"], ["EarlyStopping counter: 3 out of 5"], ["early_stopping patience: 5"]]
)
def test_one_that_was_not_is_not(tmp_path: Path, end: list[str]) -> None:
    (tmp_path / "run.log").write_text(text(end), encoding="utf-8")
    assert read_all(str(tmp_path / "run.log"))[0].status is None


def test_what_early_stopping_paid_for_knowing_the_best_is_information(tmp_path: Path) -> None:
    lines = [f"epoch {e} loss {1 / (1 + e):.4f} val_loss {0.5 + 0.5 * math.exp(-e / 2) + 0.03 * max(0, e - 8):.4f}" for e in range(16)]
    for end, severities in ([], {"error", "warning"}), (["Epoch 15: early stopping"], {"warning", "info"}):
        (tmp_path / "run.log").write_text("\n".join([*lines, *end]), encoding="utf-8")
        judged = diagnose(read_all(str(tmp_path / "run.log"))[0])
        found = {one.code: one for one in judged.findings}
        assert judged.verdict == "overfitting"
        assert {found["OVF001"].severity, found["CKP001"].severity} == severities
        assert ("use early stopping" in found["CKP001"].finding.do[0]) is (not end)
