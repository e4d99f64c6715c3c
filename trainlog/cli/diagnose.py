"""``trainlog diagnose``."""

from pathlib import Path
from typing import Annotated

import typer

from trainlog.cli._options import Alias, Gpu, InputFormat, Logs, Metric, RunNumber, Verbose


def command(
    logs: Logs,
    output: Annotated[
        list[str], typer.Option("--output", "-o", metavar="FORMAT[=FILE]", help="text, json, ...; repeatable; default text.")
    ] = [],
    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", metavar="SEVERITY", help="Exit with 1 from this severity on: error (default), warning, info or never."),
    ] = None,
    select: Annotated[
        list[str], typer.Option("--select", metavar="CODE", help="Only these rules (code, prefix or name); repeatable.")
    ] = [],
    ignore: Annotated[list[str], typer.Option("--ignore", metavar="CODE", help="Not these rules; repeatable.")] = [],
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="Leave out what this diagnosis (-o json=FILE) has: fail on what is new."),
    ] = None,
    metric: Metric = None,
    alias: Alias = [],
    run: RunNumber = None,
    input_format: InputFormat = None,
    gpu: Gpu = None,
    verbose: Verbose = False,
) -> int:
    """Judge training logs: the verdict, the overfitting onset, what else is wrong, and which checkpoint to keep."""
    from datetime import date

    from trainlog import config as configuration
    from trainlog.budgets import apply
    from trainlog.cli._output import emit, parse_outputs, terminal_style
    from trainlog.cli._runs import load
    from trainlog.diagnosis import as_validation, diagnose, judgeable, wanted
    from trainlog.errors import UnknownName
    from trainlog.rules import SEVERITIES

    config = configuration.load(Path.cwd())
    configuration.check_rules([*select, *ignore])
    fail_on = config.fail_on if fail_on is None else fail_on
    if fail_on not in (*SEVERITIES, "never"):
        raise UnknownName.among("severity", fail_on, [*SEVERITIES, "never"])
    outputs = parse_outputs(output)
    known = None if baseline is None else configuration.baseline(baseline)
    own, judged_by = as_validation(metric)
    loaded, failures = load(
        logs,
        run=run,
        input_format=input_format,
        aliases=alias,
        configured={**config.aliases, **own},
        wants=wanted,
        judges=judgeable,
        gpu=gpu,
        verbose=verbose,
    )
    if metric is not None and loaded and not any(one.find(metric) for one in loaded):
        raise UnknownName.among("metric", metric, sorted({one.raw_names.get(name, name) for one in loaded for name in one.series}))
    chosen = {"select": select or config.select, "ignore": ignore or config.ignore}
    diagnoses = [apply(diagnose(r, **chosen, severity=config.severity, metric=judged_by), config.budgets) for r in loaded]
    diagnoses = [configuration.without_accepted(d, config.suppressions, date.today()) for d in diagnoses]
    diagnoses = diagnoses if known is None else [configuration.without_known(d, known) for d in diagnoses]
    if diagnoses:
        emit(outputs, diagnoses, terminal_style(verbose))
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on != "never" else ()
    if any(d.worst in failing for d in diagnoses):
        return 1
    return 2 if failures or not all(d.judged for d in diagnoses) else 0
