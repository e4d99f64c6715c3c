from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trainlog.render.figure._curves import CELLS, auto_time_constant, frame, smooth, spikes, thin

values = st.floats(-1e6, 1e6, width=64)


@settings(max_examples=60)
@given(y=arrays(np.float64, st.integers(2, 3000), elements=values), columns=st.integers(1, 50), log_x=st.booleans())
def test_thinning_keeps_every_extreme_of_every_strip_and_both_ends(y: np.ndarray, columns: int, log_x: bool) -> None:
    x = np.arange(len(y), dtype=np.float64)
    kept = thin(x, y, columns, log_x=log_x)
    assert np.all(np.diff(kept) > 0)
    assert kept[0] == 0
    assert kept[-1] == len(y) - 1
    assert len(kept) <= max(4 * columns, 4)
    assert y[kept].min() == y.min()
    assert y[kept].max() == y.max()


def test_a_lone_spike_survives_in_a_million_points() -> None:
    y = np.zeros(1_000_000)
    y[777_777] = 1.0
    kept = thin(np.arange(1e6), y, 1200)
    assert 777_777 in kept
    assert len(kept) <= 4800


@given(slope=st.floats(-3, 3), start=st.floats(-5, 5), constant=st.floats(1, 500))
def test_a_straight_line_is_smoothed_to_itself_up_to_both_ends(slope: float, start: float, constant: float) -> None:
    step = np.sort(np.random.default_rng(0).choice(2000, 300, replace=False)).astype(np.float64)
    x, y = smooth(step, start + slope * step, constant)
    np.testing.assert_allclose(y, start + slope * x, atol=1e-6 * (1 + abs(slope) * 2000))


def test_smoothing_depends_on_steps_and_not_on_how_often_was_logged() -> None:
    rng = np.random.default_rng(1)
    often = np.arange(0, 4000, 1, dtype=np.float64)
    seldom = often[::4]

    def shape(s: np.ndarray) -> np.ndarray:
        return 2 + np.exp(-s / 400)

    _, a = smooth(often, shape(often) + 0.01 * rng.standard_normal(len(often)), 100)
    _, b = smooth(seldom, shape(seldom) + 0.01 * rng.standard_normal(len(seldom)), 100)
    assert np.abs(a[::4] - b).max() < 0.02


def test_smoothing_neither_lags_nor_starts_off_the_curve() -> None:
    step = np.arange(0, 3000, 5, dtype=np.float64)
    curve = 1 + 4 * np.exp(-step / 300)
    _, y = smooth(step, curve, 30)
    assert np.abs(y - curve).max() < 0.02
    noisy = curve + 0.2 * np.random.default_rng(2).standard_normal(len(step))
    _, y = smooth(step, noisy, 30)
    assert np.std(y - curve) < 0.4 * 0.2


def test_smoothing_a_long_curve_gives_a_bounded_number_of_points() -> None:
    step = np.arange(100_000, dtype=np.float64)
    x, y = smooth(step, np.sin(step / 20_000), 1000)
    assert len(x) == len(y) <= CELLS
    np.testing.assert_allclose(y, np.sin(x / 20_000), atol=2e-3)


@pytest.mark.parametrize(("points", "expected"), [(50, 0.0), (300, 30.0), (3000, 30.0)])
def test_the_time_constant_is_a_round_part_of_the_run(points: int, expected: float) -> None:
    assert auto_time_constant(np.linspace(0, 3000, points)) == expected


def test_the_frame_leaves_out_the_first_fall_but_no_rise_of_validation() -> None:
    x = np.linspace(0, 1000, 500)
    train = 2 + 8 * np.exp(-x / 8)
    val = np.linspace(2.4, 3.4, 20)
    low, high = frame(np.array([0.0, 1000.0]), [(x, train), (np.linspace(50, 1000, 20), val)], [train, val]) or (0, 0)
    assert low < 2
    assert 3.4 < high < 4


def test_the_frame_shows_everything_when_that_fits() -> None:
    y = np.linspace(3, 2, 200)
    low, high = frame(np.array([0.0, 199.0]), [(np.arange(200.0), y)], [y]) or (0, 0)
    assert low < 2 < 3 < high


@settings(max_examples=60)
@given(y=arrays(np.float64, st.integers(1, 300), elements=st.floats(-1e9, 1e9)))
def test_every_curve_has_a_frame_that_is_not_empty(y: np.ndarray) -> None:
    x = np.arange(len(y), dtype=np.float64)
    found = frame(x[[0, -1]], [(x, y)], [y])
    assert found is not None
    assert found[0] < found[1]


def test_no_points_no_frame() -> None:
    assert frame(np.zeros(2), [], []) is None
    assert frame(np.zeros(2), [(np.zeros(1), np.array([np.nan]))], [np.array([np.nan])]) is None


def test_a_spike_is_not_smeared_over_the_time_constant() -> None:
    step = np.arange(0, 3000, 5, dtype=np.float64)
    curve = 1 + 2 * np.exp(-step / 600)
    value = curve + 0.03 * np.random.default_rng(0).standard_normal(len(step))
    value[300:303] += 4
    _, y = smooth(step, value, 30)
    assert np.abs(y - curve).max() < 0.1


def test_what_stays_is_no_spike() -> None:
    step = np.arange(0, 3000, 5, dtype=np.float64)
    value = np.where(step > 1500, 3.0, 2.0) + 0.03 * np.random.default_rng(0).standard_normal(len(step))
    assert not spikes(value, 12).any()
    _, y = smooth(step, value, 30)
    assert np.abs(y[(step < 1400)] - 2).max() < 0.06
    assert np.abs(y[(step > 1600)] - 3).max() < 0.06


@pytest.mark.parametrize("shape", [lambda x: 10 * np.exp(-x / 5), lambda x: np.sin(x / 30), lambda x: 0 * x, lambda x: x])
def test_a_smooth_curve_has_no_spike(shape: Callable[[np.ndarray], np.ndarray]) -> None:
    assert not spikes(shape(np.arange(400.0)), 9).any()


@settings(max_examples=60)
@given(y=arrays(np.float64, st.integers(0, 200), elements=values), reach=st.integers(1, 30))
def test_spikes_of_anything_are_found_without_a_warning(y: np.ndarray, reach: int) -> None:
    found = spikes(y, reach)
    assert found.shape == y.shape
    assert found.mean() < 0.5 if len(y) else True


def test_of_a_few_points_none_is_left_out_of_the_frame() -> None:
    x, y = np.array([0.0, 1.0, 2.0]), np.array([30.0, 0.2, 0.1])
    _, high = frame(x[[0, -1]], [(x, y)], [y]) or (0, 0)
    assert high > 30


def test_a_spike_far_from_every_other_point_stands_for_itself() -> None:
    step = np.arange(0, 300_000, 1000, dtype=np.float64)
    value = np.ones(300)
    value[150] = 9.0
    _, y = smooth(step, value, 0.5)
    np.testing.assert_allclose(y, value)
