import numpy as np
import pytest

from tests.analysis.curves import Floats
from trainlog.analysis.forecast import forecast


def curve(exponent: float, seed: int, noise: float = 0.01, n: int = 400) -> tuple[Floats, Floats, float]:
    """First three quarters of a power law, and its true value at the end."""
    step = np.linspace(10, 4000, n)
    true = 1.2 + 2.5 * (1 + step / 150) ** -exponent
    y = true * np.exp(np.random.default_rng(seed).normal(0, noise, n))
    past = step <= 3010
    return step[past], y[past], float(true[-1])


def test_the_interval_covers_four_of_five_and_the_error_beats_the_last_level() -> None:
    rng = np.random.default_rng(5)
    covered, error, naive = [], [], []
    for seed in range(90):
        step, y, true = curve(float(rng.uniform(0.2, 1.2)), seed, noise=(0.003, 0.01, 0.02)[seed % 3])
        found = forecast(step, y, 4000)
        assert found is not None
        assert found.low <= found.value <= found.high
        covered.append(found.low <= true <= found.high)
        error.append(abs(found.value - true))
        naive.append(abs(found.now - true))
    assert 0.73 <= np.mean(covered) <= 0.87
    assert np.mean(error) < 0.6 * np.mean(naive)


@pytest.mark.parametrize("until", [1.0, 3010.0, 4500.0, 1e9])
def test_nothing_is_said_about_the_past_or_beyond_a_third_more(until: float) -> None:
    step, y, _ = curve(0.5, 0)
    assert forecast(step, y, until) is None


def test_too_few_points_give_no_forecast() -> None:
    assert forecast(np.arange(1.0, 15.0), np.linspace(3, 2, 14), 17) is None


def test_negative_losses_are_extrapolated_too() -> None:
    step, y, true = curve(0.5, 1)
    found = forecast(step, y - 4, 4000)
    assert found is not None
    assert found.value == pytest.approx(true - 4, abs=0.05)


def test_the_unit_of_the_step_does_not_matter() -> None:
    step, y, _ = curve(0.7, 2)
    one, other = forecast(step, y, 4000), forecast(step * 1000, y, 4e6)
    assert one is not None
    assert other is not None
    assert one.value == pytest.approx(other.value, rel=1e-9)


def test_a_positive_loss_is_not_extrapolated_below_zero() -> None:
    step = np.linspace(100, 10_000, 100)
    found = forecast(step, np.where(step < 5000, 3.8, 3.8 * np.exp(-(step - 5000) / 900)), 13_000)
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high
