import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.curves import Floats, falling, flat, power
from trainlog.analysis.divergence import find_divergence


def sudden(n: int = 600, at: float = 0.6, to: float = 6.0, seed: int = 0) -> Floats:
    y = falling(n, seed=seed)
    y[int(at * n) :] = to * np.exp(np.random.default_rng(seed + 9).normal(0, 0.05, n - int(at * n)))
    return y


def slow(n: int = 600, at: float = 0.5, seed: int = 0) -> Floats:
    x = np.linspace(0, 1, n)
    return falling(n, seed=seed) + 3.0 * np.maximum(x - at, 0) ** 1.3


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [60, 600, 20_000])
def test_a_sudden_jump_is_found_at_its_point(n: int, seed: int) -> None:
    found = find_divergence(sudden(n, seed=seed))
    assert found is not None
    assert found.sudden
    assert abs(found.start - int(0.6 * n)) <= 1
    assert found.best_index < found.start


@pytest.mark.parametrize("seed", range(5))
def test_a_slow_rise_is_found_within_a_twentieth_of_the_run(seed: int) -> None:
    found = find_divergence(slow(seed=seed))
    assert found is not None
    assert not found.sudden
    assert 0.48 * 600 <= found.start <= 0.58 * 600


def test_a_finite_plateau_above_the_best_is_divergence_and_settled() -> None:
    found = find_divergence(sudden(at=0.3, to=3.0))
    assert found is not None
    assert found.settled
    assert found.end == pytest.approx(3.0, rel=0.05)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("curve", [falling, power, flat])
@pytest.mark.parametrize("noise", [0.005, 0.05, 0.2])
def test_healthy_and_flat_curves_are_silent(curve, noise: float, seed: int) -> None:  # type: ignore[no-untyped-def]  # a table of functions
    assert find_divergence(curve(noise=noise, seed=seed)) is None


def test_a_spike_that_comes_back_is_not_divergence() -> None:
    y = falling()
    y[200:215] *= 4
    assert find_divergence(y) is None


def test_an_oscillation_that_happens_to_end_high_is_not_divergence() -> None:
    n = 400
    y = falling(n) + 0.8 * np.sin(np.arange(n) * 2 * np.pi / 62 + 0.2)
    assert find_divergence(y) is None


@pytest.mark.parametrize("n", [0, 1, 3, 7])
def test_too_few_points_are_not_judged(n: int) -> None:
    assert find_divergence(np.linspace(1, 9, n)) is None


@given(scale=st.floats(1e-3, 1e3))
def test_the_unit_of_the_loss_does_not_matter(scale: float) -> None:
    y = sudden()
    one, other = find_divergence(y), find_divergence(y * scale)
    assert one is not None
    assert other is not None
    assert one.start == other.start


def test_losses_below_zero_are_judged_by_what_they_gained() -> None:
    y = falling(600) - 3.0
    assert find_divergence(y) is None
    y[400:] += 1.5
    found = find_divergence(y)
    assert found is not None
    assert abs(found.start - 400) <= 1


def test_the_wild_swings_of_a_ruined_run_are_no_return() -> None:
    """They come down by most of their height again and again, but never to where the run began."""
    rng = np.random.default_rng(0)
    good = 3.2 + 1.2 * np.exp(-np.arange(20) / 5)
    ruined = 13 + 60 * (1 + np.sin(np.arange(120) / 4 + 3.2)) * np.exp(rng.normal(0, 0.3, 120))  # ends high
    found = find_divergence(np.concatenate([good, ruined]))
    assert found is not None
    assert 18 <= found.start <= 24
