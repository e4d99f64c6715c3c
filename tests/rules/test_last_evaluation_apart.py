"""NUM008: one last evaluation far from all before it."""

import numpy as np
import pytest

from tests.rules.runs import Floats, X, falling, found, judged, noise, settled, why_skipped

VAL = falling(0.003)[9::10]


def last(values: Floats, factor: float, points: int = 1) -> Floats:
    """The same evaluations, the last of them that many times as large."""
    return np.append(values[:-points], factor * values[-points:])


@pytest.mark.parametrize("val", [VAL, settled(0.02)[9::10], VAL[3::4]])
@pytest.mark.parametrize("factor", [1.5, 5.0, 1000.0])
def test_a_last_evaluation_that_jumps_is_named_and_the_run_is_judged_without_it(val: Floats, factor: float) -> None:
    plain, jumped = (judged({"loss": falling(), "val_loss": values}) for values in (val, last(val, factor)))
    (finding,) = found(jumped, "NUM008")
    assert (finding.severity, finding.finding.step) == ("warning", 4000)
    assert finding.finding.confidence <= 0.7
    assert "the last evaluation" in finding.finding.what
    assert finding.finding.data["value"] == pytest.approx(factor * val[-1])
    assert not found(plain, "NUM008")
    assert {f.code for f in jumped.findings} - {"NUM008"} <= {f.code for f in plain.findings} | {"LRN003"}
    assert jumped.verdict in (plain.verdict, "healthy", "still-improving")


def test_a_score_that_collapses_is_named_too() -> None:
    (finding,) = found(judged({"loss": falling(), "val_accuracy": last(1 - 0.2 * VAL, 0.1)}), "NUM008")
    assert finding.finding.data["before"] > finding.finding.data["value"] > 0


CLIMBS = settled(0.003)[9::10] * (1 + np.clip(X[9::10] - 0.5, 0, None) ** 3 * 8)


@pytest.mark.parametrize(
    "val", [VAL, last(VAL, 1.2), last(VAL, 5.0, points=2), last(VAL, 0.2), CLIMBS, settled(0.15)[9::10], 1 + 0.1 * noise(0.5, 3)[::10]]
)
def test_small_steps_climbs_falls_and_noise_are_silent(val: Floats) -> None:
    assert not found(judged({"loss": falling(), "val_loss": val}), "NUM008")


def test_a_divergence_explains_it() -> None:
    lost = np.where(X > 0.95, 8.0, falling())
    diagnosis = judged({"loss": lost, "val_loss": last(VAL, 4.0)})
    assert found(diagnosis, "NUM002")
    assert not found(diagnosis, "NUM008")
    assert "NUM008" in {gone.code for gone in diagnosis.suppressed}


def test_few_evaluations_do_not_show_what_is_usual() -> None:
    assert why_skipped(judged({"loss": falling(), "val_loss": last(VAL[:6], 5.0)}), "NUM008") == "fewer than 8 finite evaluations"
