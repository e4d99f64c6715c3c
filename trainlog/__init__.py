"""trainlog, the linter for training runs: read any training log, judge it, say which checkpoint to keep.

>>> import trainlog
>>> run = trainlog.read("run.jsonl")          # doctest: +SKIP
>>> trainlog.diagnose(run).verdict            # doctest: +SKIP
'overfitting'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from trainlog._version import __version__
from trainlog.errors import MissingExtra, TrainlogError, UnknownName, UnreadableLog, UsageError

if TYPE_CHECKING:
    from trainlog.comparison import Comparison, compare
    from trainlog.diagnosis import Diagnosis, diagnose
    from trainlog.readers import read, read_all
    from trainlog.render.figure import Figure as Figure
    from trainlog.render.figure import PlotOptions as PlotOptions
    from trainlog.render.figure import plot
    from trainlog.rules import Finding
    from trainlog.run import Run, Series

# Loaded on first use, so that `import trainlog` in a training script costs nothing.
_LAZY = {
    "Comparison": "trainlog.comparison",
    "compare": "trainlog.comparison",
    "plot": "trainlog.render.figure",
    "Diagnosis": "trainlog.diagnosis",
    "Finding": "trainlog.rules",
    "Run": "trainlog.run",
    "Series": "trainlog.run",
    "diagnose": "trainlog.diagnosis",
    "read": "trainlog.readers",
    "read_all": "trainlog.readers",
}

__all__ = [
    "Comparison",
    "Diagnosis",
    "Finding",
    "MissingExtra",
    "Run",
    "Series",
    "TrainlogError",
    "UnknownName",
    "UnreadableLog",
    "UsageError",
    "__version__",
    "compare",
    "diagnose",
    "plot",
    "read",
    "read_all",
]


def __getattr__(name: str) -> Any:
    if name == "emit":
        return import_module("trainlog.emit")
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'trainlog' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
