"""Bytes -> Run. One file per format; the folder is the registry: a module here whose name has no underscore is a format.

A reader module has a docstring (its first line says what the format is), and two functions::

    def sniff(source: Source) -> Match | None     # does this look like mine? judged by content, names lie
    def read(source: Source, out: Collector) -> None   # hand over what can be read; note the rest with out.problem

Reading never fails half-way: a damaged line is a ``Problem``. Only "nothing usable here" raises.
"""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from trainlog.errors import UnknownName, UnreadableLog
from trainlog.readers._collect import Collector
from trainlog.readers._source import Source
from trainlog.run import Run

LFS_POINTER = b"version https://git-lfs"
SURE = 0.9  # a reader this sure is not compared with others
CLOSE = 0.3  # readers whose scores differ by less are compared by what they find


@dataclass(frozen=True, slots=True)
class Match:
    """How sure a reader is (0-1) that a source is of its format, and what it saw."""

    score: float
    why: str


class Reader(Protocol):
    """What a reader module offers."""

    __name__: str
    __doc__: str | None

    def sniff(self, source: Source) -> Match | None:
        """Judge by the head of the source."""

    def read(self, source: Source, out: Collector) -> None:
        """Read the whole source."""


def names() -> list[str]:
    """The names of all formats, without loading their readers."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def reader(name: str) -> Reader:
    """Load the reader of a format; raises ``UnknownName`` for a format that there is not."""
    if name not in names():
        raise UnknownName.among("input format", name, names())
    return import_module(f"{__name__}.{name}")


def guess(source: Source) -> list[tuple[str, Match]]:
    """The formats a source may be of, most likely first."""
    found = [(name, match) for name in names() if (match := reader(name).sniff(source)) is not None]
    return sorted(found, key=lambda pair: (-pair[1].score, pair[0]))


def read_all(
    path: str,
    *,
    input_format: str | None = None,
    aliases: Mapping[str, Sequence[str]] | None = None,
    wants: Callable[[str], bool] | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> list[Run]:
    """Read every run of a log.

    ``aliases``: canonical metric name -> further keys that mean it. ``wants``: which canonical names to build (all by
    default). ``note`` is told which format was chosen and why.

    Raises ``UnreadableLog`` when there is nothing usable, ``UnknownName`` for an unknown ``input_format``.
    """
    source = Source.open(path)
    _refuse_what_is_no_log(source)
    candidates = [(input_format, Match(1.0, "as asked for"))] if input_format else guess(source)
    if not candidates:
        raise UnreadableLog(
            "no reader recognises this file",
            where=source.name,
            why=f"its first {len(source.head):,} bytes match none of {len(names())} formats",
            do="name the format with --input-format, see: trainlog formats",
        )
    return _read_best(source, candidates, lambda: Collector(aliases, wants), note)


def _refuse_what_is_no_log(source: Source) -> None:
    if source.is_dir:
        return
    if not source.head.strip(b" \r\n\t\0"):
        raise UnreadableLog("this file is empty", where=source.name, why=f"{len(source.head):,} bytes, none of them text")
    if source.head.startswith(LFS_POINTER):
        raise UnreadableLog(
            "this is a Git LFS pointer, not the log",
            where=source.name,
            why="the file only names the content that Git LFS keeps elsewhere",
            do="git lfs pull",
        )


def _read_best(
    source: Source, candidates: Sequence[tuple[str, Match]], collector: Callable[[], Collector], note: Callable[[str], None]
) -> list[Run]:
    """Read as the likeliest format; where others are about as likely, as the one that explains most of the file."""
    found: list[tuple[int, str, list[Run]]] = []
    refused: UnreadableLog | None = None
    for name, match in candidates:
        if found and match.score < candidates[0][1].score - CLOSE:
            break
        out = collector()
        try:
            reader(name).read(source, out)
        except UnreadableLog as error:
            refused = refused or error
            continue
        if source.damage is not None:
            out.problem(0, source.damage)
        runs = out.finish(source.name, name)
        if runs:
            points = sum(len(series) for run in runs for series in run.series.values())
            found.append((len(out.problems) + out.problems_dropped - points, name, runs))
            if match.score >= SURE:
                break
    if not found:
        why = f"read as {' and as '.join(name for name, _ in candidates)}"
        raise refused or UnreadableLog("nothing in this file is a number of a training run", where=source.name, why=why)
    found.sort(key=lambda one: one[0])
    unexplained, name, runs = found[0]
    rest = "".join(f"; {other} would explain {worse - unexplained:,} points less" for worse, other, _ in found[1:])
    note(f"{source.name}: read as {name} ({dict(candidates)[name].why}): {len(runs)} run{'s' if len(runs) > 1 else ''}{rest}")
    return runs


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
