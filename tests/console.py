"""Runs the ``console`` blocks of documents: lines after ``$ `` are commands, the lines below a command its exact output.

A line ``...`` in the output stands for any number of lines, ``...`` at the start of one for anything before the rest of it.
Installing is not run here: ``.ci/run`` does that.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
NOT_RUN = ("pip install", "git clone", "accelerate launch")


def commands(text: str) -> list[tuple[str, str]]:
    """The (command, expected output) pairs of a document."""
    found = []
    for block in _BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            if not command.startswith(NOT_RUN):
                found.append((command.strip(), output.rstrip("\n")))
    return found


def run(command: str, cwd: Path) -> str:
    """Run a ``trainlog`` or ``python`` command line and give its stdout; stderr too when it fails with 2."""
    words = shlex.split(command)
    program = {"trainlog": [sys.executable, "-m", "trainlog"], "python": [sys.executable]}[words[0]]
    environment = {**os.environ, "TRAINLOG_CACHE": str(cwd / "cache")}
    done = subprocess.run([*program, *words[1:]], cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=120, env=environment)
    return done.stdout.rstrip("\n") if done.returncode < 2 else f"exit {done.returncode}: {done.stderr}"


def matches(expected: str, actual: str) -> bool:
    """Whether the output is as written, ``...`` lines standing for anything."""
    if actual.startswith("exit ") and not expected.startswith("exit "):
        return False
    if not expected:
        return True
    pattern = "\n".join(map(_pattern, expected.split("\n")))
    shown = "\n".join(line.rstrip() for line in actual.split("\n"))
    return re.fullmatch(pattern, shown, flags=re.DOTALL) is not None


def _pattern(line: str) -> str:
    if line.strip() == "...":
        return ".*"
    return r"[^\n]*" + re.escape(line[3:].rstrip()) if line.startswith("... ") else re.escape(line.rstrip())
