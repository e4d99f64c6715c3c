"""The loop of ``trainlog watch``: looks, says what is new, runs a command, and knows when to end."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

import typer

from trainlog.cli._output import exit_code, terminal_style
from trainlog.diagnosis import Diagnosis, Reported
from trainlog.render._escape import plain
from trainlog.rules import Severity
from trainlog.watch import News, Watch

SHARE = 0.1  # of the time: a long log that takes long to judge is looked at less often


class Limits(NamedTuple):
    """Seconds between looks; seconds without a new byte after which to end, None: never; whether a finding ends it."""

    interval: float
    idle: float | None
    fail: bool


class Alarm:
    """Says what is new, and runs the user's command for findings that count."""

    def __init__(self, log: str, command: str | None, counts: Collection[Severity]) -> None:
        self._log, self._command, self.counts = log, command, counts
        #: Whether a finding that counts has been told.
        self.raised = False

    def tell(self, news: News) -> None:
        """A line on stdout for a new verdict, and for each new finding but information."""
        d = news.diagnosis
        number = f" of run {d.run.index}" if d.run.siblings > 1 else ""
        head = f"{time.strftime('%H:%M:%S')}  {d.run.axis} {d.run.last_step:,}{number}  {d.verdict}"
        findings = [r for r in news.found if r.severity != "info" or r.severity in self.counts]
        lines = [f"{head}  {r.severity} {r.code} {plain(r.finding.what)}" for r in findings]
        if not lines and d.verdict != news.before:
            lines = [f"{head}  {plain(d.reason)}" if d.reason else head]
        style = terminal_style()
        for line in lines:
            sys.stdout.write((line if style.unicode else line.encode("ascii", "backslashreplace").decode()) + "\n")
        sys.stdout.flush()
        for reported in findings:
            if reported.severity in self.counts:
                self.raised = True
                self._run(d, reported)

    def _run(self, diagnosis: Diagnosis, reported: Reported) -> None:
        if self._command is None:
            return
        # What the log says reaches the command as data alone: text in an environment variable is not parsed by the shell.
        told = {f"TRAINLOG_{key}": plain(value, 4000) for key, value in _facts(self._log, diagnosis, reported).items()}
        environment = {**os.environ, **told}
        done = subprocess.run(self._command, shell=True, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)  # noqa: S602
        if done.returncode:
            typer.echo(f"trainlog: the command of --on-finding ended with {done.returncode}", err=True)


def _facts(log: str, diagnosis: Diagnosis, reported: Reported) -> dict[str, object]:
    found, keep = reported.finding, diagnosis.keep
    return {
        "LOG": log,
        "RUN": diagnosis.run.index,
        "STEP": diagnosis.run.last_step,
        "VERDICT": diagnosis.verdict,
        "CODE": reported.code,
        "NAME": reported.name,
        "SEVERITY": reported.severity,
        "WHAT": found.what,
        "WHY": found.why,
        "DO": "; ".join(found.do),
        "KEEP_STEP": "" if keep is None else keep.step,
        "CHECKPOINT": "" if keep is None or keep.checkpoint is None else keep.checkpoint,
    }


def follow(watch: Watch, alarm: Alarm, limits: Limits, log: str, clock: Callable[[], float] = time.monotonic) -> int:
    """Follow until the log says that its last run has ended, or a limit is reached; give the exit code."""
    if not Path(log).exists():
        typer.echo(f"waiting for {plain(log)}", err=True)
    heard = clock()
    while True:
        began = clock()
        news = watch.news()
        heard = heard if news is None else began
        for one in news or ():
            alarm.tell(one)
        if limits.fail and alarm.raised:
            return 1
        if _has_ended(watch) or (limits.idle is not None and began - heard >= limits.idle):
            return _ended(watch, alarm, log)
        spent = clock() - began
        time.sleep(max(limits.interval, spent / SHARE))


def _has_ended(watch: Watch) -> bool:
    return bool(watch.judged) and watch.judged[max(watch.judged)].run.status is not None


def _ended(watch: Watch, alarm: Alarm, log: str) -> int:
    for one in watch.rest():
        alarm.tell(one)
    if not watch.judged:
        typer.echo(f"trainlog: {plain(log)}: nothing that can be read was written", err=True)
    return exit_code(list(watch.judged.values()), alarm.counts)
