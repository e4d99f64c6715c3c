"""How to judge, as one object that can be kept, sent to another process, and applied to run after run."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trainlog.budgets import Budget, apply
from trainlog.diagnosis import Diagnosis, diagnose, judgeable
from trainlog.errors import UnknownName
from trainlog.rules import Severity
from trainlog.run import Run


class Judge(NamedTuple):
    """What ``diagnose`` takes besides the run, and the budgets of a project."""

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    severity: Mapping[str, Severity] = {}
    metric: str | None = None
    budgets: Mapping[str, Budget] = {}

    def __call__(self, run: Run, *, going_on: bool = False) -> Diagnosis:
        """Judge one run; ``going_on``: its log is still being written."""
        found = diagnose(run, select=self.select, ignore=self.ignore, severity=self.severity, metric=self.metric, going_on=going_on)
        return apply(found, self.budgets)


def as_validation(metric: str | None) -> dict[str, list[str]]:
    """The alias by which a metric that nothing is known of is read, and judged, as a validation loss."""
    from trainlog import vocab

    return {} if metric is None or judgeable(vocab.canonical(metric).canonical) else {"val_loss": [metric]}


def check_metric(metric: str | None, runs: Sequence[Run]) -> None:
    """Raise ``UnknownName``, which lists near names, when none of some runs has the metric that is asked for."""
    if metric is not None and runs and not any(run.find(metric) for run in runs):
        raise UnknownName.among("metric", metric, sorted({run.raw_names.get(name, name) for run in runs for name in run.series}))
