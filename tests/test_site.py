"""The pages and pictures made from the code: each is there, says something, and is well-formed."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.console import ROOT
from trainlog import _folder, config
from trainlog.budgets import KINDS
from trainlog.comparison import DIVERGED, QUANTITIES


def script(name: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, str(ROOT / "docs" / name), *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_rule_format_and_command_has_a_page_that_says_something() -> None:
    assert script("generate.py", "--check").strip() == ""
    pages = script("generate.py").split()
    for folder, package in (("commands", "trainlog.cli"), ("rules", "trainlog.rules"), ("formats", "trainlog.readers")):
        for name in _folder.names(package):
            shown = name.replace("_", "-") if folder == "rules" else name
            assert f"{folder}/{shown}.md" in pages


def test_the_configuration_page_is_right(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "trainlog.toml").write_text(example, encoding="utf-8")
    found = config.load(tmp_path)
    assert all(found[1:])
    assert dict(re.findall(r"^\| `(\w+)` \| (BUD\d+) \|", page, re.MULTILINE)) == {key: kind.code for key, kind in KINDS.items()}


def test_the_page_on_comparing_names_every_code() -> None:
    page = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (CMP\d+) \|", page, re.MULTILINE) == [*QUANTITIES.values(), DIVERGED]


def test_every_picture_is_made_and_well_formed(tmp_path: Path) -> None:
    script("pictures.py", str(tmp_path))
    made = sorted(path.name for path in tmp_path.glob("*.svg"))
    assert made == sorted(path.name for path in (ROOT / "docs" / "img").glob("*.svg"))
    for path in tmp_path.glob("*.svg"):
        assert ET.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_the_pictures_show_what_is_so_now() -> None:
    shown = subprocess.run([sys.executable, str(ROOT / "docs" / "pictures.py"), "--check"], cwd=ROOT, capture_output=True, text=True)
    assert shown.returncode == 0, f"{shown.stdout}{shown.stderr}: look at them before you commit them"
    recorded = json.loads((ROOT / "docs" / "img" / "drawn.json").read_text(encoding="utf-8"))
    assert sorted(recorded) == sorted(path.name for path in (ROOT / "docs" / "img").iterdir() if path.suffix != ".json")


def test_the_site_builds_strictly(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for page in ("rules/overfitting", "compare", "plot", "convert", "configuration", "outputs", "commands/compare"):
        assert (tmp_path / "site" / page / "index.html").exists()
    assert 'href="../../compare/"' in (tmp_path / "site" / "commands" / "compare" / "index.html").read_text(encoding="utf-8")
