"""The GitHub Action, its steps run as the runner would run them."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


def diagnose(folder: Path, **inputs: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str], str]:
    """Run the step with inputs filled in; gives the process, the outputs and the summary."""
    given = {name: str(spec.get("default", "")) for name, spec in ACTION["inputs"].items()} | inputs
    output, summary = folder / "output", folder / "summary"
    output.write_text("", encoding="utf-8")
    summary.write_text("", encoding="utf-8")
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "trainlog"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m trainlog "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    env = {k: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: given[m[1]], v) for k, v in STEPS["Diagnose"]["env"].items()}
    env |= {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary), "RUNNER_TEMP": str(folder), "PYTHONPATH": str(ROOT)}
    env |= {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    script = folder / "step.sh"
    script.write_text(STEPS["Diagnose"]["run"], encoding="utf-8")
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, timeout=60)
    outputs = dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
    return done, outputs, summary.read_text(encoding="utf-8")


def sample(name: str) -> str:
    return str(ROOT / "sample_logs" / "trainlog" / f"{name}.jsonl")


def test_an_overfit_run_fails_the_check_and_says_what_to_keep(tmp_path: Path) -> None:
    done, outputs, summary = diagnose(tmp_path, logs=f"{sample('overfit')}\n{sample('healthy')}\n")
    assert done.returncode == 1, done.stderr
    assert outputs["verdict"] == "overfitting"
    assert outputs["checkpoint"].endswith("step-001300")
    assert outputs["best-step"] == "1300"
    assert "xychart-beta" in summary
    assert done.stdout.startswith("::error file=")


def test_inputs_are_followed(tmp_path: Path) -> None:
    done, _, summary = diagnose(tmp_path, logs=sample("overfit"), **{"fail-on": "never", "summary": "false", "comment": "true"})
    assert done.returncode == 0, done.stderr
    assert summary == ""
    assert (tmp_path / "trainlog.md").read_text(encoding="utf-8").startswith("## trainlog")


@pytest.mark.parametrize("logs", ["$(touch owned)", "; touch owned", "--fail-on=never", "`touch owned`"])
def test_an_input_is_never_run(logs: str, tmp_path: Path) -> None:
    done, _, _ = diagnose(tmp_path, logs=logs)
    assert done.returncode == 2
    assert not (tmp_path / "owned").exists()


def test_no_step_puts_an_expression_into_a_script() -> None:
    assert all("${{" not in step["run"] for step in STEPS.values())
    assert all(step["shell"] == "bash" for step in STEPS.values())


def test_the_templates_are_yaml() -> None:
    for path in (".pre-commit-hooks.yaml", "docs/templates/gitlab.yml"):
        assert yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
