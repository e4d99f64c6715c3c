"""``trainlog watch``."""

from typing import Annotated

import typer

from trainlog.cli._options import Alias, FailOn, Ignore, InputFormat, Metric, Select

SHORTEST, LONGEST = 0.05, 86_400  # seconds between two looks
Log = Annotated[str, typer.Argument(metavar="LOG", help="The log to follow; it need not be there yet.", show_default=False)]
Interval = Annotated[float, typer.Option("--interval", metavar="SECONDS", help="How often to look; at least 0.05.")]
OnFinding = Annotated[
    str | None, typer.Option("--on-finding", metavar="COMMAND", help="Run this once per finding; TRAINLOG_CODE, _WHAT, ... tell it which.")
]
UntilFail = Annotated[bool, typer.Option("--until-fail", help="End with 1 as soon as there is a finding.")]
UntilIdle = Annotated[float | None, typer.Option("--until-idle", metavar="SECONDS", help="End when nothing was written for so long.")]


def command(
    log: Log,
    interval: Interval = 5.0,
    on_finding: OnFinding = None,
    until_fail: UntilFail = False,
    until_idle: UntilIdle = None,
    fail_on: FailOn = None,
    select: Select = [],
    ignore: Ignore = [],
    metric: Metric = None,
    alias: Alias = [],
    input_format: InputFormat = None,
) -> int:
    """Follow a log that is being written: a line when the verdict changes, until the log says that the run has ended."""
    from trainlog.cli._following import Alarm, Limits, follow
    from trainlog.cli._judgement import judgement
    from trainlog.diagnosis import Diagnosis, judgeable, wanted
    from trainlog.errors import UsageError
    from trainlog.judging import check_metric
    from trainlog.readers import follower
    from trainlog.run import Run
    from trainlog.watch import Watch

    judge, counts, aliases, _ = asked = judgement(select, ignore, fail_on, metric, alias)
    if not SHORTEST <= interval <= LONGEST:
        raise UsageError(f"--interval {interval:g} is no time between two looks", do=f"from {SHORTEST:g} to {LONGEST:,} seconds")
    if until_idle is not None and not until_idle >= 0:
        raise UsageError(f"--until-idle {until_idle:g} is no time to wait", do="0 or more seconds")

    def judged(run: Run) -> Diagnosis:
        return asked.without_accepted(judge(run, going_on=run.status is None))

    with follower(log, input_format=input_format, aliases=aliases, wants=wanted, judges=judgeable) as look:
        watch = Watch(look, judged)
        code = follow(watch, Alarm(log, on_finding, counts), Limits(interval, until_idle, until_fail), log)
        check_metric(metric, [diagnosis.run for diagnosis in watch.judged.values()])
        return code
