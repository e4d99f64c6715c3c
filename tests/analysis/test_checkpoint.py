"""Which saved state to keep."""

import numpy as np
import pytest

from tests.analysis.test_curve import turning
from trainlog.analysis.checkpoint import OUTSIDE, choose_checkpoint, likely_best
from trainlog.analysis.curve import fit_curve


def test_the_state_nearest_to_the_minimum_is_kept() -> None:
    curve = fit_curve(*turning(100, turn=0.5))
    choice = choose_checkpoint(curve, np.array([10_000, 1000, 5000, 8000]))
    assert choice is not None
    assert choice.step == 5000
    assert choice.tied == (5000,)
    assert choice.low <= choice.value <= choice.high
    assert choice.last_costs == pytest.approx(0.45 - 2 * np.exp(-5), abs=0.07)
    assert 0 <= choice.regret < 0.02


def test_states_that_cannot_be_told_apart_are_named_with_the_earliest() -> None:
    curve = fit_curve(*turning(100, turn=0.5, rise=0.0, noise=0.03))
    choice = choose_checkpoint(curve, np.arange(1000, 10_001, 1000))
    assert choice is not None
    assert len(choice.tied) > 1
    assert choice.earliest_tied == min(choice.tied) > 1000
    assert choice.step in choice.tied


def test_coarse_checkpoints_cost_what_lies_between_them() -> None:
    curve = fit_curve(*turning(200, turn=0.5, rise=1.0, noise=0.002))
    fine, coarse = choose_checkpoint(curve, np.arange(100, 10_001, 100)), choose_checkpoint(curve, np.array([1000, 7000, 10_000]))
    assert fine is not None
    assert coarse is not None
    assert fine.spacing_costs < 0.02
    assert coarse.spacing_costs == pytest.approx(1.5 * 0.4, abs=0.1) or coarse.step == 1000
    assert coarse.regret == 0


def test_a_state_far_worse_than_the_curve_when_evaluated_is_passed_over() -> None:
    step, value = turning(100, turn=0.5)
    value[49] *= 1.5
    curve = fit_curve(step, value)
    choice = choose_checkpoint(curve, np.array([3000, 5000, 8000]), evaluated=(step, value))
    assert choice is not None
    assert choice.step == 3000
    assert 5000 not in choice.tied
    assert abs(likely_best(curve, evaluated=(step, value)) - 5000) > 30


def test_a_last_state_that_was_unlucky_when_evaluated_is_still_better_than_the_one_before() -> None:
    step = np.arange(100, 10_001, 100)
    value = 2 + 3 * np.exp(-step / 4000) * (1 + 0.004 * np.random.default_rng(3).standard_normal(100))
    value[-1] *= 1.015
    curve = fit_curve(step, value)
    assert value[-1] - curve.last > OUTSIDE * curve.noise_sd
    choice = choose_checkpoint(curve, np.array([5000, 10_000]), evaluated=(step, value))
    assert choice is not None
    assert (choice.step, choice.spacing_costs) == (10_000, 0.0)


def test_what_little_is_known_about_has_to_look_better() -> None:
    """Four evaluations, then a gap of four fifths of the run in which the curve may have gone anywhere."""
    curve = fit_curve(np.array([100, 200, 300, 400, 2000]), np.array([2.0, 1.6, 1.45, 1.4, 1.42]))
    assert 400 <= likely_best(curve) < curve.best_step


def test_nothing_saved_and_nothing_known_give_no_choice() -> None:
    assert choose_checkpoint(fit_curve(*turning(50)), np.array([], dtype=np.int64)) is None
    assert choose_checkpoint(fit_curve(*turning(1)), np.array([5000])) is None


def test_many_states_are_compared_by_a_part_of_them() -> None:
    step, value = turning(100, turn=0.5)
    curve = fit_curve(step * 1000, value)
    choice = choose_checkpoint(curve, np.arange(1, 10_000_001, 3))
    assert choice is not None
    assert abs(choice.step - likely_best(curve)) <= 3
    assert len(choice.tied) <= 1001
    assert choice.last_costs > 0.3
