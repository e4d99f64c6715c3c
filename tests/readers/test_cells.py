"""Numbers as people and locales write them."""

import pytest

from trainlog.readers._cells import floats, lenient


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["0,225", "0,1909", "0,169", "1,234"], [0.225, 0.1909, 0.169, 1.234]),  # one cell that can only be a decimal decides
        (["1,234", "2,345", "12,345,678"], [1234.0, 2345.0, 12345678.0]),
        (["1,234.5", "0.5"], [1234.5, 0.5]),
        (["92 %", "93,5 %"], [92.0, 93.5]),
        ([b"3,14", b"2,718"], [3.14, 2.718]),
    ],
)
def test_commas_mean_one_thing_in_a_column(cells: list[str], values: list[float]) -> None:
    found, missing, bad = floats(cells)
    assert found.tolist() == values
    assert missing is None
    assert bad == []


def test_a_comma_that_could_be_either_parts_thousands() -> None:
    assert lenient("1,234") == 1234.0
    assert lenient("1,234", decimal_comma=True) == 1.234
    assert lenient("0,169") == 0.169
