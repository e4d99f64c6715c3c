"""Small runs for the tables of the rules: columns by canonical name on a step axis of tens."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainlog.diagnosis import Diagnosis, diagnose
from trainlog.run import Run, Series

Floats = NDArray[np.float64]
N = 400
X = np.arange(1, N + 1) / N
GIB = 2.0**30


def noise(sd: float, seed: int = 0, n: int = N) -> Floats:
    """Multiplicative white noise."""
    return np.exp(np.random.default_rng(seed).normal(0, sd, n))


def falling(sd: float = 0.01, seed: int = 0) -> Floats:
    """A loss that falls as a power law from 4 to 1.7."""
    return (1.5 + 2.5 * (1 + X / 0.02) ** -0.6) * noise(sd, seed)


def settled(sd: float = 0.01, seed: int = 0) -> Floats:
    """A loss that has long converged."""
    return (1.5 + 2.5 * np.exp(-X / 0.05)) * noise(sd, seed)


def run_of(columns: dict[str, Sequence[float] | Floats], **fields: Any) -> Run:
    """A run with these columns; those shorter than the longest are spread over the same steps."""
    last = 10 * max(len(values) for values in columns.values())
    series = {}
    for name, values in columns.items():
        step = np.round(np.linspace(last / len(values), last, len(values))).astype(np.int64)
        series[name] = Series(name, step, np.asarray(values, dtype=np.float64), step // 10)
    return replace(Run("run.jsonl", "jsonl", series=series, records=last // 10), **fields)


def judged(columns: dict[str, Sequence[float] | Floats], **fields: Any) -> Diagnosis:
    """The diagnosis of such a run."""
    return diagnose(run_of(columns, **fields))


def found(diagnosis: Diagnosis, code: str) -> list[Any]:
    """The findings of one rule, as reported."""
    return [reported for reported in diagnosis.findings if reported.code == code]


def why_skipped(diagnosis: Diagnosis, code: str) -> str | None:
    """The reason why a rule could not judge the run."""
    return next((skipped.why for skipped in diagnosis.skipped if skipped.code == code), None)
