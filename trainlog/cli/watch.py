"""``trainlog watch``."""

from pathlib import Path
from typing import Annotated

import typer

from trainlog.cli._options import Alias, Ignore, InputFormat, Metric, Select

SHORTEST = 0.05  # seconds between two looks


def command(
    log: Annotated[str, typer.Argument(metavar="LOG", help="The log to follow; it need not be there yet.", show_default=False)],
    interval: Annotated[float, typer.Option("--interval", metavar="SECONDS", help="How often to look; at least 0.05.")] = 5.0,
    on_finding: Annotated[
        str | None,
        typer.Option("--on-finding", metavar="COMMAND", help="Run this once per finding; TRAINLOG_CODE, _WHAT, ... tell it which."),
    ] = None,
    until_fail: Annotated[bool, typer.Option("--until-fail", help="End with 1 as soon as there is a finding.")] = False,
    until_idle: Annotated[
        float | None, typer.Option("--until-idle", metavar="SECONDS", help="End when nothing was written for so long.")
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", metavar="SEVERITY", help="What counts as a finding: from error (default), warning, info, or never."),
    ] = None,
    select: Select = [],
    ignore: Ignore = [],
    metric: Metric = None,
    alias: Alias = [],
    input_format: InputFormat = None,
) -> int:
    """Follow a log that is being written: a line when the verdict changes, until the log says that the run has ended."""
    from datetime import date

    from trainlog import config as configuration
    from trainlog.cli._following import Alarm, Limits, follow
    from trainlog.cli._output import failing
    from trainlog.cli._runs import parse_aliases
    from trainlog.diagnosis import Diagnosis, as_validation, judgeable, wanted
    from trainlog.errors import UsageError
    from trainlog.judging import Judge
    from trainlog.readers import follower
    from trainlog.run import Run
    from trainlog.watch import Watch

    config = configuration.load(Path.cwd())
    configuration.check_rules([*select, *ignore])
    counts = failing(config.fail_on if fail_on is None else fail_on)
    if interval < SHORTEST:
        raise UsageError(f"--interval {interval:g} is too short", do=f"at least {SHORTEST:g}")
    own, judged_by = as_validation(metric)
    judge = Judge(select or config.select, ignore or config.ignore, config.severity, judged_by, config.budgets)

    def judged(run: Run) -> Diagnosis:
        return configuration.without_accepted(judge(run, going_on=run.status is None), config.suppressions, date.today())

    names = {**config.aliases, **own, **parse_aliases(alias)}
    with follower(log, input_format=input_format, aliases=names, wants=wanted, judges=judgeable) as look:
        alarm = Alarm(log, on_finding, counts)
        return follow(Watch(look, judged), alarm, Limits(interval, until_idle, until_fail), log)
