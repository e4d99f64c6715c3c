"""Run -> findings. One file per rule; the folder is the registry: a module here whose name has no underscore is a rule.

The file name is the rule's name (``loss_spike.py`` is ``loss-spike``). A rule module has a docstring that is its page
(*What it does*, *Why it matters*, *How it decides*, *What it does not mean*, *Example*, *References*), its thresholds as
named constants with unit and origin, and::

    RULE = Rule("NUM004", "info", "the loss jumped and came back", needs=("loss",))

    def check(facts: Facts) -> Iterator[Finding]: ...

``check`` may raise ``Skip`` with the reason why this run cannot be judged.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import Literal, NamedTuple, Protocol

from trainlog import _folder
from trainlog.errors import UnknownName
from trainlog.rules._curves import Skip
from trainlog.rules._facts import Facts

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

#: Root causes, strongest first: a finding of one suppresses those of the weaker, since they follow from it.
CAUSES = ("non-finite", "diverged", "not-learning", "overfitting", "plateau", "still-improving")


class Rule(NamedTuple):
    """What is fixed about a rule.

    ``summary`` completes "this rule finds that ...". ``needs``: canonical series without which it is skipped (``val``
    and ``train`` stand for whichever validation or training metric the run is judged by; ``gpu/FIELD`` for any device).
    ``uses``: further series it looks at when they are there. ``cause``: the root cause it reports, if it reports one.
    ``symptom_of``: the root causes that explain its findings, which are then suppressed (weaker causes always are).
    ``at_end``: it judges how the run ended, and says nothing of one that is going on.
    """

    code: str
    severity: Severity
    summary: str
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    cause: str | None = None
    symptom_of: tuple[str, ...] = ()
    at_end: bool = False


class Finding(NamedTuple):
    """One thing found. ``why`` holds the observed number and the threshold, ``data`` the same as numbers.

    ``confidence`` is the probability (0-1) that the finding is right. ``severity`` None: the rule's own.
    ``line`` is the line in the log that shows it best, 0 when it is about the whole log.
    """

    what: str
    why: str
    do: tuple[str, ...] = ()
    series: str | None = None
    step: int | None = None
    step_low: int | None = None
    step_high: int | None = None
    line: int = 0
    data: Mapping[str, float | int | str | None] = {}
    confidence: float = 1.0
    severity: Severity | None = None


class RuleModule(Protocol):
    """What a rule module offers."""

    __doc__: str | None
    RULE: Rule

    def check(self, facts: Facts) -> Iterable[Finding]:
        """Give what is found in one run; raises ``Skip`` when it cannot be judged."""


@cache
def names() -> list[str]:
    """The names of all rules (``loss-spike``), without loading them."""
    return [name.replace("_", "-") for name in _folder.names(__name__)]


def module(name: str) -> RuleModule:
    """Load one rule by its name; raises ``UnknownName``."""
    if name not in names():
        raise UnknownName.among("rule", name, names())
    return import_module(f"{__name__}.{name.replace('-', '_')}")


@cache
def catalogue() -> dict[str, RuleModule]:
    """All rules by name, in the order of their codes."""
    loaded = {name: module(name) for name in names()}
    return dict(sorted(loaded.items(), key=lambda item: item[1].RULE.code))


def find(code_or_name: str) -> tuple[str, RuleModule]:
    """Find a rule by code (``OVF001``, any case) or name; raises ``UnknownName``."""
    rules = catalogue()
    wanted = code_or_name.strip()
    for name, found in rules.items():
        if wanted.lower() in (name, found.RULE.code.lower()):
            return name, found
    raise UnknownName.among("rule", wanted, [*rules, *(r.RULE.code for r in rules.values())])


__all__ = ["CAUSES", "SEVERITIES", "Facts", "Finding", "Rule", "RuleModule", "Severity", "Skip", "catalogue", "find", "module", "names"]
