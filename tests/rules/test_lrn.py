"""LRN rules: whether and how a run learns."""

import numpy as np
import pytest

from tests.rules.runs import Floats, N, X, falling, found, judged, noise, settled, why_skipped
from trainlog.run import Series

CHANCE = np.log(10) * noise(0.005, 1)


@pytest.mark.parametrize(
    ("columns", "severity", "chance"),
    [
        ({"loss": CHANCE}, "error", 10),
        ({"loss": CHANCE, "val_loss": CHANCE[::20]}, "error", 10),
        ({"loss": 5.0 * noise(0.01)}, "error", None),
        ({"val_loss": CHANCE}, "error", 10),
        ({"loss": 0.79 * noise(0.01, 1, 10), "val_loss": 0.81 * noise(0.005, 2, 10)}, "warning", None),
    ],
)
def test_a_loss_that_did_not_fall(columns: dict[str, Floats], severity: str, chance: int | None) -> None:
    diagnosis = judged(columns)
    (finding,) = found(diagnosis, "LRN001")
    assert finding.severity == severity
    assert finding.finding.data["chance"] == chance
    assert diagnosis.verdict == "not-learning"
    assert not found(diagnosis, "LRN002")


def test_the_number_of_classes_comes_from_the_configuration_first() -> None:
    (finding,) = found(judged({"loss": np.log(37) * noise(0.004)}, config={"model.num_classes": 37}), "LRN001")
    assert finding.finding.data["chance"] == 37


@pytest.mark.parametrize(
    "columns",
    [
        {"loss": falling()},
        {"loss": settled(0.1)},
        {"loss": 2.3 * noise(0.4)},  # the noise could hide a gain
        {"loss": CHANCE, "val_loss": falling()[::10]},
        {"loss": [2.3] * 10},
        {"val_accuracy": 0.97 * noise(0.003)},  # learnt before the first evaluation
        {"loss": np.concatenate([falling()[:200], falling()[:200][::-1]])},
    ],
)
def test_learning_noise_and_short_logs_are_not_called_that(columns: dict[str, Floats]) -> None:
    assert not found(judged(columns), "LRN001")


def test_a_plateau_and_a_falling_loss() -> None:
    diagnosis = judged({"loss": settled(), "val_loss": settled(0.003)[9::10]})
    (finding,) = found(diagnosis, "LRN002")
    assert (finding.severity, diagnosis.verdict) == ("info", "converged")
    assert 0.6 < finding.finding.data["share"] < 0.95
    still = judged({"loss": falling(), "val_loss": falling(0.003)[9::10]})
    assert not found(still, "LRN002")
    assert still.verdict == "still-improving"


def test_still_improving_comes_with_a_forecast_and_its_interval() -> None:
    (finding,) = found(judged({"loss": falling(), "val_loss": falling(0.003)[9::10]}), "LRN003")
    data = finding.finding.data
    truth = 1.5 + 2.5 * (1 + 1.33 / 0.02) ** -0.6
    assert data["forecast_step"] == pytest.approx(1.33 * 4000, abs=1)
    assert data["forecast_low"] <= data["forecast"] <= data["forecast_high"]
    assert data["forecast"] == pytest.approx(truth, rel=0.01)


def test_a_fall_that_the_learning_rate_may_have_brought_is_said_to() -> None:
    columns = {"loss": falling(), "val_loss": falling(0.003)[9::10]}
    (kept,), (decayed,) = (found(judged({**columns, "lr": lr}), "LRN003") for lr in (np.full(N, 3e-4), 3e-4 * (1 - 0.8 * X)))
    assert "unless the learning rate's decay brought the fall: then it may stay near" in decayed.finding.why
    assert "unless" not in kept.finding.why
    assert decayed.finding.data["forecast_high"] == kept.finding.data["forecast_high"]


@pytest.mark.parametrize(("lr", "reason"), [(1 - X, "come down"), (np.where(X > 0.8, 0.1, 1.0), "changed at once")])
def test_no_forecast_where_the_schedule_forbids_it(lr: Floats, reason: str) -> None:
    findings = found(judged({"loss": falling(), "lr": 3e-4 * lr}), "LRN003")
    assert all(f.finding.data.get("forecast") is None for f in findings)
    assert all(reason in f.finding.why for f in findings)


def test_an_accuracy_that_rises_is_improving() -> None:
    accuracy = 1 - 0.2 * falling(0.002)[9::10]
    (finding,) = found(judged({"loss": settled(), "val_accuracy": accuracy}), "LRN003")
    assert finding.finding.series == "val_accuracy"
    assert finding.finding.data["forecast"] > accuracy[-1] - 0.01
    assert finding.finding.data["z"] > 0


def swing(period: float, size: float = 0.08) -> Floats:
    return falling() * (1 + size * np.sin(2 * np.pi * np.arange(N) / period))


def test_a_constant_swing_is_found_with_its_period_in_steps() -> None:
    (finding,) = found(judged({"loss": swing(20)}), "LRN004")
    assert finding.severity == "warning"
    assert finding.finding.data["period"] == pytest.approx(200, rel=0.05)


def test_a_swing_with_the_epoch_or_the_learning_rate_is_explained() -> None:
    assert not found(judged({"loss": swing(20)}, steps_per_epoch=200.0), "LRN004")
    lr = 1e-3 * (1.1 + np.cos(2 * np.pi * np.arange(N) / 20))
    assert not found(judged({"loss": swing(20), "lr": lr}), "LRN004")


@pytest.mark.parametrize("columns", [{"loss": falling(0.05)}, {"loss": swing(20, 0.01)}, {"loss": settled(0.1)}])
def test_noise_and_small_swings_are_silent(columns: dict[str, Floats]) -> None:
    assert not found(judged(columns), "LRN004")


@pytest.mark.parametrize(
    ("lr", "codes"),
    [
        (np.full(N, 3e-4), {"LRN007"}),
        (3e-4 * np.minimum(1, X / 0.05), {"LRN005"}),
        (3e-4 * np.minimum(1, X / 0.05) * (1 - X), set()),
        (3e-4 * np.clip(1 - X / 0.8, 0, 1), {"LRN006"}),
        (3e-4 * np.clip(1 - X / 0.995, 0, 1), set()),
        (3e-4 * np.linspace(1, 0, 30), set()),  # the last of thirty readings is the end of the schedule
        (3e-4 * np.clip(np.linspace(1.1, -0.1, 30), 0, 1), {"LRN006"}),
        (np.zeros(N), {"LRN006"}),
        (3e-4 * (1 + np.cos(np.pi * X)) / 2, set()),
    ],
)
def test_learning_rate_facts(lr: Floats, codes: set[str]) -> None:
    diagnosis = judged({"loss": falling(), "lr": lr})
    assert {f.code for f in diagnosis.findings} & {"LRN005", "LRN006", "LRN007"} == codes


def test_what_was_not_logged_is_named() -> None:
    diagnosis = judged({"loss": falling()})
    assert why_skipped(diagnosis, "LRN006") == "the log has no lr"


def test_the_axis_of_epochs_gives_the_period_of_an_epoch() -> None:
    step = np.arange(1, N + 1, dtype=np.int64) * 10
    series = Series("loss", step, swing(20), step // 10, None, step / 200.0)
    from trainlog.diagnosis import diagnose
    from trainlog.run import Run

    assert not found(diagnose(Run("run.jsonl", "jsonl", series={"loss": series}, records=N)), "LRN004")


def test_the_gain_of_training_is_none_of_the_run_where_few_evaluations_speak_against_it() -> None:
    diagnosis = judged({"loss": falling(), "val_loss": [0.62, 0.55, 0.61]})
    assert not found(diagnosis, "LRN003")
    assert diagnosis.verdict == "inconclusive"
    assert "3 evaluations" in (diagnosis.reason or "")
    assert found(judged({"loss": falling(), "val_loss": [0.62, 0.55, 0.54]}), "LRN003")
