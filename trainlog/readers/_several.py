"""Tables that hold several runs: side by side in columns (W&B's exports), one below the other, or one row each.

W&B names the columns of an exported chart ``RUN - METRIC``, and adds ``RUN - METRIC__MIN`` and ``__MAX``.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from trainlog.readers._columns import Column, is_axis
from trainlog.vocab import normal

RUN_COLUMNS = frozenset((
    "run", "run_name", "run_id", "run_hash", "experiment", "experiment_name", "trial_id", "model", "model_name", "seed", "fold",
))  # fmt: skip
ROW_NAMES = RUN_COLUMNS | {"name", "trial", "id"}
STATES = frozenset((
    "complete", "completed", "finished", "terminated", "pruned", "fail", "failed", "crashed", "killed", "running", "waiting", "error",
))  # fmt: skip
BETWEEN = " - "
_BOUNDS = ("__MIN", "__MAX")


def without_bounds(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Leave out the columns that hold the least and the most of what another column holds."""
    bounds = {name for name in columns for end in _BOUNDS if name.endswith(end) and name.removesuffix(end) in columns}
    return {name: column for name, column in columns.items() if name not in bounds}


def beside(columns: Mapping[str, Column]) -> dict[str, dict[str, Column]]:
    """Runs in columns named ``RUN - METRIC``, each with the axes of the table; empty when the columns are not named so."""
    axes = {name: column for name, column in columns.items() if is_axis(name)}
    rest = {name: column for name, column in columns.items() if name not in axes}
    if not rest or not all(BETWEEN in name for name in rest):
        return {}
    runs: dict[str, dict[str, Column]] = {}
    for name, column in rest.items():
        run, _, key = name.rpartition(BETWEEN)
        if not axes or not is_axis(key):
            runs.setdefault(run, dict(axes))[key] = column
    return runs


def below(text: Mapping[str, Sequence[str]]) -> dict[str, NDArray[np.intp]]:
    """The rows of each run, where a column says which run a row is of; empty when none does, or all are of one."""
    for name, cells in text.items():
        runs = dict.fromkeys(cells)
        if normal(name) in RUN_COLUMNS and 1 < len(runs) <= len(cells) / 2:
            labels = np.array(cells)
            return {run: np.flatnonzero(labels == run) for run in runs}
    return {}


def one_each(text: Mapping[str, Sequence[str]], axes: bool) -> bool:
    """Whether each row sums up a run of its own: it has a state, or a name that no other row has, where no step tells rows apart."""
    for name, cells in text.items():
        words = {cell.strip().lower() for cell in cells} - {""}
        if normal(name) in ("state", "status") and words and words <= STATES:
            return True
        if normal(name) in ROW_NAMES and not axes and len(words) == len(cells) > 1:
            return True
    return False
