"""How to judge, as one object that can be kept, sent to another process, and applied to run after run."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trainlog.budgets import Budget, apply
from trainlog.diagnosis import Diagnosis, diagnose
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
