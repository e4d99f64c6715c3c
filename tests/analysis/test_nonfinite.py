import numpy as np
import pytest

from tests.analysis.curves import falling
from trainlog.analysis.nonfinite import find_lead_up, find_nonfinite


@pytest.mark.parametrize(
    ("values", "index", "last", "kind", "to_the_end", "from_the_start"),
    [
        ([3, 2, np.nan, np.nan], 2, 1, "nan", True, False),
        ([3, np.inf, 2, 1], 1, 0, "inf", False, False),
        ([3, np.inf, 2, np.nan], 3, 2, "nan", True, False),  # the stretch the run ends in matters, not the first bad value
        ([np.nan, 2, 1], 0, None, "nan", False, True),
        ([np.nan, -np.inf], 0, None, "nan", True, True),
    ],
)
def test_the_stretch_that_matters(
    values: list[float], index: int, last: int | None, kind: str, to_the_end: bool, from_the_start: bool
) -> None:
    found = find_nonfinite(np.array(values, float))
    assert found is not None
    assert (found.start, found.last_finite, found.kind) == (index, last, kind)
    assert (found.to_the_end, found.from_the_start) == (to_the_end, from_the_start)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 1e308]])
def test_finite_values_are_silent(values: list[float]) -> None:
    assert find_nonfinite(np.array(values)) is None


def test_a_gradient_norm_that_rose_before_the_event_is_seen_where_it_began() -> None:
    norm = np.random.default_rng(0).lognormal(0, 0.1, 300)
    norm[280:300] *= np.linspace(3, 60, 20)
    lead = find_lead_up(norm, 299)
    assert lead is not None
    assert 279 <= lead.start <= 284
    assert lead.peak > 40 * lead.usual


@pytest.mark.parametrize("end", [5, 150, 299])
def test_a_steady_gradient_norm_has_no_lead_up(end: int) -> None:
    assert find_lead_up(np.random.default_rng(1).lognormal(0, 0.2, 300), end) is None


def test_an_infinite_norm_counts_as_raised() -> None:
    norm = np.append(falling(100), [np.inf, np.inf])
    lead = find_lead_up(norm, 101)
    assert lead is not None
    assert lead.start == 100
