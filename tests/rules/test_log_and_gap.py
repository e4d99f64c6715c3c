"""LOG rules, and the two OVF rules that never mean a defect."""

import numpy as np
import pytest

from tests.rules.runs import Floats, X, falling, found, judged, noise, settled, why_skipped
from trainlog.run import Problem

EVERY = slice(9, None, 10)
VAL = falling(0.003)[EVERY]


@pytest.mark.parametrize(
    ("loss", "ppl", "severity"),
    [(VAL, np.exp(VAL), None), (VAL, np.round(np.exp(VAL), 2), None), (VAL, 2**VAL, "warning"), (VAL, np.exp(VAL + 0.1), "info"),
     (VAL, np.exp(2 * VAL), "warning"), (VAL * 1000, np.exp(VAL), "info")],
)  # fmt: skip
def test_perplexity_against_loss(loss: Floats, ppl: Floats, severity: str | None) -> None:
    findings = found(judged({"loss": falling(), "val_loss": loss, "val_ppl": ppl}), "LOG004")
    assert [f.severity for f in findings] == ([] if severity is None else [severity])


def test_without_a_perplexity_nothing_is_compared() -> None:
    assert "no loss with its perplexity" in (why_skipped(judged({"loss": falling()}), "LOG004") or "")


@pytest.mark.parametrize(("points", "said"), [(1, True), (3, True), (7, True), (8, False), (40, False)])
def test_few_evaluations(points: int, said: bool) -> None:
    diagnosis = judged({"loss": falling(), "val_loss": falling()[:: 400 // points][:points]})
    assert bool(found(diagnosis, "LOG006")) is said
    assert all(f.severity == "info" for f in found(diagnosis, "LOG006"))


@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        ({}, None),
        ({"status": "completed"}, None),
        ({"status": "interrupted"}, "warning"),
        ({"status": "FAILED"}, "warning"),
        ({"problems": (Problem(401, "cut off"),)}, "warning"),
        ({"problems": (Problem(401, "cut off"),), "status": "completed"}, None),
        ({"problems": (Problem(200, "not JSON"),)}, None),
        ({"total_steps": 8000}, "info"),
        ({"total_steps": 4010}, None),
        ({"total_steps": 8000, "status": "stopped"}, None),
    ],
)
def test_how_a_log_ends(fields: dict[str, object], severity: str | None) -> None:
    assert [f.severity for f in found(judged({"loss": falling()}, **fields), "LOG007")] == ([] if severity is None else [severity])


def test_several_runs_in_one_file() -> None:
    (finding,) = found(judged({"loss": falling()}, siblings=3, index=1), "LOG003")
    assert (finding.severity, finding.finding.data["runs"]) == ("info", 3)
    assert (finding.finding.what, finding.finding.do[0][-7:]) == ("the file holds 3 runs; this is run 1", "--run 1")
    assert not found(judged({"loss": falling()}), "LOG003")


GAP = {"loss": falling() * np.exp(-1.5 * X), "val_loss": VAL}


def test_a_growing_gap_is_information_and_no_overfitting() -> None:
    diagnosis = judged(GAP)
    assert [f.severity for f in found(diagnosis, "OVF002")] == ["info"]
    assert diagnosis.worst in (None, "info")


def test_beside_a_gap_stands_how_far_validation_rose() -> None:
    val = 3.0 + 2.0 * np.exp(-12.0 * X) + 0.12 * np.clip(X - 0.6, 0.0, None)
    diagnosis = judged({"loss": val * np.exp(-X) * noise(0.003), "val_loss": (val * noise(0.001))[EVERY]})
    (gap,) = found(diagnosis, "OVF002")
    assert "while validation rose by 1" in gap.finding.why
    assert gap.finding.why.endswith("less than the 2 % that counts")
    assert not found(diagnosis, "OVF001")


@pytest.mark.parametrize(
    "columns",
    [
        {"loss": falling(), "val_loss": VAL},
        {"loss": falling() * 0.8, "val_loss": VAL},
        {"loss": settled(0.1), "val_loss": settled(0.01)[EVERY]},
    ],
)
def test_a_constant_gap_is_silent(columns: dict[str, Floats]) -> None:
    assert not found(judged(columns), "OVF002")


def test_a_loss_and_an_accuracy_have_no_gap() -> None:
    diagnosis = judged({"loss": falling(), "val_accuracy": 1 - 0.2 * VAL})
    assert "do not measure the same thing" in (why_skipped(diagnosis, "OVF002") or "")
    assert "do not measure the same thing" in (why_skipped(diagnosis, "OVF003") or "")


def test_validation_below_training() -> None:
    assert [f.severity for f in found(judged({"loss": falling() * 1.2, "val_loss": VAL}), "OVF003")] == ["info"]
    assert not found(judged({"loss": falling(), "val_loss": VAL}), "OVF003")
    assert not found(judged({"loss": falling(0.1), "val_loss": VAL * noise(0.01, 7, 40)}), "OVF003")


STUCK = np.full(40, 0.1)


@pytest.mark.parametrize(
    ("columns", "constant", "judged_by"),
    [
        ({"loss": falling(), "val_accuracy": STUCK}, ["val_accuracy"], None),
        ({"loss": falling(), "val_accuracy": 0 * STUCK}, ["val_accuracy"], None),
        ({"loss": falling(), "val_loss": STUCK, "val_accuracy": 1 - VAL / 5}, ["val_loss"], "val_accuracy"),
        ({"loss": falling(), "val_ppl": STUCK + 1, "val_f1": 0 * STUCK}, ["val_loss", "val_f1"], None),
        ({"loss": falling(), "val_loss": VAL, "val_accuracy": STUCK}, [], "val_loss"),
        ({"loss": falling(), "val_accuracy": np.append(STUCK, 0.2)}, [], "val_accuracy"),
        ({"loss": falling(), "val_accuracy": np.ones(40)}, [], "val_accuracy"),
        ({"loss": falling(), "val_accuracy": STUCK[:7]}, [], "val_accuracy"),
        ({"loss": noise(0.01), "val_loss": STUCK}, [], "val_loss"),
        ({"val_loss": STUCK}, [], "val_loss"),
    ],
)
def test_validation_that_never_changes_judges_no_run(columns: dict[str, Floats], constant: list[str], judged_by: str | None) -> None:
    diagnosis = judged(columns)
    assert [f.finding.series for f in found(diagnosis, "LOG009")] == constant
    assert diagnosis.facts is not None
    assert (diagnosis.facts.val.name if diagnosis.facts.val else None) == judged_by
    assert not found(diagnosis, "LOG005")
