from pathlib import Path

import pytest

from tests.figure.logs import overfit, write
from trainlog.cli import main


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return overfit(tmp_path / "run.jsonl", 300).name


def test_the_picture_is_named_after_the_log_and_said_on_stderr(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", log]) == 0
    assert Path("run.png").read_bytes().startswith(b"\x89PNG")
    out, err = capsys.readouterr()
    assert (out, err) == ("", "drew run.png\n")


@pytest.mark.parametrize(
    ("name", "start"), [("a/b.svg", b"<?xml"), ("c.PDF", b"%PDF"), ("d.png", b"\x89PNG"), ("e.html", b"<!doctype html>")]
)
def test_the_suffix_chooses_the_format(log: str, name: str, start: bytes) -> None:
    assert main(["plot", log, "-o", name, "--x", "epoch", "--log-y"]) == 0
    assert Path(name).read_bytes().startswith(start)


def test_a_bare_format_is_standard_output(log: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["plot", log, "-o", "svg"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"<?xml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "a.gif"], "no picture format is called 'gif'"),
        (["--x", "parsecs"], "no x axis is called 'parsecs'"),
        (["--size", "huge"], "--size 'huge' is not WIDTHxHEIGHT"),
        (["--size", "0x4"], "is no size of a picture"),
        (["--run", "7"], "there is no run 7"),
        (["-o", "run.jsonl/x.png"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_with_exit_code_2(
    log: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plot", log, *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_log_that_cannot_be_read_does_not_stop_the_others(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", log, "missing.jsonl"]) == 2
    assert Path("plot.png").exists()
    assert "missing.jsonl" in capsys.readouterr().err


def test_an_axis_the_log_does_not_have_names_those_it_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "a.jsonl", [{"step": i, "loss": 3 - i / 50} for i in range(50)])
    assert main(["plot", str(path), "--x", "tokens"]) == 2
    assert "do: --x step" in capsys.readouterr().err


def test_names_of_the_configuration_count_for_every_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trainlog.toml").write_text('aliases = {loss = ["objective/now"]}\n', encoding="utf-8")
    write(Path("a.jsonl"), [{"step": i, "objective/now": 3 - i / 50} for i in range(60)])
    assert main(["plot", "a.jsonl", "-o", "a.svg"]) == 0
    assert main(["convert", "a.jsonl", "-o", "a.csv"]) == 0
    assert "loss" in Path("a.csv").read_text(encoding="utf-8").split("\n")[0].split(",")
