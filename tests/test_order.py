"""Medians and quantiles are numpy's own, to the last bit."""

import numpy as np
import pytest

from trainlog._order import distinct, median, median_along, quantile, quantiles

SHARES = (0.0, 0.05, 0.5, 0.77, 0.95, 1.0)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 50, 101])
def test_they_are_those_of_numpy(count: int) -> None:
    random = np.random.default_rng(count)
    whole, table = random.integers(0, 9, count), random.normal(size=(count, 5))
    values = table[:, 0]
    assert median(values) == np.median(values)
    assert median(whole) == np.median(whole)
    assert quantile(values, 0.3) == np.quantile(values, 0.3)
    assert np.array_equal(quantiles(values, SHARES), np.quantile(values, SHARES))
    assert np.array_equal(distinct(whole), np.unique(whole))
    for axis in (0, 1):
        assert np.array_equal(median_along(table, axis), np.median(table, axis=axis))


def test_one_nan_makes_nan() -> None:
    values = np.array([[1.0, np.nan, 3.0], [1.0, 2.0, np.inf]])
    assert np.isnan(median(values))
    assert np.isnan(quantiles(values, SHARES)).all()
    assert np.array_equal(median_along(values, axis=1), [np.nan, 2.0], equal_nan=True)


def test_nothing_has_no_median() -> None:
    assert np.isnan(median([]))
    assert np.isnan(quantile([], 0.5))
    assert distinct(np.array([], dtype=np.int64)).size == 0


LONG = 300_001
LONG_ONES = {
    "noise": np.random.default_rng(1).normal(size=LONG),
    "even": np.random.default_rng(2).normal(size=LONG + 1),
    "sorted": np.arange(LONG) / 3,
    "falling": -np.arange(LONG + 1.0),
    "whole": np.random.default_rng(3).integers(0, 10**9, LONG),
    "few values": np.random.default_rng(4).integers(0, 3, LONG) / 7,
    "two values": np.repeat([1.0, 2.0], [LONG // 2, LONG // 2]),
    "one value": np.full(LONG, 2.5),
    "as the sample is taken": np.where(np.arange(LONG) % (LONG // (1 << 14)) == 0, 5.0, np.random.default_rng(5).normal(size=LONG)),
    "infinite": np.append(np.full(LONG // 2, np.inf), np.random.default_rng(6).normal(size=LONG)),
    "NaN": np.append(np.random.default_rng(7).normal(size=LONG), np.nan),
}


@pytest.mark.parametrize("name", LONG_ONES)
def test_long_ones_have_the_same_median(name: str) -> None:
    before = LONG_ONES[name].copy()
    assert np.array_equal(median(before), np.median(before), equal_nan=True)
    assert np.array_equal(before, LONG_ONES[name], equal_nan=True)
