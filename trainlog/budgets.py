"""Budgets: limits that a project sets on its runs, judged like rules.

A budget is ``max_...`` or ``min_...`` in the configuration; each has a code of the family BUD, so that it is reported, selected and
suppressed like any rule. A run whose log does not say what a budget asks is skipped with the reason, never passed.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from trainlog._order import median
from trainlog.diagnosis import Diagnosis, Reported, Skipped, identity
from trainlog.rules import SEVERITIES, Facts, Finding, Severity
from trainlog.run import Series

Measured = tuple[float, Series | None, int | None]  # the value, the series it comes from, the step it is reached at


class Budget(NamedTuple):
    """A limit and how bad it is to break it."""

    limit: float
    severity: Severity = "error"


class _Kind(NamedTuple):
    code: str
    says: str
    missing: str
    measure: Callable[[Facts], Measured | None]


def apply(diagnosis: Diagnosis, budgets: Mapping[str, Budget]) -> Diagnosis:
    """The diagnosis with what breaks a budget among its findings, worst first."""
    facts = diagnosis.facts or Facts(diagnosis.run)
    found, skipped, ran = list(diagnosis.findings), list(diagnosis.skipped), list(diagnosis.ran)
    for name, budget in budgets.items():
        kind = KINDS[name]
        measured = kind.measure(facts)
        if measured is None or np.isnan(measured[0]):
            skipped.append(Skipped(kind.code, name.replace("_", "-"), f"the log has no {kind.missing}"))
            continue
        ran.append(kind.code)
        value, series, step = measured
        if value > budget.limit if name.startswith("max_") else value < budget.limit:
            found.append(_report(diagnosis, name, budget, value, series, step))
    found.sort(key=lambda r: SEVERITIES.index(r.severity))
    return replace(diagnosis, findings=tuple(found), skipped=tuple(skipped), ran=tuple(ran))


def _report(diagnosis: Diagnosis, name: str, budget: Budget, value: float, series: Series | None, step: int | None) -> Reported:
    kind = KINDS[name]
    compared = "above" if name.startswith("max_") else "below"
    finding = Finding(
        what=f"{kind.says} is {value:.4g}, {compared} the budget",
        why=f"{name} = {budget.limit:.6g} in the configuration",
        series=None if series is None else series.name,
        step=step,
        line=0 if series is None or step is None else series.line_at(step),
        data={"value": float(value), "limit": budget.limit},
    )
    return Reported(kind.code, name.replace("_", "-"), budget.severity, finding, identity(diagnosis.run, kind.code, finding.series))


def _extreme(series: list[Series], *, highest: bool) -> Measured | None:
    found = [s.finite() for s in series]
    found = [s for s in found if len(s)]
    if not found:
        return None
    at = [int(np.argmax(s.value) if highest else np.argmin(s.value)) for s in found]
    worst = (max if highest else min)(range(len(found)), key=lambda i: float(found[i].value[at[i]]))
    return float(found[worst].value[at[worst]]), found[worst], int(found[worst].step[at[worst]])


def _metric(name: str, *, highest: bool) -> Callable[[Facts], Measured | None]:
    def measure(facts: Facts) -> Measured | None:
        series, keep = facts.run.get(name), facts.keep
        if series is not None and keep is not None and keep.series == name:
            return keep.value, series, keep.step  # of the state to keep, without the luck of the lowest of many
        return None if series is None else _extreme([series], highest=highest)

    return measure


def _gpu(field: str) -> Callable[[Facts], Measured | None]:
    return lambda facts: _extreme(list(facts.gpus(field).values()), highest=True)


def _memory(facts: Facts) -> Measured | None:
    used, total = facts.gpus("memory_used_bytes"), facts.gpus("memory_total_bytes")
    parts = [replace(s, value=s.value / float(np.fmax.reduce(total[i].value))) for i, s in used.items() if i in total]
    return _extreme(parts, highest=True)


def _median(name: str) -> Callable[[Facts], Measured | None]:
    def measure(facts: Facts) -> Measured | None:
        series = facts.run.get(name)
        return None if series is None or not len(series.finite()) else (median(series.finite().value), series, None)

    return measure


def _wasted(facts: Facts) -> Measured | None:
    return None if facts.keep is None else (float(facts.keep.wasted.steps), facts.val, facts.keep.step)


def _hours(facts: Facts) -> Measured | None:
    seconds = None if facts.keep is None else facts.keep.wasted.seconds
    return None if facts.keep is None or seconds is None else (seconds / 3600, facts.val, facts.keep.step)


def _costs(facts: Facts) -> Measured | None:
    return None if facts.keep is None else (facts.keep.last_costs, facts.val, facts.keep.step)


#: By the key in the configuration. Codes are never reused.
KINDS = {
    "max_val_loss": _Kind("BUD001", "the best validation loss", "val_loss", _metric("val_loss", highest=False)),
    "max_gpu_temperature_c": _Kind("BUD002", "the highest GPU temperature (°C)", "GPU temperature", _gpu("temperature_c")),
    "max_wasted_steps": _Kind("BUD003", "the number of steps spent past the best state", "validation curve", _wasted),
    "max_wasted_hours": _Kind("BUD004", "the time spent past the best state (h)", "validation curve with times", _hours),
    "max_gpu_memory_fraction": _Kind("BUD005", "the highest share of GPU memory in use", "GPU memory with its total", _memory),
    "max_last_costs": _Kind("BUD006", "what the last state costs against the best", "validation curve", _costs),
    "min_tokens_per_s": _Kind("BUD007", "the median speed (tokens/s)", "tokens_per_s", _median("tokens_per_s")),
    "min_val_accuracy": _Kind("BUD008", "the best validation accuracy", "val_accuracy", _metric("val_accuracy", highest=True)),
    "max_val_ppl": _Kind("BUD009", "the best validation perplexity", "val_ppl", _metric("val_ppl", highest=False)),
}
