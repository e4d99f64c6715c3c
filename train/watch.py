"""Early warning: the diagnosis that ``trainlog diagnose`` would make of the log, made while it is being written."""

from trainlog import TrainlogError, diagnose, read_all

DO = {
    "overfitting": "stop and keep the best checkpoint; next time raise --dropout or --weight-decay, or train on more text",
    "diverged": "stop; go on from a checkpoint before it with a lower --lr, a longer --warmup or a --clip of 1",
    "not-learning": "stop; raise --lr (ten times), or look at the data",
}
"""What to do about each verdict that time does not heal, in this script's own options."""


class Watch:
    """Reads the log at ``path`` as it grows and tells of each bad verdict once."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._told = "healthy"

    def look(self) -> str | None:
        """One line about what is wrong and what to do, when that is new; None otherwise, also for an unreadable log."""
        try:
            diagnosis = diagnose(read_all(self._path)[-1])
        except TrainlogError:
            return None
        verdict = diagnosis.verdict
        if verdict == self._told or verdict not in DO:
            return None
        self._told = verdict
        why = diagnosis.findings[0].finding.what if diagnosis.findings else "see trainlog diagnose"
        return f"{verdict}: {why} | {DO[verdict]}"
