"""Many logs -> their diagnoses, on all cores of this machine or on a cluster; what is known already is not judged again.

job     judges one log, in whatever process; a log that cannot be read is a run that could not be judged
engine  hands logs to this process, or to processes of its own
cluster hands them to the workers of a cluster
cache   what was judged before, in a file that may be deleted
"""

from collections.abc import Iterable, Iterator, Sequence

from trainlog.diagnosis import Diagnosis
from trainlog.errors import UsageError
from trainlog.fleet.cache import Cache, default_path
from trainlog.fleet.cluster import cluster
from trainlog.fleet.engine import Engine, choose
from trainlog.fleet.job import Job, Judged, whole
from trainlog.readers import Log

__all__ = ["Cache", "Engine", "Job", "Judged", "check_asked", "choose", "cluster", "default_path", "distinct", "judge_all", "whole"]


def judge_all(logs: Sequence[Log], job: Job, engine: Engine, cache: Cache, *, resume: bool = False) -> Iterator[tuple[int, list[Judged]]]:
    """Give (index, what was judged) of every log, in the order in which they are done.

    ``resume``: take from the cache what it has of logs that have not changed. What is judged is kept in it at once.
    """
    todo: list[int] = []
    for index, log in enumerate(logs):
        known = cache.get(log) if resume else None
        if known is None:
            todo.append(index)
        else:
            yield index, known
    for position, found in engine(job, [logs[index] for index in todo]):
        index = todo[position]
        cache.put(logs[index], found)
        yield index, found


def check_asked(found: Iterable[Judged]) -> None:
    """Raise ``UsageError`` when what was asked for (a run, a metric) is in none of the logs that could be read."""
    some = [judged for judged in found if judged.lacks or judged.diagnosis.run.format]
    if some and all(judged.lacks for judged in some):
        raise UsageError(some[0].lacks)


def distinct(found: Iterable[Judged]) -> list[Diagnosis]:
    """The diagnoses in order; of runs that were searched for, the same curves found twice (a link, a copy) count once."""
    seen: set[bytes] = set()
    kept: list[Diagnosis] = []
    for diagnosis, digest, _ in found:
        if not digest or digest not in seen:
            kept.append(diagnosis)
        seen.add(digest)
    return kept
