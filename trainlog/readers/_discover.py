"""What a path stands for: a file, a folder that is a log, the logs in a folder, a pattern, an address."""

import glob
from collections import Counter
from collections.abc import Iterator, Sequence

from trainlog.errors import UnreadableLog
from trainlog.readers._choose import SURE, Options, read_source
from trainlog.readers._registry import guess
from trainlog.readers._saved import with_saved
from trainlog.readers._source import MAX_FILES, Source
from trainlog.run import Run
from trainlog.vocab import metric

MAX_DEPTH = 4  # of folders searched
EXTENSIVE = frozenset({"tensorboard"})  # found anywhere below a folder: yields to logs that lie in the folder itself
# Never logs: code, weights, pictures, data sets, archives, settings.
NOT_LOGS = frozenset((
    ".py", ".pyc", ".sh", ".js", ".css", ".html", ".svg", ".pdf", ".png", ".jpg", ".jpeg", ".gif", ".webp",
    ".pt", ".pth", ".bin", ".safetensors", ".ckpt", ".h5", ".keras", ".onnx", ".pkl", ".npy", ".npz", ".model", ".vocab",
    ".yaml", ".yml", ".toml", ".ini", ".cfg", ".lock", ".zip", ".tar", ".tgz", ".whl", ".so", ".parquet", ".arrow",
))  # fmt: skip


def find(name: str, options: Options) -> list[Run]:
    """Read all runs of what ``name`` stands for.

    Raises ``UnreadableLog`` when nothing in it can be read.
    """
    source = Source.open(name) if not _is_pattern(name) else None
    if source is not None and not source.is_dir:
        try:
            return with_saved(read_source(source, options), source)
        finally:
            source.close()
    if source is not None:
        sources = [source] if options.input_format else list(_logs(source))
    else:
        sources = [Source.open(found) for found in sorted(glob.glob(name, recursive=True))[:MAX_FILES]]  # noqa: PTH207 - Path.glob takes no absolute pattern
    if not sources:
        what = "no file matches this pattern" if source is None else "no log was found in this folder"
        raise UnreadableLog(what, where=name, do="name the log itself")
    return _all(name, sources, options)


def _is_pattern(name: str) -> bool:
    return "://" not in name and glob.has_magic(name) and not Source.exists(name)


def _logs(folder: Source, depth: int = 0) -> Iterator[Source]:
    """The logs of a folder: itself where a reader takes it whole, else its files and those of its sub-folders."""
    whole = guess(folder)
    if whole and whole[0][0] not in EXTENSIVE:
        yield folder
        return
    files = [(file, found) for file in folder.files("*") if _may_be_log(file) and (found := guess(file))]
    if whole:
        sure = [file for file, found in files if found[0][1].score >= SURE and found[0][0] not in EXTENSIVE]
        yield from sure or [folder]
        return
    yield from (file for file, _ in files)
    if depth < MAX_DEPTH:
        for inner in folder.folders("*"):
            if not inner.label.startswith((".", "__")):
                yield from _logs(inner, depth + 1)


def _may_be_log(file: Source) -> bool:
    if file.label.startswith(".") or NOT_LOGS & set(file.suffixes):
        return False
    try:
        return bool(file.head)
    except UnreadableLog:
        return False


def _all(name: str, sources: Sequence[Source], options: Options) -> list[Run]:
    """Read several logs; what cannot be read is said, and the same curves found twice (a link, a copy) are taken once."""
    runs: list[Run] = []
    taken: list[str] = []
    errors: list[UnreadableLog] = []
    seen: set[bytes] = set()
    # Checkpoints beside several logs could be those of any of them.
    beside = Counter(map(_folder, sources))
    for source in sources:
        try:
            found = read_source(source, options)
        except UnreadableLog as error:
            errors.append(error)
            continue
        if beside[_folder(source)] == 1:
            found = with_saved(found, source)
        fresh = [run for run in found if _is_curve(run) and _content(run) not in seen]
        seen.update(map(_content, fresh))
        if fresh:
            taken.append(f"{source.name} ({fresh[0].format})")
            runs.extend(fresh)
    if not runs:
        why = f"{len(sources)} files were looked at"
        raise errors[0] if len(sources) == 1 and errors else UnreadableLog("no log was found here", where=name, why=why, do="name the log")
    if len(sources) > 1 or sources[0].name != name:
        left = f"; {len(errors)} of {len(sources)} files hold none" if errors else ""
        options.tell(f"{name}: took {', '.join(taken[:10])}{f' and {len(taken) - 10} more' if len(taken) > 10 else ''}{left}")
    return runs


def _folder(source: Source) -> str:
    return source.folder.name if source.folder is not None else source.name


def _is_curve(run: Run) -> bool:
    """Whether a run found by searching has a metric that can be judged: a table of other things is no log."""
    return any(len(series) > 1 and metric(name).better for name, series in run.series.items())


def _content(run: Run) -> bytes:
    import hashlib  # loads OpenSSL, and is asked for with several logs only

    digest = hashlib.blake2b()
    for name in sorted(run.series):
        digest.update(name.encode("utf-8", "replace"))
        digest.update(run.series[name].step.tobytes())
        digest.update(run.series[name].value.tobytes())
    return digest.digest()
