from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from tests.render import made
from tests.runs import falling, run_of, sampled, series
from trainlog import budgets, config
from trainlog.cli import main
from trainlog.diagnosis import Diagnosis
from trainlog.errors import TrainlogError
from trainlog.rules import Facts

EVERYTHING = """
select = ["OVF", "loss-spike", "BUD"]
ignore = ["OVF002"]
severity = {OVF001 = "warning"}
fail_on = "warning"
aliases = {val_loss = ["holdout/nll"]}
budgets = {max_val_loss = 2.5, max_gpu_temperature_c = {limit = 85, severity = "warning"}}
suppressions = [{rule = "CKP001", reason = "kept for a study", until = 2026-12-31, logs = "runs/*"}]
"""


def write(folder: Path, text: str, name: str = "trainlog.toml") -> config.Config:
    (folder / name).write_text(text, encoding="utf-8")
    return config.load(folder)


def test_everything_is_read(tmp_path: Path) -> None:
    found = write(tmp_path, EVERYTHING)
    assert found.select == ("OVF", "loss-spike", "BUD")
    assert found.severity == {"OVF001": "warning"}
    assert found.budgets["max_gpu_temperature_c"] == budgets.Budget(85.0, "warning")
    assert found.suppressions == (config.Suppression("CKP001", "kept for a study", date(2026, 12, 31), "runs/*"),)
    assert found.aliases == {"val_loss": ("holdout/nll",)}


def test_trainlog_toml_beats_pyproject_and_a_folder_inherits(tmp_path: Path) -> None:
    write(tmp_path, '[tool.trainlog]\nfail_on = "info"\n', "pyproject.toml")
    (tmp_path / "deep").mkdir()
    assert config.load(tmp_path / "deep").fail_on == "info"
    assert write(tmp_path, 'fail_on = "never"\n').fail_on == "never"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []", "did you mean select"),
        ("select = 1", "select in the configuration must be a list of strings"),
        ('ignore = ["OVF9"]', "no rule is called 'OVF9'"),
        ('severity = {OVF001 = "fatal"}', "severity.OVF001 in the configuration must be one of"),
        ("budgets = {max_val_los = 1}", "did you mean max_val_loss"),
        ("budgets = {max_val_loss = true}", "must be a number"),
        ("budgets = {max_val_loss = nan}", "must be a number"),
        ('suppressions = [{rule = "OVF001", reason = "because"}]', "until = YYYY-MM-DD"),
        ("select = [", "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TrainlogError) as caught:
        write(tmp_path, text)
    assert message in str(caught.value)
    assert "trainlog.toml" in str(caught.value)


def judged(**limits: float) -> Diagnosis:
    run = run_of(
        sampled("loss", falling, points=50, steps=1000),
        sampled("val_loss", falling, points=20, steps=1000),
        series("gpu/0/temperature_c", [60.0] * 10 + [91.0]),
        series("gpu/1/temperature_c", [95.0] + [60.0] * 10),
    )
    return budgets.apply(Diagnosis(run, "healthy", facts=Facts(run)), {name: budgets.Budget(limit) for name, limit in limits.items()})


def test_a_broken_budget_is_a_finding_with_its_number_and_line() -> None:
    (found,) = judged(max_gpu_temperature_c=90).findings
    assert (found.code, found.severity, found.finding.series, found.finding.line) == ("BUD002", "error", "gpu/1/temperature_c", 1)
    assert found.finding.data == {"value": 95.0, "limit": 90.0}


@pytest.mark.parametrize(
    ("name", "kept", "broken"), [("max_val_loss", 2.0, 1.0), ("max_wasted_steps", 5000, -1), ("max_gpu_temperature_c", 95, 94)]
)
def test_a_budget_is_kept_up_to_its_limit(name: str, kept: float, broken: float) -> None:
    assert judged(**{name: kept}).findings == ()
    assert judged(**{name: kept}).ran == (budgets.KINDS[name].code,)
    assert len(judged(**{name: broken}).findings) == 1


def test_a_budget_the_log_says_nothing_of_is_skipped() -> None:
    (skipped,) = judged(min_tokens_per_s=1).skipped
    assert (skipped.code, skipped.why) == ("BUD007", "the log has no tokens_per_s")


def test_codes_of_budgets_are_unique() -> None:
    assert len({kind.code for kind in budgets.KINDS.values()}) == len(budgets.KINDS)


def test_a_suppression_ends_with_its_day() -> None:
    accepted = (config.Suppression("OVF", "known", date(2026, 11, 24), "run*"),)
    on, after = (config.without_accepted(made.overfit(), accepted, day) for day in (date(2026, 11, 24), date(2026, 11, 25)))
    assert [r.code for r in on.findings] == ["CKP001", "LOG001"]
    assert on.suppressed[-1].by == "configuration"
    assert len(after.findings) == 3


def test_a_baseline_takes_off_as_many_as_it_has() -> None:
    twice = made.overfit(findings=(made.reported(), made.reported()))
    left = config.without_known(twice, Counter({made.reported().fingerprint: 1}))
    assert len(left.findings) == 1


def test_the_configuration_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    sample = Path(__file__).parent.parent / "sample_logs" / "trainlog" / "healthy.jsonl"
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "budgets = {max_val_loss = 1.0}")
    assert main(["diagnose", str(sample)]) == 1
    assert "error BUD001 the best validation loss is 1.595, above the budget" in capsys.readouterr().out
