"""``diagnose`` as CI uses it: where outputs go, the environment, the baseline."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_logs" / "trainlog"
OVERFIT, HEALTHY = str(SAMPLES / "overfit.jsonl"), str(SAMPLES / "healthy.jsonl")


def trainlog(*argv: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "TRAINLOG_"))}
    return subprocess.run(
        [sys.executable, "-m", "trainlog", *argv],
        cwd=cwd,
        env={**inherited, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("argv", [["--select", "XYZ"], ["--ignore", "overfiting"], ["--baseline", "missing.json"]])
def test_what_does_not_exist_is_said_with_exit_code_2(argv: list[str], tmp_path: Path) -> None:
    done = trainlog("diagnose", HEALTHY, *argv, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "do: " in done.stderr


def test_outputs_go_where_they_are_sent(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    done = trainlog(
        "diagnose",
        OVERFIT,
        "-o",
        "github",
        "-o",
        f"markdown={summary}",
        "-o",
        "junit=a/b.xml",
        cwd=tmp_path,
        GITHUB_STEP_SUMMARY=str(summary),
    )
    assert done.stdout.startswith("::error file=")
    assert summary.read_text(encoding="utf-8").startswith("before\n## trainlog")
    assert (tmp_path / "a" / "b.xml").read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize("output", ["json", "junit", "text"])
def test_a_terminal_without_unicode_gets_whole_documents(output: str, tmp_path: Path) -> None:
    log = tmp_path / "é漢.jsonl"
    log.write_bytes(Path(OVERFIT).read_bytes())
    command = [sys.executable, "-m", "trainlog", "diagnose", log.name, "-o", output]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    shown = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, timeout=60).stdout
    if output == "text":
        assert shown.isascii()
    else:
        assert "é漢.jsonl" in (json.loads(shown)["runs"][0]["source"] if output == "json" else shown.decode())


def test_the_environment_chooses_outputs(tmp_path: Path) -> None:
    done = trainlog("diagnose", HEALTHY, cwd=tmp_path, TRAINLOG_OUTPUT="json, csv=runs.csv")
    assert json.loads(done.stdout)["runs"][0]["verdict"] == "healthy"
    assert (tmp_path / "runs.csv").exists()


def test_a_baseline_leaves_what_is_new(tmp_path: Path) -> None:
    assert trainlog("diagnose", OVERFIT, "-o", "json=known.json", "--fail-on", "never", cwd=tmp_path).returncode == 0
    done = trainlog("diagnose", OVERFIT, "--baseline", "known.json", "--fail-on", "info", cwd=tmp_path)
    assert done.returncode == 0
    assert "left out by the baseline: OVF001" in done.stdout
    assert trainlog("diagnose", OVERFIT, str(SAMPLES / "diverged.jsonl"), "--baseline", "known.json", cwd=tmp_path).returncode == 1


@pytest.mark.parametrize("output", ["json", "gitlab", "sarif", "github"])
def test_a_log_is_the_same_however_its_path_is_typed(output: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "runs").mkdir(parents=True)
    log = project / "runs" / "a.jsonl"
    log.write_bytes(Path(OVERFIT).read_bytes())
    (tmp_path / "link").symlink_to(project)
    typed = ["runs/a.jsonl", "./runs/a.jsonl", "runs/../runs//a.jsonl", str(log), str(tmp_path / "link" / "runs" / "a.jsonl")]
    shown = [trainlog("diagnose", path, "-o", output, "--fail-on", "never", cwd=project).stdout for path in typed]
    if output == "json":  # says the path as typed
        shown = [str([f["fingerprint"] for f in json.loads(text)["runs"][0]["findings"]]) for text in shown]
    assert len(set(shown)) == 1
    assert shown[0]


@pytest.mark.parametrize("path", ["runs/a.jsonl", "./runs/a.jsonl"])
def test_a_baseline_and_a_suppression_know_a_log_however_its_path_is_typed(path: str, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a.jsonl").write_bytes(Path(OVERFIT).read_bytes())
    known = tmp_path / "known.json"
    trainlog("diagnose", str(tmp_path / "runs" / "a.jsonl"), "-o", f"json={known}", "--fail-on", "never", cwd=tmp_path)
    assert trainlog("diagnose", path, "--baseline", str(known), cwd=tmp_path).returncode == 0
    (tmp_path / "trainlog.toml").write_text('suppressions = [{rule = "OVF001", reason = "meant", until = 9999-12-31, logs = "runs/*"}]\n')
    done = trainlog("diagnose", path, cwd=tmp_path)
    assert "left out by the configuration: OVF001" in done.stdout


def test_a_baseline_holds_in_every_folder_and_checkout_of_a_project(tmp_path: Path) -> None:
    for name in ("here", "elsewhere/deep"):
        (tmp_path / name / "runs" / "a").mkdir(parents=True)
        (tmp_path / name / "pyproject.toml").write_text("")
        (tmp_path / name / "runs" / "a" / "log.jsonl").write_bytes(Path(OVERFIT).read_bytes())
    here, there, known = tmp_path / "here", tmp_path / "elsewhere" / "deep", str(tmp_path / "known.json")
    trainlog("diagnose", "runs/a/log.jsonl", "-o", f"json={known}", "--fail-on", "never", cwd=here)
    for folder, path in (
        (here, "runs"),
        (here / "runs" / "a", "log.jsonl"),
        (tmp_path, "here/runs/a/log.jsonl"),
        (there / "runs", "a/log.jsonl"),
    ):
        assert trainlog("diagnose", path, "--baseline", known, "--fail-on", "info", cwd=folder).returncode == 0
    (there / "runs" / "a").rename(there / "runs" / "b")  # another run of the project
    assert trainlog("diagnose", "runs/b/log.jsonl", "--baseline", known, cwd=there).returncode == 1


def test_outside_of_a_project_a_log_is_known_by_its_name_and_that_of_its_folder(tmp_path: Path) -> None:
    known = str(tmp_path / "known.json")
    for folder in ("x/a", "y/a", "y/b"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "log.jsonl").write_bytes(Path(OVERFIT).read_bytes())
    trainlog("diagnose", "x/a/log.jsonl", "-o", f"json={known}", "--fail-on", "never", cwd=tmp_path)
    assert trainlog("diagnose", "log.jsonl", "--baseline", known, cwd=tmp_path / "y" / "a").returncode == 0
    assert trainlog("diagnose", "y/b/log.jsonl", "--baseline", known, cwd=tmp_path).returncode == 1


def test_a_suppression_holds_where_trainlog_is_called_in_a_folder_below(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a.jsonl").write_bytes(Path(OVERFIT).read_bytes())
    (tmp_path / "trainlog.toml").write_text('suppressions = [{rule = "OVF001", reason = "meant", until = 9999-12-31, logs = "runs/*"}]\n')
    assert "left out by the configuration: OVF001" in trainlog("diagnose", "a.jsonl", cwd=tmp_path / "runs").stdout


@pytest.mark.parametrize(("terminal", "drawn"), [("dumb", False), ("linux", False), ("xterm-256color", True)])
def test_a_terminal_gets_what_it_can_show(terminal: str, drawn: bool, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")} | {"TERM": terminal, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-m", "trainlog", "diagnose", OVERFIT], cwd=tmp_path, env=env, stdout=theirs) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the end of a terminal is an error on Linux
            while part := os.read(ours, 65536):
                shown += part
    os.close(ours)
    assert process.returncode == 1
    assert shown.isascii() is not drawn
    assert (b"\x1b[" in shown) is (terminal != "dumb")


def _row(step: int, **more: object) -> str:
    return json.dumps({"step": step, "loss": 3 - step / 40, "val_loss": 3.1 - step / 50, **more}) + "\n"


ODD = {
    "zones that differ": lambda s: _row(s, timestamp=f"2024-05-01T10:00:{s % 60:02}{'+02:00' if s % 2 == 0 else ''}"),
    "a rate from next to nothing to very much": lambda s: _row(s, lr=(0.02, 0.02, 0.0, 1e10)[s % 4]),
    "a sum beyond a float": lambda s: _row(s, loss=1.7e308, loss_cls=1.6e308 if s % 3 else -1e308, loss_box=1e308),
    "a size beyond a float": lambda s: f"step: {s}  loss: {3 - s / 40}  val_loss: {3.1 - s / 50}  memory: -1e308GiB(72.71%)\n",
    "a perplexity below 0": lambda s: _row(s, loss=500 * (1 + 1 / s), ppl=-3.0 if s % 20 == 0 else 2.718281828 ** (1 + 1 / s)),
    "no time that is known": lambda s: _row(s, time=0.31, time_s=float("nan")),
    "losses at the ends of what a float holds": lambda s: _row(s, loss=(1e308, -1e308, 3.0)[s % 3], val_loss=(3.0, 1e308, -1e308)[s % 3]),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_numbers_bring_no_warning_to_standard_error(case: str, tmp_path: Path) -> None:
    (tmp_path / "run.log").write_text("".join(map(ODD[case], range(1, 61))), encoding="utf-8")
    done = trainlog("diagnose", "run.log", cwd=tmp_path)
    assert done.returncode in (0, 1)
    assert "Warning" not in done.stderr


def test_an_alias_that_no_log_has_is_told_once(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("".join(f'{{"step": {step}, "foo": {5 - step}.5}}\n' for step in range(1, 5)))
    wrong, right = (trainlog("diagnose", str(log), HEALTHY, "--alias", f"loss={key}", cwd=tmp_path).stderr for key in ("fooo", "foo"))
    assert wrong.count("no log has 'fooo': --alias changed nothing there") == 1
    assert "--alias" not in right
