"""TFRecord framing: length (8 bytes), its checksum (4), the record, its checksum (4).

Source: tensorflow/core/lib/io/record_writer.cc. Records are found one after another, but checked and handed on in groups of
one length, so that a million small records cost seconds of nothing.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trainlog.readers._collect import Collector
from trainlog.readers._crc32c import Bytes, gather, masked, masked_one
from trainlog.readers._source import Source
from trainlog.run import Ints

PIECE = 8 * 1024 * 1024  # bytes looked at together
MAX_RECORD = 64 * 1024 * 1024  # bytes; larger ones (images, graphs) are passed over
_HEADER = struct.Struct("<QI")


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one length: ``rows`` uint8[n, length], ``number`` the 1-based number of each in the file."""

    number: Ints
    rows: Bytes


class _Checksums:
    """The checksums of lengths, which are few: each is worked out once."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def fits(self, length: int, crc: int) -> bool:
        known = self._known.get(length)
        if known is None:
            if len(self._known) > 100_000:
                self._known.clear()
            known = self._known[length] = masked_one(struct.pack("<Q", length))
        return known == crc


def is_tfrecord(head: bytes) -> bool:
    """Whether the data starts with a record header whose checksum is right."""
    return len(head) >= _HEADER.size and masked_one(head[:8]) == _HEADER.unpack_from(head)[1]


def groups(source: Source, out: Collector, first: int = 1) -> Iterator[Group]:
    """Give the records of a file, numbered from ``first``; damaged ones are problems, and reading goes on after them."""
    checksums = _Checksums()
    buffer = b""
    number = first
    skip = 0
    for piece in _pieces(source):
        if skip >= len(piece):
            skip -= len(piece)
            continue
        buffer += piece[skip:]
        skip = 0
        starts, lengths, at, damage = _scan(buffer, checksums)
        yield from _checked(buffer, np.array(starts, dtype=np.int64), np.array(lengths, dtype=np.int64), number, out)
        number += len(starts)
        while damage:
            following = _resume(buffer, at + 1)
            out.problem(number, f"a damaged record header; {'the next record' if following else 'nothing more'} was found after it")
            if not following:
                at = max(len(buffer) - _HEADER.size, at)
                break
            buffer = buffer[following:]
            starts, lengths, at, damage = _scan(buffer, checksums)
            yield from _checked(buffer, np.array(starts, dtype=np.int64), np.array(lengths, dtype=np.int64), number, out)
            number += len(starts)
        buffer = buffer[at:]
        if len(buffer) >= _HEADER.size:
            length = _HEADER.unpack_from(buffer)[0]
            if length > MAX_RECORD and checksums.fits(*_HEADER.unpack_from(buffer)):
                skip = length + 16 - len(buffer)
                buffer = b""
                number += 1
    # What is left is the record that was being written when the program stopped or the file was copied: no damage.


def _pieces(source: Source) -> Iterator[bytes]:
    parts: list[bytes] = []
    size = 0
    for chunk in source.chunks():
        parts.append(chunk)
        size += len(chunk)
        if size >= PIECE:
            yield b"".join(parts)
            parts, size = [], 0
    yield b"".join(parts)


def _scan(buffer: bytes, checksums: _Checksums) -> tuple[list[int], list[int], int, bool]:
    """Starts and lengths of the complete records, where the rest begins, and whether that is because of damage."""
    starts: list[int] = []
    lengths: list[int] = []
    at, end = 0, len(buffer)
    unpack, fits = _HEADER.unpack_from, checksums.fits
    good: set[tuple[int, int]] = set()
    while at + 16 <= end:
        header = unpack(buffer, at)
        if header not in good:
            if not fits(*header):
                return starts, lengths, at, True
            good.add(header)
        length = header[0]
        after = at + 16 + length
        if after > end:
            break
        starts.append(at + 12)
        lengths.append(length)
        at = after
    return starts, lengths, at, False


def _resume(buffer: bytes, at: int) -> int:
    """Where the next valid record header stands, 0 when there is none."""
    data = np.frombuffer(buffer, dtype=np.uint8)
    for start in range(at, len(buffer) - _HEADER.size, 65_536):
        window = data[start : start + 65_536 + _HEADER.size - 1]
        if len(window) < _HEADER.size:
            return 0
        rows = np.lib.stride_tricks.sliding_window_view(window, _HEADER.size)
        found = np.flatnonzero(masked(rows[:, :8]) == np.ascontiguousarray(rows[:, 8:]).view("<u4")[:, 0])
        if len(found):
            return start + int(found[0])
    return 0


def _checked(buffer: bytes, starts: Ints, lengths: Ints, number: int, out: Collector) -> Iterator[Group]:
    data = np.frombuffer(buffer, dtype=np.uint8)
    for length in np.unique(lengths).tolist():
        mine = np.flatnonzero(lengths == length)
        rows = gather(data, starts[mine], length + 4)
        stored = np.ascontiguousarray(rows[:, length:]).view("<u4")[:, 0]
        right = masked(rows[:, :length]) == stored
        for index in mine[~right].tolist():
            out.problem(number + index, "the checksum of this record is wrong; it was skipped")
        yield Group(mine[right] + number, rows[right, :length])
