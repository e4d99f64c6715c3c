"""Documents cannot lie: every command in them runs, and prints what they say."""

import shutil
from pathlib import Path

import pytest

from tests.console import ROOT, commands, matches, run
from trainlog.rules import catalogue

PAGES = sorted([ROOT / "README.md", *(p for p in (ROOT / "docs").glob("*.md"))])
EXAMPLES = [(page.name, *pair) for page in PAGES for pair in commands(page.read_text(encoding="utf-8"))]
EXAMPLES += [(name, *pair) for name, module in catalogue().items() for pair in commands(module.__doc__ or "")]


@pytest.mark.parametrize(("where", "command", "expected"), sorted(set(EXAMPLES)))
def test_command_prints_what_the_document_says(where: str, command: str, expected: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "sample_logs", tmp_path / "sample_logs")
    actual = run(command, tmp_path)
    assert matches(expected, actual), f"{where}: $ {command}\n{actual}"


def test_the_readme_shows_commands() -> None:
    assert len(commands((ROOT / "README.md").read_text(encoding="utf-8"))) >= 3
