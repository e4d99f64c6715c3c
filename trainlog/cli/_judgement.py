"""What ``diagnose`` and ``watch`` judge by: the options, and where they say nothing, the configuration."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from trainlog import config as configuration
from trainlog.cli._output import failing
from trainlog.cli._runs import names
from trainlog.config import Suppression
from trainlog.diagnosis import Diagnosis
from trainlog.judging import Judge
from trainlog.rules import Severity


class Judgement(NamedTuple):
    """How to judge; which severities count; the aliases by which logs are read; what is accepted."""

    judge: Judge
    counts: Collection[Severity]
    aliases: Mapping[str, Sequence[str]]
    accepted: Sequence[Suppression]

    def without_accepted(self, diagnosis: Diagnosis) -> Diagnosis:
        """The diagnosis without what the configuration accepts today."""
        return configuration.without_accepted(diagnosis, self.accepted, date.today())


def judgement(select: Sequence[str], ignore: Sequence[str], fail_on: str | None, metric: str | None, alias: Sequence[str]) -> Judgement:
    """Put together what the options say; raises ``UnknownName`` or ``UsageError`` for what they cannot say."""
    config = configuration.load(Path.cwd())
    configuration.check_rules([*select, *ignore])
    judge = Judge(select or config.select, ignore or config.ignore, config.severity, metric, config.budgets)
    counts = failing(config.fail_on if fail_on is None else fail_on)
    return Judgement(judge, counts, names(alias, metric, config.aliases), config.suppressions)
