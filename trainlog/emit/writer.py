"""A file of lines that a training can write to without ever being hurt by it.

Each line goes out in one ``write`` to a descriptor opened for appending: once the call returns, the line is with the
operating system and survives ``kill -9`` of the process. A disk that is full, a folder that cannot be written, a file
taken away: one warning, the lines lost are counted, and writing is tried again with the next line.
"""

import errno
import logging
import os
import stat
import threading
from pathlib import Path

logger = logging.getLogger("trainlog")


class LineWriter:
    """Appends lines to ``path``; threads may share it; ``lost`` counts the lines that could not be written."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.lost = 0
        self.closed = False
        self._fd: int | None = None
        self._torn = b""  # the rest of a line of which only the head could be written
        self._warned = False
        self._owner = os.getpid()
        self._lock = threading.Lock()

    def write(self, line: bytes) -> bool:
        """Append ``line`` (it ends in a newline). True when it is written; never raises for a failure of the file."""
        if os.getpid() != self._owner:  # a forked data-loader worker holds a copy of this object
            return False
        with self._lock:
            try:
                if self.closed:
                    raise OSError("the logger is closed")
                self._append(line)
            except OSError as error:
                self.lost += 1
                self._warn(error)
                return False
            return True

    def close(self) -> None:
        """Close the file; lines written afterwards are counted as lost."""
        with self._lock:
            if self._torn and self._fd is not None:
                self._finish_torn(self._fd)
            self.closed = True
            self._release()

    def _append(self, line: bytes) -> None:
        fd = self._descriptor()
        if not self._finish_torn(fd):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        try:
            written = os.write(fd, line)
        except OSError:
            self._release()
            raise
        if written < len(line):  # the disk filled up in the middle of the line
            self._torn = line[written:]
            self._finish_torn(fd)

    def _finish_torn(self, fd: int) -> bool:
        """Write what is missing of a half-written line, which must come before any other. True when nothing is."""
        try:
            while self._torn:
                self._torn = self._torn[os.write(fd, self._torn) :]
        except OSError as error:
            self._release()
            self._warn(error)
        return not self._torn

    def _descriptor(self) -> int:
        """The open file, opened (again) when it is not, or when somebody deleted it."""
        if self._fd is not None:
            if self._is_live(self._fd):
                return self._fd
            self._fd = None
            self._torn = b""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        if not self._torn and stat.S_ISREG(os.fstat(self._fd).st_mode):
            _end_torn_line(self._fd)
        return self._fd

    def _is_live(self, fd: int) -> bool:
        """Whether the file is still in a folder, and the descriptor open; somebody may have ended either."""
        try:
            if os.fstat(fd).st_nlink:
                return True
            os.close(fd)
        except OSError as error:
            self._warn(error)
        return False

    def _release(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            try:
                os.close(fd)
            except OSError as error:  # the descriptor was closed behind our back, or the last write-back failed
                self._warn(error)

    def _warn(self, error: OSError) -> None:
        # logging, not warnings: `python -W error` would turn a warning into the end of the training.
        if not self._warned:
            self._warned = True
            logger.warning("trainlog: cannot write %s (%s); training goes on, losses are counted", self.path, error)


def _end_torn_line(fd: int) -> None:
    """Keep the half line that a killed run left from swallowing the first line of this one."""
    size = os.lseek(fd, 0, os.SEEK_END)
    if size:
        os.lseek(fd, size - 1, os.SEEK_SET)
        if os.read(fd, 1) != b"\n":
            os.write(fd, b"\n")
