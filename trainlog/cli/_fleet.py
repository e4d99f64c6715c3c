"""Many logs at once: progress on a terminal, what is done kept when it is interrupted."""

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import typer

from trainlog.cli._runs import Found
from trainlog.diagnosis import Diagnosis
from trainlog.fleet import Cache, Job, Judged, check_asked, choose, cluster, default_path, distinct, judge_all, whole
from trainlog.readers import Log, gpu_readings


def judge_fleet(
    names: Sequence[Found], job: Job, workers: int | None, scheduler: str | None, *, resume: bool
) -> tuple[list[Diagnosis], bool]:
    """Give the diagnoses of all logs in order, and whether an interrupt ended it before all were done.

    Raises ``UsageError`` for GPU readings that are none, and when none of the logs has the run or the metric that is asked for.
    """
    logs = [log for one in names for log in one.logs or [Log(one.name)]]
    if job.gpu is not None:
        gpu_readings(job.gpu)
    engine = choose(logs, workers) if scheduler is None else cluster(scheduler)
    done: dict[int, list[Judged]] = {}
    interrupted = False
    shown: Any = typer.progressbar(length=len(logs), label="logs", file=sys.stderr) if sys.stderr.isatty() else nullcontext()
    with Cache(default_path(), job) as cache, shown as bar:
        try:
            for index, found in judge_all(logs, job, engine, cache, resume=resume):
                done[index] = found
                if bar is not None:
                    bar.update(1)
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        typer.echo(f"trainlog: interrupted after {len(done):,} of {len(logs):,} logs; --resume goes on from here", err=True)
    found = [judged for index in sorted(done) for judged in done[index]]
    check_asked(found)
    diagnoses = distinct(found)
    return [whole(diagnosis, job.judge.metric) for diagnosis in diagnoses], interrupted
