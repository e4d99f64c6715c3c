"""Who judges the logs: this process, processes of its own on all cores, or the workers of a cluster. The job is the same."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from itertools import islice
from typing import Any

from trainlog.errors import MissingExtra, UsageError
from trainlog.fleet.job import Job, Judged, unjudged
from trainlog.readers import Log

Results = Iterator[tuple[int, list[Judged]]]
#: Gives (position, what was judged) for every log, in the order in which they are done.
Engine = Callable[[Job, Sequence[Log]], Results]

AHEAD = 4  # logs per worker that are handed out before it is done: enough that none waits, few enough to stop soon
PER_LOG, PER_BYTE = 0.015, 1.5e-8  # s of one core that a log takes, and more for each of its bytes
WORTH = 3.0  # s of work: below it, starting processes takes longer than they save
DIED = "the process that read it died, twice: was there enough memory?"


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def choose(logs: Sequence[Log], workers: int | None) -> Engine:
    """This process for one worker or little work, else processes: as many as asked for, or one per core."""
    if workers is None:
        sizes = (os.path.getsize(log.name) for log in logs if os.path.isfile(log.name))  # noqa: PTH113, PTH202 - ten thousand of them
        work = PER_LOG * len(logs) + PER_BYTE * sum(sizes)
        workers = min(cores(), len(logs)) if work > WORTH else 1
    return here if workers == 1 else processes(workers)


def here(job: Job, logs: Sequence[Log]) -> Results:
    """Judge in this process, one log after the other."""
    return enumerate(map(job, logs))


def processes(workers: int) -> Engine:
    """Judge in so many processes. A log in whose reading one dies is tried again, alone; the others are not lost with it."""

    def judge(job: Job, logs: Sequence[Log]) -> Results:
        todo = iter(enumerate(logs))
        suspects: list[tuple[int, Log]] = []
        while True:
            died = False
            for position, log, future in _drive(_pool(workers), job, todo, AHEAD * workers):
                if isinstance(future.exception(), BrokenExecutor):
                    died = True
                    suspects.append((position, log))
                else:
                    yield position, future.result()
            if not died:
                break
        while suspects:
            for position, log, future in _drive(_pool(1), job, iter(suspects[:]), 1):
                if isinstance(future.exception(), BrokenExecutor):
                    suspects = [pair for pair in suspects if pair[0] > position]
                    yield position, [unjudged(log, DIED)]
                    break
                yield position, future.result()
            else:
                return

    return judge


def _pool(workers: int) -> Executor:
    # Spawned on every platform: a process that was forked beside threads may hang.
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_leave_interrupts)


def _leave_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal; the one that started the others ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _drive(executor: Executor, job: Job, todo: Iterable[tuple[int, Log]], depth: int) -> Iterator[tuple[int, Log, "Future[Any]"]]:
    """Keep ``depth`` logs handed out, and give each with its future when it is done; on leaving, take back the rest."""
    waiting = iter(todo)
    running: dict[Future[Any], tuple[int, Log]] = {}
    with executor:
        try:
            while True:
                for position, log in islice(waiting, depth - len(running)):
                    running[_submitted(executor, job, log)] = (position, log)
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                broken = any(isinstance(future.exception(), BrokenExecutor) for future in done)
                for future in done if not broken else list(running):
                    yield *running.pop(future), future
                if broken:
                    return
        finally:
            for future in running:
                future.cancel()


def _submitted(executor: Executor, job: Job, log: Log) -> "Future[Any]":
    try:
        return executor.submit(job, log)
    except BrokenExecutor as error:
        failed: Future[Any] = Future()
        failed.set_exception(error)
        return failed


def cluster(address: str, patience: str = "10s") -> Engine:
    """Judge on a dask.distributed cluster; its scheduler gives what a dead worker had to another.

    Raises ``MissingExtra`` without dask, ``UsageError`` when there is no such cluster, or one that has another trainlog.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise MissingExtra.of("distributed", "cluster", "--scheduler") from error
    try:
        client = Client(address, timeout=patience, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError("no scheduler answers at this address", where=address, why=str(error) or type(error).__name__) from error

    def judge(job: Job, logs: Sequence[Log]) -> Results:
        with client:
            _check(client, address)
            threads = sum(client.nthreads().values())
            for position, log, future in _drive(client.get_executor(pure=False), job, enumerate(logs), AHEAD * threads):
                if isinstance(future.exception(), KilledWorker):
                    yield position, [unjudged(log, "the workers that read it died: was there enough memory?")]
                else:
                    yield position, future.result()

    return judge


def _check(client: Any, address: str) -> None:
    from trainlog import __version__

    found = client.run(_version, on_error="return")
    if not found:
        raise UsageError("this cluster has no workers", where=address, do="start some, for example: dask worker ADDRESS")
    wrong = {worker: version for worker, version in found.items() if version != __version__}
    if wrong:
        worker, version = next(iter(wrong.items()))
        raise UsageError(
            "the workers of this cluster have another trainlog",
            where=address,
            why=f"{worker}: {version}; here: {__version__}",
            do="install the same there",
        )


def _version() -> str:
    from trainlog import __version__

    return __version__
