import numpy as np
import pytest

from trainlog.readers._growing import Growing


@pytest.mark.parametrize(
    "parts", [[[1.0]], [[2.0, 2.0], [2.0]], [[2.0, 2.0], [2.0, 3.0], [4.0]], [[np.nan], [np.nan, 1.0]], [[], [1.0], [1.0]]]
)
def test_it_holds_what_was_appended(parts: list[list[float]]) -> None:
    grown = Growing(np.dtype(np.float64))
    for part in parts:
        grown.extend(np.array(part))
    assert np.array_equal(grown.array(), [value for part in parts for value in part], equal_nan=True)


def test_what_repeats_takes_no_room() -> None:
    grown = Growing(np.dtype(np.float64))
    for _ in range(100):
        grown.extend(np.full(1000, 7.0))
    assert grown.array().strides == (0,)
    grown.extend(np.array([8.0]))
    assert len(grown.array()) == 100_001
    assert grown.array()[-2:].tolist() == [7.0, 8.0]
