"""One input -> its runs: asks every reader, and where several could read it, keeps what explains most of the file."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from trainlog.errors import UnreadableLog
from trainlog.readers import _halves
from trainlog.readers._collect import Collector
from trainlog.readers._ending import with_ending
from trainlog.readers._registry import Match, guess, names, reader
from trainlog.readers._source import Source
from trainlog.run import Run

LFS_POINTER = b"version https://git-lfs"
SURE = 0.9  # a reader this sure is not compared with others
CLOSE = 0.3  # readers whose scores differ by less are compared by what they find


def silent(_: str) -> None:
    """Say nothing."""


class Options(NamedTuple):
    """How to read. ``judges``: which canonical names a run can be judged by; a log without any is an error that says what would
    be read under other names. ``note`` is told how each input was read, ``tell`` which logs were taken where the user named none.
    ``both``: a long log may be read by two processes."""

    input_format: str | None = None
    aliases: Mapping[str, Sequence[str]] | None = None
    wants: Callable[[str], bool] | None = None
    judges: Callable[[str], bool] | None = None
    note: Callable[[str], None] = silent
    tell: Callable[[str], None] = silent
    both: bool = False


@np.errstate(all="ignore")  # numbers of a log may overflow: what comes of it is infinite or NaN
def read_source(source: Source, options: Options) -> list[Run]:
    """Read one file, or one folder that is a log; raises ``UnreadableLog`` when there is nothing usable in it."""
    _refuse_what_is_no_log(source)
    candidates = [(options.input_format, Match(1.0, "as asked for"))] if options.input_format else guess(source)
    if not candidates:
        from trainlog.readers._unknown import describe

        raise describe(source, f"none of the {len(names())} formats fits")
    return _read_best(source, candidates, options)


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


def _read_best(source: Source, candidates: Sequence[tuple[str, Match]], options: Options) -> list[Run]:
    """Read as the likeliest format; where others are about as likely, as the one that explains most of the file."""
    found: list[tuple[int, str, list[Run]]] = []
    refused: UnreadableLog | None = None
    for name, match in candidates:
        if found and match.score < candidates[0][1].score - CLOSE:
            break
        out = Collector(options.aliases, options.wants)
        try:
            _halves.read(reader(name), source, out, both=options.both)
            if source.damage is not None:
                out.problem(0, source.damage)
            runs = with_ending(out.finish(source.name, name), source)
        except UnreadableLog as error:
            refused = refused or error
            continue
        if runs:
            points = sum(len(series) for run in runs for series in run.series.values())
            found.append((len(out.problems) + out.problems_dropped - points, name, runs))
            if match.score >= SURE:
                break
    judged = options.judges is None or any(map(options.judges, (name for _, _, runs in found for run in runs for name in run.series)))
    if not found or not judged:
        every = _every_number(source, candidates, options) if options.wants is not None else []
        if not found or every:
            from trainlog.readers._unknown import describe

            why = f"read as {' and as '.join(name for name, _ in candidates)}"
            raise refused or describe(source, why, every, known=True)
    found.sort(key=lambda one: one[0])
    unexplained, name, runs = found[0]
    rest = "".join(f"; {other} would explain {_less(worse - unexplained)}" for worse, other, _ in found[1:])
    options.note(f"{source.name}: read as {name} ({dict(candidates)[name].why}): {len(runs)} run{'s' if len(runs) > 1 else ''}{rest}")
    for remark in dict.fromkeys(remark for run in runs for remark in run.remarks):
        options.tell(f"{source.name}: {remark}")
    return runs


def _less(points: int) -> str:
    return f"{points:,} points less" if points else "as much, and is less likely"


def _every_number(source: Source, candidates: Sequence[tuple[str, Match]], options: Options) -> list[Run]:
    """Read again, with nothing left out, as the first format that finds anything which looks like a loss."""
    from trainlog.readers._unknown import look_like_a_loss

    for name, _ in candidates:
        out = Collector(options.aliases)
        try:
            reader(name).read(source, out)
            runs = out.finish(source.name, name)
        except UnreadableLog:
            continue
        if look_like_a_loss(runs):
            return runs
    return []
