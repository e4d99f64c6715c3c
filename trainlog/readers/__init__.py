"""Bytes -> Run. One file per format; the folder is the registry: a module here whose name has no underscore is a format.

A reader module has a docstring (its first line says what the format is), and two functions::

    def sniff(source: Source) -> Match | None     # does this look like mine? judged by content, names lie
    def read(source: Source, out: Collector) -> None   # hand over what can be read; note the rest with out.problem

One whose logs may be lines of JSON objects says ``OBJECTS = True``: where a log is nothing else, no other reader is loaded
and asked.

Reading never fails half-way: a damaged line is a ``Problem``. Only "nothing usable here" raises.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from trainlog.errors import UnknownName, UsageError
from trainlog.readers._choose import Options, silent
from trainlog.readers._discover import Log, content, discover, find, read_found, read_log
from trainlog.readers._join import gpu_readings, join_gpu
from trainlog.readers._registry import Match, Reader, guess, names, reader
from trainlog.run import Run

__all__ = [
    "Log",
    "Match",
    "Options",
    "Reader",
    "content",
    "discover",
    "follower",
    "gpu_readings",
    "guess",
    "join_gpu",
    "known_format",
    "names",
    "pick",
    "read",
    "read_all",
    "read_found",
    "read_log",
    "reader",
]


def read_all(
    path: str,
    *,
    input_format: str | None = None,
    aliases: Mapping[str, Sequence[str]] | None = None,
    wants: Callable[[str], bool] | None = None,
    judges: Callable[[str], bool] | None = None,
    note: Callable[[str], None] = silent,
    tell: Callable[[str], None] = silent,
    both: bool = False,
) -> list[Run]:
    """Read every run of a log: a file, a folder, a pattern such as ``runs/*.jsonl``, an ``fsspec`` address, ``-`` for standard input.

    ``aliases``: canonical metric name -> further keys that mean it. ``wants``: which canonical names to build (all by
    default). ``judges``: which of them a run can be judged by, where a log without any is of no use. ``note`` is told which
    format was chosen and why; ``tell``, which logs a folder or a pattern stands for. ``both``: read the halves of a long log at
    once where there are two cores (Linux; a process is forked).

    Raises ``UnreadableLog`` when there is nothing usable, ``UnknownName`` for an unknown ``input_format``, ``MissingExtra``
    for an address or a compression that needs a package.
    """
    return find(path, Options(known_format(input_format), aliases, wants, judges, note, tell, both))


@contextmanager
def follower(
    path: str,
    *,
    input_format: str | None = None,
    aliases: Mapping[str, Sequence[str]] | None = None,
    wants: Callable[[str], bool] | None = None,
    judges: Callable[[str], bool] | None = None,
) -> Iterator[Callable[[], list[Run] | None]]:
    """Follow a file or a folder that is being written and need not be there yet.

    What this gives, when called, gives the runs so far, or None when nothing was written since (or nothing that can be read
    yet). Raises ``UnknownName`` for an unknown ``input_format``, ``UsageError`` for standard input and addresses.
    """
    from trainlog.readers._follow import Follower

    if path == "-" or "://" in path or Path(path).is_fifo():
        raise UsageError(
            "only a file or a folder can be followed", where=path, do="write the log to a file: python train.py | tee train.log"
        )
    following = Follower(path, Options(known_format(input_format), aliases, wants, judges))
    try:
        yield following.look
    finally:
        following.close()


def known_format(input_format: str | None) -> str | None:
    """The name of a format as it is, or None; raises ``UnknownName``."""
    if input_format is not None and input_format not in names():
        raise UnknownName.among("input format", input_format, names())
    return input_format


def read(path: str, *, run: int | None = None, input_format: str | None = None, aliases: Mapping[str, Sequence[str]] | None = None) -> Run:
    """Read one run of a log: the last, or the one with this number (from 0). With several and no number, warns.

    Raises ``UnreadableLog`` when there is nothing usable, ``UnknownName`` when there is no such run.
    """
    runs = read_all(path, input_format=input_format, aliases=aliases)
    if run is None:
        if len(runs) > 1:
            import warnings

            warnings.warn(f"{path} holds {len(runs)} runs; this is the last (trainlog.read_all gives all)", stacklevel=2)
        return runs[-1]
    return pick(runs, run, path)


def pick(runs: Sequence[Run], number: int, name: str) -> Run:
    """The run of a log with this number, from 0, or from the end: -1 is the last. Raises ``UnknownName`` when there is none."""
    if not -len(runs) <= number < len(runs):
        raise UnknownName(f"there is no run {number} in this log", where=name, why=f"it holds {len(runs)}, numbered from 0")
    return runs[number]
