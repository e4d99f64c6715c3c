"""The workers of a dask.distributed cluster judge the logs."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from trainlog.errors import MissingExtra, UsageError
from trainlog.fleet.engine import AHEAD, Engine, Results, batches, drive, each, given_up, judged
from trainlog.fleet.job import Job, Judged
from trainlog.readers import Log

DIED = "the workers that read it died: was there enough memory?"
_TRIM, _MMAP = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of mallopt(3)
LARGE, USUAL = 32 << 20, 128 << 10  # bytes: the highest threshold that glibc takes, and its own


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
        task = partial(_on_worker, job)
        suspects: list[tuple[int, Log]] = []
        with client:
            _check(client, address)
            threads = sum(client.nthreads().values())
            for batch, future in drive(client.get_executor(pure=False), task, batches(logs, threads), AHEAD * threads):
                if isinstance(future.exception(), KilledWorker):
                    suspects.extend(batch)
                else:
                    yield from judged(batch, future)
            # Whatever waited on a worker that died is under suspicion: alone, one log after the other, each is judged for itself.
            for batch, future in drive(client.get_executor(pure=False), task, ([suspect] for suspect in suspects), 1):
                dead = isinstance(future.exception(), KilledWorker)
                yield from given_up(batch, DIED) if dead else judged(batch, future)

    return judge


def _on_worker(job: Job, logs: Sequence[Log]) -> list[list[Judged]]:
    with _memory_kept():
        return each(job, logs)


@contextmanager
def _memory_kept() -> Iterator[None]:
    """Give memory back after this, not in between.

    Workers are told (by the environment they are started in) to give back all that is freed at once. Taking it anew for each
    array of an analysis costs as much as a third of the judging.
    """
    told = os.environ.get("MALLOC_TRIM_THRESHOLD_", "")
    try:
        import ctypes

        libc = ctypes.CDLL(None) if told.isdigit() else None
        change, trim = (libc.mallopt, libc.malloc_trim) if libc is not None else (None, None)
    except (ImportError, OSError, AttributeError, TypeError):  # not glibc: nothing was told to it either
        change = trim = None
    if change is None or trim is None:
        yield
        return
    change(_TRIM, LARGE)
    change(_MMAP, LARGE)
    try:
        yield
    finally:
        change(_TRIM, int(told))
        change(_MMAP, USUAL)
        trim(0)


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
