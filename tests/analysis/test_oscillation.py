import numpy as np
import pytest

from tests.analysis.curves import Floats, falling, flat, power
from trainlog.analysis.oscillation import find_oscillation


def swinging(n: int = 600, period: float = 25, amplitude: float = 0.3, seed: int = 0) -> Floats:
    return power(n, seed=seed) + amplitude * np.sin(2 * np.pi * np.arange(n) / period)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("n", "period"), [(120, 8), (600, 5), (600, 25), (600, 60), (20_000, 40), (20_000, 900)])
def test_a_constant_swing_is_found_with_its_period_and_amplitude(n: int, period: int, seed: int) -> None:
    found = find_oscillation(swinging(n, period, seed=seed))
    assert found is not None
    assert found.period == pytest.approx(period, rel=0.05)
    assert found.amplitude == pytest.approx(0.3, rel=0.35)
    assert 0.6 < found.growth < 1.6
    assert not found.sawtooth


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("noise", [0.005, 0.05])
def test_noise_does_not_swing(noise: float, seed: int) -> None:
    for curve in (falling, power, flat):
        assert find_oscillation(curve(noise=noise, seed=seed)) is None


@pytest.mark.parametrize("seed", range(20))
def test_correlated_noise_does_not_swing(seed: int) -> None:
    white = np.random.default_rng(seed).normal(0, 0.02, 400)
    wander = np.zeros(400)
    for i in range(1, 400):
        wander[i] = 0.9 * wander[i - 1] + white[i]
    assert find_oscillation(2.3 + wander) is None


@pytest.mark.parametrize("seed", range(5))
def test_stairs_at_epoch_edges_are_told_apart(seed: int) -> None:
    n, epoch = 1200, 100
    i = np.arange(n)
    # Within an epoch the loss creeps up, at its end it falls: the shape of training on data seen before.
    y = 3.0 - 0.15 * (i // epoch) + 0.15 * (i % epoch) / epoch * 0.9
    found = find_oscillation(y * np.exp(np.random.default_rng(seed).normal(0, 0.002, n)))
    assert found is None or found.sawtooth


@pytest.mark.parametrize("n", [0, 1, 39])
def test_few_points_are_not_judged(n: int) -> None:
    assert find_oscillation(np.sin(np.arange(float(n)))) is None


def test_a_constant_is_silent() -> None:
    assert find_oscillation(np.ones(500)) is None


def test_a_growing_swing_says_so() -> None:
    n = 600
    y = 2 + np.linspace(0.05, 0.6, n) * np.sin(2 * np.pi * np.arange(n) / 20) + flat(n, level=0.1)
    found = find_oscillation(y)
    assert found is not None
    assert found.growth > 1.6
