"""What is appended to a file that is being written, and what becomes of it: rotated, truncated, written anew."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from trainlog.readers._source import BLOCK

SAME = 4096  # bytes at the start by which a log is known again
MARK = 64  # bytes before the place reached, by which it is seen that nothing before it was written anew


class WrittenAnew(Exception):
    """The file was written from its start again: what was read of it no longer stands."""


class Tail:
    """A file that grows. Each call of ``chunks`` gives what is new, across a rotation or a truncation.

    A new or shorter file under the same name goes on where the old one ended; one that begins as the old one did is the
    same log, written anew.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._start = self._mark = b""
        self._at = 0
        self._open_line = False

    def chunks(self) -> Iterator[bytes]:
        """Give what was appended since the last call, nothing when there is no file; raises ``WrittenAnew``."""
        file = self._file or self._opened()
        if file is None:
            return
        if not self._is_as_left(file):
            yield from self._rewound(file)
        yield from self._rest(file)
        if self._is_replaced(file):
            self.close()
            new = self._opened()
            if new is not None:
                yield from self._rewound(new)
                yield from self._rest(new)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> IO[bytes] | None:
        try:
            self._file = self._path.open("rb", buffering=0)
        except OSError:  # not there yet, or not for the moment
            return None
        return self._file

    def _rest(self, file: IO[bytes]) -> Iterator[bytes]:
        while chunk := file.read(BLOCK):
            self._at += len(chunk)
            self._start += chunk[: SAME - len(self._start)]
            self._mark = (self._mark + chunk)[-MARK:]
            self._open_line = not chunk.endswith(b"\n")
            yield chunk

    def _is_as_left(self, file: IO[bytes]) -> bool:
        """Whether what stands before the place reached is what was read there; the file stands at that place then."""
        if os.fstat(file.fileno()).st_size < self._at:
            return False
        file.seek(self._at - len(self._mark))
        return file.read(len(self._mark)) == self._mark

    def _is_replaced(self, file: IO[bytes]) -> bool:
        try:
            return not os.path.samestat(self._path.stat(), os.fstat(file.fileno()))
        except OSError:  # renamed, and nothing has taken its name yet
            return False

    def _rewound(self, file: IO[bytes]) -> Iterator[bytes]:
        """Begin at the start of what stands there now; a line that was left half written ends where it was left."""
        file.seek(0)
        start = file.read(SAME)
        file.seek(0)
        known = min(len(start), len(self._start))
        same = b"\n" in start[:known] and start[:known] == self._start[:known]
        if self._open_line:
            yield b"\n"
        self._start, self._mark, self._at, self._open_line = b"", b"", 0, False
        if same:
            raise WrittenAnew
