"""CKP001 and CKP002, and the checkpoint to keep."""

import numpy as np
import pytest

from tests.runs import falling, run_of, sampled, series, training, turning
from trainlog.diagnosis import Diagnosis, diagnose
from trainlog.render import _words as words
from trainlog.run import Floats, Run

STEPS = 10_000


def run(turn: float, size: float = 0.3, checkpoints: tuple[int, ...] = ()) -> Run:
    return run_of(
        sampled("loss", training, points=500, steps=STEPS, noise=0.02, seed=3),
        sampled("val_loss", turning(turn, size) if size else falling, points=50, steps=STEPS, noise=0.003, seed=4),
        checkpoints=checkpoints,
    )


def codes(diagnosis: Diagnosis) -> set[str]:
    return {reported.code for reported in diagnosis.findings}


def test_keeps_a_checkpoint_that_exists() -> None:
    keep = diagnose(run(0.4, checkpoints=(2000, 4000, 6000, 8000, 10_000))).keep
    assert keep is not None
    assert (keep.step, keep.checkpoint) == (4000, "checkpoints/step-4000")
    assert keep.earliest_tied == min(keep.tied)
    assert keep.low <= keep.value <= keep.high
    assert keep.wasted.steps == 6000
    assert keep.last_costs > 0.1


def test_without_checkpoints_keeps_the_best_evaluation() -> None:
    keep = diagnose(run(0.4)).keep
    assert keep is not None
    assert keep.checkpoint is None
    assert abs(keep.step - 4000) <= 800


def test_a_state_between_two_evaluations_names_the_best_of_these() -> None:
    rare = run_of(
        sampled("loss", training, points=500, steps=STEPS, noise=0.02, seed=3),
        sampled("val_loss", turning(0.45, 0.6), points=5, steps=STEPS, noise=0.003, seed=4),
    )
    judged = diagnose(rare)
    assert judged.keep is not None
    assert judged.keep.step % 2000
    assert judged.keep.evaluated == 4000
    assert judged.keep.evaluated_costs is not None
    assert "between two evaluations (step 4,000, the best of them, is " in (words.keep(judged) or "")


@pytest.mark.parametrize("judged", [run(0.4), run(0.4, checkpoints=(1234, 5678))])
def test_a_state_that_was_evaluated_or_saved_stands_for_itself(judged: Run) -> None:
    keep = diagnose(judged).keep
    assert keep is not None
    assert (keep.step % 200 == 0) == (keep.checkpoint is None)
    assert keep.evaluated is None


def test_validation_that_only_rises_was_best_before_it_was_evaluated() -> None:
    rising = run_of(
        sampled("loss", lambda x: 1 + 3 * np.exp(-x / 0.01) - 0.5 * x, points=500, steps=STEPS, noise=0.01, seed=3),
        sampled("val_loss", lambda x: 1 + x, points=6, steps=STEPS - 4, noise=0.003, seed=4),
    )
    judged = diagnose(rising)
    assert judged.keep is not None
    assert 200 < judged.keep.step < 1000
    assert judged.keep.evaluated == 1666
    assert judged.keep.last_costs > 0.7
    assert "from before the first evaluation (step 1,666), when val_loss was past its best" in (words.keep(judged) or "")
    (overfitting,) = (reported.finding for reported in judged.findings if reported.code == "OVF001")
    assert overfitting.step_low == judged.keep.step


def test_training_past_the_best_fires_and_names_a_patience() -> None:
    diagnosis = diagnose(run(0.4))
    finding = next(r.finding for r in diagnosis.findings if r.code == "CKP001")
    assert "patience" in " ".join(finding.do)
    assert finding.data["steps"] == diagnosis.keep.wasted.steps if diagnosis.keep else False


@pytest.mark.parametrize("healthy", [run(0.4, size=0.0), run(0.95, size=0.01)])
def test_training_to_the_best_is_silent(healthy: Run) -> None:
    assert "CKP001" not in codes(diagnose(healthy))


def test_a_last_value_that_is_high_by_chance_wastes_nothing() -> None:
    noisy = run_of(series("loss", [30.0, 20, 10, 5, 2]), series("val_loss", [13479.0, 4554, 10863, 11126, 4660], every=1000))
    assert "CKP001" not in codes(diagnose(noisy))


def test_a_best_state_between_checkpoints_is_reported() -> None:
    assert "CKP002" in codes(diagnose(run(0.5, size=0.6, checkpoints=(1000, 10_000))))


def test_dense_checkpoints_are_silent() -> None:
    assert "CKP002" not in codes(diagnose(run(0.5, size=0.6, checkpoints=tuple(range(200, 10_001, 200)))))


def test_replay_knows_when_patience_would_have_stopped() -> None:
    replay = diagnose(run(0.4)).replay
    patient = {r.patience: r for r in replay if r.rule == "patience" and r.unit == "evaluations"}
    assert set(patient) == {1, 3, 5, 10}
    assert patient[10].stops_at is not None
    assert patient[3].stops_at is not None
    assert patient[3].stops_at < patient[10].stops_at < STEPS


def test_three_evaluations_carry_no_curve_between_them() -> None:
    diagnosis = diagnose(run_of(series("val_loss", [0.62, 0.55, 0.61], every=100)))
    assert diagnosis.keep is not None
    assert diagnosis.keep.step == 200


def diverging(checkpoints: tuple[int, ...] = (), evaluations: int = 50) -> Run:
    """Both losses fall until step 6,000 and then climb threefold, with nothing finite over the last tenth."""

    def lost(x: Floats) -> Floats:
        return np.where(x > 0.9, np.nan, falling(x) * (1 + np.minimum(30 * np.maximum(x - 0.6, 0), 2)))

    return run_of(
        sampled("loss", lost, points=500, steps=STEPS, noise=0.01, seed=3),
        sampled("val_loss", lost, points=evaluations, steps=STEPS, noise=0.003, seed=4),
        checkpoints=checkpoints,
    )


def test_the_state_to_keep_is_from_before_the_run_broke_down() -> None:
    for judged in (diagnose(diverging()), diagnose(diverging(checkpoints=(2000, 5000, 7000, 10_000)))):
        assert judged.keep is not None
        assert 5000 <= judged.keep.step <= 6100
        assert judged.keep.last_costs > 1.5 * judged.keep.value
        assert judged.keep.broke_down is None


def test_one_evaluation_before_a_breakdown_is_worth_keeping() -> None:
    keep = diagnose(diverging(evaluations=2)).keep
    assert keep is not None
    assert (keep.step, keep.low, keep.tied) == (5000, keep.value, (5000,))


def test_checkpoints_that_all_come_too_late_are_said_to() -> None:
    judged = diagnose(diverging(checkpoints=(7000, 8000)))
    assert judged.keep is not None
    assert judged.keep.step == 7000
    assert judged.keep.broke_down is not None
    assert f"nothing was saved before step {judged.keep.broke_down:,}" in (words.keep(judged) or "")
    assert "start again" in " ".join(judged.findings[0].finding.do)


def restarting(until: float) -> Run:
    """Warm restarts: four cosine cycles of the learning rate, and losses that follow it up at each restart."""
    cycles = 4

    def rate(x: Floats) -> Floats:
        return 0.5 + 0.5 * np.cos(np.pi * ((x * cycles - 1e-9) % 1))

    def loss(x: Floats) -> Floats:
        return 0.8 + 2.2 * np.exp(-4 * x) + 0.35 * rate(x)

    whole = run_of(
        sampled("loss", loss, points=500, steps=STEPS, noise=0.01, seed=3),
        sampled("lr", lambda x: 1e-3 * rate(x), points=500, steps=STEPS),
        sampled("val_loss", lambda x: loss(x) + 0.05, points=50, steps=STEPS, noise=0.003, seed=4),
    )
    parts = (part.take(part.step <= until * STEPS) for part in whole.series.values())
    return run_of(*parts)


def test_a_cycle_that_was_cut_off_is_not_kept() -> None:
    diagnosis = diagnose(restarting(0.875))
    assert diagnosis.keep is not None
    assert abs(diagnosis.keep.step - 7400) <= 200
    assert diagnosis.keep.value == pytest.approx(0.8 + 2.2 * np.exp(-3) + 0.05, abs=0.05)
    assert diagnosis.keep.last_costs > 0.05
    assert not [r for r in diagnosis.findings if r.severity != "info"]
    assert {s.code for s in diagnosis.skipped} >= {"LRN002", "LRN003"}


def test_a_schedule_of_cycles_that_came_to_its_end_keeps_the_last() -> None:
    keep = diagnose(restarting(1.0)).keep
    assert keep is not None
    assert keep.step >= 9600


def test_a_rate_raised_once_is_no_cycle() -> None:
    parts = list(restarting(0.375).series.values())
    assert "LRN003" not in {s.code for s in diagnose(run_of(*parts)).skipped}


def test_no_state_is_kept_of_a_run_that_learnt_nothing() -> None:
    flat = run_of(series("loss", [2.3026] * 60, every=10), series("val_loss", [2.303 + 1e-4 * (i % 3) for i in range(30)], every=20))
    judged = diagnose(flat)
    assert judged.verdict == "not-learning"
    assert words.keep(judged) is None


def test_what_was_never_negative_is_not_kept_at_less_than_nothing() -> None:
    keep = diagnose(run_of(series("val_loss", [*np.linspace(1.2, 0, 13), *[0.0] * 17], every=10))).keep
    assert keep is not None
    assert keep.low >= 0
