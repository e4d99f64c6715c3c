"""Early warning: the diagnosis that ``trainlog diagnose`` would make of the log, made while it is being written."""

from trainlog import Diagnosis, TrainlogError, diagnose, read_all
from trainlog.rules import find

DO = {
    "diverged": "stop; go on from a checkpoint before it with a lower --lr, a longer --warmup or --clip 1",
    "not-learning": "stop; raise --lr (ten times), or look at the data",
    "overfitting": "stop and keep {keep}; next time raise --dropout or --weight-decay, or train on more text",
}
"""What to do about each verdict that time does not heal, in this script's own options."""

AT_ONCE = "diverged"
"""Told at the first evaluation that shows it; the others must show at two in a row, since the second may take it back."""


class Watch:
    """Reads the log at ``path`` as it grows and tells of each bad verdict once."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._told: set[str] = set()
        self._before = ""

    def look(self) -> str | None:
        """One line about what is wrong and what to do, when that is new; None otherwise, also for an unreadable log."""
        try:
            diagnosis = diagnose(read_all(self._path)[-1])
        except TrainlogError:
            return None
        verdict, before, self._before = diagnosis.verdict, self._before, diagnosis.verdict
        if verdict not in DO or verdict in self._told or verdict not in (before, AT_ONCE):
            return None
        self._told.add(verdict)
        return f"{verdict}: {_cause(diagnosis)} | {DO[verdict].format(keep=_keep(diagnosis))}"


def _cause(diagnosis: Diagnosis) -> str:
    """What the finding behind the verdict says."""
    return next(found.finding.what for found in diagnosis.findings if find(found.code)[1].RULE.cause)


def _keep(diagnosis: Diagnosis) -> str:
    keep = diagnosis.keep
    if keep is None:
        return "the best checkpoint"
    return keep.checkpoint or f"the checkpoint nearest to step {keep.step}"
