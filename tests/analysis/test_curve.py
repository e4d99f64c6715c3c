"""The smooth curve behind a validation loss: verdict, onset, intervals, and what must not change them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainlog.analysis.curve import Curve, fit_curve
from trainlog.rules.overfitting import LIKELY, SURE


def turning(n: int, *, turn: float = 0.5, rise: float = 0.3, noise: float = 0.01, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A loss that falls, and from ``turn`` (share of the run) rises by ``rise`` of its best value."""
    step = np.linspace(10_000 / n, 10_000, n).astype(np.int64)
    x = step / 10_000
    value = 1.5 + 2 * np.exp(-x / (turn / 5)) + 1.5 * rise * np.maximum(x - turn, 0) / (1 - turn)
    return step, value * np.exp(np.random.default_rng(seed).normal(0, noise, n))


def verdict(curve: Curve) -> str:
    return "error" if curve.probability >= SURE else "warning" if curve.probability >= LIKELY else "none"


@pytest.mark.parametrize("n", [8, 20, 80, 700])
@pytest.mark.parametrize("turn", [0.25, 0.5, 0.75])
def test_a_clear_turn_is_found_and_its_interval_holds_it(n: int, turn: float) -> None:
    curve = fit_curve(*turning(n, turn=turn))
    assert curve.probability > LIKELY
    assert curve.onset_low <= curve.onset <= curve.onset_high
    assert curve.onset_low <= 10_000 * turn + 10_000 / n
    assert curve.onset_high >= 10_000 * turn - 10_000 / n
    assert abs(curve.onset - 10_000 * turn) <= 1000
    assert curve.rise_low < 0.45 < curve.rise_high + 0.05


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("n", [8, 30, 200])
def test_a_falling_loss_is_not_called_overfitting(n: int, seed: int) -> None:
    step, value = turning(n, turn=0.5, rise=0.0, seed=seed)
    assert fit_curve(step, value).probability < LIKELY


@pytest.mark.parametrize("n", [5, 7, 10, 15])
@pytest.mark.parametrize("floor", [1.5, 3.5])
def test_noise_on_few_points_is_rarely_called_overfitting(n: int, floor: float) -> None:
    """Falling, and flat from the start: a smooth curve through noise always has a lowest point."""
    x = np.arange(1, n + 1) / n
    smooth = floor + (3.5 - floor) * np.exp(-x / 0.15)
    noisy = [smooth * np.exp(np.random.default_rng([seed, n]).normal(0, 0.02, n)) for seed in range(30)]
    verdicts = [verdict(fit_curve(np.arange(1, n + 1), value)) for value in noisy]
    assert verdicts.count("error") <= 2
    assert verdicts.count("none") >= 27


@pytest.mark.parametrize("n", [0, 1, 3])
def test_too_few_points_are_said_to_be_too_few(n: int) -> None:
    curve = fit_curve(np.arange(n), np.ones(n))
    assert not curve.evaluable
    assert curve.reason is not None
    assert str(n) in curve.reason


def test_non_finite_values_are_left_out_and_the_rest_is_judged() -> None:
    step, value = turning(60)
    holes = value.copy()
    holes[[3, 30, 31]] = np.nan, np.inf, -np.inf
    curve = fit_curve(step, holes)
    assert curve.n == 57
    assert verdict(curve) == "error"


@pytest.mark.parametrize("at", [[20], [20, 40], [30, 31]])
def test_a_collapse_that_comes_back_says_nothing_of_the_curve(at: list[int]) -> None:
    """A score that is 0 for an evaluation or two, and the same without them."""
    score = 0.97 - 0.1 * np.exp(-np.arange(60) / 5) + np.random.default_rng(3).normal(0, 0.003, 60)
    spiked = score.copy()
    spiked[at] = 0.0
    step = np.arange(1, 61)
    plain, curve = (fit_curve(step, values, higher_is_better=True) for values in (score, spiked))
    assert curve.noise_sd < 0.03
    assert abs(curve.best_value - plain.best_value) < 0.01
    assert verdict(curve) == "none"


@pytest.mark.parametrize("value", [1.0, 0.0, -3.0, 1e-12, 1e30])
def test_a_constant_curve_never_rises(value: float) -> None:
    curve = fit_curve(np.arange(30), np.full(30, value))
    assert curve.probability < LIKELY
    assert np.isfinite(curve.mean).all()


def test_a_metric_that_should_grow_is_judged_upside_down() -> None:
    step, value = turning(60)
    curve = fit_curve(step, 1 - value / 10, higher_is_better=True)
    assert verdict(curve) == "error"
    assert abs(curve.onset - 5000) < 600
    assert curve.rise > 0
    assert curve.best_low <= curve.best_value <= curve.best_high
    assert curve.best_value == pytest.approx(1 - 0.15, abs=0.01)


def test_a_negative_loss_is_judged_by_its_range() -> None:
    step, value = turning(60)
    assert verdict(fit_curve(step, value - 10)) == "error"
    step, value = turning(60, rise=0.0)
    assert verdict(fit_curve(step, value - 10)) == "none"


def test_a_training_loss_that_rises_too_is_told() -> None:
    step, value = turning(60)
    assert fit_curve(step, value, training=[(step, value)]).train_rises
    assert not fit_curve(step, value, training=[(step, np.linspace(3.0, 1.0, 60))]).train_rises
    assert not fit_curve(step, value).train_rises


def test_a_sudden_fall_late_in_the_run_marks_where_the_loss_turned() -> None:
    """As when the learning rate drops: the loss falls at once and overfits from there on."""
    step = np.arange(1, 201)
    value = np.where(step < 101, 0.5, 0.2 + 0.1 * (step - 101) / 100) * np.exp(np.random.default_rng(0).normal(0, 0.05, 200))
    curve = fit_curve(step, value, drops=np.array([100]))
    assert verdict(curve) == "error"
    assert abs(curve.onset - 101) < 10


@settings(max_examples=12, deadline=None)
@given(
    n=st.sampled_from([9, 40, 150]),
    rise=st.sampled_from([0.0, 0.02, 0.3]),
    factor=st.sampled_from([3, 1000, 2**40]),
    shift=st.sampled_from([-5, 0, 10**6]),
    unit=st.sampled_from([1e-6, 0.4343, 1024.0]),
)
def test_units_and_origins_do_not_change_the_verdict(n: int, rise: float, factor: int, shift: int, unit: float) -> None:
    step, value = turning(n, rise=rise)
    plain, other = fit_curve(step, value), fit_curve(step * factor + shift, value * unit)
    assert other.probability == pytest.approx(plain.probability, abs=0.02)
    if verdict(plain) != "none":
        assert other.onset - shift == pytest.approx(plain.onset * factor, rel=0.02)
    assert other.rise == pytest.approx(plain.rise * unit, rel=0.02, abs=1e-4 * unit)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 99), n=st.sampled_from([7, 50]))
def test_order_and_repetition_do_not_change_anything(seed: int, n: int) -> None:
    step, value = turning(n, seed=seed)
    order = np.random.default_rng(seed).permutation(n)
    plain = fit_curve(step, value)
    shuffled = fit_curve(step[order], value[order])
    repeated = fit_curve(np.repeat(step, 2), np.repeat(value, 2))
    for other in (shuffled, repeated):
        assert (other.probability, other.onset, other.rise) == (plain.probability, plain.onset, plain.rise)


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=14),
    higher=st.booleans(),
    stride=st.sampled_from([1, 7, 2**50]),
)
def test_any_numbers_give_a_curve_or_a_reason(values: list[float], higher: bool, stride: int) -> None:
    curve = fit_curve(np.arange(len(values)) * stride, np.array(values), higher_is_better=higher)
    if curve.evaluable:
        assert 0 <= curve.probability <= 1
        assert np.isfinite([curve.rise, curve.onset, curve.onset_low, curve.onset_high, curve.best_value]).all()
        assert curve.onset_low <= curve.onset <= curve.onset_high
    else:
        assert curve.reason


@pytest.mark.parametrize("seed", range(6))
def test_scatter_at_the_start_does_not_hide_a_rise_at_the_end(seed: int) -> None:
    """As with a small model at a large learning rate: evaluations that jump by 4 % settle to 0.4 %, then rise by 5 %."""
    x = np.arange(1, 21) / 20
    smooth = 0.31 + 0.4 * np.exp(-x / 0.12) + 0.31 * 0.05 * np.clip((x - 0.6) / 0.3, 0, 1)
    value = smooth * np.exp(np.random.default_rng(seed).normal(0, np.where(x < 0.5, 0.04, 0.004)))
    assert fit_curve(np.arange(20, 420, 20), value).probability > LIKELY
