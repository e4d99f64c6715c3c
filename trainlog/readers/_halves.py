"""A long log read by two processes, each one half of it, where each line means the same whoever reads it.

The later half is read by a process of its own, which numbers lines from 1 and hands over what it collected. What it cannot
know (the key of a text that was a number before, what a reader leaves to the end) is found out when the halves meet; then,
or when that process fails, the later half is read again by this one.
"""

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO

from trainlog.readers._blocks import recoded, whole_lines
from trainlog.readers._collect import Collector
from trainlog.readers._registry import Reader
from trainlog.readers._source import BLOCK, Source

LONG = 256 << 20  # bytes of a log from which on a second process saves more than it costs
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Half(Source):
    """The lines of a file from one place to another. Its head is that of the whole; ``line`` is the number of the line reached."""

    def __init__(self, whole: Source, start: int, end: int, line: int = 1) -> None:
        super().__init__(whole.name, whole.path)
        self._start, self._end = start, end
        self.line = line

    def chunks(self) -> Iterator[bytes]:
        """Give the bytes of these lines."""
        with self.stream() as stream:
            stream.seek(self._start)
            at, edge = self._start, -(-self._start // BLOCK) * BLOCK  # pieces end where they do in the whole file
            try:
                while at < self._end and (chunk := stream.read(min(self._end, edge + BLOCK) - at)):
                    yield chunk
                    at, edge = at + len(chunk), edge + BLOCK
            except OSError as error:
                self.damage = f"the file ends early, what came before was read: {error}"

    def counted(self) -> Iterator[tuple[int, int, bytes]]:
        """Give the blocks, numbered as in the whole file."""
        chunks = self.chunks() if self._start else recoded(self.chunks())
        for number, ends, block in whole_lines(chunks, self.line):
            self.line = number + ends
            yield number, ends, block


def read(reader: Reader, source: Source, out: Collector, *, both: bool) -> None:
    """Read a log; with ``both``, the two halves of a long one at once, if it has lines that can be told apart and a core is free."""
    cut = _cut(reader, source) if both else None
    if cut is None:
        reader.read(source, out)
        return
    middle, end = cut
    first = Half(source, 0, middle)
    with _elsewhere(reader, Half(source, middle, end), Collector.like(out)) as later:
        reader.read(first, out)
        found = later()
    source.damage = first.damage
    if source.damage is None and (found is None or not out.join(found, first.line - 1)):
        second = Half(source, middle, end, first.line)
        reader.read(second, out)
        source.damage = second.damage


def _cut(reader: Reader, source: Source) -> tuple[int, int] | None:
    """Where the later half begins and ends; None where it is not to be read by itself."""
    if source.path is None or sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2 or threading.active_count() > 1:
        return None
    size = source.path.stat().st_size
    if size < LONG or source.is_compressed or not getattr(reader, "divisible", lambda _: False)(source):
        return None
    with source.stream() as stream:
        if stream.read(2) in _UTF16:
            return None
        # Where a block would end if one process read it all: what is a number may depend on what stands in the same block.
        middle = size // 2 // BLOCK * BLOCK
        stream.seek(max(middle - BLOCK, 0))
        cut = stream.read(BLOCK).rfind(b"\n") + 1
        return (middle - BLOCK + cut, size) if middle and cut else None


@contextmanager
def _elsewhere(reader: Reader, half: Half, out: Collector) -> Iterator[Callable[[], Collector | None]]:
    """Read in a process of its own meanwhile; what this gives waits for it, and gives what it collected, or None if it failed."""
    here, there = os.pipe()
    process = os.fork()
    if not process:
        os.close(here)
        _hand_over(reader, half, out, there)
        os._exit(0)
    os.close(there)
    with os.fdopen(here, "rb") as pipe:
        try:
            yield lambda: _received(pipe)
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _hand_over(reader: Reader, half: Half, out: Collector, there: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever waits is told, and ends this process
    with suppress(Exception), os.fdopen(there, "wb") as pipe:  # what fails is read again, where errors can be told
        reader.read(half, out)
        if half.damage is not None:
            return
        columns = out.detach()
        pickle.dump(out, pipe, pickle.HIGHEST_PROTOCOL)
        for column in columns:  # one by one: a copy of each is made on the way
            pickle.dump(column, pipe, pickle.HIGHEST_PROTOCOL)
        pickle.dump(None, pipe)


def _received(pipe: IO[bytes]) -> Collector | None:
    try:
        found: Collector = pickle.load(pipe)  # noqa: S301 - written by this program
        while (column := pickle.load(pipe)) is not None:  # noqa: S301 - likewise
            found.attach(*column)
    except (EOFError, OSError, pickle.UnpicklingError):
        return None
    return found
