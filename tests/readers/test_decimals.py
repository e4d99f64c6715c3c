"""Numbers read all at once are those that ``float`` reads, to the last bit; everything else is left to it."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainlog.readers._decimals import PAD, decimals


def read(cells):
    data = np.frombuffer(b"0" * PAD + ",".join(cells).encode() + b"\n", dtype=np.uint8)
    sizes = np.array([len(cell) for cell in cells])
    ends = PAD + np.cumsum(sizes + 1) - 1
    values, wrong = decimals(data, ends - sizes, ends)
    return values.tolist(), wrong.tolist()


@pytest.mark.parametrize(
    "cell", ["0", "-1", "12", "1.", ".5", "-0.0", "0.6931471824645996", "1.2345678806304932", "1e-05", "2.5123E+3", "9e-7"]
)
def test_a_number_is_read(cell):
    [value], [wrong] = read([cell])
    assert (value, wrong) == (float(cell), False)


@pytest.mark.parametrize(
    "cell", [".", "-", "nan", "inf", "1.2.3", "1-2", "1e", "e5", "12a", " 1", "1,0", "9" * 25, "1e-400", "1e+30", "+1", "0x10", "1_0"]
)
def test_what_is_none_is_said_to_be_wrong(cell):
    assert read([cell.replace(",", "_")])[1] == [True]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False).map(repr), min_size=1, max_size=30))
def test_what_is_read_is_read_exactly(cells):
    values, wrong = read(cells)
    assert all(bad or value == float(cell) for cell, value, bad in zip(cells, values, wrong, strict=True))


@given(st.lists(st.text("0123456789.-+eE", min_size=1, max_size=26), min_size=1, max_size=30))
def test_nothing_is_read_that_float_would_not_read(cells):
    for cell, value, bad in zip(cells, *read(cells), strict=True):
        assert bad or value == float(cell)


def test_numbers_as_programs_write_them_are_all_read():
    source = random.Random(0)
    numbers = [source.lognormvariate(0, 2) for _ in range(20_000)]
    for write in ("{:.6f}".format, "{:.3e}".format, repr, "{:.17g}".format, lambda x: str(round(x * 1e6))):
        cells = [write(number) for number in numbers]
        values, wrong = read(cells)
        assert np.mean(wrong) < 0.01
        assert all(bad or value == float(cell) for cell, value, bad in zip(cells, values, wrong, strict=True))
