"""Run + rules -> Diagnosis: the verdict in one word, what was found, what was suppressed or skipped and why, and what to keep."""

import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from trainlog import rules
from trainlog.advice import Keep, Replay
from trainlog.rules import CAUSES, SEVERITIES, Facts, Finding, Rule, Severity, Skip
from trainlog.run import Run

if TYPE_CHECKING:
    from typing import Unpack

    import trainlog

#: The verdict each root cause stands for; without one the run is `healthy`, or `inconclusive` when it could not be judged.
VERDICTS = {
    "non-finite": "diverged",
    "diverged": "diverged",
    "not-learning": "not-learning",
    "overfitting": "overfitting",
    "plateau": "converged",
    "still-improving": "still-improving",
}

PROJECT = ("trainlog.toml", "pyproject.toml", ".git")
"""What lies in the folder that a project's paths start from."""


class Reported(NamedTuple):
    """A finding with the rule that made it, as it is reported."""

    code: str
    name: str
    severity: Severity
    finding: Finding
    identity: str
    """What tells it from others, whatever the step: see ``identity``."""

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that stay the same when the log grows."""
        from hashlib import sha256  # loads OpenSSL; most outputs ask for no fingerprint

        return sha256(self.identity.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Suppressed(NamedTuple):
    """A finding of rule ``code`` that follows from one of rule ``by``, or is left out by the ``baseline`` or ``configuration``."""

    code: str
    by: str
    what: str


class Skipped(NamedTuple):
    """A rule that could not judge this run, and why."""

    code: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What trainlog says about one run.

    ``findings`` come worst first; ``ran`` holds the codes of the rules that judged it; ``reason``: why it could
    not be judged, when it could not. ``keep``: the checkpoint worth keeping, None without a
    validation metric. ``replay``: when early stopping would have stopped.
    """

    run: Run
    verdict: str
    findings: tuple[Reported, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    ran: tuple[str, ...] = ()
    reason: str | None = None
    keep: Keep | None = None
    replay: tuple[Replay, ...] = ()
    facts: Facts | None = field(default=None, compare=False, repr=False)

    def plot(self, **options: "Unpack[trainlog.PlotOptions]") -> "trainlog.Figure":
        """Draw this run and what was found in it as a matplotlib Figure; options as for ``trainlog.plot``."""
        import trainlog

        return trainlog.plot(self, **options)

    def _repr_html_(self) -> str:
        from trainlog._html import table

        found: list[tuple[str, str, str, str]] = [(r.severity, r.code, r.finding.what, "; ".join(r.finding.do)) for r in self.findings]
        if self.reason or not found:
            found.insert(0, ("", "", self.reason or "nothing found", f"{len(self.ran)} rules ran, {len(self.skipped)} skipped"))
        if self.keep is not None:
            what = f"{self.keep.series} {self.keep.value:.4g} at {self.run.place(self.keep.step)}"
            found.append(("", "keep", what, self.keep.checkpoint or ""))
        return table(f"{self.run.source}: {self.verdict}", ("severity", "rule", "what", "do"), found)

    @property
    def judged(self) -> bool:
        """Whether there was enough in the log to judge the run at all."""
        return self.verdict not in ("inconclusive", "cannot tell")

    @property
    def worst(self) -> Severity | None:
        """The worst severity of the findings, None when there are none."""
        return self.findings[0].severity if self.findings else None


@np.errstate(all="ignore")  # numbers of a log may overflow: what comes of it is infinite or NaN
def diagnose(
    run: Run,
    *,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
    severity: Mapping[str, Severity] | None = None,
    metric: str | None = None,
    going_on: bool = False,
) -> Diagnosis:
    """Judge one run.

    ``select`` / ``ignore``: codes, names or code prefixes (``GPU``) of the rules to run or leave out. ``severity``: code
    or name -> severity, instead of the rule's own. ``metric``: the validation metric to judge by (canonical name, or key of a log).
    ``going_on``: the log is still being written, so that its end is not judged.
    """
    facts = Facts(run, metric=metric)
    found: list[tuple[str, Rule, Finding]] = []
    skipped: list[Skipped] = []
    ran: list[str] = []
    for name, module in rules.catalogue().items():
        rule = module.RULE
        if not _chosen(rule.code, name, select, ignore):
            continue
        if going_on and rule.at_end:
            skipped.append(Skipped(rule.code, name, "the run is going on"))
            continue
        missing = [need for need in rule.needs if not facts.has(need)]
        if missing:
            skipped.append(Skipped(rule.code, name, f"the log has no {_spelt(missing[0])}"))
            continue
        try:
            results = list(module.check(facts))
        except Skip as skip:
            skipped.append(Skipped(rule.code, name, str(skip)))
            continue
        ran.append(rule.code)
        found.extend((name, rule, finding) for finding in results)
    kept, suppressed, cause = _root_cause(found)
    reported = [_report(run, name, rule, finding, severity or {}) for name, rule, finding in kept]
    reported.sort(key=lambda r: (SEVERITIES.index(r.severity), -r.finding.confidence, r.code, r.finding.step or 0))
    verdict = VERDICTS[cause] if cause else "inconclusive" if facts.cannot_judge else "healthy"
    if facts.lacks_metric and verdict != "diverged":
        verdict = "inconclusive"  # not by another metric than the one asked for
    reason = facts.cannot_judge if verdict == "inconclusive" else None
    return Diagnosis(run, verdict, tuple(reported), tuple(suppressed), tuple(skipped), tuple(ran), reason, facts.keep, facts.replay, facts)


def wanted(name: str) -> bool:
    """Whether any rule looks at the series of this canonical name: others need not be built to diagnose a run."""
    from trainlog import vocab

    if (
        vocab.split_of(name) != "train"
        or vocab.base_of(name) in _looked_at()
        or vocab.normal(name) in _looked_at()
        or name.lower() in (*vocab.SPLITS, vocab.UNNAMED)
    ):
        return True
    return vocab.metric(name).better == "low"


def judgeable(name: str) -> bool:
    """Whether a run can be judged by the series of this canonical name: it is known which way is better."""
    from trainlog import vocab

    return vocab.metric(name).better is not None


@cache
def _looked_at() -> frozenset[str]:
    from trainlog.rules._judged_by import JUDGED_BY
    from trainlog.rules._jumps import SETTINGS

    asked = {need.rsplit("/", 1)[-1] for module in rules.catalogue().values() for need in (*module.RULE.needs, *module.RULE.uses)}
    return frozenset((*asked, *JUDGED_BY, *SETTINGS))


def _chosen(code: str, name: str, select: Collection[str], ignore: Collection[str]) -> bool:
    def named_in(choices: Collection[str]) -> bool:
        return any(name == choice.lower() or code.startswith(choice.upper()) for choice in choices)

    return (not select or named_in(select)) and not named_in(ignore)


def _spelt(need: str) -> str:
    words = {"val": "validation metric", "train": "training loss"}
    return words.get(need, need.removeprefix("gpu/"))


def _root_cause(found: Sequence[tuple[str, Rule, Finding]]) -> tuple[list[tuple[str, Rule, Finding]], list[Suppressed], str | None]:
    """Keep the strongest root cause and what does not follow from it."""
    causes = [(CAUSES.index(rule.cause), rule.code, rule.cause) for _, rule, _ in found if rule.cause is not None]
    if not causes:
        return list(found), [], None
    rank, by, cause = min(causes)
    kept, suppressed = [], []
    for name, rule, finding in found:
        weaker = rule.cause is not None and CAUSES.index(rule.cause) > rank
        if weaker or cause in rule.symptom_of:
            suppressed.append(Suppressed(rule.code, by, finding.what))
        else:
            kept.append((name, rule, finding))
    return kept, suppressed, cause


def _report(run: Run, name: str, rule: Rule, finding: Finding, severity: Mapping[str, Severity]) -> Reported:
    chosen = severity.get(rule.code) or severity.get(name) or finding.severity or rule.severity
    return Reported(rule.code, name, chosen, finding, identity(run, rule.code, finding.series))


def identity(run: Run, code: str, series: str | None) -> str:
    """What stays the same when a log grows: the rule, the run and the series, not the step, or a baseline would never match."""
    return "\n".join((code, log_of(run), str(run.index), series or ""))


def log_of(run: Run) -> str:
    """The log as its project knows it, wherever trainlog is called and however the path is typed, with ``/``.

    This is its path from the nearest folder above it that holds one of ``PROJECT``; outside of any project, its name and that
    of its folder.
    """
    if "://" in run.source or run.source == "<stdin>":
        return run.source
    path = Path(os.path.normpath(Path.cwd() / run.source))
    with suppress(OSError, ValueError):
        path = path.parent.resolve() / path.name
    root = _project(path.parent)
    return path.relative_to(root).as_posix() if root is not None else "/".join(path.parts[-2:])


@cache
def _project(folder: Path) -> Path | None:
    return next((above for above in (folder, *folder.parents) if any((above / name).exists() for name in PROJECT)), None)


def path_of(run: Run) -> str:
    """The log as seen from the working folder, with ``/``, however its path was typed: ``./a``, ``a`` and ``/home/me/a`` are one file.

    A log outside the working folder keeps its absolute path; an address or standard input stays as it is.
    """
    if "://" in run.source or run.source == "<stdin>":
        return run.source
    here = Path.cwd()
    path = Path(os.path.normpath(here / (run.file or run.source)))
    if not path.is_relative_to(here):  # or the working folder was entered through a link
        with suppress(OSError, ValueError):
            path = path.parent.resolve() / path.name
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.as_posix()


__all__ = ["Diagnosis", "Reported", "Skipped", "Suppressed", "diagnose", "identity", "judgeable", "log_of", "path_of", "wanted"]
