"""``trainlog diagnose``."""

from pathlib import Path
from typing import Annotated

import typer

from trainlog.cli._options import Alias, FailOn, Gpu, Ignore, InputFormat, Logs, Metric, Outputs, RunNumber, Select, Verbose

MANY = 20  # logs; more are judged as a fleet
INTERRUPTED = 130  # as a shell reports it
Baseline = Annotated[
    Path | None, typer.Option("--baseline", metavar="FILE", help="Leave out what this diagnosis (-o json=FILE) has: fail on what is new.")
]
Workers = Annotated[
    int | None, typer.Option("--workers", metavar="N", min=1, help="Processes for many logs; as many as cores unless they are few.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Of many logs, judge those that are new or have changed.")]
Scheduler = Annotated[
    str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Judge on this dask.distributed cluster (tcp://HOST:8786).")
]


def command(
    logs: Logs,
    output: Outputs = [],
    fail_on: FailOn = None,
    select: Select = [],
    ignore: Ignore = [],
    baseline: Baseline = None,
    metric: Metric = None,
    alias: Alias = [],
    run: RunNumber = None,
    input_format: InputFormat = None,
    gpu: Gpu = None,
    workers: Workers = None,
    resume: Resume = False,
    scheduler: Scheduler = None,
    verbose: Verbose = False,
) -> int:
    """Judge training logs: the verdict, the overfitting onset, what else is wrong, and which checkpoint to keep."""
    from trainlog import config
    from trainlog.cli._judgement import judgement
    from trainlog.cli._output import emit, exit_code, parse_outputs, terminal_style
    from trainlog.cli._runs import load, search

    judge, counts, aliases, _ = asked = judgement(select, ignore, fail_on, metric, alias)
    outputs = parse_outputs(output)
    known = config.baseline(baseline)
    found = search(logs, input_format)
    failures, interrupted = 0, False
    if sum(len(one.logs) for one in found) > MANY or workers is not None or resume or scheduler is not None:
        from trainlog.cli._fleet import judge_fleet
        from trainlog.fleet import Job

        job = Job(judge, aliases, input_format, run, gpu)
        diagnoses, interrupted = judge_fleet(found, job, workers, scheduler, resume=resume)
    else:
        from trainlog.diagnosis import judgeable, wanted

        runs, failures = load(
            found,
            aliases,
            run=run,
            input_format=input_format,
            metric=metric,
            gpu=gpu,
            wants=wanted,
            judges=judgeable,
            verbose=verbose,
            typed=alias,
        )
        diagnoses = [judge(one) for one in runs]
    diagnoses = [config.without_known(asked.without_accepted(d), known) for d in diagnoses]
    if diagnoses:
        emit(outputs, diagnoses, terminal_style(verbose))
    return INTERRUPTED if interrupted else exit_code(diagnoses, counts, failures)
