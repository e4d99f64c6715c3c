"""What was judged before: one file, by path, size, time of the last change, version and options. It may be deleted at any time."""

import hashlib
import os
import sqlite3
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import numpy as np

from trainlog import __version__
from trainlog.fleet.job import Job, Judged
from trainlog.readers import Log
from trainlog.rules import Facts

OFTEN = 64  # logs: what is judged is on disk after so many, at the latest
_TABLE = """create table if not exists judged
    (log blob, options blob, version text, size int, changed int, found blob, primary key (log, options))"""
Stamp = tuple[int, int]


def default_path() -> Path:
    """Where the platform keeps what can be made again; ``TRAINLOG_CACHE`` names another folder."""
    own = os.environ.get("TRAINLOG_CACHE")
    if own:
        return Path(own) / "fleet.sqlite"
    if sys.platform == "win32":
        home = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "trainlog" / "Cache"
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Caches" / "trainlog"
    else:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trainlog"
    return home / "fleet.sqlite"


class Cache:
    """The diagnoses of logs under the options of one ``Job``. A file that is damaged is begun again; without one, nothing is kept."""

    def __init__(self, path: Path, job: Job) -> None:
        self._path = path
        self._options = _digest(job)
        self._unsaved = 0
        self._file = self._opened() or self._begun_again()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            with suppress(sqlite3.Error):
                self._file.commit()
            self._file.close()

    def get(self, log: Log) -> list[Judged] | None:
        """What was found in a log that has not changed since; None when that is not known."""
        stamp = _stamp(log)
        if self._file is None or stamp is None:
            return None
        try:
            sql = "select found from judged where log = ? and options = ? and version = ? and size = ? and changed = ?"
            row = self._file.execute(sql, (_key(log), self._options, __version__, *stamp)).fetchone()
            return None if row is None else _DECODER.decode(row[0])
        except (sqlite3.Error, msgspec.MsgspecError, ValueError, TypeError):
            return None

    def put(self, log: Log, found: list[Judged]) -> None:
        """Keep what was found in a log; of a folder or an address nothing is kept, since it does not show that it has changed."""
        stamp = _stamp(log)
        if self._file is None or stamp is None:
            return
        try:
            row = (_key(log), self._options, __version__, *stamp, _ENCODER.encode(found))
            self._file.execute("insert or replace into judged values (?, ?, ?, ?, ?, ?)", row)
            self._unsaved += 1
            if self._unsaved >= OFTEN:
                self._file.commit()
                self._unsaved = 0
        except (sqlite3.Error, msgspec.MsgspecError, ValueError, TypeError):  # a full disk, another process: it is only a cache
            return

    def _opened(self) -> sqlite3.Connection | None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = sqlite3.connect(self._path, timeout=5)
        except (sqlite3.Error, OSError):
            return None
        try:
            file.execute("pragma synchronous = off")
            file.execute(_TABLE)
            file.execute("delete from judged where version != ?", (__version__,))
        except sqlite3.DatabaseError:
            file.close()
            return None
        return file

    def _begun_again(self) -> sqlite3.Connection | None:
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return None
        return self._opened()


def _digest(job: Job) -> bytes:
    """What of the options changes a diagnosis; the GPU readings joined to it count with their time."""
    gpu = None if job.gpu is None else _stamp(Log(job.gpu))
    return hashlib.sha256(repr((sorted(asdict(job).items()), gpu)).encode("utf-8", "backslashreplace")).digest()


def _key(log: Log) -> bytes:
    return os.fsencode(Path(log.name).absolute()) + (b"\0searched" if log.searched else b"") + os.fsencode(f"\0{log.name}")


def _stamp(log: Log) -> Stamp | None:
    """Size and time of change; checkpoints found beside a log count with the time of its folder."""
    path = Path(log.name)
    try:
        stat = path.stat()
        beside = path.parent.stat().st_mtime_ns if log.alone else 0
    except (OSError, ValueError):
        return None
    return (stat.st_size, stat.st_mtime_ns ^ beside) if path.is_file() else None


def _encoded(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.tobytes())
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Facts):
        return None
    raise TypeError(type(value).__name__)


def _decoded(_: Any, value: Any) -> Any:
    dtype, data = value
    if dtype not in ("<f8", "<i8"):
        raise ValueError(dtype)
    return np.frombuffer(data, dtype=dtype)


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_encoded)
_DECODER = msgspec.msgpack.Decoder(list[Judged], dec_hook=_decoded)
