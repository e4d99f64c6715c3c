"""A log that is being written -> what is new about its runs: a verdict that changed, a finding that was not there before."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from trainlog.diagnosis import Diagnosis, Reported
from trainlog.run import Run

HOLDS = 0.05  # of the records: so much longer a log must be with a finding still in it. Looking often finds what is not there
CERTAIN = 0.99  # confidence: such a finding (a loss that is NaN) is told at once


@dataclass(frozen=True, slots=True)
class News:
    """A run as it is judged now; ``before``: the verdict told last, None at first; ``found``: findings not told before."""

    diagnosis: Diagnosis
    before: str | None
    found: tuple[Reported, ...]


@dataclass(slots=True)
class _Seen:
    """What is remembered of one run: its size, the verdict told, and since how many records each thing has been there."""

    size: object = None
    verdict: str | None = None
    since: dict[str, int] = field(default_factory=dict)


class Watch:
    """Judges the runs of a log each time it has grown, and remembers what was said of them.

    ``look`` gives the runs when there is anything new, else None; ``judge`` judges one. What is there at the first look is
    told at once; later, what may be chance is told when it has held while the log grew by a twentieth.
    """

    def __init__(self, look: Callable[[], list[Run] | None], judge: Callable[[Run], Diagnosis]) -> None:
        self._look, self._judge = look, judge
        self._seen: dict[int, _Seen] = {}
        self._told: set[str] = set()
        #: The runs as they were last judged, by their number in the log.
        self.judged: dict[int, Diagnosis] = {}

    def news(self) -> list[News] | None:
        """What is new since the last time; None when nothing was written. Only a run that has grown is judged again."""
        runs = self._look()
        if runs is None:
            return None
        if len(runs) < len(self._seen):  # written anew, with other runs in it
            self.judged, self._seen = {}, {}
        return [news for run in runs if self._has_grown(run) and (news := self._of(run)) is not None]

    def rest(self) -> list[News]:
        """What was not told because it might still have gone: the log does not grow any more."""
        return [news for diagnosis in self.judged.values() if (news := self._tell(diagnosis, settled=True)) is not None]

    def _has_grown(self, run: Run) -> bool:
        size = (run.records, run.last_step, run.status, len(run.checkpoints), tuple(len(series) for series in run.series.values()))
        seen = self._seen.setdefault(run.index, _Seen())
        grown, seen.size = size != seen.size, size
        return grown

    def _of(self, run: Run) -> News | None:
        first = run.index not in self.judged
        self.judged[run.index] = diagnosis = self._judge(run)
        return self._tell(diagnosis, settled=first or run.status is not None)

    def _tell(self, diagnosis: Diagnosis, *, settled: bool) -> News | None:
        seen, records = self._seen[diagnosis.run.index], diagnosis.run.records
        there = [diagnosis.verdict, *(r.fingerprint for r in diagnosis.findings)]
        seen.since = {key: seen.since.get(key, records) for key in there}

        def holds(key: str, why: Iterable[Reported]) -> bool:
            return settled or records >= (1 + HOLDS) * seen.since[key] or any(r.finding.confidence >= CERTAIN for r in why)

        errors = [r for r in diagnosis.findings if r.severity == "error"]
        found = tuple(r for r in diagnosis.findings if r.fingerprint not in self._told and holds(r.fingerprint, [r]))
        self._told.update(r.fingerprint for r in found)
        before = seen.verdict
        if diagnosis.verdict != before and holds(diagnosis.verdict, errors):
            seen.verdict = diagnosis.verdict
        return News(diagnosis, before, found) if found or seen.verdict != before else None


__all__ = ["News", "Watch"]
