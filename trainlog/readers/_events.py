"""TensorBoard events -> scalars: records of one layout are decoded together, others one by one.

Messages: tensorflow/core/util/event.proto, summary.proto, tensor.proto. A scalar is a ``simple_value`` or a tensor of one
number. Most records of an event file differ only in time, step, tag and value: once one is parsed, all that have the same
bytes everywhere else are read at the same places.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainlog.readers._crc32c import Bytes
from trainlog.readers._protobuf import BYTES, FIXED32, FIXED64, VARINT, double, fields, signed, single, text, varint
from trainlog.readers._tfrecord import Group
from trainlog.run import Floats, Ints

MAX_LAYOUTS = 32  # tried per group of records of one length; what fits none is decoded one by one
MAX_SCALAR = 2_000  # bytes; longer records are images, histograms, graphs

_WALL, _STEP, _SUMMARY = 1, 2, 5  # of Event
_TAG, _SIMPLE, _TENSOR = 1, 2, 8  # of Summary.Value
_DTYPE, _CONTENT = 1, 4  # of TensorProto
_VALUES = {5: "<f4", 6: "<f8", 7: "int", 10: "int"}  # float_val, double_val, int_val, int64_val
_CONTENTS = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8"}  # DT_FLOAT, DT_DOUBLE, DT_INT32, DT_INT64


class Scalar(NamedTuple):
    """One scalar, and where its value stands in the record (``kind`` is a numpy type, empty when it is a varint)."""

    tag: str
    value: float
    tag_at: tuple[int, int]
    value_at: tuple[int, int]
    kind: str


class Event(NamedTuple):
    """One event: its scalars, and where time and step stand."""

    wall: float
    step: int
    wall_at: tuple[int, int]
    step_at: tuple[int, int]
    scalars: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """Scalars of one tag, in the order of the file."""

    tag: str
    number: Ints
    step: Floats
    wall: Floats
    value: Floats


def scalars(group: Group) -> Iterator[Points]:
    """Give the scalars of records of one length; raises ``ValueError`` never: what is no event says nothing."""
    left = np.arange(len(group.rows))
    if group.rows.shape[1] > MAX_SCALAR:
        left = left[:0]
    for _ in range(MAX_LAYOUTS):
        if len(left) < 8:
            break
        event = _parsed(group.rows[left[0]].tobytes())
        if event is None or len(event.scalars) != 1 or not event.scalars[0].kind or event.step_at[1] == 0:
            break
        fits = _alike(group.rows[left], event)
        yield from _bulk(group.number[left[fits]], group.rows[left[fits]], event)
        left = left[~fits]
    for index in left.tolist():
        single_event = _parsed(group.rows[index].tobytes())
        for scalar in single_event.scalars if single_event is not None else ():
            number = group.number[index : index + 1]
            step, wall = float(single_event.step), single_event.wall  # type: ignore[union-attr]  # None has no scalars
            yield Points(scalar.tag, number, np.array([step]), np.array([wall]), np.array([scalar.value]))


def _alike(rows: Bytes, event: Event) -> NDArray[np.bool_]:
    """Which records have the bytes of the first one everywhere but in time, step, tag and value."""
    scalar = event.scalars[0]
    fixed = np.ones(rows.shape[1], dtype=bool)
    for start, end in (event.wall_at, event.step_at, scalar.tag_at, scalar.value_at):
        fixed[start:end] = False
    alike: NDArray[np.bool_] = (rows[:, fixed] == rows[0, fixed]).all(axis=1)
    start, end = event.step_at
    same_size = (rows[:, start:end] >= 0x80) == (rows[0, start:end] >= 0x80)
    both: NDArray[np.bool_] = alike & same_size.all(axis=1)
    return both


def _bulk(number: Ints, rows: Bytes, event: Event) -> Iterator[Points]:
    scalar = event.scalars[0]
    step = np.zeros(len(rows), dtype=np.uint64)
    for shift, column in enumerate(range(*event.step_at)):
        step |= (rows[:, column] & 0x7F).astype(np.uint64) << np.uint64(7 * shift)
    wall = np.ascontiguousarray(rows[:, slice(*event.wall_at)]).view("<f8")[:, 0]
    value = np.ascontiguousarray(rows[:, slice(*scalar.value_at)]).view(scalar.kind)[:, 0].astype(np.float64)
    width = scalar.tag_at[1] - scalar.tag_at[0]
    tags = np.ascontiguousarray(rows[:, slice(*scalar.tag_at)]).view(f"V{width}")[:, 0]
    order = np.argsort(tags.view(f"S{width}"), kind="stable") if bool((tags != tags[0]).any()) else np.arange(len(tags))
    cuts = np.flatnonzero(tags[order][1:] != tags[order][:-1]) + 1
    for rows_of_tag in np.split(order, cuts):
        tag = tags[rows_of_tag[0]].tobytes().decode("utf-8", "replace")
        steps = step[rows_of_tag].astype(np.int64).astype(np.float64)
        yield Points(tag, number[rows_of_tag], steps, wall[rows_of_tag], value[rows_of_tag])


def _parsed(data: bytes) -> Event | None:
    """Parse one record; None when it is no event."""
    wall, step = 0.0, 0
    wall_at = step_at = (0, 0)
    found: list[Scalar] = []
    try:
        for number, wire, start, end, value in fields(data):
            if (number, wire) == (_WALL, FIXED64):
                wall, wall_at = double(value), (start, end)
            elif (number, wire) == (_STEP, 0):
                step, step_at = signed(value), (start, end)
            elif (number, wire) == (_SUMMARY, BYTES):
                for inner, kind, first, last, _ in fields(data, start, end):
                    scalar = _scalar(data, first, last) if (inner, kind) == (1, BYTES) else None
                    if scalar is not None:
                        found.append(scalar)
    except (ValueError, IndexError):
        return None
    return Event(wall, step, wall_at, step_at, tuple(found))


def _scalar(data: bytes, start: int, end: int) -> Scalar | None:
    tag, tag_at = "", (0, 0)
    value: tuple[float, tuple[int, int], str] | None = None
    for number, wire, first, last, bits in fields(data, start, end):
        if (number, wire) == (_TAG, BYTES):
            tag, tag_at = text(data, first, last), (first, last)
        elif (number, wire) == (_SIMPLE, FIXED32):
            value = single(bits), (first, last), "<f4"
        elif (number, wire) == (_TENSOR, BYTES):
            value = _tensor(data, first, last)
    return Scalar(tag, value[0], tag_at, value[1], value[2]) if value is not None and tag else None


def _tensor(data: bytes, start: int, end: int) -> tuple[float, tuple[int, int], str] | None:
    """The number of a tensor that holds one; its values stand as floats (also packed), whole numbers or raw bytes."""
    dtype, found = 0, None
    for number, wire, first, last, bits in fields(data, start, end):
        if number == _DTYPE:
            dtype = bits
        elif number in _VALUES:
            kind = _VALUES[number]
            if kind == "int":
                found = float(signed(bits if wire == VARINT else varint(data, first, last)[0])), (first, last), ""
            elif last - first == int(kind[2]):
                found = float(np.frombuffer(data[first:last], kind)[0]), (first, last), kind
        elif number == _CONTENT and dtype in _CONTENTS and last - first == int(_CONTENTS[dtype][2]):
            found = float(np.frombuffer(data[first:last], _CONTENTS[dtype])[0]), (first, last), _CONTENTS[dtype]
    return found
