"""``trainlog plot``."""

from typing import Annotated, Literal

import typer

from trainlog.cli._options import Alias, Gpu, InputFormat, Logs, Metric, RunNumber, Verbose, X

Output = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="FILE.png, .svg, .pdf or .html; a bare png, svg, pdf or html: standard output."),
]
Terminal = Annotated[bool, typer.Option("--terminal", "-t", help="Draw in the terminal instead of a file.")]
LogX = Annotated[bool, typer.Option("--log-x", help="Logarithmic x axis.")]
LogY = Annotated[bool, typer.Option("--log-y", help="Logarithmic y axis.")]
Smooth = Annotated[
    float | None, typer.Option("--smooth", metavar="STEPS", min=0, help="Smooth over so many; 0: not at all; default: 1 % of the run.")
]
Grid = Annotated[bool | None, typer.Option("--grid/--overlay", help="Each run in its own frame, or all in one; default: by how many.")]
Title = Annotated[str | None, typer.Option("--title", metavar="TEXT", help="Instead of name and verdict; '' for none.")]
Size = Annotated[str | None, typer.Option("--size", metavar="WxH", help="Inches, as 7x5, or the width alone; default 7 wide.")]


def command(
    logs: Logs,
    output: Output = None,
    terminal: Terminal = False,
    x: X = None,
    log_x: LogX = False,
    log_y: LogY = False,
    smooth: Smooth = None,
    grid: Grid = None,
    title: Title = None,
    size: Size = None,
    metric: Metric = None,
    alias: Alias = [],
    run: RunNumber = None,
    input_format: InputFormat = None,
    gpu: Gpu = None,
    verbose: Verbose = False,
) -> int:
    """Draw the curves: where overfitting starts, what to keep, spikes and NaN, learning rate and GPU; several logs overlay."""
    import sys

    from trainlog.cli._compare import unit_of
    from trainlog.cli._file import write
    from trainlog.cli._output import terminal_style
    from trainlog.cli._picture import parse_size, parse_target
    from trainlog.cli._runs import load, names, search
    from trainlog.diagnosis import diagnose
    from trainlog.errors import UsageError
    from trainlog.render.figure import Options, build, render
    from trainlog.render.figure import terminal as characters

    unit = unit_of(x)
    layout: Literal["grid", "overlay"] | None = None if grid is None else "grid" if grid else "overlay"
    options = Options(unit, log_x, log_y, smooth, title, parse_size(size), layout)
    if smooth is not None and not 0 <= smooth < float("inf"):
        raise UsageError(f"--smooth {smooth:g} is no number of steps", do="--smooth 0 for none")
    if terminal and output is not None:
        raise UsageError("--terminal draws on standard output, --output in a file", do="choose one of them")
    target = parse_target(output, logs)
    found, aliases = search(logs, input_format), names(alias, metric)
    loaded, failures = load(found, aliases, run=run, input_format=input_format, metric=metric, gpu=gpu, verbose=verbose, typed=alias)
    diagnoses = [diagnose(r, metric=metric) for r in loaded]
    if diagnoses and terminal:
        sys.stdout.write(characters(build(diagnoses, options), terminal_style()))
    elif diagnoses:
        write(target, render(diagnoses, target.format, options), said="drew", binary=target.format in ("png", "pdf"))
    return 2 if failures else 0
