"""LevelDB log framing as W&B and SwanLab use it: 32 KiB blocks of records that may be split over blocks.

A record is checksum (4 bytes), length (2), kind (1: whole, 2: first, 3: middle, 4: last), data; a block's last 6 bytes or
fewer are padding. The checksum is plain CRC-32 of kind and data. Source: wandb ``sdk/internal/datastore.py`` (0.16).
"""

import struct
import zlib
from collections.abc import Callable, Iterator

from trainlog.readers._collect import Collector
from trainlog.readers._source import Source

BLOCK = 32 * 1024
FILE_HEADER = 7
_HEADER = struct.Struct("<IHB")
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_SEEDS = {kind: zlib.crc32(bytes([kind])) for kind in (_WHOLE, _FIRST, _MIDDLE, _LAST)}
MAX_RECORD = 64 * 1024 * 1024  # bytes put together from pieces; a longer record is no history


def records(source: Source, out: Collector) -> Iterator[tuple[int, bytes]]:
    """Give (1-based number, data) of each record; damaged ones are problems, reading goes on with the next block."""
    number = 1
    parts: list[bytes] = []
    size = 0
    for index, block in enumerate(_blocks(source)):
        at = FILE_HEADER if index == 0 else 0
        while at + _HEADER.size <= len(block):
            crc, length, kind = _HEADER.unpack_from(block, at)
            data = block[at + _HEADER.size : at + _HEADER.size + length]
            if not (crc or length or kind):
                break  # the rest of the block was never written
            if len(data) < length and len(block) < BLOCK:
                return  # the record that was being written when the program stopped or the file was copied
            if kind not in _SEEDS or len(data) < length or zlib.crc32(data, _SEEDS[kind]) != crc:
                out.problem(number, "a damaged record; reading goes on with the next block of 32 KiB")
                parts, size = [], 0
                break
            at += _HEADER.size + length
            if kind in (_WHOLE, _FIRST):
                parts, size = [], 0
            if size + length <= MAX_RECORD:
                parts.append(data)
                size += length
            if kind in (_WHOLE, _LAST):
                yield number, b"".join(parts)
                number += 1
                parts, size = [], 0


def read_files(files: list[Source], out: Collector, record: Callable[[bytes, int], None], what: str) -> None:
    """Hand each record, with its number, to ``record``; each file is one run. What raises ValueError or IndexError is no ``what``."""
    first = 1
    for file in files:
        if len(files) > 1:
            out.start_run(first, key=file.name, name=file.label.rpartition(".")[0])
        last = first - 1
        for number, data in records(file, out):
            last = first + number - 1
            try:
                record(data, last)
            except (ValueError, IndexError) as error:
                out.problem(last, f"a record that is no {what} record was skipped: {error}")
        first = last + 1


def _blocks(source: Source) -> Iterator[bytes]:
    rest = b""
    for chunk in source.chunks():
        rest += chunk
        whole = len(rest) // BLOCK * BLOCK
        for at in range(0, whole, BLOCK):
            yield rest[at : at + BLOCK]
        rest = rest[whole:]
    yield rest
