"""``trainlog diagnose``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trainlog.cli._options import Alias, Gpu, Ignore, InputFormat, Logs, Metric, RunNumber, Select, Verbose

if TYPE_CHECKING:
    from trainlog.run import Run

MANY = 20  # logs; more are judged as a fleet
INTERRUPTED = 130  # as a shell reports it


def command(
    logs: Logs,
    output: Annotated[
        list[str], typer.Option("--output", "-o", metavar="FORMAT[=FILE]", help="text, json, ...; repeatable; default text.")
    ] = [],
    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", metavar="SEVERITY", help="Exit with 1 from this severity on: error (default), warning, info or never."),
    ] = None,
    select: Select = [],
    ignore: Ignore = [],
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="Leave out what this diagnosis (-o json=FILE) has: fail on what is new."),
    ] = None,
    metric: Metric = None,
    alias: Alias = [],
    run: RunNumber = None,
    input_format: InputFormat = None,
    gpu: Gpu = None,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=1, help="Processes for many logs; as many as cores unless they are few.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Of many logs, judge those that are new or have changed.")] = False,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Judge on this dask.distributed cluster (tcp://HOST:8786).")
    ] = None,
    verbose: Verbose = False,
) -> int:
    """Judge training logs: the verdict, the overfitting onset, what else is wrong, and which checkpoint to keep."""
    from datetime import date

    from trainlog import config as configuration
    from trainlog.cli._output import emit, exit_code, failing, parse_outputs, terminal_style
    from trainlog.cli._runs import load, parse_aliases, search
    from trainlog.diagnosis import as_validation, judgeable, wanted
    from trainlog.judging import Judge

    config = configuration.load(Path.cwd())
    configuration.check_rules([*select, *ignore])
    counts = failing(config.fail_on if fail_on is None else fail_on)
    outputs = parse_outputs(output)
    known = None if baseline is None else configuration.baseline(baseline)
    own, judged_by = as_validation(metric)
    judge = Judge(select or config.select, ignore or config.ignore, config.severity, judged_by, config.budgets)
    configured = {**config.aliases, **own}
    found = search(logs, whole=input_format is not None)
    failures, interrupted = 0, False
    if len(found) > MANY or workers is not None or resume or scheduler is not None:
        from trainlog.cli._fleet import judge_fleet
        from trainlog.fleet import Job

        job = Job(judge, {**configured, **parse_aliases(alias)}, input_format, run, gpu)
        diagnoses, interrupted = judge_fleet(found, job, workers, scheduler, resume=resume)
    else:
        loaded, failures = load(
            logs,
            run=run,
            input_format=input_format,
            aliases=alias,
            configured=configured,
            wants=wanted,
            judges=judgeable,
            gpu=gpu,
            verbose=verbose,
        )
        _must_be_there(metric, loaded)
        diagnoses = [judge(one) for one in loaded]
    diagnoses = [configuration.without_accepted(d, config.suppressions, date.today()) for d in diagnoses]
    diagnoses = diagnoses if known is None else [configuration.without_known(d, known) for d in diagnoses]
    if diagnoses:
        emit(outputs, diagnoses, terminal_style(verbose))
    return INTERRUPTED if interrupted else exit_code(diagnoses, counts, failures)


def _must_be_there(metric: str | None, runs: "Sequence[Run]") -> None:
    """Raise ``UnknownName`` when none of the runs has the metric that was asked for."""
    from trainlog.errors import UnknownName

    if metric is not None and runs and not any(run.find(metric) for run in runs):
        raise UnknownName.among("metric", metric, sorted({run.raw_names.get(name, name) for run in runs for name in run.series}))
