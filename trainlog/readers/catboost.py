"""CatBoost ``catboost_training.json``, or the ``catboost_info`` folder around it: arrays of metrics, named at the start of the file.

## Looks like
    {"meta": {"learn_metrics": [{"name": "Logloss"}], "test_sets": ["test"], "test_metrics": [{"name": "Logloss"}, {"name": "AUC"}]},
     "iterations": [{"learn": [0.65], "iteration": 0, "passed_time": 0.01, "test": [0.66, 0.71]}, ...]}
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._document import load
from trainlog.readers._lines import lines_of
from trainlog.readers._source import Source
from trainlog.readers._table import as_float

_FILE = "catboost_training.json"
_ITERATIONS = re.compile(rb'"iterations"\s*+:\s*+\[')


def sniff(source: Source) -> Match | None:
    """A document with the names of learn and test metrics and iterations, or a folder with one."""
    if source.is_dir:
        return Match(0.95, f"a folder with {_FILE}") if source.files(_FILE) else None
    found = b'"learn_metrics"' in source.head and b'"iterations"' in source.head and source.head.lstrip()[:1] == b"{"
    return Match(0.98, "a document with learn_metrics and iterations") if found else None


def read(source: Source, out: Collector) -> None:
    """Read every iteration; ``learn`` is training, every test set validation."""
    file = source.files(_FILE)[0] if source.is_dir else source
    document = load(file, out)
    meta, iterations = (document.get(key) for key in ("meta", "iterations")) if isinstance(document, dict) else (None, None)
    if not isinstance(meta, dict) or not isinstance(iterations, list):
        return
    out.counts_records(lines_of(iterations, file, _ITERATIONS))
    out.lines_of(file.name if source.is_dir else "")
    learn = [f"train/{name}" for name in _names(meta.get("learn_metrics"))]
    sets = [str(name) for name in meta.get("test_sets") or ["test"]]
    # One test set is the validation set; several are numbered.
    test = [f"val/{name}" if n == 0 else f"val/{n}/{name}" for n in range(len(sets)) for name in _names(meta.get("test_metrics"))]
    for number, row in enumerate(iterations, 1):
        if isinstance(row, dict):
            values = {**_values(learn, row.get("learn")), **_values(test, row.get("test"))}
            out.record(number, as_float(row.get("iteration")), values, time_s=as_float(row.get("passed_time")))


def _names(metrics: object) -> list[str]:
    return [str(metric.get("name")) for metric in metrics if isinstance(metric, Mapping)] if isinstance(metrics, list) else []


def _values(names: Sequence[str], values: Any) -> dict[str, float | None]:
    return dict(zip(names, map(as_float, values), strict=False)) if isinstance(values, list) else {}
