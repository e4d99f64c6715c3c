"""What a path stands for: a file, a folder that is a log, the logs in a folder, a pattern, an address."""

import glob
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from trainlog.errors import UnreadableLog
from trainlog.readers._choose import SURE, Options, read_source
from trainlog.readers._registry import guess
from trainlog.readers._remote import matching
from trainlog.readers._saved import with_saved
from trainlog.readers._source import MAX_FILES, Source
from trainlog.run import Run
from trainlog.vocab import metric

MAX_DEPTH = 4  # of folders searched
BESIDE = frozenset({"numbered_files"})  # takes some files of a folder together: others in it may be logs, too
EXTENSIVE = frozenset({"tensorboard"})  # found anywhere below a folder: yields to other logs, those of the folder or of one below it
CONTAINERS = {".npz": "npz", ".parquet": "parquet"}  # of data of any kind: their readers say which of those found are logs
# Never logs: code, weights, pictures, data sets, archives, settings.
NOT_LOGS = frozenset((
    ".py", ".pyc", ".sh", ".js", ".css", ".html", ".svg", ".pdf", ".png", ".jpg", ".jpeg", ".gif", ".webp",
    ".pt", ".pth", ".bin", ".safetensors", ".ckpt", ".h5", ".keras", ".onnx", ".pkl", ".npy", ".model", ".vocab",
    ".yaml", ".yml", ".toml", ".ini", ".cfg", ".lock", ".zip", ".tar", ".tgz", ".whl", ".so", ".arrow",
))  # fmt: skip


class Log(NamedTuple):
    """A log to be read: its path or address; whether it was searched for (in a folder, by a pattern) or named; whether no other
    of the logs found lies beside it.
    """

    name: str
    searched: bool = False
    alone: bool = True


def find(name: str, options: Options) -> list[Run]:
    """Read all runs of what ``name`` stands for.

    Raises ``UnreadableLog`` when nothing in it can be read.
    """
    return read_found(name, discover(name, whole=options.input_format is not None), options)


def read_found(name: str, logs: Sequence[Log], options: Options) -> list[Run]:
    """Read all runs of the logs that were discovered under ``name``; raises ``UnreadableLog`` when nothing in them can be read."""
    if not logs:
        what = "no file matches this pattern" if _is_pattern(name) else "no log was found in this folder"
        raise UnreadableLog(what, where=name, why=_closed(name), do="name the log itself")
    return _all(name, logs, options) if logs[0].searched else read_log(logs[0], options)


def discover(name: str, *, whole: bool = False) -> list[Log]:
    """The logs that ``name`` stands for, unread: itself, or those in a folder (unless it is to be taken ``whole``), or those
    that a pattern matches.
    """
    if name == "-":
        return [Log(name)]
    if "://" in name:
        addresses = matching(name)
        return [Log(name)] if addresses is None else _found(addresses)
    if _is_pattern(name):
        found = sorted(glob.glob(name, recursive=True))[:MAX_FILES]  # noqa: PTH207 - Path.glob takes no absolute pattern
        return _found([log.name for one in map(Source.open, found) for log in ([one] if not one.is_dir else _logs(one))])
    source = Source.open(name)
    if not source.is_dir:
        source.close()
        return [Log(name)]
    return _found([name] if whole else [log.name for log in _logs(source)])


def _found(names: Sequence[str]) -> list[Log]:
    """Checkpoints beside several logs could be those of any of them."""
    beside = Counter(map(_folder, names))
    return [Log(name, searched=True, alone=beside[_folder(name)] == 1) for name in dict.fromkeys(names)]


def read_log(log: Log, options: Options) -> list[Run]:
    """Read the runs of one log; of one that was searched for, those with a curve. Raises ``UnreadableLog`` when there are none."""
    source = Source.open(log.name)
    try:
        runs = read_source(source, options)
        runs = with_saved(runs, source) if log.alone else runs
    finally:
        source.close()
    curves = [run for run in runs if _is_curve(run)] if log.searched else runs
    if not curves:
        raise UnreadableLog("this file holds no curve", where=log.name)
    return curves


def _is_pattern(name: str) -> bool:
    return "://" not in name and glob.has_magic(name) and not Source.exists(name)


def _logs(folder: Source, depth: int = 0, taken: frozenset[str] = frozenset()) -> Iterator[Source]:
    """The logs of a folder: itself where a reader takes it whole, else its files and those of its sub-folders.

    ``taken``: names of files that are part of a log found above them.
    """
    whole = guess(folder)
    if whole and whole[0][0] not in (*EXTENSIVE, *BESIDE):
        yield folder
        return
    files = [(file, found) for file in folder.files("*") if file.name not in taken and _may_be_log(file) and (found := guess(file))]
    if whole and whole[0][0] in EXTENSIVE:
        sure = [file for file, found in files if found[0][1].score >= SURE and found[0][0] not in EXTENSIVE]
        yield from sure or _with_events(folder, [file for file, found in files if found[0][0] in EXTENSIVE], depth, taken)
        return
    if whole:
        from trainlog.readers import numbered_files  # few folders are such

        yield folder
        taken = taken | numbered_files.parts(folder)
    yield from (file for file, _ in files if file.name not in taken)
    for inner in _inner(folder, depth):
        yield from _logs(inner, depth + 1, taken)


def _with_events(folder: Source, events: Sequence[Source], depth: int, taken: frozenset[str]) -> Iterator[Source]:
    """The logs of a folder with event files in it or below: itself and what else is below, or apart where some of it are another log's."""
    inner = _inner(folder, depth)
    found = {one.name: list(_logs(one, depth + 1, taken)) for one in inner}
    extensive = {one.name for one in inner if EXTENSIVE & {name for name, _ in guess(one)}}
    whole = {name for name in extensive if any(log.name == name and guess(log)[0][0] in EXTENSIVE for log in found[name])}
    if extensive <= whole:
        yield folder
    else:
        yield from events
    yield from (log for name, logs in found.items() for log in logs if log.name not in whole or not extensive <= whole)


def _inner(folder: Source, depth: int) -> list[Source]:
    """The sub-folders to search."""
    inner = folder.folders("*") if depth < MAX_DEPTH else []
    return [one for one in inner if not one.label.startswith((".", "__")) and not _leads_up(one)]


def _closed(name: str) -> str | None:
    """Why nothing can be seen in a folder; None where something can."""
    try:
        os.listdir(name)  # noqa: PTH208 - it is a name as typed, which may be a pattern
    except PermissionError as error:
        return error.strerror
    except OSError:
        return None
    return None


def _leads_up(folder: Source) -> bool:
    """Whether a folder is a link to one that it lies in: all that is below it has been searched."""
    path = folder.path
    return path is not None and path.is_symlink() and path.parent.resolve().is_relative_to(path.resolve())


def _may_be_log(file: Source) -> bool:
    if file.label.startswith(".") or NOT_LOGS & set(file.suffixes):
        return False
    container = next((CONTAINERS[end] for end in file.suffixes if end in CONTAINERS), None)
    try:
        if container is not None:
            return import_module(f"trainlog.readers.{container}").is_log(file)  # type: ignore[no-any-return]
        return bool(file.head)
    except UnreadableLog:
        return False


def _all(name: str, logs: Sequence[Log], options: Options) -> list[Run]:
    """Read several logs; what cannot be read is said, and the same curves found twice (a link, a copy) are taken once."""
    runs: list[Run] = []
    taken: list[str] = []
    errors: list[UnreadableLog] = []
    seen: set[bytes] = set()
    for log in logs:
        try:
            fresh = [run for run in read_log(log, options) if content(run) not in seen]
        except UnreadableLog as error:
            errors.append(error)
            continue
        seen.update(map(content, fresh))
        if fresh:
            taken.append(f"{log.name} ({fresh[0].format})")
            runs.extend(fresh)
    if not runs:
        why = f"{len(logs)} files were looked at"
        raise errors[0] if len(logs) == 1 and errors else UnreadableLog("no log was found here", where=name, why=why, do="name the log")
    if len(logs) > 1 or logs[0].name != name:
        left = f"; {len(errors)} of {len(logs)} files hold none" if errors else ""
        options.tell(f"{name}: took {', '.join(taken[:10])}{f' and {len(taken) - 10} more' if len(taken) > 10 else ''}{left}")
    return runs


def _folder(name: str) -> str:
    return name.rpartition("/")[0] if "://" in name else str(Path(name).parent)


def _is_curve(run: Run) -> bool:
    """Whether a run found by searching has a metric that can be judged: a table of other things is no log."""
    return any(len(series) > 1 and metric(name).better for name, series in run.series.items())


def content(run: Run) -> bytes:
    """A digest of the curves of a run."""
    import hashlib  # loads OpenSSL, and is asked for with several logs only

    digest = hashlib.blake2b()
    for name in sorted(run.series):
        digest.update(name.encode("utf-8", "replace"))
        digest.update(run.series[name].step.tobytes())
        digest.update(run.series[name].value.tobytes())
    return digest.digest()
