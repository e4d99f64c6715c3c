"""A loss that stopped being the sum of its parts."""

import numpy as np
import pytest

from tests.analysis.curves import Floats
from trainlog.analysis.composition import find_redefinition

N = 60


def parts(k: int, seed: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    x = np.arange(1, N + 1) / N
    return np.array([(1 + rng.uniform(1, 3) * (1 + x / 0.05) ** -rng.uniform(0.3, 1)) * np.exp(rng.normal(0, 0.02, N)) for _ in range(k)])


def mixed(p: Floats, before: list[float], after: list[float], at: int) -> Floats:
    return np.where(np.arange(N) < at, np.array(before) @ p, np.array(after) @ p)


@pytest.mark.parametrize("at", [20, 40, 57])
def test_changed_weights_are_found_where_they_changed(at: int) -> None:
    p = parts(2)
    found = find_redefinition(np.round(mixed(p, [0.7, 0.3], [0.2, 0.8], at), 4), np.round(p, 4))
    assert found is not None
    assert found.start == at
    assert found.before == pytest.approx((0.7, 0.3), abs=0.01)
    assert found.after == pytest.approx((0.2, 0.8), abs=0.01)


def test_a_term_that_is_not_logged_is_a_new_definition_without_weights() -> None:
    p = parts(2)
    found = find_redefinition(p.sum(axis=0) + np.where(np.arange(N) >= 30, 1 + 0.3 * parts(1, 7)[0], 0), p)
    assert found is not None
    assert (found.start, found.after) == (30, None)


def test_a_sum_that_holds_is_none_even_where_training_diverges() -> None:
    p = parts(3)
    assert find_redefinition(p.sum(axis=0), p) is None
    p = p * np.where(np.arange(N) >= 40, 50.0, 1.0)
    assert find_redefinition(p.sum(axis=0), p) is None
    p[1, 50:] = np.nan
    assert find_redefinition(p.sum(axis=0), p) is None


@pytest.mark.parametrize("seed", range(5))
def test_curves_that_only_look_alike_are_no_sum(seed: int) -> None:
    p = parts(3, seed)
    p[0, 40:] *= 2
    assert find_redefinition(p[0], p[1:]) is None


def test_an_outlier_is_no_new_definition() -> None:
    p = parts(2)
    total = p.sum(axis=0)
    total[30] *= 3
    assert find_redefinition(total, p) is None


def test_too_few_points_say_nothing() -> None:
    p = parts(2)[:, :15]
    assert find_redefinition(np.where(np.arange(15) < 8, p[0] + p[1], p[0]), p) is None
