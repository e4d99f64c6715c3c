"""Where validation was lowest before it was first evaluated."""

import numpy as np
import pytest

from trainlog.analysis import Floats
from trainlog.analysis.curve import Curve, fit_curve
from trainlog.analysis.lead import lowest_at_start, lowest_before

STEPS = 10_000
TURN = 800


def base(step: Floats) -> Floats:
    return 1 + 3 * np.exp(-step / 200)


def curves(*, evaluations: int, rise: float, noise: float = 0.003) -> tuple[Curve, Curve, Floats]:
    """Validation that falls until step 800 and then rises, and training that falls on."""
    step = np.linspace(STEPS / evaluations, STEPS, evaluations)
    value = base(step) + rise * np.maximum(step - TURN, 0) / STEPS
    value *= 1 + noise * np.random.default_rng(0).standard_normal(evaluations)
    early = np.arange(50.0, STEPS + 1, 50)
    trained = base(early) * np.exp(-1.5 * np.maximum(early - TURN, 0) / STEPS)
    return fit_curve(step.astype(np.int64), value), fit_curve(early.astype(np.int64), trained), step


@pytest.mark.parametrize(("rise", "lowest"), [(1.0, 1000), (3.0, 800)])
def test_a_turn_before_the_first_evaluation_is_placed_by_training(rise: float, lowest: int) -> None:
    val, training, step = curves(evaluations=6, rise=rise)
    assert lowest_at_start(val)
    at = lowest_before(val, step.astype(np.int64), training)
    assert at is not None
    assert 0.6 * lowest < at < 1.3 * lowest


def test_higher_is_better_is_the_same_upside_down() -> None:
    val, training, step = curves(evaluations=6, rise=2.0)
    score = fit_curve(step.astype(np.int64), -np.interp(step, val.step_grid, val.mean), higher_is_better=True)
    assert lowest_at_start(score)
    at, same = (lowest_before(curve, step.astype(np.int64), training) for curve in (score, val))
    assert at is not None
    assert same is not None
    assert abs(at - same) <= 100


@pytest.mark.parametrize(("evaluations", "rise"), [(40, 2.0), (6, 0.0), (200, 2.0)])
def test_a_turn_that_was_seen_and_a_curve_that_stands_still_are_left_alone(evaluations: int, rise: float) -> None:
    assert not lowest_at_start(curves(evaluations=evaluations, rise=rise)[0])


def test_training_that_was_not_logged_earlier_says_nothing() -> None:
    val, _, step = curves(evaluations=6, rise=2.0)
    late = fit_curve(step.astype(np.int64), base(step))
    assert lowest_before(val, step.astype(np.int64), late) is None
