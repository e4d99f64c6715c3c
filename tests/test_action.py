"""The GitHub Action, its steps run as the runner would run them, and the recipes for other CI servers, by the schemas these publish."""

import json
import re
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.action import ACTION, ROOT, Runner
from tests.render.runner import commands
from tests.tools import needs
from trainlog.cli import main

STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


def sample(name: str) -> str:
    return str(ROOT / "sample_logs" / "trainlog" / f"{name}.jsonl")


def test_an_overfit_run_fails_the_check_and_says_what_to_keep(tmp_path: Path) -> None:
    job = Runner(tmp_path).use(logs=f"{sample('overfit')}\n{sample('healthy')}\n")
    assert job.failed == 1, job.stderr
    assert job.outputs["verdict"] == "overfitting"
    assert job.outputs["checkpoint"].endswith("step-001300")
    assert job.outputs["best-step"] == "1300"
    assert "xychart-beta" in job.summary
    found = commands(job.stdout["Diagnose"])
    assert [command.name for command in found] == ["error", "warning"]
    assert len(found) == job.stdout["Diagnose"].count("\n")
    assert job.comments == []


def test_inputs_are_followed(tmp_path: Path) -> None:
    job = Runner(tmp_path).use(logs=sample("overfit"), **{"fail-on": "never", "summary": "false", "comment": "true"})
    assert job.failed == 0, job.stderr
    assert job.summary == ""
    assert (tmp_path / "trainlog.md").read_text(encoding="utf-8").startswith("## trainlog")


def test_a_baseline_lets_what_is_known_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(sample("overfit"), "run.jsonl")
    assert main(["diagnose", "run.jsonl", "-o", "json=known.json", "--fail-on", "never"]) == 0
    assert Runner(tmp_path).use(logs="./run.jsonl", baseline="known.json").failed == 0


def test_one_comment_is_kept_up_to_date_although_the_check_fails(tmp_path: Path) -> None:
    (tmp_path / "comments").write_text(json.dumps([{"id": 1, "body": "looks good"}]))
    first = Runner(tmp_path).use(logs=sample("overfit"), comment="true")
    assert first.failed == 1
    assert len(first.comments) == 2
    assert first.comments[1].startswith("<!-- trainlog:train -->\n## trainlog")
    assert "overfitting" in first.comments[1]
    second = Runner(tmp_path).use(logs=sample("healthy"), comment="true")
    assert (second.failed, len(second.comments)) == (0, 2)
    assert second.comments[0] == "looks good"
    assert "healthy" in second.comments[1]
    assert "overfitting" not in second.comments[1]


def test_a_fork_gets_its_verdict_without_a_comment(tmp_path: Path) -> None:
    job = Runner(tmp_path, read_only=True).use(logs=sample("healthy"), comment="true")
    assert job.failed == 0, job.stderr
    assert job.comments == []
    assert [command.name for command in commands(job.stdout["Comment"])] == ["notice"]
    assert "healthy" in job.summary


def test_a_push_has_no_comment(tmp_path: Path) -> None:
    assert "Comment" not in Runner(tmp_path, pull_request=False).use(logs=sample("healthy"), comment="true").stdout


def test_a_long_comment_is_cut_between_lines_with_its_charts_closed(tmp_path: Path) -> None:
    job = Runner(tmp_path).use(logs="\n".join([sample("overfit")] * 60), comment="true", **{"fail-on": "never"})
    (comment,) = job.comments
    assert 50_000 < len(comment) <= 65_536
    assert comment.endswith("Cut here: the job summary has the rest.\n")
    assert comment.count("```") % 2 == 0


def test_the_install_step_installs_what_the_diagnose_step_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("hatchling")
    for key, value in {"NO_DEPS": "1", "NO_BUILD_ISOLATION": "0", "NO_INDEX": "1", "TARGET": str(tmp_path / "lib")}.items():
        monkeypatch.setenv(f"PIP_{key}", value)
    job = Runner(tmp_path).use(only=("Install",))
    assert job.failed == 0, job.stderr
    assert (tmp_path / "lib" / "trainlog" / "render" / "_page" / "page.js").exists()
    assert list((tmp_path / "lib" / "bin").glob("trainlog"))


@pytest.mark.parametrize("logs", ["$(touch owned)", "; touch owned", "--fail-on=never", "`touch owned`"])
def test_an_input_is_never_run(logs: str, tmp_path: Path) -> None:
    assert Runner(tmp_path).use(logs=logs).failed == 2
    assert not (tmp_path / "owned").exists()


def test_no_step_puts_an_expression_into_a_script() -> None:
    assert all("${{" not in step["run"] for step in STEPS.values())
    assert all(step["shell"] == "bash" for step in STEPS.values())


def blocks(title: str) -> list[Any]:
    """The YAML below a heading of the page on CI."""
    section = re.split(r"^## ", (ROOT / "docs" / "ci.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = next(part for part in section if part.startswith(f"{title}\n"))
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)]


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


RECIPES = {
    "github-actions": lambda: read("action.yml"),
    "github-workflows": lambda: {"on": "push", "jobs": {"train": {"runs-on": "ubuntu-latest", "steps": blocks("GitHub")[0]}}},
    "gitlab-ci": lambda: read("docs/templates/gitlab.yml"),
    "azure-pipelines": lambda: {"steps": blocks("Azure Pipelines")[0]},
    "buildkite": lambda: {"steps": blocks("Buildkite")[0]},
}


@pytest.mark.parametrize("server", RECIPES)
def test_a_recipe_is_what_its_server_takes(server: str) -> None:
    needs("check_jsonschema")
    found = resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{server}.json"
    document = json.loads(found.read_text(encoding="utf-8"))
    jsonschema.validators.validator_for(document)(document).validate(RECIPES[server]())


def test_pre_commit_finds_the_hook() -> None:
    (hook,) = read(".pre-commit-hooks.yaml")
    (config,) = blocks("pre-commit")[0]["repos"]
    assert hook["entry"] == config["hooks"][0]["entry"] == "trainlog diagnose"
    assert hook["files"] == config["hooks"][0]["files"]
