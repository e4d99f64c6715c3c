"""``trainlog watch``: beside a process that writes, as users run it; and what is told when."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.runs import run_of, series
from trainlog.diagnosis import diagnose
from trainlog.watch import Watch

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_logs" / "trainlog"
#: Copies a log line by line, as a training would write it.
WRITER = """
import sys, time
with open(sys.argv[1], encoding="utf-8") as log, open(sys.argv[2], "a", encoding="utf-8") as out:
    for number, line in enumerate(log):
        out.write(line)
        out.flush()
        if number % 10 == 0:
            time.sleep(0.01)
"""


def start(*argv: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "trainlog", "watch", *argv, "--interval", "0.05"]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def write(sample: str, path: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", WRITER, str(SAMPLES / sample), str(path)])


def test_it_follows_a_run_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    watching = start(str(path))
    with write("overfit.jsonl", path):
        out, err = watching.communicate(timeout=60)
    assert watching.returncode == 1
    lines = out.splitlines()
    assert "overfitting  error OVF001" in lines[-2] + lines[-1]
    assert all(line[2] == line[5] == ":" and "  step " in line for line in lines)
    assert "Traceback" not in err


def test_it_ends_with_the_first_finding_and_runs_a_command(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    program = "import json, os; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('TRAINLOG_')}))"
    command = f'"{sys.executable}" -c "{program}"'
    watching = start(str(path), "--until-fail", "--on-finding", command)
    with write("diverged.jsonl", path):
        out, err = watching.communicate(timeout=60)
    assert watching.returncode == 1
    told = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert told[0]["TRAINLOG_CODE"] in ("NUM001", "NUM002")
    assert told[0]["TRAINLOG_SEVERITY"] == "error"
    assert told[0]["TRAINLOG_LOG"] == str(path)
    assert told[0]["TRAINLOG_CODE"] in out


def test_text_of_the_log_never_reaches_the_shell_as_a_command(tmp_path: Path) -> None:
    evil = tmp_path / "evil"
    path = tmp_path / f"$(touch {evil.name}) `touch {evil.name}`; touch {evil.name} #.jsonl"
    path.write_text("".join(f'{{"step": {s}, "$(touch {evil.name}) val_loss": "NaN"}}\n' for s in range(1, 40)), encoding="utf-8")
    command = [sys.executable, "-m", "trainlog", "watch", str(path), "--until-idle", "0.1", "--interval", "0.05", "--fail-on", "info"]
    shown = [*command, "--on-finding", 'echo "$TRAINLOG_LOG $TRAINLOG_WHAT $TRAINLOG_WHY" '.strip()]
    done = subprocess.run(shown, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "touch evil" in done.stderr
    assert not evil.exists()


def test_an_interrupt_ends_it_cleanly(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes((SAMPLES / "healthy.jsonl").read_bytes().rsplit(b'{"type":"end"', 1)[0])
    watching = start(str(path))
    assert watching.stdout is not None
    assert watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    _, err = watching.communicate(timeout=30)
    assert watching.returncode == 130
    assert "Traceback" not in err


def test_a_log_that_never_comes_ends_with_2_when_it_is_idle(tmp_path: Path) -> None:
    watching = start(str(tmp_path / "never.jsonl"), "--until-idle", "0.2")
    _, err = watching.communicate(timeout=30)
    assert watching.returncode == 2
    assert "waiting for" in err
    assert "nothing that can be read was written" in err


def test_a_log_that_goes_quiet_ends_with_what_it_shows(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes((SAMPLES / "overfit.jsonl").read_bytes().rsplit(b'{"type":"end"', 1)[0])
    began = time.monotonic()
    watching = start(str(path), "--until-idle", "0.2")
    out, _ = watching.communicate(timeout=30)
    assert watching.returncode == 1
    assert "OVF001" in out
    assert time.monotonic() - began < 25


@pytest.mark.parametrize("argv", [["-"], ["s3://bucket/run.jsonl"], ["x", "--interval", "0"], ["x", "--fail-on", "maybe"]])
def test_what_cannot_be_watched_is_refused(argv: list[str]) -> None:
    watching = start(*argv) if "--interval" not in argv else None
    command = [sys.executable, "-m", "trainlog", "watch", *argv]
    done = watching or subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    out, err = done.communicate(timeout=30)
    assert done.returncode == 2
    assert out == ""
    assert "Traceback" not in err


def looking(*runs):
    queue = [None if run is None else [run] for run in runs]
    return Watch(lambda: queue.pop(0), judge)


def judge(run):
    """As usual, but sure of nothing except what is not finite."""
    found = diagnose(run, going_on=run.status is None)
    unsure = [r if r.code == "NUM001" else r._replace(finding=r.finding._replace(confidence=0.9)) for r in found.findings]
    return replace(found, findings=tuple(unsure))


def turned(points, status=None):
    """A run whose validation loss turns at point 40."""
    x = np.arange(1, points + 1)
    val = 2 + np.where(x < 40, 40 - x, 0.5 * (x - 40)) / 40
    return run_of(series("loss", 3 - x / 200, every=10), series("val_loss", val, every=10), status=status)


def test_what_may_be_chance_is_told_when_it_has_held() -> None:
    watch = looking(turned(38), turned(60), turned(61), turned(70), None, turned(70))
    verdicts = [[(one.before, one.diagnosis.verdict) for one in news] if (news := watch.news()) is not None else None for _ in range(6)]
    assert len(verdicts[0]) == 1  # what is there at first is told at once
    assert verdicts[1] == []
    assert verdicts[2] == []
    assert [now for _, now in verdicts[3]] == ["overfitting"]
    assert verdicts[4] is None
    assert verdicts[5] == []  # has not grown: not judged again


def test_a_run_that_has_ended_is_told_at_once() -> None:
    watch = looking(turned(38), turned(60, status="completed"))
    watch.news()
    assert watch.news()[0].diagnosis.verdict == "overfitting"


def test_what_is_certain_is_told_at_once() -> None:
    x = np.arange(1, 61)
    bad = run_of(series("loss", np.where(x < 50, 3 - x / 100, np.nan)), series("val_loss", 3 - x / 100))
    watch = looking(turned(38), bad)
    watch.news()
    assert "NUM001" in [r.code for one in watch.news() for r in one.found]


def test_the_end_is_not_judged_while_a_run_goes_on() -> None:
    run = run_of(series("loss", np.linspace(3, 2, 50)), series("val_loss", np.linspace(3, 2, 50)), total_steps=1000)
    assert "LOG007" in [r.code for r in diagnose(run).findings]
    going_on = diagnose(run, going_on=True)
    assert "LOG007" not in [r.code for r in going_on.findings]
    assert ("LOG007", "the run is going on") in [(s.code, s.why) for s in going_on.skipped]
