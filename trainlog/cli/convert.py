"""``trainlog convert``."""

from typing import Annotated

import typer

from trainlog.cli._options import Alias, InputFormat, Logs, RunNumber, Verbose

Output = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE", help="FILE.jsonl, .csv or .parquet; a bare jsonl or csv: standard output.")
]
Tidy = Annotated[bool, typer.Option("--tidy", help="Tables with a row per point instead of a row per step.")]


def command(
    logs: Logs,
    output: Output = "jsonl",
    tidy: Tidy = False,
    alias: Alias = [],
    run: RunNumber = None,
    input_format: InputFormat = None,
    verbose: Verbose = False,
) -> int:
    """Write logs of any format as trainlog records (JSON lines), CSV or Parquet, under canonical names and units."""
    from trainlog.cli._file import parse_file, write
    from trainlog.cli._runs import load, names, search
    from trainlog.render.export import FORMATS, render

    target = parse_file(output, FORMATS, "table format")
    known = names(alias, None)
    loaded, failures = load(search(logs, input_format), known, run=run, input_format=input_format, verbose=verbose, typed=alias)
    if loaded:
        write(target, render(loaded, target.format, tidy=tidy), said="wrote", binary=target.format == "parquet")
    return 2 if failures else 0
