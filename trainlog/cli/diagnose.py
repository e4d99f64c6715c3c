"""``trainlog diagnose``."""

from typing import Annotated

import typer

from trainlog.cli._options import Alias, Gpu, InputFormat, Logs, Metric, RunNumber, Verbose


def command(
    logs: Logs,
    output: Annotated[
        list[str], typer.Option("--output", "-o", metavar="FORMAT[=FILE]", help="text, json, ...; repeatable; default text.")
    ] = [],
    fail_on: Annotated[
        str, typer.Option("--fail-on", metavar="SEVERITY", help="Exit with 1 from this severity on: error, warning, info or never.")
    ] = "error",
    select: Annotated[
        list[str], typer.Option("--select", metavar="CODE", help="Only these rules (code, prefix or name); repeatable.")
    ] = [],
    ignore: Annotated[list[str], typer.Option("--ignore", metavar="CODE", help="Not these rules; repeatable.")] = [],
    metric: Metric = None,
    alias: Alias = [],
    run: RunNumber = None,
    input_format: InputFormat = None,
    gpu: Gpu = None,
    verbose: Verbose = False,
) -> int:
    """Judge training logs: the verdict, the overfitting onset, what else is wrong, and which checkpoint to keep."""
    from trainlog.cli._output import emit, parse_outputs, terminal_style
    from trainlog.cli._runs import load
    from trainlog.diagnosis import diagnose, wanted
    from trainlog.errors import UnknownName
    from trainlog.rules import SEVERITIES

    if fail_on not in (*SEVERITIES, "never"):
        raise UnknownName.among("severity", fail_on, [*SEVERITIES, "never"])
    outputs = parse_outputs(output)
    loaded, failures = load(logs, run=run, input_format=input_format, aliases=alias, wants=wanted, gpu=gpu, verbose=verbose)
    diagnoses = [diagnose(r, select=select, ignore=ignore, metric=metric) for r in loaded]
    if diagnoses:
        emit(outputs, diagnoses, terminal_style(verbose))
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on != "never" else ()
    if any(d.worst in failing for d in diagnoses):
        return 1
    return 2 if failures or not all(d.judged for d in diagnoses) else 0
