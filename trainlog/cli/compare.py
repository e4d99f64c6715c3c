"""``trainlog compare``."""

from typing import Annotated

import typer

from trainlog.cli._options import Alias, InputFormat, Logs, Metric, Outputs, Verbose, X

Base = Annotated[
    list[str], typer.Option("--base", "-b", metavar="LOG", help="A base run; repeat it for several seeds. Default: the first LOG.")
]
Together = Annotated[bool, typer.Option("--together", help="All new logs are seeds of one: judge them as a group.")]
FailIfWorse = Annotated[
    str | None, typer.Option("--fail-if-worse", metavar="PERCENT", help="Exit with 1 if the best value is worse by more, as 1%.")
]


def command(
    logs: Logs,
    base: Base = [],
    together: Together = False,
    output: Outputs = [],
    fail_if_worse: FailIfWorse = None,
    x: X = None,
    metric: Metric = None,
    alias: Alias = [],
    input_format: InputFormat = None,
    verbose: Verbose = False,
) -> int:
    """Say what got better or worse, beyond noise: trainlog compare BASE NEW... or compare --base SEED1 --base SEED2 NEW..."""
    from trainlog.cli._compare import groups, limit, unit_of
    from trainlog.cli._output import emit, parse_outputs, terminal_style
    from trainlog.comparison import compare
    from trainlog.render.comparison import renderer

    worst, unit = limit(fail_if_worse), unit_of(x)
    outputs = parse_outputs(output, renderer)
    bases, news = groups(logs, base, together=together, metric=metric, aliases=alias, input_format=input_format, verbose=verbose)
    found = [compare(bases, new, axis=unit, tolerance=worst or 0.0) for new in news]
    emit(outputs, found, terminal_style(verbose), renderer)
    if worst is not None and any(c.failed for c in found):
        return 1
    return 2 if any(c.verdict == "cannot tell" for c in found) else 0
