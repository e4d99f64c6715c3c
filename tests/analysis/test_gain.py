"""How training went on after validation had turned."""

import numpy as np
import pytest

from trainlog.analysis import Floats
from trainlog.analysis.gain import change_since, pace_after

TOTAL = 10_000
STEP = np.arange(20, TOTAL + 1, 20)


def pace(train: Floats, after: float = 6000) -> float:
    change = change_since(after, STEP, train)
    return pace_after(after, [(STEP, train)], total=TOTAL, measured=-change * TOTAL / (TOTAL - after))


def noise(sd: float, seed: int = 0) -> Floats:
    return 1 + sd * np.random.default_rng(seed).standard_normal(STEP.size)


def test_a_steady_gain_is_told_per_length_of_the_run() -> None:
    assert pace(2 - STEP / TOTAL) == pytest.approx(0.8, abs=0.1)  # 0.4 of 1.2 to 1.4, in four tenths of the run
    assert pace((2 - STEP / TOTAL) * noise(0.05)) == pytest.approx(0.8, abs=0.25)


@pytest.mark.parametrize("seed", range(5))
def test_a_few_low_records_at_the_end_are_half_a_gain_at_most(seed: int) -> None:
    train = noise(0.03, seed)
    train[-16:] -= 0.06
    measured = -change_since(6000, STEP, train) * TOTAL / 4000
    assert measured > 0.08
    assert pace(train) <= 0.6 * measured


def test_the_metric_that_gained_most_counts() -> None:
    falls, stands = (STEP, 2 - STEP / TOTAL), (STEP, noise(0.01))
    assert pace_after(6000, [stands, falls], total=TOTAL, measured=0.8) == pytest.approx(0.8, abs=0.1)


def test_training_with_nothing_left_to_gain_says_nothing() -> None:
    assert np.isnan(pace(0.001 + np.exp(-STEP / 500)))


def test_without_enough_records_the_ends_alone_speak() -> None:
    few = [(STEP[-2:], np.array([1.0, 0.9]))]
    assert pace_after(6000, few, total=TOTAL, measured=0.25) == 0.25
