"""Where bytes come from: a file, standard input or a folder, decompressed on the way. Only this module opens inputs, and
``_database.py`` those that are SQLite.
"""

import bz2
import io
import lzma
import os
import shutil
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePath
from typing import IO, cast

from trainlog._pattern import compiled
from trainlog.errors import UnreadableLog
from trainlog.readers._blocks import as_utf8, recoded, whole_lines
from trainlog.readers._remote import fetch

BLOCK = 128 * 1024  # bytes; larger blocks do not decode faster and cost memory
TAIL = 32 * 1024  # bytes: a deep traceback with what launchers say of it
HEAD = 64 * 1024  # bytes shown to sniffers
PIECE = 8 * 1024  # of them read at once: where a compressed file is cut short, what comes before is still had
BOMB_BYTES, BOMB_RATIO = 1 << 30, 200  # decompression stops beyond both: real logs shrink to a fiftieth at most
MAX_FILES = 10_000  # looked at in a folder
MAGIC = ((b"\x1f\x8b", "gzip"), (b"BZh", "bz2"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"))


class Source:
    """One input. ``name`` is what the user typed; ``path`` is None for standard input."""

    def __init__(self, name: str, path: Path | None = None, kept: IO[bytes] | bytes | None = None) -> None:
        self.name = name
        self.path = path
        self._kept = kept
        #: Whether the end may wait for more: what has been given should be read before the next is asked for.
        self.grows = False
        #: What went wrong while the bytes were read (a compressed file cut short), None when nothing did.
        self.damage: str | None = None
        #: The end of what ``counted`` gave so far, and the number of its last line.
        self.tail, self.last_line = b"", 0

    @classmethod
    def open(cls, name: str) -> "Source":
        """Give the source of a path, or of standard input for ``-``.

        Raises ``UnreadableLog`` when there is nothing at ``name``.
        """
        if name == "-":
            import tempfile

            kept = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the Source: readers may start again
            shutil.copyfileobj(sys.stdin.buffer, kept)
            kept.flush()
            return cls("<stdin>", None, kept)
        if "://" in name:
            return cls(name, None, fetch(name))
        path = Path(name)
        if not cls.exists(name):
            raise UnreadableLog("no such file", where=name, do="check the path, or quote a pattern: trainlog diagnose 'runs/*.jsonl'")
        return cls(name, path)

    def close(self) -> None:
        """Let go of what was kept of standard input or an address."""
        if self._kept is not None and not isinstance(self._kept, bytes):
            self._kept.close()

    @staticmethod
    def exists(name: str) -> bool:
        """Whether there is a file or folder of this name; raises ``UnreadableLog`` for what cannot be one (empty, a NUL, too long)."""
        if not name:
            raise UnreadableLog("a log without a name was asked for", why="the name is empty", do="check the variable that should hold it")
        try:
            return Path(name).exists()
        except (OSError, ValueError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise UnreadableLog(f"this is no usable path: {name!r:.200}", why=why) from error

    @classmethod
    def of(cls, name: str, data: bytes) -> "Source":
        """Give the source of a log that was found inside another one, such as the output kept in a notebook."""
        return cls(name, None, data)

    @property
    def is_dir(self) -> bool:
        """Whether this is a folder."""
        return self.path is not None and self.path.is_dir()

    @property
    def label(self) -> str:
        """The last part of the path."""
        return self.path.name if self.path is not None else self.name

    @property
    def folder(self) -> "Source | None":
        """The folder this stands in; None for standard input."""
        return None if self.path is None else Source(str(Path(self.name).parent), self.path.parent)

    def files(self, pattern: str) -> list["Source"]:
        """The files of a folder whose path under it matches a glob pattern (``**`` allowed), by name; at most 10,000."""
        return [child for child in self._below(pattern) if child.path is not None and child.path.is_file()]

    def folders(self, pattern: str) -> list["Source"]:
        """The sub-folders of a folder that match a glob pattern, by name."""
        return [child for child in self._below(pattern) if child.is_dir]

    def called(self, expression: str) -> list["Source"]:
        """What lies in a folder and has a name that an expression matches as a whole, by name."""
        if self.path is None:
            return []
        try:
            names = sorted(filter(compiled(expression).fullmatch, os.listdir(self.path)))  # noqa: PTH208 - a path of each takes long
        except OSError:
            return []
        found = [Source(str(Path(self.name) / name), self.path / name) for name in names]
        return [child for child in found if child.path is not None and child.path.exists()]

    def _below(self, pattern: str) -> list["Source"]:
        if self.path is None:
            return []
        try:
            found = sorted(islice(self.path.glob(pattern), MAX_FILES))
        except OSError:
            return []
        return [Source(str(Path(self.name) / path.relative_to(self.path)), path) for path in found]

    @property
    def suffixes(self) -> tuple[str, ...]:
        """File name endings in lower case, without those of compression."""
        names = PurePath(self.name).suffixes
        return tuple(s.lower() for s in names if s.lower() not in (".gz", ".bz2", ".xz", ".zst"))

    @contextmanager
    def stream(self) -> Iterator[IO[bytes]]:
        """Open the decompressed bytes from the start.

        Raises ``UnreadableLog`` for a folder, a file without permission, or compression that needs a package.
        """
        try:
            if isinstance(self._kept, bytes):
                raw: IO[bytes] = io.BytesIO(self._kept)
            elif self._kept is not None:
                raw = os.fdopen(os.dup(self._kept.fileno()), "rb")
                raw.seek(0)
            elif self.path is not None and not self.is_dir:
                raw = self.path.open("rb")
                raw = raw if raw.seekable() else self._keep(raw)
            else:
                raise UnreadableLog("this is a folder, not a file", where=self.name)
        except OSError as error:
            raise UnreadableLog("this file cannot be opened", where=self.name, why=error.strerror or str(error)) from error
        with raw:
            start = raw.read(6)
            raw.seek(0)
            kind = next((name for magic, name in MAGIC if start.startswith(magic)), "plain")
            with _decompressed(raw, kind) as stream:
                yield stream

    def _keep(self, pipe: IO[bytes]) -> IO[bytes]:
        """Keep what a pipe gives: readers may start again, and it gives it once."""
        import tempfile

        self._kept = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the Source
        with pipe:
            shutil.copyfileobj(pipe, self._kept)
        self._kept.seek(0)
        return os.fdopen(os.dup(self._kept.fileno()), "rb")

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB, decompressed and as UTF-8, for sniffing; empty for a folder."""
        if self.is_dir:
            return b""
        parts: list[bytes] = []
        with self.stream() as stream:
            try:
                while (size := HEAD - sum(map(len, parts))) and (part := stream.read(min(size, PIECE))):
                    parts.append(part)
            except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
                if not parts:
                    raise UnreadableLog("this compressed file is damaged at its start", where=self.name, why=str(error)) from error
        return as_utf8(b"".join(parts))

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """Give (1-based number of its first line, block) pairs; each block ends at a line end, the last perhaps not.

        A byte order mark is removed, UTF-16 is re-encoded, a compressed stream that is cut short ends where it is cut.
        Memory is bounded: of a line longer than 16 MiB only the first 16 MiB are given.
        """
        return ((number, block) for number, _, block in self.counted())

    def counted(self) -> Iterator[tuple[int, int, bytes]]:
        """The same with the number of line ends in between: (number of the first line, line ends, block)."""
        self.tail, self.last_line = b"", 0
        for number, ends, block in whole_lines(recoded(self.chunks())):
            self.tail, self.last_line = (self.tail + block[-TAIL:])[-TAIL:], number + ends
            yield number, ends, block

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
        return b"".join(recoded(self._limited(limit)))

    def raw(self, limit: int = 512 * 1024 * 1024) -> bytes:
        """Read everything as it is, for binary formats that are one document; raises ``UnreadableLog`` above ``limit`` bytes."""
        return b"".join(self._limited(limit))

    @property
    def is_compressed(self) -> bool:
        """Whether this is a file, and begins as compressed ones do."""
        if self.path is None:
            return False
        with self.path.open("rb") as raw:
            start = raw.read(6)
        return any(start.startswith(magic) for magic, _ in MAGIC)

    def _limited(self, limit: int) -> Iterator[bytes]:
        total = 0
        for chunk in self.chunks():
            total += len(chunk)
            if total > limit:
                raise UnreadableLog(f"this is larger than {limit >> 20} MiB", where=self.name)
            yield chunk

    def chunks(self) -> Iterator[bytes]:
        """Give the decompressed bytes as they are, in pieces, for binary formats; what ends them early is noted in ``damage``."""
        total = 0
        with self.stream() as stream:
            size = self.path.stat().st_size if self.path is not None else BOMB_BYTES
            while True:
                try:
                    chunk = stream.read(BLOCK)
                except (OSError, EOFError, lzma.LZMAError, zlib.error, ValueError) as error:
                    self.damage = f"the file ends early, what came before was read: {error}"
                    return
                if not chunk:
                    return
                yield chunk
                total += len(chunk)
                if total > BOMB_BYTES and total > BOMB_RATIO * size:
                    self.damage = f"reading stopped after {total >> 20} MiB: the compressed file has only {size:,} bytes"
                    return


def _decompressed(raw: IO[bytes], kind: str) -> IO[bytes]:
    if kind == "gzip":
        import gzip

        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    if kind == "bz2":
        return bz2.BZ2File(raw)
    if kind == "xz":
        return lzma.LZMAFile(raw)
    if kind == "zstd":
        from trainlog.readers._zstd import open_zstd

        return open_zstd(raw)
    return raw
