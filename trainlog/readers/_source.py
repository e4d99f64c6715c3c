"""Where bytes come from: a file, standard input or a folder, decompressed on the way. Only this module opens inputs."""

import bz2
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, cast

from trainlog.errors import UnreadableLog

BLOCK = 256 * 1024  # bytes; larger blocks do not decode faster and cost memory
HEAD = 64 * 1024  # bytes shown to sniffers
MAX_LINE = 16 * 1024 * 1024  # bytes; a longer line is no log record (the longest of real logs, a notebook cell, has 4 MB)
BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
MAGIC = ((b"\x1f\x8b", "gzip"), (b"BZh", "bz2"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"))


class Source:
    """One input. ``name`` is what the user typed; ``path`` is None for standard input."""

    def __init__(self, name: str, path: Path | None = None, data: bytes | None = None) -> None:
        self.name = name
        self.path = path
        self._data = data

    @classmethod
    def open(cls, name: str) -> "Source":
        """Give the source of a path, or of standard input for ``-``.

        Raises ``UnreadableLog`` when there is nothing at ``name``.
        """
        if name == "-":
            return cls("<stdin>", None, sys.stdin.buffer.read())
        path = Path(name)
        try:
            found = path.exists()
        except (OSError, ValueError) as error:
            raise UnreadableLog(f"this is no usable path: {name!r:.200}", why=str(error)) from error
        if not found:
            raise UnreadableLog("no such file", where=name, do="check the path, or quote a pattern: trainlog diagnose 'runs/*.jsonl'")
        return cls(name, path)

    @property
    def is_dir(self) -> bool:
        """Whether this is a folder."""
        return self.path is not None and self.path.is_dir()

    @property
    def suffixes(self) -> tuple[str, ...]:
        """File name endings in lower case, without those of compression."""
        names = self.path.suffixes if self.path else []
        return tuple(s.lower() for s in names if s.lower() not in (".gz", ".bz2", ".xz", ".zst"))

    def stream(self) -> IO[bytes]:
        """Open the decompressed bytes from the start.

        Raises ``UnreadableLog`` for a folder, a file without permission, or compression that needs a package.
        """
        try:
            if self._data is not None:
                raw: IO[bytes] = io.BytesIO(self._data)
            elif self.path is not None and not self.is_dir:
                raw = self.path.open("rb")
            else:
                raise UnreadableLog("this is a folder, not a file", where=self.name)
        except OSError as error:
            raise UnreadableLog("this file cannot be opened", where=self.name, why=error.strerror or str(error)) from error
        start = raw.read(6)
        raw.seek(0)
        kind = next((name for magic, name in MAGIC if start.startswith(magic)), "plain")
        return _decompressed(raw, kind)

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB, decompressed and as UTF-8, for sniffing; empty for a folder."""
        if self.is_dir:
            return b""
        with self.stream() as stream:
            try:
                return _as_utf8(stream.read(HEAD))
            except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
                raise UnreadableLog("this compressed file is damaged at its start", where=self.name, why=str(error)) from error

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """Give (1-based number of its first line, block) pairs; each block ends at a line end, the last perhaps not.

        A byte order mark is removed, UTF-16 is re-encoded, a compressed stream that is cut short ends where it is cut.
        Memory is bounded: of a line longer than 16 MiB only the first 16 MiB are given.
        """
        with self.stream() as stream:
            chunks = _read(stream)
            first = next(chunks, b"")
            encoding = next((name for bom, name in BOMS if first.startswith(bom)), None)
            if encoding and encoding != "utf-8":
                chunks = iter([(first + b"".join(chunks)).decode(encoding, "replace").lstrip("\ufeff").encode()])
                first = b""
            elif encoding:
                first = first[3:]
            yield from _whole_lines(first, chunks)

    def lines(self) -> Iterator[tuple[int, str]]:
        """Give (1-based number, text without its line end) for every line; undecodable bytes become U+FFFD."""
        for number, block in self.blocks():
            lines = block.decode("utf-8", "replace").split("\n")
            if lines[-1] == "":
                lines.pop()
            for offset, line in enumerate(lines):
                yield number + offset, line.rstrip("\r")

    def read(self, limit: int = 512 * 1024 * 1024) -> bytes:
        """Read everything as UTF-8, for formats that are one document; raises ``UnreadableLog`` above ``limit`` bytes."""
        parts, size = [], 0
        for _, block in self.blocks():
            size += len(block)
            if size > limit:
                raise UnreadableLog(f"this document is larger than {limit >> 20} MiB", where=self.name)
            parts.append(block)
        return b"".join(parts)


def _decompressed(raw: IO[bytes], kind: str) -> IO[bytes]:
    if kind == "gzip":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    if kind == "bz2":
        return bz2.BZ2File(raw)
    if kind == "xz":
        return lzma.LZMAFile(raw)
    if kind == "zstd":
        from trainlog.readers._zstd import open_zstd

        return open_zstd(raw)
    return raw


def _as_utf8(data: bytes) -> bytes:
    for bom, encoding in BOMS:
        if data.startswith(bom):
            return data[3:] if encoding == "utf-8" else data.decode(encoding, "replace").lstrip("\ufeff").encode()
    return data


def _read(stream: IO[bytes]) -> Iterator[bytes]:
    while True:
        try:
            chunk = stream.read(BLOCK)
        except (OSError, EOFError, lzma.LZMAError, zlib.error):
            return  # a compressed stream cut short by a crash: what came before stands
        if not chunk:
            return
        yield chunk


def _whole_lines(first: bytes, chunks: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    number, rest = 1, first
    for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if not cut:
            if len(rest) < MAX_LINE:
                rest += chunk
            continue
        block = rest + chunk[:cut]
        yield number, block
        number += block.count(b"\n")
        rest = chunk[cut:]
    if rest:
        yield number, rest
