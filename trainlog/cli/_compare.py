"""Which logs ``compare`` compares with which, and what its options say."""

from collections.abc import Sequence

from trainlog.cli._runs import load, names, search
from trainlog.diagnosis import Diagnosis, diagnose
from trainlog.errors import UnknownName, UnreadableLog, UsageError
from trainlog.judging import check_metric
from trainlog.progress import UNITS, Unit


def groups(
    logs: Sequence[str],
    base: Sequence[str],
    *,
    together: bool,
    metric: str | None,
    aliases: Sequence[str],
    input_format: str | None,
    verbose: bool,
) -> tuple[list[Diagnosis], list[list[Diagnosis]]]:
    """The base runs, and the new runs by log (all in one group with ``together``); several runs of one log are seeds.

    Raises ``UsageError`` without a new log, ``UnreadableLog`` when one of them cannot be read: half a comparison is none;
    ``UnknownName`` when one has not the metric.
    """
    bases, news = (list(base), list(logs)) if base else (list(logs[:1]), list(logs[1:]))
    if not news:
        raise UsageError("there is nothing to compare with", do="trainlog compare BASE NEW")

    known = names(aliases, metric)

    def read(some: Sequence[str]) -> list[Diagnosis]:
        runs, failures = load(search(some, input_format), known, input_format=input_format, verbose=verbose)
        if failures or not runs:
            raise UnreadableLog("not every log of this comparison could be read", do="see above")
        for run in runs:
            check_metric(metric, [run])
        return [diagnose(run, metric=metric) for run in runs]

    return read(bases), [read(news)] if together else [read([new]) for new in news]


def limit(text: str | None) -> float | None:
    """``1%`` -> 0.01; raises ``UsageError`` for anything else."""
    if text is None:
        return None
    try:
        value = float(text.removesuffix("%")) / 100
    except ValueError:
        value = -1.0
    if not (text.endswith("%") and 0 <= value < float("inf")):
        raise UsageError(f"--fail-if-worse {text!r} is not a percentage", do="for example: --fail-if-worse 1%")
    return value


def unit_of(x: str | None) -> Unit | None:
    """The unit of ``--x``; raises ``UnknownName``."""
    unit = next((known for known in UNITS if known == x), None)
    if x is not None and unit is None:
        raise UnknownName.among("x axis", x, UNITS)
    return unit
