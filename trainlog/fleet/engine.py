"""Who judges the logs: this process, or processes of its own on all cores; ``cluster`` does it elsewhere. The job is the same."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from functools import partial
from itertools import islice
from stat import S_ISREG
from typing import Any

from trainlog.fleet.job import Job, Judged, unjudged
from trainlog.readers import Log

Results = Iterator[tuple[int, list[Judged]]]
Batch = Sequence[tuple[int, Log]]
Task = Callable[[Sequence[Log]], list[list[Judged]]]
#: Gives (position, what was judged) for every log, in the order in which they are done.
Engine = Callable[[Job, Sequence[Log]], Results]

TOGETHER = 0.5  # s of work handed out at once: handing out costs some ms, and what is done should be seen soon
AHEAD = 2  # batches per worker that are handed out before it is done: enough that none waits, few enough to stop soon
PER_LOG, PER_BYTE = 0.015, 1.5e-8  # s of one core that a log takes, and more for each of its bytes
UNKNOWN = 0.1  # s for one whose size nobody knows: a folder, an address
WORTH = 3.0  # s of work: below it, starting processes takes longer than they save
DIED = "the process that read it died, twice: was there enough memory?"


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def choose(logs: Sequence[Log], workers: int | None) -> Engine:
    """This process for one worker or little work, else processes: as many as asked for, or one per core."""
    if workers is None:
        workers = min(cores(), len(logs)) if sum(map(_seconds, logs)) > WORTH else 1
    return here if workers == 1 else processes(workers)


def _seconds(log: Log) -> float:
    """About how long it takes to judge it."""
    try:
        found = os.stat(log.name)  # noqa: PTH116 - ten thousand of them
    except (OSError, ValueError):
        return UNKNOWN if "://" in log.name else PER_LOG
    return PER_LOG + PER_BYTE * found.st_size if S_ISREG(found.st_mode) else UNKNOWN


def here(job: Job, logs: Sequence[Log]) -> Results:
    """Judge in this process, one log after the other."""
    return enumerate(map(job, logs))


def processes(workers: int) -> Engine:
    """Judge in so many processes. Logs in whose reading one dies are tried again, alone; the others are not lost with them."""

    def judge(job: Job, logs: Sequence[Log]) -> Results:
        task, todo = partial(each, job), batches(logs, workers)
        suspects: list[tuple[int, Log]] = []
        died = True
        while died:
            died = False
            for batch, future in drive(_pool(workers), task, todo, AHEAD * workers):
                if isinstance(future.exception(), BrokenExecutor):
                    died = True
                    suspects.extend(batch)
                else:
                    yield from judged(batch, future)
        while suspects:
            for batch, future in drive(_pool(1), task, ([suspect] for suspect in suspects[:]), 1):
                suspects = suspects[1:]
                if isinstance(future.exception(), BrokenExecutor):
                    yield from given_up(batch, DIED)
                    break
                yield from judged(batch, future)

    return judge


def batches(logs: Sequence[Log], workers: int) -> Iterator[Batch]:
    """The logs with their positions, to be handed out together: ever fewer, so that all workers end at about the same time."""
    start = 0
    while start < len(logs):
        most = max(1, (len(logs) - start) // (AHEAD * workers))
        end, work = start, 0.0
        while end < start + most and work < TOGETHER:
            work += _seconds(logs[end])
            end += 1
        yield list(enumerate(logs[start:end], start))
        start = end


def each(job: Job, logs: Sequence[Log]) -> list[list[Judged]]:
    """Judge some logs, one after the other."""
    return [job(log) for log in logs]


def judged(batch: Batch, future: "Future[Any]") -> Results:
    """What became of a batch."""
    return zip((position for position, _ in batch), future.result(), strict=True)


def given_up(batch: Batch, reason: str) -> Results:
    """What stands for logs that cannot be judged."""
    return ((position, [unjudged(log, reason)]) for position, log in batch)


def _pool(workers: int) -> Executor:
    # Spawned on every platform: a process that was forked beside threads may hang.
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_leave_interrupts)


def _leave_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal; the one that started the others ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def drive(executor: Executor, task: Task, todo: Iterable[Batch], depth: int) -> Iterator[tuple[Batch, "Future[Any]"]]:
    """Keep ``depth`` batches handed out, and give each with its future when it is done; on leaving, take back the rest."""
    waiting = iter(todo)
    running: dict[Future[Any], Batch] = {}
    with executor:
        try:
            while True:
                for batch in islice(waiting, depth - len(running)):
                    running[_submitted(executor, task, batch)] = batch
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                broken = any(isinstance(future.exception(), BrokenExecutor) for future in done)
                for future in done if not broken else list(running):
                    yield running.pop(future), future
                if broken:
                    return
        finally:
            for future in running:
                future.cancel()


def _submitted(executor: Executor, task: Task, batch: Batch) -> "Future[Any]":
    try:
        return executor.submit(task, [log for _, log in batch])
    except BrokenExecutor as error:
        failed: Future[Any] = Future()
        failed.set_exception(error)
        return failed
