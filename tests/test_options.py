"""Options that commands share mean the same in each; a wrong one is one message and exit code 2, however many logs there are."""

import json
from pathlib import Path

import pytest

from tests.fleet.logs import text, write
from trainlog import cli
from trainlog.readers import _discover


def log(path: Path, *, train: str = "loss", val: str = "eval_loss", **more: float) -> str:
    rows = [json.loads(line) for line in text("turned", 3).splitlines()]
    path.write_text("".join(json.dumps({"step": r["step"], train: r["loss"], val: r["val_loss"], **more}) + "\n" for r in rows))
    return str(path)


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRAINLOG_CACHE", str(tmp_path / "cache"))


def commands(path: str) -> dict[str, list[str]]:
    return {
        "diagnose": ["diagnose", path, "--fail-on", "never"],
        "fleet": ["diagnose", path, "--fail-on", "never", "--workers", "1"],
        "plot": ["plot", path, "-o", "out.svg"],
        "compare": ["compare", path, path],
        "watch": ["watch", path, "--until-idle", "0", "--fail-on", "never", "--interval", "0.05"],
    }


COMMANDS = list(commands(""))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["eval_loss", "val_loss", "val/loss", "Validation Loss", "VAL_LOSS"])
def test_a_metric_is_known_by_every_name_a_log_gives_it(command: str, name: str, tmp_path: Path) -> None:
    assert cli.main([*commands(log(tmp_path / "a.jsonl"))[command], "--metric", name]) == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_a_key_that_nobody_knows_is_judged_as_a_loss(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = log(tmp_path / "a.jsonl", val="holdout/Quux", eval_loss=2.0)
    assert cli.main([*commands(path)[command], "--metric", "holdout/quux"]) == 0
    shown = capsys.readouterr().out
    if command in ("diagnose", "fleet", "watch"):
        assert "overfitting" in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_a_metric_that_is_not_there_is_one_message_that_names_near_ones(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*commands(log(tmp_path / "a.jsonl"))[command], "--metric", "eval_los"]) == 2
    said = capsys.readouterr().err
    assert "no metric is called 'eval_los'" in said
    assert "did you mean eval_loss" in said
    assert said.count("trainlog: ") == 1


@pytest.mark.parametrize("options", ["--metric eval_los", "--run 7", "--gpu no.csv", "--input-format no", "--select XYZ", "--fail-on x"])
@pytest.mark.parametrize("count", [3, 30])
def test_a_wrong_option_is_no_row_of_every_log(options: str, count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "runs", count)
    if "--run" in options and count == 3:
        pytest.skip("of few logs, each is told")
    assert cli.main(["diagnose", "runs", *options.split()]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("trainlog: ") == 1


def test_a_metric_that_some_logs_lack_leaves_those_without_a_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    has, lacks = log(tmp_path / "a.jsonl"), log(tmp_path / "b.jsonl", val="val_accuracy")
    for more in ([], ["--workers", "1"]):
        assert cli.main(["diagnose", has, lacks, "--metric", "val_loss", "-o", "jsonl", "--fail-on", "never", *more]) == 2
        runs = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [run["verdict"] for run in runs] == ["overfitting", "inconclusive"]


def test_compare_takes_no_other_metric_where_one_run_lacks_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    has, lacks = log(tmp_path / "a.jsonl"), log(tmp_path / "b.jsonl", val="val_accuracy")
    assert cli.main(["compare", has, lacks, "--metric", "val_loss"]) == 2
    assert "no metric is called 'val_loss'" in capsys.readouterr().err


@pytest.mark.parametrize("more", [[], ["--workers", "1"]])
def test_one_run_of_a_log_is_chosen_from_either_end(more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "two.jsonl"
    path.write_text(text("turned", 1) + text("good", 2))
    for number, index in (("0", 0), ("1", 1), ("-1", 1), ("-2", 0)):
        cli.main(["diagnose", str(path), "--run", number, "-o", "json", "--fail-on", "never", *more])
        assert [run["run"] for run in json.loads(capsys.readouterr().out)["runs"]] == [index]
    assert cli.main(["diagnose", str(path), "--run", "2", *more]) == 2
    assert "there is no run 2 in this log" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["runs", "runs/*/*.jsonl"])
def test_logs_are_searched_for_once(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "runs", 4)
    searched: list[object] = []
    found = _discover._found
    monkeypatch.setattr(_discover, "_found", lambda names: searched.append(names) or found(names))
    cli.main(["diagnose", name])
    assert len(searched) == 1
