"""A log that is being written: its runs again and again, at the cost of reading what was appended.

While a log is short it is read as any other, each time anew, from memory: its format shows better with every line. Then its
reader runs in a thread of its own, over a source whose end waits for more; what it has handed over by then are the runs so far.
Only readers that say ``GROWS = True`` hand over as they read. Any other log is read again when it has changed.
"""

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from trainlog.errors import TrainlogError, UnreadableLog
from trainlog.readers import _database
from trainlog.readers._choose import Options, read_source
from trainlog.readers._collect import Collector
from trainlog.readers._discover import find
from trainlog.readers._ending import with_ending
from trainlog.readers._registry import reader
from trainlog.readers._saved import with_saved
from trainlog.readers._source import BLOCK, HEAD, MAGIC, Source
from trainlog.readers._tail import Tail, WrittenAnew
from trainlog.run import Run

_WHOLE = (_database.MAGIC, *(magic for magic, _ in MAGIC))  # what grows, but not at its end


class Follower:
    """Follows one log, which need not be there yet: ``look`` gives its runs when there is anything new."""

    def __init__(self, name: str, options: Options) -> None:
        self._name, self._options = name, options
        self._path = Path(name)
        self._seen: object = None
        self._whole = False  # read again when it has changed
        self._begin()

    def _begin(self) -> None:
        self._tail = Tail(self._path)
        self._short = b""
        self._live: _Live | None = None

    def look(self) -> list[Run] | None:
        """Give the runs so far; None while there is nothing new, or nothing that can be read yet."""
        if self._whole or self._path.is_dir():
            return self._again()
        try:
            return self._appended()
        except WrittenAnew:
            self.close()
            self._begin()
            return self.look()

    def close(self) -> None:
        """End the reader and let go of the file."""
        if self._live is not None:
            self._live.end()
        self._tail.close()

    def _appended(self) -> list[Run] | None:
        if self._live is None:
            return self._begun()
        return self._live_runs() if self._live.advance() else None

    def _live_runs(self) -> list[Run] | None:
        try:
            return None if self._live is None else self._with_saved(self._live.runs())
        except UnreadableLog:  # a reader that sees all of the log may find that it is none
            return None

    def _begun(self) -> list[Run] | None:
        """Read a short log whole, from memory; let a reader follow one that has grown long enough to tell its format."""
        before = len(self._short)
        for chunk in self._tail.chunks():
            self._short += chunk
            if len(self._short) >= HEAD:
                break
        if len(self._short) == before:
            return None
        # A line that is still being written is no damage.
        lines = self._short[: self._short.rfind(b"\n") + 1]
        runs = self._read(Source.of(self._name, lines)) if lines else None
        if len(self._short) < HEAD and not self._short.startswith(_WHOLE):
            return runs
        begun, self._short = self._short, b""
        if not runs or not getattr(reader(runs[0].format), "GROWS", False) or begun.startswith(_WHOLE):
            self._whole = True
            return self._again()
        self._live = _Live(self._name, runs[0].format, begun, self._tail, self._options)
        return self._live_runs()

    def _again(self) -> list[Run] | None:
        places = [self._path, *sorted(self._path.rglob("*"))] if self._path.is_dir() else [self._path]
        try:
            seen = [(str(place), (stat := place.stat()).st_size, stat.st_mtime_ns) for place in places]
        except OSError:
            return None
        if seen == self._seen:
            return None
        self._seen = seen
        try:
            return find(self._name, self._options)
        except TrainlogError:
            return None

    def _read(self, source: Source) -> list[Run] | None:
        try:
            return self._with_saved(read_source(source, self._options))
        except TrainlogError:
            return None

    def _with_saved(self, runs: list[Run]) -> list[Run]:
        return with_saved(runs, Source(self._name, self._path))


class _Live(Source):
    """A source whose end waits, and the reader that runs over it; one of the two sides runs at a time."""

    def __init__(self, name: str, format_name: str, begun: bytes, tail: Tail, options: Options) -> None:
        super().__init__(name, None, begun)
        self.grows = True
        self._format, self._tail, self._begun = format_name, tail, begun
        self._out = Collector(options.aliases, options.wants)
        self._more, self._idle = threading.Semaphore(0), threading.Semaphore(0)
        self._fed = 0
        self._over = False
        self._failure: BaseException | None = None
        _ = self.head  # before what begun the log is let go
        threading.Thread(target=self._run, daemon=True).start()
        self._wait()

    def chunks(self) -> Iterator[bytes]:
        """Give what there is, and wait for more until it is over."""
        begun, self._begun, self._kept = self._begun, b"", b""
        yield from (begun[at : at + BLOCK] for at in range(0, len(begun), BLOCK))
        while True:
            for chunk in self._tail.chunks():
                self._fed += len(chunk)
                yield chunk
            self._idle.release()
            self._more.acquire()
            if self._over:
                return

    def advance(self) -> bool:
        """Read on to the end of what there is now; says whether there was anything. Raises what reading raised."""
        fed = self._fed
        self._more.release()
        self._wait()
        return self._fed > fed

    @np.errstate(all="ignore")  # numbers of a log may overflow: what comes of it is infinite or NaN
    def runs(self) -> list[Run]:
        """The runs so far."""
        return with_ending(self._out.so_far(self.name, self._format), self)

    def end(self) -> None:
        """End the reader."""
        self._over = True
        self._more.release()

    @np.errstate(all="ignore")
    def _run(self) -> None:
        try:
            reader(self._format).read(self, self._out)
            for _ in self.chunks():  # a reader may end before the log does
                pass
        except BaseException as error:  # noqa: BLE001 - raised again on the other side
            self._failure = error
        self._idle.release()

    def _wait(self) -> None:
        self._idle.acquire()
        gc.enable()  # readers turn it off until they have read to the end, which here is never
        if self._failure is not None:
            raise self._failure
