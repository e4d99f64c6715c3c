"""A log of unknown words is an error that says what was seen, and following its advice reads the log."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
N = 30
FALL = [round(3.0 * 0.9**i + 0.4, 4) for i in range(N)]
RISE = [round(1 / x, 4) for x in FALL]
LOGS = {
    "words.csv": "tick,badness,goodness\n" + "".join(f"{i},{x},{y}\n" for i, x, y in zip(range(N), FALL, RISE, strict=True)),
    "words.jsonl": "".join(f'{{"tick": {i}, "bad ness": {x}, "good": {y}}}\n' for i, x, y in zip(range(N), FALL, RISE, strict=True)),
    "words.log": "".join(f"tick {i}: badness={x} goodness={y}\n" for i, x, y in zip(range(N), FALL, RISE, strict=True)),
    "finnish.csv": "Epookki;Koulutushävikki;Validointihävikki\n" + "".join(f"{i};{x};{x + 1}\n" for i, x in enumerate(FALL)),
    "letters.log": "".join(f"E {i // 10} | B {i % 10 * 100}/1000 | L {x}\n" for i, x in enumerate(FALL)),
    "beside.csv": "step,lr,badness\n" + "".join(f"{i},0.1,{x}\n" for i, x in enumerate(FALL)),
}


def trainlog(*argv: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "trainlog", *argv]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", LOGS)
def test_following_the_advice_works(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(LOGS[name], encoding="utf-8")
    refused = trainlog("diagnose", name, cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "looks like a loss" in refused.stderr or "look like a loss" in refused.stderr
    commands = re.findall(rf"trainlog (diagnose {re.escape(name)} .*)", refused.stderr)
    assert len(commands) == 2
    assert "--metric" in commands[1]
    for command in commands:
        done = trainlog(*shlex.split(command), cwd=tmp_path)
        assert done.returncode in (0, 1), command
        assert "inconclusive" not in done.stdout
    [line] = re.findall(r"pyproject.toml\): (aliases = .*)", refused.stderr)
    (tmp_path / "trainlog.toml").write_text(line + "\n", encoding="utf-8")
    done = trainlog("diagnose", name, cwd=tmp_path)
    assert done.returncode in (0, 1)
    (tmp_path / "trainlog.toml").unlink()
    (tmp_path / "pyproject.toml").write_text(f"[tool.trainlog]\n{line}\n", encoding="utf-8")
    assert trainlog("diagnose", name, cwd=tmp_path).stdout == done.stdout


@pytest.mark.parametrize("columns", [1, 3])
def test_numbers_without_names_are_read_once_named_as_the_advice_says(tmp_path: Path, columns: int) -> None:
    rows = [(i, x, x + 0.1)[:columns] if columns > 1 else (x,) for i, x in enumerate(FALL)]
    (tmp_path / "bare.txt").write_text("".join(" ".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    refused = trainlog("diagnose", "bare.txt", cwd=tmp_path)
    assert refused.returncode == 2
    assert "have no names" in refused.stderr
    [command] = re.findall(r"order: (.*) \| trainlog diagnose -", refused.stderr)
    named = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    (tmp_path / "named.txt").write_text(named, encoding="utf-8")
    done = trainlog("diagnose", "named.txt", cwd=tmp_path)
    assert done.returncode in (0, 1)
    assert "inconclusive" not in done.stdout


def test_a_metric_that_is_not_in_the_log_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "run.csv").write_text(LOGS["words.csv"].replace("badness", "loss"), encoding="utf-8")
    done = trainlog("diagnose", "run.csv", "--metric", "los", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean loss?" in done.stderr


def test_a_table_without_rows_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("epoch,train_loss,val_loss,f1\n", encoding="utf-8")
    done = trainlog("diagnose", "metrics.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "a line of names and no rows yet" in done.stderr
