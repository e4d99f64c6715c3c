"""The steps of ``action.yml``, run as GitHub's runner runs those of a composite action."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
#: Stands for ``gh``: comments are in a file; it knows the calls that the action makes, and fails like gh with a token that may not write.
GH = r"""
import json, os, re, sys
from pathlib import Path
store = Path(os.environ["COMMENTS"])
words = sys.argv[1:]
assert words.pop(0) == "api", words
assert os.environ["GH_TOKEN"] == "the token"
method = words[words.index("--method") + 1] if "--method" in words else "GET"
path = next(word for word in words if word.startswith("repos/"))
comments = json.loads(store.read_text())
if method == "GET":
    assert "--paginate" in words
    start = re.search(r'startswith\("(.*?)"\)', words[words.index("--jq") + 1])[1]
    print(*(c["id"] for c in comments if c["body"].startswith(start)), sep="\n")
    sys.exit()
if os.environ.get("READ_ONLY"):
    print("gh: Resource not accessible by integration (HTTP 403)", file=sys.stderr)
    sys.exit(1)
key, _, file = words[words.index("-F") + 1].partition("=@")
body = Path(file).read_text()
assert key == "body" and len(body) <= 65536
if method == "POST":
    assert path == "repos/us/models/issues/7/comments", path
    comments.append({"id": len(comments) + 1, "body": body})
else:
    number = int(path.removeprefix("repos/us/models/issues/comments/"))
    next(c for c in comments if c["id"] == number)["body"] = body
store.write_text(json.dumps(comments))
"""


@dataclass
class Runner:
    """A job: its folder, and what its steps left behind."""

    folder: Path
    pull_request: bool = True
    read_only: bool = False
    outputs: dict[str, str] = field(default_factory=dict)
    stdout: dict[str, str] = field(default_factory=dict)
    stderr: str = ""
    failed: int = 0

    def __post_init__(self) -> None:
        for name in ("output", "summary"):
            self._file(name).write_text("", encoding="utf-8")
        if not self._file("comments").exists():
            self._file("comments").write_text("[]", encoding="utf-8")
        self._program("trainlog", f'exec "{sys.executable}" -m trainlog "$@"')
        self._program("python3", f'exec "{sys.executable}" "$@"')
        self._file("gh.py").write_text(GH, encoding="utf-8")
        self._program("gh", f'exec "{sys.executable}" "{self._file("gh.py")}" "$@"')

    def use(self, only: tuple[str, ...] = ("Diagnose", "Comment"), **inputs: str) -> "Runner":
        """Run the action; a step that fails fails the job, and later steps run only when they say ``always()``."""
        given = {name: str(spec.get("default", "")) for name, spec in ACTION["inputs"].items()} | inputs
        for step in ACTION["runs"]["steps"]:
            if step["name"] in only and self._wanted(step.get("if", ""), given):
                self._run(step, given)
        written = self._file("output").read_text(encoding="utf-8")
        self.outputs = dict(line.split("=", 1) for line in written.splitlines())
        return self

    @property
    def summary(self) -> str:
        return self._file("summary").read_text(encoding="utf-8")

    @property
    def comments(self) -> list[str]:
        return [comment["body"] for comment in json.loads(self._file("comments").read_text(encoding="utf-8"))]

    def _wanted(self, condition: str, given: dict[str, str]) -> bool:
        terms = [term.strip() for term in condition.removeprefix("${{").removesuffix("}}").split("&&") if term.strip()]
        known = {"always()": True, "github.event.pull_request": self.pull_request}
        known |= {f"inputs.{name} == 'true'": value == "true" for name, value in given.items()}
        return ("always()" in terms or not self.failed) and all(known[term] for term in terms)

    def _run(self, step: dict[str, Any], given: dict[str, str]) -> None:
        context = {f"inputs.{name}": value for name, value in given.items()}
        context |= {"github.token": "the token", "github.repository": "us/models", "github.event.pull_request.number": "7"}

        def filled(text: str) -> str:
            return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda m: filled(context[m[1]]), text)

        env = {key: filled(value) for key, value in step.get("env", {}).items()}
        env |= {"GITHUB_OUTPUT": str(self._file("output")), "GITHUB_STEP_SUMMARY": str(self._file("summary")), "GITHUB_JOB": "train"}
        env |= {"RUNNER_TEMP": str(self.folder), "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_ACTIONS": "true"}
        env |= {"COMMENTS": str(self._file("comments")), "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}
        env |= {"READ_ONLY": "1"} if self.read_only else {}
        script = self._file("step.sh")
        script.write_text(step["run"], encoding="utf-8")
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
        done = subprocess.run(
            command, cwd=self.folder, env={"PYTHONPATH": str(ROOT), **os.environ, **env}, capture_output=True, text=True, timeout=120
        )
        self.stdout[step["name"]] = done.stdout
        self.stderr += done.stderr
        self.failed = self.failed or done.returncode

    def _file(self, name: str) -> Path:
        return self.folder / name

    def _program(self, name: str, line: str) -> None:
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        path.chmod(0o755)
