"""Zstandard: the standard library from Python 3.14 on, the package ``zstandard`` before."""

import sys
from typing import IO

from trainlog.errors import MissingExtra


def open_zstd(raw: IO[bytes]) -> IO[bytes]:
    """Open a zstandard stream; raises ``MissingExtra`` when neither library is there."""
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdFile(raw)
    try:
        import zstandard
    except ImportError as error:
        raise MissingExtra.of("zstandard", "zstd", "a .zst file") from error
    return zstandard.ZstdDecompressor().stream_reader(raw)
