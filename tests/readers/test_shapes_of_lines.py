"""Lines of known shape are read in bulk; that must say what the expressions of their layouts say, whatever the lines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainlog.readers._collect import Collector
from trainlog.readers._console import bulk
from trainlog.readers._console.layouts import Layouts
from trainlog.readers._console.shapes import Lines
from trainlog.readers._console.stamps import seconds
from trainlog.readers._console.text import Piece

NUMBERS = st.one_of(
    st.integers(-5, 12_345_678).map(str),
    st.floats(0, 1e3).map("{:.4f}".format),
    st.floats().map(repr),
    st.floats(1e-12, 1e12).map("{:.3e}".format),
    st.integers(0, 10**7).map("{:,}".format),
    st.sampled_from(["nan", "-inf", "3.", ".5", "+2.5", "1,23", "12,3456", "٣", "1２", "0007", "", "x"]),
)
CLOCKS = st.sampled_from(["2026-01-02 03:04:05,678", "2026-02-30 03:04:05", "26-01-02 03:04:05", "2026/01-02 3:04:05", "12:30", "1:02:003"])
LAYOUTS = st.sampled_from(
    [
        "step {n}: loss {n}, val loss {n}",
        "Epoch {n}/{n} | loss={n} top1: {n} top5: {n} f1: {n}",
        "top1: {n}",
        "top5: {n}",
        "{c} - INFO - step {n} | loss {n}",
        "[{n}, {n}] loss: {n}",
        "{n}%|##  | {n}/{n} [{c}<00:59, {n}it/s, loss={n}]",
        "epoch{n} loss{n} {n}",
        "iter {n} loss {n} é {n}/{n}/{n}",
        "{{'loss': {n}, 'epoch': {n}, 'learning_rate': {n}}}",
        "step  {n}\tloss {n}\x0f|",
    ]
)
EDITS = st.sampled_from(["", " ", "0", "9", ",", ".", "-", ":", "/", "\x00", "\u2588", "é"])


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A line of a layout, perhaps cut or with characters lost or put in."""
    parts = draw(LAYOUTS).replace("{n}", "\1").replace("{c}", "\2").format()
    text = "".join(draw(NUMBERS) if c == "\1" else draw(CLOCKS) if c == "\2" else c for c in parts)
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(EDITS) + text[at + draw(st.integers(0, 2)) :]
    line = text.replace("\n", "").encode()
    return line[:-1] + b"\xe2" if draw(st.integers(0, 30)) == 0 else line


def read(blocks: list[bytes], shapes: int, monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    monkeypatch.setattr(bulk, "MAX_SHAPES", shapes)
    layouts = Layouts(Collector())
    found = []
    for block in blocks:
        piece = Piece(block, np.arange(1, 2 + block.count(b"\n")), None)
        for rows in layouts.read(piece):
            arrays = (rows.at, rows.line, rows.step, rows.epoch, rows.total, rows.time_s, *rows.values.values())
            cells = tuple(None if array is None else array.tobytes() for array in arrays)
            found.append((rows.layout.expression.pattern, tuple(rows.values), rows.at.tolist(), cells))
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(lines(), min_size=1, max_size=12), min_size=2, max_size=4))
def test_both_ways_say_the_same(some):
    blocks = [b"\n".join(block) for block in some]
    with pytest.MonkeyPatch.context() as monkeypatch:
        slow = read([*blocks, *blocks], 0, monkeypatch)
        assert read([*blocks, *blocks], 1000, monkeypatch) == slow


def test_lines_seen_before_take_no_expression():
    layouts = Layouts(Collector())
    text = b"\n".join(b"step %d: loss %.2f, val_f1 0.%d" % (i, 9 / i, i) for i in range(1, 9))
    layouts.read(Piece(text, np.arange(1, 9), None))
    known = layouts._bulk.known(Lines(text.replace(b"step ", b"step 12")))
    assert (known != bulk.NONE).all()


def test_digits_of_names_tell_lines_apart():
    layouts = Layouts(Collector())
    texts = [b"\n".join(b"epoch %d top%d: 0.%d%d" % (i, 1 + i % 2 * 4, i, block) for i in range(8)) for block in (0, 5)]
    for text in texts:
        rows = layouts.read(Piece(text, np.arange(1, 9), None))
    assert {key: (values * 100).round().tolist() for part in rows for key, values in part.values.items()} == {
        "top1": [5, 25, 45, 65],
        "top5": [15, 35, 55, 75],
    }


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        (b"step  12: loss 3.25e-05", b"step 0: loss 0.0e-0"),
        (b"at 12:30 3/100 1,234 2026-01-02", b"at 2:2 0/0 1,3 4-2-2"),
        (b"\t12/31/1999", b" 2/2/4"),
    ],
)
def test_a_shape_keeps_how_many_digits_where_that_matters(line, shape):
    assert Lines(line).shapes == [shape]


def test_stamps_are_read_all_at_once():
    stamps = [b"1970-01-02 00:00:01,5", b"2024-02-29T12:30:00", b"2023-02-29 12:30:00", b"2024-13-01 00:00:00", b"2024-02-29 12:30:0x"]
    assert seconds(stamps).tolist() == pytest.approx([86401.5, 1709209800.0, np.nan, np.nan, np.nan], nan_ok=True)
