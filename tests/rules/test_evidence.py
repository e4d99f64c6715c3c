"""What cannot be judged is said to be so, and what can be is silent on a run in order."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.rules.runs import GIB, Floats, N, X, falling, found, judged, noise, why_skipped
from trainlog import rules
from trainlog.run import Checkpoint

FACTS = {"LOG001", "LOG002", "LOG003", "LOG005", "LOG006", "LOG007", "NUM001", "NUM007", "LRN006"}
"""Rules that report what is in the log: one NaN, one damaged line is there or is not, however short the log."""
FREE = {"memory_total_bytes": 24 * GIB, "temperature_limit_c": 90.0, "power_limit_w": 350.0, "throttle": 0.0}


def everything(n: int) -> dict[str, Floats]:
    """A healthy run in which every rule finds what it looks at."""
    at = np.linspace(0, N - 1, n).astype(np.int64)
    loss, val = falling(0.01)[at], falling(0.003, 1)[at] * 1.02
    columns = {"loss": loss, "val_loss": val, "val_ppl": np.exp(val), "teacher_loss": 0.6 * loss, "human_loss": 1.4 * loss * X[at] ** 0.01}
    columns["loss"] = 0.5 * columns["teacher_loss"] + 0.5 * columns["human_loss"]
    columns |= {"lr": 3e-4 * np.cos(1.5 * X[at]), "grad_norm": noise(0.2, 3)[at], "loss_scale": np.full(n, 1024.0)}
    columns |= {"tokens_per_s": 5e4 * noise(0.03, 4)[at], "step_time_s": 0.3 * noise(0.03, 4)[at], "data_time_s": 0.003 * noise(0.1, 5)[at]}
    for i in (0, 1):
        fields = {
            "memory_used_bytes": 14 * GIB * noise(0.003, 6),
            "utilization": 0.95 * noise(0.01, 7),
            "temperature_c": 70 * noise(0.01, 8),
        }
        fields |= {"sm_clock_mhz": 1900 * noise(0.003, 9), "power_w": 300 * noise(0.01, 10), **{k: np.full(N, v) for k, v in FREE.items()}}
        columns |= {f"gpu/{i}/{name}": values[at] for name, values in fields.items()}
    return columns


@pytest.mark.parametrize("points", [1, 2])
@pytest.mark.parametrize("code", sorted({module.RULE.code for module in rules.catalogue().values()} - FACTS))
def test_evidence_too_short_is_said_to_be_so(code: str, points: int) -> None:
    diagnosis = judged(everything(points))
    assert why_skipped(diagnosis, code), f"{code} is silent on {points} records as if they were enough"
    assert code not in diagnosis.ran
    assert (diagnosis.verdict, diagnosis.judged) == ("inconclusive", False)
    assert "too few" in (diagnosis.reason or "")


def test_every_rule_can_judge_a_run_that_has_everything_and_is_silent_on_it() -> None:
    diagnosis = judged(
        everything(N), checkpoints=tuple(Checkpoint(step, f"step-{step}") for step in range(400, 4001, 400)), status="completed"
    )
    assert diagnosis.skipped == ()
    assert [(f.code, f.finding.what) for f in diagnosis.findings if f.code != "LRN003"] == []
    assert diagnosis.verdict in ("healthy", "still-improving")


def test_without_any_metric_nothing_is_judged() -> None:
    diagnosis = judged({"lr": np.full(50, 1e-3)})
    assert diagnosis.verdict == "inconclusive"
    assert "no loss" in (diagnosis.reason or "")


@pytest.mark.parametrize(
    ("loss", "val", "code"),
    [
        ([3.0, 2.0, 1.9], [], 2),
        ([3.0, 2.5, 2.6, 2.2, 2.4, 2.1, 2.3], [], 2),
        ([2.0], [], 2),
        ([], [3.0, 2.0], 2),
        ([3.0, 2.0, float("nan")], [], 1),
        ((falling(0.01)[::4]).tolist(), [], 0),
        ((falling(0.01)[::4]).tolist(), [3.0, 2.0], 0),
    ],
)  # fmt: skip
def test_the_exit_code_tells_not_judged_from_healthy(tmp_path: Path, loss: list[float], val: list[float], code: int) -> None:
    rows = [{"step": 10 * (i + 1), "loss": value if value == value else "NaN"} for i, value in enumerate(loss)]
    rows += [{"step": 10 * (i + 1), "val_loss": value} for i, value in enumerate(val)]
    log = tmp_path / "run.jsonl"
    log.write_text("".join(json.dumps(row) + "\n" for row in sorted(rows, key=lambda row: row["step"])), encoding="utf-8")
    result = subprocess.run([sys.executable, "-m", "trainlog", "diagnose", str(log), "-o", "json"], capture_output=True, timeout=60)
    assert result.returncode == code, result.stderr
    assert (json.loads(result.stdout)["runs"][0]["verdict"] == "inconclusive") == (code == 2)


def test_a_run_judged_by_part_of_its_rules_says_which_could_not() -> None:
    diagnosis = judged({"loss": falling()[:20]})
    assert not found(diagnosis, "OVF001")
    assert why_skipped(diagnosis, "OVF001")
    assert why_skipped(diagnosis, "NUM004")
