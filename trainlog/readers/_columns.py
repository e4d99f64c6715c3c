"""Columns -> Collector: which columns place a record, and which rows of each metric hold a value."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from trainlog.readers._collect import Collector
from trainlog.run import Floats, Ints
from trainlog.vocab import EPOCH_KEYS, STEP_KEYS, TIME_KEYS, normal

AXES = (*STEP_KEYS, *EPOCH_KEYS, *TIME_KEYS)
_AXIS_SET = frozenset(AXES)

Column = tuple[Floats, NDArray[np.bool_] | None]  # values, and which of them are missing (not logged, as against NaN)


def is_axis(key: str) -> bool:
    """Whether a column of this name places records instead of measuring something."""
    return normal(key) in _AXIS_SET


def add_columns(out: Collector, line: Ints, columns: Mapping[str, Column]) -> None:
    """Hand over a table: ``columns`` holds axes and metrics, each of the length of ``line``."""
    spelt = {normal(key): key for key in reversed(list(columns))}
    step, epoch, time_s = (
        next((_known(columns[spelt[key]]) for key in keys if key in spelt and _varies(columns[spelt[key]])), None)
        for keys in (STEP_KEYS, EPOCH_KEYS, TIME_KEYS)
    )
    groups: dict[bytes, list[str]] = {}
    for key, (_, missing) in columns.items():
        if not is_axis(key) and out.wants(key):
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


def _varies(column: Column) -> bool:
    """An axis that stands still (``iter`` 0 in every row) places nothing, unless there is one row only."""
    known = _known(column)
    known = known[np.isfinite(known)]
    return len(known) == 1 or (len(known) > 1 and bool((known != known[0]).any()))
