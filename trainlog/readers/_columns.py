"""Columns -> Collector: which columns place a record, and which rows of each metric hold a value."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainlog.readers._collect import Collector
from trainlog.run import Floats, Ints
from trainlog.vocab import CAMEL, EPOCH_KEYS, STEP_KEYS, TIME_KEYS, WRAPPERS, Name, name_in_english, normal

_AXES = {"step": STEP_KEYS, "epoch": EPOCH_KEYS, "time_s": TIME_KEYS}
_RANKS = {key: (axis, rank) for axis, keys in _AXES.items() for rank, key in enumerate(keys)}
_WRAPPED, _ANYWHERE = 1_000, 2_000  # added to the rank of a key under a wrapper (``data/step``), under anything else
_TIMINGS = frozenset(("timing", "timings", "perf", "eta", "duration"))  # ``timing_s/step``: how long a step took

Column = tuple[Floats, NDArray[np.bool_] | None]  # values, and which of them are missing (not logged, as against NaN)


class Places(NamedTuple):
    """Which keys of a record may say its step, its epoch and its time, best first."""

    step: tuple[str, ...]
    epoch: tuple[str, ...]
    time_s: tuple[str, ...]


@lru_cache(maxsize=4096)
def _rank(key: str) -> tuple[str, int] | None:
    """The axis a key is of, and its place in the order of preference."""
    found = _RANKS.get(normal(key)) or _RANKS.get(normal(CAMEL.sub("_", key))) or _RANKS.get(normal(name_in_english(key)))
    if found is not None or "/" not in key:
        return found
    parts = [normal(part) for part in key.split("/")]
    while len(parts) > 1 and parts[0] in WRAPPERS:
        parts = parts[1:]
    found = _RANKS.get("_".join(parts))
    return None if found is None else (found[0], found[1] + _WRAPPED)


def _deep_rank(key: str) -> tuple[str, int] | None:
    """The same for a key under any object: ``worker/global_step``."""
    *path, last = map(normal, key.split("/"))
    found = _RANKS.get(last) if path and not _TIMINGS & set("_".join(path).split("_")) else None
    return None if found is None or found[0] == "time_s" else (found[0], found[1] + _ANYWHERE)


def is_axis(key: str) -> bool:
    """Whether a column of this name places records instead of measuring something."""
    return _rank(key) is not None


def places(keys: Sequence[str], name: Callable[[str], Name]) -> Places:
    """Find the keys that place records. ``name`` says what a key means to the user, whose word (``step``, ``epoch``) counts first."""
    ranked = [(-1, key, name(key).canonical) for key in keys if name(key).canonical in _AXES and not is_axis(key)]
    ranked += [(found[1], key, found[0]) for key in keys if (found := _rank(key)) is not None]
    if not any(axis in ("step", "epoch") for _, _, axis in ranked):
        ranked += [(found[1], key, found[0]) for key in keys if (found := _deep_rank(key)) is not None]
    ranked.sort(key=lambda one: one[0])
    return Places(*(tuple(key for _, key, mine in ranked if mine == axis) for axis in _AXES))


def add_columns(out: Collector, line: Ints, columns: Mapping[str, Column]) -> None:
    """Hand over a table: ``columns`` holds axes and metrics, each of the length of ``line``."""
    found = places(list(columns), out.name)
    step, epoch, time_s = (next((_known(columns[key]) for key in keys if varies(columns[key])), None) for keys in found)
    groups: dict[bytes, list[str]] = {}
    for key, (_, missing) in columns.items():
        if not any(key in keys for keys in found) and out.wants(key):
            groups.setdefault(b"" if missing is None else missing.tobytes(), []).append(key)
    for mask, keys in groups.items():
        rows = ~np.frombuffer(mask, dtype=bool) if mask else slice(None)
        values = {key: columns[key][0][rows] for key in keys}
        out.columns(
            line[rows],
            None if step is None else step[rows],
            values,
            epoch=None if epoch is None else epoch[rows],
            time_s=None if time_s is None else time_s[rows],
        )


def _known(column: Column) -> Floats:
    values, missing = column
    return values if missing is None else np.where(missing, np.nan, values)


def varies(column: Column) -> bool:
    """An axis that stands still (``iter`` 0 in every row) places nothing, unless there is one row only."""
    known = _known(column)
    known = known[np.isfinite(known)]
    return len(known) == 1 or (len(known) > 1 and bool((known != known[0]).any()))
