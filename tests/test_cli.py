"""The command line as shells and CI see it: real processes, exit codes, what goes to stdout and what to stderr."""

import json
import os
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_logs" / "trainlog"
HEALTHY, OVERFIT = str(SAMPLES / "healthy.jsonl"), str(SAMPLES / "overfit.jsonl")


def trainlog(*argv: str, given: bytes | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "trainlog", *argv],
        input=given,
        stdin=None if given is not None else subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["diagnose", HEALTHY], 0),
        (["diagnose", OVERFIT], 1),
        (["diagnose", HEALTHY, OVERFIT], 1),
        (["diagnose", OVERFIT, "--fail-on", "never"], 0),
        (["diagnose", OVERFIT, "--select", "CKP001"], 0),
        (["diagnose", OVERFIT, "--select", "CKP001", "--fail-on", "warning"], 1),
        (["diagnose", OVERFIT, "--ignore", "OVF", "--ignore", "trained-past-best"], 0),
        (["diagnose", str(SAMPLES / "resumed.jsonl"), "--fail-on", "info"], 1),
        (["rule", "OVF001"], 0),
        (["formats"], 0),
        (["--version"], 0),
    ],
)
def test_the_exit_code_follows_the_worst_finding(argv: list[str], code: int) -> None:
    done = trainlog(*argv)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("argv", [["diagnose", HEALTHY], ["convert", HEALTHY], ["plot", HEALTHY, "-o", "svg"], ["rule"], ["--help"]])
def test_a_full_disk_is_told_and_is_no_bug(argv: list[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no disk that is always full")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "trainlog", *argv], stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=60
        )
    assert done.returncode == 2
    assert done.stderr == "trainlog: standard output cannot be written\n  why: No space left on device\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
@pytest.mark.parametrize("more", [[], ["--workers", "1"]])
def test_a_pipe_is_read_once(more: list[str], tmp_path: Path) -> None:
    pipe = tmp_path / "run.jsonl"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(Path(OVERFIT).read_bytes()), daemon=True)
    writer.start()
    done = trainlog("diagnose", str(pipe), "-o", "csv", *more, TRAINLOG_CACHE=str(tmp_path))
    assert done.returncode == 1, done.stderr
    assert "overfitting" in done.stdout
    assert "only a file or a folder can be followed" in trainlog("watch", str(pipe)).stderr


def test_a_name_of_several_lines_is_one_line() -> None:
    assert len(trainlog("diagnose", "a\nb").stderr.splitlines()) == 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_is_closed_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    assert "why: Permission denied" in trainlog("diagnose", str(tmp_path / "closed")).stderr


@pytest.mark.parametrize(("shell", "code"), [("diagnose healthy.jsonl >&-", 0), ("diagnose missing 2>&-", 2), ("diagnose - <&-", 2)])
def test_closed_streams_lead_nowhere(shell: str, code: int) -> None:
    command = f"{shlex.quote(sys.executable)} -m trainlog {shell}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, shell=True, cwd=SAMPLES, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "argv",
    [
        ["diagnose", ""],
        ["diagnose", HEALTHY, ""],
        ["watch", HEALTHY, "--interval", "inf"],
        ["watch", HEALTHY, "--interval", "nan"],
        ["watch", HEALTHY, "--until-idle", "nan"],
        ["watch", HEALTHY, "--until-idle", "-1"],
        ["plot", HEALTHY, "--terminal", "--smooth", "nan"],
    ],
)
def test_what_makes_no_sense_is_refused(argv: list[str]) -> None:
    done = trainlog(*argv)
    assert done.returncode == 2
    assert done.stderr.startswith("trainlog: ")
    assert "Traceback" not in done.stderr


def unreadable(folder: Path) -> dict[str, Path]:
    """Inputs that hold nothing to judge."""
    (folder / "nothing").mkdir()
    contents = {
        "empty": b"",
        "blank": b"\n\n   \n",
        "prose": b"Call me Ishmael. Some years ago, never mind how long precisely,\nI thought I would sail about a little.\n" * 20,
        "binary": bytes(range(256)) * 64,
        "half an object": b'{"loss": ',
        "no numbers": b'{"name": "a"}\n{"name": "b"}\n',
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in (*contents, "nothing", "missing")}


@pytest.mark.parametrize("case", ["empty", "blank", "prose", "binary", "half an object", "no numbers", "nothing", "missing"])
def test_what_holds_no_log_is_one_message_and_exit_2(case: str, tmp_path: Path) -> None:
    path = unreadable(tmp_path)[case]
    done = trainlog("diagnose", str(path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("trainlog: ")
    assert str(path) in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 12, done.stderr


def test_a_log_without_a_loss_cannot_be_judged(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text("".join(f'{{"step": {s}, "lr": {1 / s}}}\n' for s in range(1, 50)))
    done = trainlog("diagnose", str(path))
    assert done.returncode == 2
    assert "inconclusive" in done.stdout
    assert "no loss" in done.stdout


@pytest.mark.parametrize(
    "argv",
    [
        ["diagnose"],
        ["diagnose", HEALTHY, "--fail-on", "maybe"],
        ["diagnose", HEALTHY, "-o", "telegram"],
        ["diagnose", HEALTHY, "-o", "json="],
        ["diagnose", HEALTHY, "--run", "7"],
        ["diagnose", HEALTHY, "--input-format", "papyrus"],
        ["rule", "XXX999"],
        ["plot", HEALTHY, "-o", "curve.docx"],
        ["frobnicate"],
    ],
)
def test_what_cannot_be_followed_is_exit_2_with_a_way_on(argv: list[str]) -> None:
    done = trainlog(*argv)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_a_broken_log_among_others_is_told_and_the_others_are_judged(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_bytes(b"\x00\x01\x02")
    done = trainlog("diagnose", HEALTHY, str(tmp_path / "bad.jsonl"))
    assert done.returncode == 2
    assert "healthy" in done.stdout
    assert "bad.jsonl" in done.stderr
    assert trainlog("diagnose", OVERFIT, str(tmp_path / "bad.jsonl")).returncode == 1


def test_standard_input_is_a_log() -> None:
    done = trainlog("diagnose", "-", "-o", "json", given=Path(OVERFIT).read_bytes())
    assert done.returncode == 1
    assert json.loads(done.stdout)["runs"][0]["verdict"] == "overfitting"


def test_outputs_go_where_they_are_sent(tmp_path: Path) -> None:
    done = trainlog("diagnose", OVERFIT, "-o", "text", "-o", f"json={tmp_path}/deep/report.json")
    assert "OVF001" in done.stdout
    assert json.loads((tmp_path / "deep" / "report.json").read_text(encoding="utf-8"))["runs"][0]["findings"][0]["code"] == "OVF001"
    (tmp_path / "file").touch()
    refused = trainlog("diagnose", OVERFIT, "-o", f"json={tmp_path}/file/report.json")
    assert refused.returncode == 2
    assert "cannot be written" in refused.stderr


def test_the_same_log_gives_the_same_bytes_wherever_it_is_judged() -> None:
    first = trainlog("diagnose", OVERFIT, "-o", "json", LC_ALL="C", COLUMNS="40", TZ="Asia/Baku", PYTHONHASHSEED="1")
    again = trainlog("diagnose", OVERFIT, "-o", "json", LC_ALL="C.UTF-8", COLUMNS="200", TZ="UTC", PYTHONHASHSEED="2")
    assert first.stdout == again.stdout


BUG = """
import sys
import trainlog.diagnosis
def broken(*args, **options): raise ZeroDivisionError("a bug")
trainlog.diagnosis.diagnose = broken
from trainlog.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_bug_exits_with_2_and_says_that_it_is_one() -> None:
    done = subprocess.run([sys.executable, "-c", BUG, "diagnose", HEALTHY], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.returncode == 2
    assert "ZeroDivisionError" in done.stderr
    assert "bug in trainlog" in done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(os.name == "nt", reason="a shell pipe")
def test_a_reader_that_goes_away_is_no_failure() -> None:
    line = f'"{sys.executable}" -m trainlog rule | head -n 1; exit "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.returncode == 0
    assert done.stderr == ""


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_plot_writes_what_the_suffix_says(suffix: str, tmp_path: Path) -> None:
    done = trainlog("plot", OVERFIT, "-o", f"{tmp_path}/curve.{suffix}")
    assert done.returncode == 0, done.stderr
    head = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix]
    assert (tmp_path / f"curve.{suffix}").read_bytes().startswith(head)
