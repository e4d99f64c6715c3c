"""What each command loads. Start-up is what people feel, and one import at the top of a module is enough to lose it."""

import inspect
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from trainlog import _folder, readers

# Runs a command and prints which modules that took, after whatever the command printed.
PROBE = """
import json, sys
from trainlog.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as ended:  # after answering a completion
    code = ended.code
print(); print(json.dumps([code, sorted(sys.modules)]))
"""
# Counts the regular expressions that our own modules compile.
COUNT = """
import re, sys, typer, numpy, orjson
compile, count = re._compiler.compile, []
re._compiler.compile = lambda *a: count.append(a) or compile(*a)
from trainlog.cli import main
main(sys.argv[1:])
print(len(count), file=sys.stderr)
"""
LIGHT = {"trainlog", "typer", "click", "shellingham", "annotated_doc", "typing_extensions", "colorama"}


def loaded(*argv: str, **environment: str) -> tuple[int, set[str], set[str]]:
    """The exit code, every module a command loads, and the packages among them that are not the standard library's."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *argv], capture_output=True, text=True, timeout=60, env={**os.environ, **environment}
    )
    assert done.stdout, done.stderr
    code, names = json.loads(done.stdout.splitlines()[-1])
    bare = subprocess.run([sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True)
    modules = set(names) - set(bare.stdout.split())
    return code, modules, {m.partition(".")[0] for m in modules} - sys.stdlib_module_names - {"__main__"}


@pytest.fixture
def log(tmp_path: Path) -> str:
    path = tmp_path / "run.jsonl"
    steps = range(1, 201)
    records = [{"type": "train", "step": s, "loss": 2 + 1 / s} for s in steps]
    records += [{"type": "eval", "step": s, "val_loss": 2.1 + 1 / s} for s in steps if s % 20 == 0]
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["diagnose", "--help"], ["diagnose", "--no-such-option"], ["no-such-command"]])
def test_help_and_usage_errors_load_typer_and_nothing_else(argv: list[str]) -> None:
    code, modules, packages = loaded(*argv)
    assert code == (2 if argv[-1].endswith(("option", "no-such-command")) else 0)
    assert packages <= LIGHT
    assert not modules & {"trainlog.readers", "trainlog.rules", "trainlog.run", "trainlog.diagnosis", "asyncio", "multiprocessing"}


#: What a judgement of a small JSON log never needs. numpy.ma comes with numpy.median; hashlib brings OpenSSL.
IDLE = {
    *("asyncio", "multiprocessing", "concurrent.futures", "http.client", "xml.etree", "tomllib", "hashlib", "sqlite3", "html"),
    *("zipfile", "csv", "tempfile", "random", "msgspec"),
    *("numpy.ma", "numpy.random", "numpy.testing", "numpy.f2py", "trainlog.render.figure._draw"),
}


@pytest.mark.parametrize("command", [["diagnose"], ["diagnose", "-o", "json"], ["compare", "--base"], ["plot", "--terminal"], ["convert"]])
def test_judging_loads_numpy_and_orjson_and_nothing_else(
    command: list[str], log: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where no configuration is
    code, modules, packages = loaded(*command, log, *([log] if command[0] == "compare" else []))
    assert code in (0, 1, 2)
    assert packages <= LIGHT | {"numpy", "orjson"}
    idle = IDLE - {"hashlib"} if "json" in command else IDLE  # a finding in JSON has a fingerprint
    assert not modules & idle, modules & idle


def test_a_log_of_any_keys_loads_no_reader_beyond_its_signature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "any.jsonl"
    log.write_text("".join(json.dumps({"step": s, "train/loss": 2 + 1 / s, "val/loss": 2.1 + 1 / s}) + "\n" for s in range(1, 100)))
    code, modules, packages = loaded("diagnose", str(log))
    assert code in (0, 1)
    assert packages <= LIGHT | {"numpy", "orjson"}
    assert not modules & IDLE
    asked = {f"trainlog.readers.{name}" for name in readers.names() if _folder.says("trainlog.readers", name, "OBJECTS = True")}
    loaded_readers = {name for name in modules if name.startswith("trainlog.readers.")}
    assert {name for name in loaded_readers if "._" not in name} == asked
    assert not any("_console" in name or "_layout" in name or "_reshape" in name for name in loaded_readers)


@pytest.mark.parametrize("keys", [("train/loss", "val/loss"), ("loss", "val_loss")])
def test_a_judgement_compiles_few_expressions(keys: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "any.jsonl"
    log.write_text("".join(json.dumps({"step": s, keys[0]: 2 + 1 / s, keys[1]: 2.1 + 1 / s}) + "\n" for s in range(1, 100)))
    done = subprocess.run([sys.executable, "-c", COUNT, "diagnose", str(log)], capture_output=True, text=True, timeout=60)
    assert int(done.stderr.splitlines()[-1]) <= 28, done.stderr


def test_only_the_command_that_is_named_is_loaded(log: str) -> None:
    _, modules, _ = loaded("diagnose", log)
    assert {name for name in modules if name.startswith("trainlog.cli.") and "._" not in name} == {"trainlog.cli.diagnose"}


@pytest.mark.parametrize("words", ["trainlog di", "trainlog diagnose --sel"])
def test_shell_completion_loads_no_more_than_help(words: str) -> None:
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    code, modules, packages = loaded(**asked, _TRAINLOG_COMPLETE="complete_bash")
    assert not code
    assert packages <= LIGHT
    assert not modules & {"trainlog.readers", "trainlog.rules", "trainlog.run", "trainlog.diagnosis", "asyncio", "multiprocessing"}


@pytest.mark.parametrize("argv", [["rule"], ["rule", "OVF001"], ["formats"]])
def test_lists_are_read_from_the_sources(argv: list[str]) -> None:
    code, modules, packages = loaded(*argv)
    assert code == 0
    assert packages <= LIGHT
    assert not modules & {"trainlog.readers", "trainlog.rules", "asyncio", "multiprocessing"}


def test_the_lists_say_what_the_modules_say() -> None:
    for name in _folder.names("trainlog.rules"):
        module = import_module(f"trainlog.rules.{name}")
        assert _folder.docstring("trainlog.rules", name) == inspect.getdoc(module)
        assert _folder.arguments("trainlog.rules", name, "RULE")[:3] == [module.RULE.code, module.RULE.severity, module.RULE.summary]
    assert list(_folder.names("trainlog.readers")) == readers.names()
    for name in readers.names():
        assert _folder.docstring("trainlog.readers", name) == inspect.getdoc(readers.reader(name))


def test_importing_trainlog_loads_no_package() -> None:
    program = "import sys, trainlog; print(*sorted({m.partition('.')[0] for m in sys.modules} - sys.stdlib_module_names))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert set(done.stdout.split()) <= {"__main__", "trainlog", "_distutils_hack"}
