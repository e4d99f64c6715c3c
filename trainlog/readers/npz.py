"""Arrays of NumPy in a ``.npz``: one array per metric; of an array with several values per row, the mean (``evaluations.npz`` of SB3).

A line number counts the rows of the arrays. Arrays of objects are pickles, which could run code: they are never opened.

## Looks like
    numpy.savez("history.npz", train_loss=train_losses, val_loss=val_losses)
    evaluations.npz (timesteps, results, ep_lengths: stable_baselines3.common.callbacks.EvalCallback)
"""

import io
import zipfile
import zlib

import numpy as np
import orjson
from numpy.typing import NDArray

from trainlog.errors import UnreadableLog
from trainlog.readers import Match, json
from trainlog.readers._collect import Collector
from trainlog.readers._source import Source
from trainlog.vocab import canonical, metric

MAX_FOUND = 16 * 1024 * 1024  # bytes of an archive that is found in a folder
MAX_BYTES = 256 * 1024 * 1024  # of one array, unpacked
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, SyntaxError, TypeError)
_RENAMED = {"timesteps": "step", "results": "eval/reward", "ep_lengths": "eval/episode_length"}  # of EvalCallback


def sniff(source: Source) -> Match | None:
    """A zip archive whose first member is an array."""
    head = source.head[:600]
    return Match(0.95, "a zip archive of NumPy arrays") if head.startswith(b"PK\x03\x04") and b".npy" in head else None


def is_log(source: Source) -> bool:
    """Whether an archive that nobody named holds curves: its known measures are lists of numbers. Raises ``UnreadableLog`` for a
    large one.
    """
    if sniff(source) is None:
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(source.raw(MAX_FOUND))) as archive:
            names = [info.filename.removesuffix(".npy") for info in archive.infolist()]
            if names and _RENAMED.keys() & {"results", "timesteps"} <= set(names):
                return True
            known = [name for name in names if metric(canonical(name).canonical).better]
            return bool(known) and all(_is_list(archive, name) for name in known)
    except _DAMAGE:
        return False


def _is_list(archive: zipfile.ZipFile, name: str) -> bool:
    with archive.open(f"{name}.npy") as member:
        version = np.lib.format.read_magic(member)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(member)
    return len(shape) == 1 and shape[0] > 1 and dtype.kind in "fiu"


def read(source: Source, out: Collector) -> None:
    """Read the arrays of numbers as a document of lists."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.raw(2 * MAX_BYTES))) as archive:
            arrays = {info.filename: _array(archive, info, out) for info in archive.infolist() if info.filename.endswith(".npy")}
    except _DAMAGE as error:
        raise UnreadableLog("this archive of arrays is damaged", where=source.name, why=f"{error}", do="save it again") from error
    known = {name.removesuffix(".npy"): array for name, array in arrays.items() if array is not None and array.size}
    names = _RENAMED if _RENAMED.keys() & {"results", "timesteps"} <= known.keys() else {}
    lists = {names.get(name, name): array.tolist() for name, array in known.items()}
    json.read(Source.of(source.name, orjson.dumps(lists)), out)


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, out: Collector) -> NDArray[np.float64] | None:
    """One array of numbers, one value per row; None for text, objects and single numbers."""
    if info.file_size > MAX_BYTES:
        out.problem(0, f"the array {info.filename!r} of {info.file_size:,} bytes was skipped")
        return None
    try:
        data = archive.read(info)
        found = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    except _DAMAGE as error:
        out.problem(0, f"the array {info.filename!r} was skipped: {error}")
        return None
    if found.ndim == 0 or found.dtype.kind not in "fiu":
        return None
    with np.errstate(invalid="ignore"):
        rows: NDArray[np.float64] = found.astype(np.float64).reshape(len(found), -1) if found.size else np.empty((0, 1))
    means: NDArray[np.float64] = rows.mean(axis=1)
    return means
