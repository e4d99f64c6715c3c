"""From pieces of bytes to blocks of whole lines of UTF-8, in bounded memory."""

import codecs
from collections.abc import Iterator

import numpy as np

_NEWLINE = 10
MAX_LINE = 16 * 1024 * 1024  # bytes; a longer line is no log record (the longest of real logs, a notebook cell, has 4 MB)
BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def as_utf8(data: bytes) -> bytes:
    """Give the start of a text as UTF-8, without its byte order mark."""
    for bom, encoding in BOMS:
        if data.startswith(bom):
            return data[3:] if encoding == "utf-8" else data.decode(encoding, "replace").lstrip("\ufeff").encode()
    return data


def recoded(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Remove a byte order mark, and bring UTF-16 to UTF-8, piece by piece."""
    first = next(chunks, b"")
    encoding = next((name for bom, name in BOMS if first.startswith(bom)), None)
    if encoding in (None, "utf-8"):
        yield first[3:] if encoding else first
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield decoder.decode(first).removeprefix("\ufeff").encode()
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")


def whole_lines(chunks: Iterator[bytes], number: int = 1) -> Iterator[tuple[int, int, bytes]]:
    """Cut pieces into (number of its first line, line ends, block); each block ends at a line end, the last perhaps not.

    ``number``: that of the first of all.

    Of a line longer than 16 MiB only the first 16 MiB are given.
    """
    size = 0
    rest: list[bytes | memoryview] = []
    for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if not cut:
            if size < MAX_LINE:
                rest.append(chunk)
                size += len(chunk)
            continue
        block = b"".join([*rest, memoryview(chunk)[:cut]])
        ends = int(np.count_nonzero(np.frombuffer(block, np.uint8) == _NEWLINE))  # eight times as fast as bytes.count
        yield number, ends, block
        number += ends
        rest = [chunk[cut:]]
        size = len(rest[0])
    if size:
        yield number, 0, b"".join(rest)
