"""Early warning: the diagnosis that ``trainlog diagnose`` would make of the log, made while it is being written."""

from typing import NamedTuple

from trainlog import Diagnosis, Run, TrainlogError, diagnose, read_all
from trainlog.rules import Facts, find

DIVERGED, TURNING = "diverged", "turning"

DO = {
    DIVERGED: "stop; go on from a checkpoint before it with a lower --lr, a longer --warmup or --clip 1",
    "not-learning": "stop; raise --lr (ten times), or look at the data",
    "overfitting": "stop and keep {keep}; next time raise --dropout or --weight-decay, or train on more text",
    TURNING: "keep {keep} and be ready to stop; next time raise --dropout or --weight-decay, or train on more text",
}
"""What to do about each verdict that time does not heal, in this script's own options; and about what comes before the
last of them."""

SMALL = 0.5
"""Validation is turning once it has risen by this part of the rise that counts as overfitting: less is often noise,
seen at one of many looks. Of 60 simulated runs that do not overfit, with evaluations noisy by 1 % of their level, 4 are
told so at some look; by 0.3 %, none."""


class Warned(NamedTuple):
    """What to tell, and whether it is reason enough to stop."""

    text: str
    stop: bool


class Watch:
    """Reads the log at ``path`` as it grows and tells of each bad thing once."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._told: set[str] = set()
        self._before = ""

    def look(self) -> Warned | None:
        """What is wrong and what to do, when that is new; None otherwise, also for an unreadable log.

        A divergence is told at the first look that shows it, and is the last thing told: what else a ruined run looks
        like is its consequence. The others must show at two looks in a row, since the second may take the first back.
        """
        try:
            run = read_all(self._path)[-1]
            diagnosis = diagnose(run)
        except TrainlogError:
            return None
        seen, cause = diagnosis.verdict, _cause(diagnosis)
        if seen not in DO:
            seen, cause = TURNING, _turn(run)
        before, self._before = self._before, seen if cause else ""
        sure = seen == DIVERGED or before == seen or (before, seen) == (TURNING, "overfitting")
        if not (cause and sure) or self._told & {seen, DIVERGED}:
            return None
        self._told.add(seen)
        return Warned(f"{cause} | {DO[seen].format(keep=_keep(diagnosis))}", stop=seen != TURNING)


def _cause(diagnosis: Diagnosis) -> str:
    """What the finding behind the verdict says; nothing where no finding is."""
    return next((found.finding.what for found in diagnosis.findings if find(found.code)[1].RULE.cause), "")


def _turn(run: Run) -> str:
    """That validation has begun to rise, though not yet by as much as overfitting means; or nothing."""
    curve = Facts(run).curve
    if curve is None or curve.train_rises or not (curve.rise_low > 0 and curve.rise > SMALL * curve.tolerance):
        return ""
    return f"validation has risen by {curve.rise:.3f} since step {curve.onset:,.0f}; {curve.tolerance:.2g} will be overfitting"


def _keep(diagnosis: Diagnosis) -> str:
    keep = diagnosis.keep
    if keep is None:
        return "the best checkpoint"
    return keep.checkpoint or f"the checkpoint nearest to step {keep.step}"
