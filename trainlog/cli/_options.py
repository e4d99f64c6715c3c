"""Options that several commands share."""

from typing import Annotated

import typer

Logs = Annotated[list[str], typer.Argument(metavar="LOG...", help="Logs of any format; - is standard input.", show_default=False)]
Outputs = Annotated[
    list[str],
    typer.Option("--output", "-o", metavar="FORMAT[=FILE]", help="text (default), html, json, markdown, junit, csv, ...; repeatable."),
]
InputFormat = Annotated[
    str | None, typer.Option("--input-format", metavar="FORMAT", help="Read as this format instead of guessing (see: trainlog formats).")
]
RunNumber = Annotated[
    int | None, typer.Option("--run", metavar="N", help="Only this run of a log that holds several, from 0; -1 is the last.")
]
Metric = Annotated[
    str | None, typer.Option("--metric", metavar="NAME", help="Judge by this validation metric, by whatever name a log gives it.")
]
Alias = Annotated[
    list[str], typer.Option("--alias", metavar="NAME=KEY", help="KEY in the log is the metric NAME: val_loss=holdout/nll; repeatable.")
]
FailOn = Annotated[
    str | None,
    typer.Option("--fail-on", metavar="SEVERITY", help="What counts, and exits with 1: error (default), warning, info, or never."),
]
Select = Annotated[list[str], typer.Option("--select", metavar="CODE", help="Only these rules (code, prefix or name); repeatable.")]
Ignore = Annotated[list[str], typer.Option("--ignore", metavar="CODE", help="Not these rules; repeatable.")]
Gpu = Annotated[
    str | None,
    typer.Option("--gpu", metavar="FILE", help="GPU readings taken beside the run (nvidia-smi CSV, codecarbon), joined on time."),
]
X = Annotated[str | None, typer.Option("--x", metavar="UNIT", help="Along step, epoch, tokens or time; default: what the logs count.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say on stderr how each log was read.")]
