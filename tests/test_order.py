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
