"""One line of strict JSON out of whatever a training has in its hands."""

import dataclasses
import enum
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainlog.emit.encode import to_line


def reject(constant: str) -> None:
    raise AssertionError(f"bare {constant} is not JSON")


def strict(line: bytes) -> Any:
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    return json.loads(line, parse_constant=reject)


class Colour(enum.Enum):
    RED = "red"


class Broken:
    def __str__(self) -> str:
        raise RuntimeError("no text")


@dataclasses.dataclass
class Options:
    lr: float
    path: Path


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (np.float64("inf"), "Infinity"),
        (np.float32("nan"), "NaN"),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.bool_(True), True),
        (np.array([[1.0, math.nan]]), [[1.0, "NaN"]]),
        (Colour.RED, "red"),
        (Path("a/b"), "a/b"),
        ({"b"}, ["b"]),
        ({1: {2: 3}, (4, 5): 6}, {"1": {"2": 3}, "(4, 5)": 6}),
        (Options(lr=0.1, path=Path("x")), {"lr": 0.1, "path": "x"}),
        (Broken(), "<Broken>"),
        ("line\nbreak \u2028 \ud800", "line\nbreak \u2028 \ud800"),
        (10**30, 10**30),
        (None, None),
    ],
)
def test_a_value_is_written_as(value: object, written: object) -> None:
    assert strict(to_line({"value": value})) == {"value": written}


def test_tensors_become_numbers() -> None:
    torch = pytest.importorskip("torch", reason="the train extra is not installed")
    values = {"loss": torch.tensor(1.5), "bad": torch.tensor(math.nan), "row": torch.arange(3), "kind": torch.float16}
    grown = torch.tensor(2.0, requires_grad=True)
    assert strict(to_line({**values, "grown": grown})) == {
        "loss": 1.5, "bad": "NaN", "row": [0, 1, 2], "kind": "torch.float16", "grown": 2.0,
    }  # fmt: skip


def test_a_value_that_contains_itself_ends() -> None:
    loop: dict[str, object] = {}
    loop["self"] = loop
    assert "self" in strict(to_line({"value": loop}))["value"]


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), json_like, max_size=4))
def test_any_record_is_one_strict_line(record: dict[str, Any]) -> None:
    assert set(strict(to_line(record))) == set(record)
