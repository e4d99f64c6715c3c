"""OpenMetrics text, for dashboards and GitLab metrics reports: rounded, so that only changes show as changes."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from trainlog.diagnosis import Diagnosis
from trainlog.render import Style
from trainlog.render._escape import label
from trainlog.rules import SEVERITIES

_HELP = {
    "trainlog_findings": "Findings of one severity.",
    "trainlog_judged": "1 when the run could be judged.",
    "trainlog_verdict": "1 for the verdict given.",
    "trainlog_last_step": "Last step logged.",
    "trainlog_keep_step": "Step of the state to keep.",
    "trainlog_keep_value": "Smoothed validation metric of the state to keep.",
    "trainlog_last_costs": "How much worse the last state is.",
    "trainlog_wasted_steps": "Steps spent after the state to keep.",
}


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """Gauges, one sample per run (and severity), in the order given."""
    return exposition(_HELP, (sample for diagnosis in diagnoses for sample in _samples(diagnosis)))


def exposition(help_texts: Mapping[str, str], samples: Iterable[tuple[str, str, float]]) -> str:
    """The text of gauges: ``help_texts`` in order, and their samples (name, labels, value); the first of equal labels counts."""
    found: dict[str, dict[str, float]] = {name: {} for name in help_texts}
    for name, labels, value in samples:
        found[name].setdefault(labels, value)
    lines = []
    for name, text in help_texts.items():
        lines += [f"# TYPE {name} gauge", f"# HELP {name} {text}"]
        lines += [f"{name}{{{labels}}} {_number(value)}" for labels, value in found[name].items()]
    return "\n".join([*lines, "# EOF", ""])


def _samples(diagnosis: Diagnosis) -> Iterator[tuple[str, str, float]]:
    run, keep = diagnosis.run, diagnosis.keep
    labels = f'source="{label(run.source)}",run="{run.index}"'
    for severity in SEVERITIES:
        yield "trainlog_findings", f'{labels},severity="{severity}"', sum(r.severity == severity for r in diagnosis.findings)
    yield "trainlog_judged", labels, float(diagnosis.judged)
    yield "trainlog_verdict", f'{labels},verdict="{diagnosis.verdict}"', 1
    yield "trainlog_last_step", labels, run.last_step
    if keep is not None:
        metric = f'{labels},metric="{label(keep.series)}"'
        yield "trainlog_keep_step", labels, keep.step
        yield "trainlog_keep_value", metric, keep.value
        yield "trainlog_last_costs", metric, keep.last_costs
        yield "trainlog_wasted_steps", labels, keep.wasted.steps


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.6g}"
