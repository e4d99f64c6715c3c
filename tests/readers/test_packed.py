import dataclasses

import numpy as np
import pytest

from trainlog.readers import _growing, _packed
from trainlog.readers._growing import Growing
from trainlog.readers._packed import Packed, PackedSeries, pack, packed, pieces_of, series_of
from trainlog.run import Floats

RANDOM = np.random.default_rng(0)
COLUMNS = {
    "decimals": np.round(RANDOM.normal(3, 1, 500), 4),
    "rates": np.array([float(f"{x:.4g}") for x in 3e-4 * RANDOM.random(500)]),
    "bytes": 61e9 + RANDOM.integers(0, 5e6, 500).astype(np.float64),
    "whole": np.arange(500.0),
    "single": RANDOM.normal(0, 1, 500).astype(np.float32).astype(np.float64),
    "double": RANDOM.normal(0, 1, 500),
    "missing": np.where(RANDOM.random(500) < 0.1, np.nan, 1.5),
    "infinite": np.array([1.25, np.inf, -np.inf] * 100),
    "zeros": np.array([0.0, -0.0, 0.1] * 100),
    "huge": np.array([1e300, 1e-300, -1e308]),
    "late": np.append(np.full(200, 0.5), 1 / 3),
}


def bits(values: Floats) -> list[int]:
    found: list[int] = values.view(np.int64).tolist()
    return found


@pytest.mark.parametrize("name", COLUMNS)
def test_every_bit_comes_back(name: str) -> None:
    values = COLUMNS[name]
    piece = pack(values)
    out = np.empty(len(values))
    piece.whole(out)
    assert bits(out) == bits(values)
    assert piece.is_packed == (name not in ("double", "zeros", "huge", "late"))
    assert not piece.is_packed or piece.data.nbytes * 2 == values.nbytes


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_grows_packed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_growing, "MANY", 100)
    monkeypatch.setattr(_growing, "PIECE", 16)
    monkeypatch.setattr(_packed, "PIECE", 16)
    values = COLUMNS[name]
    grown = Growing(np.dtype(np.float64), packs=True)
    for at in range(0, len(values), 7):
        grown.extend(values[at : at + 7])
    half = grown.copy()
    grown.extend(values)
    assert bits(half.array()) == bits(values)
    column = grown.column()
    whole = column.array() if isinstance(column, Packed) else column
    assert bits(whole) == bits(np.append(values, values))


def test_a_column_that_does_not_get_smaller_is_held_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_growing, "MANY", 100)
    monkeypatch.setattr(_growing, "PIECE", 16)
    grown = Growing(np.dtype(np.float64), packs=True)
    for _ in range(50):
        grown.extend(np.random.default_rng(0).normal(size=7))
    column = grown.column()
    assert isinstance(column, Packed)
    assert not column._pieces[0].is_packed
    assert column._pieces[0].data is grown._pieces[0].data


@pytest.mark.parametrize("sizes", [(0, 500), (3, 500), (500, 3), (500, 500), (3, 3)])
@pytest.mark.parametrize("first", ["one value", "decimals"])
def test_two_columns_are_joined(first: str, sizes: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_growing, "MANY", 100)
    monkeypatch.setattr(_growing, "PIECE", 16)
    monkeypatch.setattr(_packed, "PIECE", 16)
    parts = (COLUMNS.get(first, np.full(500, 0.25))[: sizes[0]], COLUMNS["rates"][: sizes[1]])
    one, other = Growing(np.dtype(np.float64), packs=True), Growing(np.dtype(np.float64), packs=True)
    for grown, part in zip((one, other), parts, strict=True):
        for at in range(0, len(part), 7):
            grown.extend(part[at : at + 7])
    one.join(other)
    one.extend(parts[1])
    assert bits(one.array()) == bits(np.concatenate([*parts, parts[1]]))


@pytest.mark.parametrize("rows", [slice(0, 500), slice(3, 40), slice(31, 33), slice(32, 64), slice(499, 500), slice(7, 7)])
def test_a_part_of_a_column(rows: slice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_packed, "PIECE", 32)
    values = COLUMNS["decimals"]
    column = Packed(pieces_of(values), 0, len(values))[5:][rows]
    assert bits(column.array()) == bits(values[5:][rows])
    assert len(column) == len(values[5:][rows])


def test_chosen_rows_of_a_column() -> None:
    values = COLUMNS["rates"]
    rows = np.array([4, 2, 400])
    assert bits(Packed(pieces_of(values), 0, len(values))[rows].array()) == bits(values[rows])


def test_short_columns_and_those_that_repeat_stay_as_they_are() -> None:
    short, repeats = COLUMNS["decimals"], np.broadcast_to(np.array([1.5]), 2 << 20)
    assert packed(short) is short
    assert packed(repeats) is repeats


def test_a_packed_series_is_a_series() -> None:
    values = COLUMNS["decimals"]
    step = np.arange(len(values))
    series = series_of("loss", step, Packed(pieces_of(values), 0, len(values)), step, None, None)
    assert isinstance(series, PackedSeries)
    assert bits(series.value) == bits(values)
    assert not series.value.flags.writeable
    assert series.finite() is series
    assert series.take(values > 3).value.tolist() == values[values > 3].tolist()
    renamed = dataclasses.replace(series, name="val_loss")
    assert bits(renamed.value) == bits(values)
    assert dataclasses.replace(series, value=values * 2).value[0] == 2 * values[0]


def test_numbers_that_somebody_holds_are_not_made_again() -> None:
    values = COLUMNS["decimals"]
    column = Packed(pieces_of(values), 0, len(values))
    held = column.array()
    assert column.array() is held
