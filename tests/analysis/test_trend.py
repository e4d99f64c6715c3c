import numpy as np
import pytest

from tests.analysis.curves import falling, flat, power
from trainlog.analysis.trend import find_plateau, fit_trend, judge_learning, late_trend


def steps(y) -> np.ndarray:  # type: ignore[no-untyped-def, type-arg]  # a one-line shorthand
    return np.arange(1, len(y) + 1, dtype=float)


def learnt(y) -> bool | None:  # type: ignore[no-untyped-def]  # a one-line shorthand
    found = judge_learning(y)
    return None if found is None else found.learnt


def test_noise_that_could_hide_a_gain_gives_no_answer() -> None:
    assert learnt(flat(100, noise=0.4)) is None
    assert learnt(flat(12, noise=0.005)) is False
    assert learnt(flat(5)) is None


def test_a_line_gives_its_slope_and_an_interval_that_holds_it() -> None:
    x = np.arange(200.0)
    trend = fit_trend(x, 0.5 * x + np.random.default_rng(0).normal(0, 1, 200))
    assert trend is not None
    assert trend.slope == pytest.approx(0.5, rel=0.01)
    assert trend.low < 0.5 < trend.high
    assert trend.z > 5


@pytest.mark.parametrize("y", [[], [1.0], [1.0, 2.0, 3.0], [np.nan] * 10])
def test_too_little_gives_no_trend(y: list[float]) -> None:
    assert fit_trend(np.arange(float(len(y))), np.array(y)) is None


def test_a_constant_has_no_trend_and_no_slope() -> None:
    trend = fit_trend(np.arange(50.0), np.ones(50))
    assert trend is not None
    assert (trend.z, trend.slope) == (0.0, 0.0)


def test_the_z_of_noise_is_standard() -> None:
    zs = [trend.z for seed in range(300) if (trend := fit_trend(np.arange(40.0), flat(40, seed=seed))) is not None]
    assert abs(float(np.mean(zs))) < 0.15
    assert 0.85 < float(np.std(zs)) < 1.15


def test_the_late_trend_of_a_power_law_still_falls() -> None:
    y = power()
    late = late_trend(steps(y), y)
    assert late is not None
    assert late[0].z < -1.64
    assert late[1] < -0.005


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("level", "classes"), [(np.log(10), 10), (np.log(50257), 50257)])
def test_a_loss_at_chance_names_the_number_of_classes(level: float, classes: int, seed: int) -> None:
    found = judge_learning(flat(level=level, noise=0.01, seed=seed), (2, 10, 1000, 50257))
    assert found is not None
    assert found.learnt is False
    assert found.chance == classes


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("noise", [0.005, 0.05])
def test_learning_curves_are_learning(noise: float, seed: int) -> None:
    for curve in (falling, power):
        assert learnt(curve(noise=noise, seed=seed))


def test_a_curve_that_learned_everything_in_its_first_points_has_learned() -> None:
    assert learnt(falling(400, tau=0.004))


def test_a_loss_that_fell_and_came_back_has_learned() -> None:
    y = falling()
    assert learnt(np.concatenate([y, y[::-1]]))


@pytest.mark.parametrize("seed", range(5))
def test_a_converged_curve_has_a_plateau_and_a_falling_one_has_none(seed: int) -> None:
    flat_end = falling(tau=0.06, seed=seed)
    found = find_plateau(steps(flat_end), flat_end)
    assert found is not None
    assert 0.4 < found.share < 0.85
    still = power(seed=seed)
    assert find_plateau(steps(still), still) is None


def test_a_plateau_does_not_reach_back_over_a_fall_that_noise_would_cover() -> None:
    """Fourteen evaluations that fall by a fifth, each 3 % off, and a last one that is far off: all lie within the noise of the level."""
    y = np.append(np.linspace(1.24, 1.0, 14) + 0.03 * (-1.0) ** np.arange(14), 1.276)
    found = find_plateau(steps(y), y)
    assert found is not None
    assert 3 <= found.start <= 6


def test_one_median_far_off_does_not_end_a_plateau() -> None:
    y = 1 + np.exp(-np.arange(60) / 3) + np.random.default_rng(2).normal(0, 0.004, 60)
    y[54] += 0.05
    found = find_plateau(steps(y), y)
    assert found is not None
    assert found.share > 0.5
