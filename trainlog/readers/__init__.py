"""Bytes -> Run. One file per format; the folder is the registry: a module here whose name has no underscore is a format.

A reader module has a docstring (its first line says what the format is), and two functions::

    def sniff(source: Source) -> Match | None     # does this look like mine? judged by content, names lie
    def read(source: Source, out: Collector) -> None   # hand over what can be read; note the rest with out.problem

Reading never fails half-way: a damaged line is a ``Problem``. Only "nothing usable here" raises.
"""

from collections.abc import Callable, Mapping, Sequence

from trainlog.errors import UnknownName, UnreadableLog
from trainlog.readers._choose import Options, silent
from trainlog.readers._discover import find
from trainlog.readers._join import join_gpu
from trainlog.readers._registry import Match, Reader, guess, names, reader
from trainlog.run import Run

__all__ = ["Match", "Reader", "guess", "join_gpu", "names", "read", "read_all", "reader"]


def read_all(
    path: str,
    *,
    input_format: str | None = None,
    aliases: Mapping[str, Sequence[str]] | None = None,
    wants: Callable[[str], bool] | None = None,
    judges: Callable[[str], bool] | None = None,
    note: Callable[[str], None] = silent,
    tell: Callable[[str], None] = silent,
) -> list[Run]:
    """Read every run of a log: a file, a folder, a pattern such as ``runs/*.jsonl``, an ``fsspec`` address, ``-`` for standard input.

    ``aliases``: canonical metric name -> further keys that mean it. ``wants``: which canonical names to build (all by
    default). ``judges``: which of them a run can be judged by, where a log without any is of no use. ``note`` is told which
    format was chosen and why; ``tell``, which logs a folder or a pattern stands for.

    Raises ``UnreadableLog`` when there is nothing usable, ``UnknownName`` for an unknown ``input_format``, ``MissingExtra``
    for an address or a compression that needs a package.
    """
    if input_format is not None and input_format not in names():
        raise UnknownName.among("input format", input_format, names())
    return find(path, Options(input_format, aliases, wants, judges, note, tell))


def read(path: str, *, run: int | None = None, input_format: str | None = None, aliases: Mapping[str, Sequence[str]] | None = None) -> Run:
    """Read one run of a log: the last, or the one with this number (from 0). With several and no number, warns.

    Raises ``UnreadableLog`` when there is nothing usable or no such run.
    """
    runs = read_all(path, input_format=input_format, aliases=aliases)
    if run is None:
        if len(runs) > 1:
            import warnings

            warnings.warn(f"{path} holds {len(runs)} runs; this is the last (trainlog.read_all gives all)", stacklevel=2)
        return runs[-1]
    if not -len(runs) <= run < len(runs):
        raise UnreadableLog(f"there is no run {run} in this log", where=path, why=f"it holds {len(runs)}, numbered from 0")
    return runs[run]
