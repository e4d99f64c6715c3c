"""CRC-32C (Castagnoli), masked as TFRecord and LevelDB logs store it: many records at once.

Polynomial 0x82F63B78 (reflected), RFC 3720 appendix B.4; the mask is that of LevelDB's ``util/crc32c.h``.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from trainlog.run import Ints

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint32]

_POLYNOMIAL = np.uint32(0x82F63B78)
_MASK_DELTA = np.uint32(0xA282EAD8)


@cache
def _tables() -> tuple[Words, Words]:
    """The remainders of one byte (256 entries) and of two (65,536)."""
    one = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        one = np.where(one & 1, (one >> 1) ^ _POLYNOMIAL, one >> 1).astype(np.uint32)
    pairs = np.arange(65_536, dtype=np.uint32)
    first = one[pairs & 0xFF] ^ (pairs >> 8)
    return one, one[first & 0xFF] ^ (first >> 8)


def masked(rows: Bytes) -> Words:
    """The masked checksum of each row of a matrix uint8[n, length] -> uint32[n]."""
    one, two = _tables()
    crc = np.full(len(rows), 0xFFFFFFFF, dtype=np.uint32)
    even = rows.shape[1] // 2 * 2
    pairs = np.ascontiguousarray(rows[:, :even]).view("<u2").T
    for pair in np.ascontiguousarray(pairs):
        crc = two[(crc ^ pair) & 0xFFFF] ^ (crc >> np.uint32(16))
    if even < rows.shape[1]:
        crc = one[(crc ^ rows[:, -1]) & 0xFF] ^ (crc >> np.uint32(8))
    crc ^= np.uint32(0xFFFFFFFF)
    return ((crc >> np.uint32(15)) | (crc << np.uint32(17))) + _MASK_DELTA


def masked_one(data: bytes) -> int:
    """The masked checksum of one piece of data."""
    return int(masked(np.frombuffer(data, dtype=np.uint8)[None, :])[0])


def gather(data: Bytes, starts: Ints, length: int) -> Bytes:
    """Lay pieces of equal length under one another: uint8[len(starts), length]."""
    return np.lib.stride_tricks.sliding_window_view(data, length)[starts]
