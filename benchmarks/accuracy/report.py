"""The numbers as the Markdown page that the documentation shows."""

from collections.abc import Sequence

import numpy as np

from benchmarks.accuracy.score import Judged, Overfitting, by_kind, by_rule, calibration, forecasts, oom, overfitting, quantile
from trainlog.analysis.forecast import COVERS
from trainlog.rules import catalogue

HEAD = """# How far the verdicts can be trusted

{runs:,} runs of {kinds} kinds, drawn from seeds that no threshold was chosen on, each with a truth known from its noise-free curves.
This page is written by the command that measures it:

```sh
python -m benchmarks.accuracy --seeds {seeds} --write docs/accuracy.md
```

Severity warning and above, unless said otherwise. *Wrong*: a finding that the truth does not hold. The kinds are this project's own,
so are their shapes and their noise: a real run unlike all of them may be judged worse than these numbers say. Rises of 2 to 5 % that
come after a long fall (`overfit_mild`) are where the verdict fails most often. Where a log has no training metric, which nearly all
kinds here have, noise that drifts (`noise_only_hard`) is told from overfitting less often.

| | |
|---|---|
| defects found | {found} of {defects} ({recall}) |
| healthy runs with a false alarm | {alarms} of {healthy} |
| all runs with any wrong finding | {wrong} of {runs} ({wrong_share}) |
| verdicts right | {verdicts} of {runs} ({verdict_share}) |
"""


def page(judged: Sequence[Judged], seeds: str) -> str:
    """The whole page."""
    kinds = by_kind(judged)
    defects = [one for one in judged if one.truth.must]
    found = sum(not any(set(m.split("|")) <= one.missed or m in one.missed for m in one.truth.must) for one in defects)
    healthy = [one for one in judged if one.truth.healthy]
    wrong = sum(bool(one.wrong) for one in judged)
    verdicts = sum(one.verdict_right for one in judged)
    head = HEAD.format(
        runs=len(judged), kinds=len(kinds), seeds=seeds, found=found, defects=len(defects), recall=_percent(found, len(defects)),
        alarms=sum(bool(one.loud) for one in healthy), healthy=len(healthy), wrong=wrong, wrong_share=_percent(wrong, len(judged)),
        verdicts=verdicts, verdict_share=_percent(verdicts, len(judged)),
    )  # fmt: skip
    parts = [head, _overfitting(judged), _rules(judged), _kinds(judged), _calibration(judged), _forecasts(judged), _leaks(judged)]
    return "\n".join(parts)


OVERFITTING = """## Overfitting, and where to stop

Beside the usual rules on the same runs. *False alarms*: of the healthy runs. *Onset error*: distance from the true minimum, as a share of
the run (median / 90th percentile). *Interval*: how often the stated 90 % interval of the onset holds it, and its median width as a share
of the run. *Regret*: what is lost by the step chosen, as a share of all that was gained (mean).

| method | precision | recall | F1 | false alarms | onset error | interval | stop regret | checkpoint regret |
|---|---|---|---|---|---|---|---|---|"""


def _overfitting(judged: Sequence[Judged]) -> str:
    rows = [OVERFITTING]
    for name, m in overfitting(judged).items():
        interval = f"{np.mean(m.covered):.3f} / {quantile(m.width, 0.5):.3f}" if m.covered else "–"
        rows.append(
            f"| {name} | {m.precision:.3f} | {m.recall:.3f} | {m.f1:.3f} | {_percent(m.alarms, m.healthy)} | {_errors(m)} | {interval} "
            f"| {np.mean(m.stop):.4f} | {np.mean(m.checkpoint) if m.checkpoint else float('nan'):.4f} |"
        )
    return "\n".join([*rows, ""])


def _errors(m: Overfitting) -> str:
    return f"{quantile(m.onset, 0.5):.3f} / {quantile(m.onset, 0.9):.3f}" if m.onset else "–"


def _rules(judged: Sequence[Judged]) -> str:
    names = {module.RULE.code: name for name, module in catalogue().items()}
    rows = [
        "## Rule by rule",
        "",
        "*Step error*: distance from the true step, as a share of the run (median / 90th percentile).",
        "",
        "| rule | right | wrong | missed | precision | recall | step error |",
        "|---|---|---|---|---|---|---|",
    ]
    for code, rule in by_rule(judged).items():
        if code not in names:
            continue
        error = f"{quantile(rule.errors, 0.5):.4f} / {quantile(rule.errors, 0.9):.4f}" if rule.errors else "–"
        rows.append(
            f"| {code} {names[code]} | {rule.right} | {rule.wrong} | {rule.missed} | {_ratio(rule.right, rule.wrong)} "
            f"| {_ratio(rule.right, rule.missed)} | {error} |"
        )
    return "\n".join([*rows, ""])


def _kinds(judged: Sequence[Judged]) -> str:
    rows = [
        "## Kind by kind",
        "",
        "| kind | | runs | missed | with a wrong finding | verdict wrong | said (warning and above) |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, kind in by_kind(judged).items():
        sort = "healthy" if kind.healthy else "defect" if kind.defect else ""
        said = ", ".join(f"{code} {n}" for code, n in sorted(kind.said.items()))
        rows.append(f"| {name} | {sort} | {kind.runs} | {kind.missed} | {kind.wrong} | {kind.verdict_wrong} | {said} |")
    return "\n".join([*rows, ""])


def _calibration(judged: Sequence[Judged]) -> str:
    rows = ["## Stated confidence and the share that is right", "", "| confidence | findings | right |", "|---|---|---|"]
    rows += [f"| {low:.2f}–{high:.2f} | {n} | {right:.3f} |" for low, high, n, right in calibration(judged)]
    return "\n".join([*rows, ""])


def _forecasts(judged: Sequence[Judged]) -> str:
    rows = [
        "## Forecasts of runs that still improve, at 1.33 times their length",
        "",
        f"The interval is said to cover about {100 * COVERS:.0f} % if the fall goes on as before; where the learning rate comes down, the",
        "finding adds that part of the fall may be its doing, and the level then stays.",
        "*Half width* and *errors*: medians, as shares of the true value.",
        "",
        "| learning rate | forecasts | interval holds the truth | half width | error | error of the last level |",
        "|---|---|---|---|---|---|",
    ]
    for name, f in forecasts(judged).items():
        widths = " | ".join(f"{100 * quantile(values, 0.5):.1f} %" for values in (f.width, f.error, f.naive))
        rows.append(f"| {name} | {len(f.held)} | {_percent(sum(f.held), len(f.held))} | {widths} |")
    return "\n".join([*rows, ""])


def _leaks(judged: Sequence[Judged]) -> str:
    rows = oom(judged)
    ratio = [max(r, 1 / r) - 1 for r, _, _ in rows if r > 0]
    text = f"{len(rows)} leaks whose end is foreseen; the stated 90 % interval of the steps left holds the true number in "
    text += f"{_percent(sum(held for _, held, _ in rows), len(rows))}. Median error {100 * quantile(ratio, 0.5):.0f} %, "
    text += f"median width of the interval {100 * quantile((w for _, _, w in rows), 0.5):.0f} % of the true number."
    return f"## When leaking memory will be full\n\n{text}\n"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(1, whole):.1f} %"


def _ratio(right: int, other: int) -> str:
    return f"{right / (right + other):.3f}" if right + other else "–"
