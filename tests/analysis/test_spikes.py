import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.curves import Floats, falling, flat, power
from trainlog.analysis.spikes import find_spikes


def spiked(n: int = 600, at: int = 300, width: int = 8, height: float = 3.0, seed: int = 0) -> Floats:
    """A healthy loss with one spike that decays exponentially."""
    y = power(n, seed=seed)
    i = np.arange(n)
    return y * (1 + height * np.where(i >= at, np.exp(-(i - at).clip(0) / width), 0))


@pytest.mark.parametrize("seed", range(5))
def test_a_spike_is_found_with_its_height_and_recovery(seed: int) -> None:
    (spike,) = find_spikes(spiked(seed=seed)).spikes
    assert spike.start == spike.peak == 300
    assert spike.height / spike.before == pytest.approx(3.0, rel=0.15)
    assert spike.end is not None
    assert 15 <= spike.end - spike.start <= 30
    assert not spike.lingering


def test_a_slow_return_lingers() -> None:
    (spike,) = find_spikes(spiked(n=600, at=200, width=40)).spikes
    assert spike.recovered
    assert spike.lingering


def test_a_level_that_stays_up_never_recovers() -> None:
    y = power(600)
    y[300:] *= 1.8
    (spike,) = find_spikes(y).spikes
    assert spike.start == 300
    assert not spike.recovered
    assert spike.after > spike.before * 1.5


def test_one_hot_point_in_a_million_is_found_by_index() -> None:
    y = power(1_000_000, noise=0.03)
    y[654_321] *= 5
    (spike,) = find_spikes(y).spikes
    assert spike.start == 654_321
    assert spike.recovered


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("noise", [0.005, 0.03, 0.1])
def test_healthy_curves_are_silent(noise: float, seed: int) -> None:
    for curve in (falling, power, flat):
        assert find_spikes(curve(noise=noise, seed=seed)).spikes == ()


@pytest.mark.parametrize("seed", range(5))
def test_epoch_stairs_drops_and_start_up_are_silent(seed: int) -> None:
    n = 1000
    stairs = (2.5 * 0.8 ** (np.arange(n) // 200)) * np.exp(np.random.default_rng(seed).normal(0, 0.01, n))
    assert find_spikes(stairs).spikes == ()
    transient = falling(n, start=12, tau=0.01, seed=seed)
    assert find_spikes(transient).spikes == ()


@pytest.mark.parametrize("seed", range(5))
def test_negative_losses_are_silent_and_their_spikes_are_found(seed: int) -> None:
    y = power(600, seed=seed) - 5.0
    assert find_spikes(y).spikes == ()
    y[400:404] += 3.0
    (spike,) = find_spikes(y).spikes
    assert spike.start == 400


def test_a_regular_spacing_is_reported() -> None:
    y = flat(1000, noise=0.01)
    y[100::150] *= 1.6
    found = find_spikes(y)
    assert len(found.spikes) == 6
    assert found.period == pytest.approx(150, abs=2)


@pytest.mark.parametrize("n", [0, 1, 2, 29])
def test_few_points_are_not_judged(n: int) -> None:
    assert find_spikes(np.linspace(5, 1, n)).spikes == ()


@settings(max_examples=50, deadline=None)
@given(scale=st.floats(1e-3, 1e3))
def test_the_unit_of_the_loss_does_not_matter(scale: float) -> None:
    one, other = find_spikes(spiked()), find_spikes(spiked() * scale)
    assert [(s.start, s.end) for s in one.spikes] == [(s.start, s.end) for s in other.spikes]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), max_size=200))
def test_any_finite_series_is_survived(values: list[float]) -> None:
    for spike in find_spikes(np.array(values)).spikes:
        assert 0 <= spike.start <= spike.peak < len(values)
        assert spike.height > 0
