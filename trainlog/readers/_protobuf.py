"""Protocol buffers on the wire: enough to take fields out of messages without their definitions.

Encoding: protobuf.dev/programming-guides/encoding. Damaged messages raise ``ValueError``.
"""

import struct
from collections.abc import Iterator

Field = tuple[int, int, int, int, int]  # number, wire type, start and end of the value, its number (varint and fixed types)

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def fields(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Field]:
    """Give the fields of the message in ``data[start:end]``; fixed types come as their bits."""
    stop = len(data) if end is None else end
    at = start
    while at < stop:
        key, at = varint(data, at, stop)
        wire, value, first = key & 7, 0, at
        if wire == VARINT:
            value, at = varint(data, at, stop)
        elif wire == BYTES:
            size, first = varint(data, at, stop)
            at = first + size
        elif wire in (FIXED64, FIXED32):
            at += 8 if wire == FIXED64 else 4
            value = int.from_bytes(data[first:at], "little")
        else:
            raise ValueError(f"wire type {wire}")
        if at > stop:
            raise ValueError("a field is cut short")
        yield key >> 3, wire, first, at, value


def varint(data: bytes, at: int, stop: int) -> tuple[int, int]:
    """Read a variable-length number: the number, and where it ends."""
    value = shift = 0
    while at < stop and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("a number is cut short")


def signed(value: int) -> int:
    """Read a 64-bit varint as two's complement, as int64 fields are written."""
    return value - (1 << 64) if value >= 1 << 63 else value


def double(bits: int) -> float:
    """The double of a 64-bit field."""
    return float(struct.unpack("<d", struct.pack("<Q", bits))[0])


def single(bits: int) -> float:
    """The float of a 32-bit field."""
    return float(struct.unpack("<f", struct.pack("<I", bits))[0])


def text(data: bytes, start: int, end: int) -> str:
    """The text of a bytes field."""
    return data[start:end].decode("utf-8", "replace")
