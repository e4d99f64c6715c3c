"""What several outputs say in the same words. Nothing here is escaped: each output does that for its own medium."""

from collections.abc import Sequence

from trainlog.advice import Keep, Replay, Wasted
from trainlog.diagnosis import Diagnosis, Skipped
from trainlog.rules import SEVERITIES
from trainlog.rules._text import duration
from trainlog.run import Run

_MOST_KEYS = 6
_REPLAYED = ("evaluations",)  # patience in steps says the same again


def title(run: Run) -> str:
    """The log as typed, and which of its runs."""
    return run.source + (f" (run {run.index} of {run.siblings})" if run.siblings > 1 else "")


def plural(count: int, word: str) -> str:
    """``1 finding``, ``2 findings``."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def counted(diagnosis: Diagnosis) -> str:
    """``1 error, 2 warnings``, or ``nothing found``."""
    counts = [(sum(r.severity == s for r in diagnosis.findings), s) for s in SEVERITIES]
    return ", ".join(f"{n} {s}" if s == "info" else plural(n, s) for n, s in counts if n) or "nothing found"


def read(diagnosis: Diagnosis) -> str:
    """What was read: format, range of steps, evaluations."""
    run = diagnosis.run
    parts = [f"{run.format} log", f"{run.axis}s {run.first_step:,} to {run.last_step:,}"]
    if diagnosis.facts is not None and diagnosis.facts.val is not None:
        val = diagnosis.facts.val
        parts.append(f"{plural(len(val), 'evaluation')} of {diagnosis.facts.label(val.name)}")
    return ", ".join(parts)


def keep(diagnosis: Diagnosis) -> str | None:
    """Which state to keep, how good it is, and what the last one costs against it; None when that cannot be said."""
    kept = diagnosis.keep
    if kept is None or diagnosis.verdict == "not-learning":  # no state is better than another
        return None
    name = diagnosis.facts.label(kept.series) if diagnosis.facts is not None else kept.series
    state = diagnosis.run.place(kept.step)
    where = f"keep {kept.checkpoint} ({state})" if kept.checkpoint else f"keep the state of {state}"
    value = f"{name} {kept.value:.4g} (90 %: {kept.low:.4g} to {kept.high:.4g})"
    if kept.broke_down is not None:
        least = f"the least bad is {kept.checkpoint} ({state})" if kept.checkpoint else f"the least bad state is that of {state}"
        return f"start again: nothing was saved before {diagnosis.run.axis} {kept.broke_down:,}, where the run broke down; {least}: {value}"
    return f"{where}{_unseen(kept, diagnosis, name)}: {value}{_costs(kept, diagnosis)}"


def _unseen(kept: Keep, diagnosis: Diagnosis, name: str) -> str:
    """Where a state lies that was not evaluated, and which of those that were is best."""
    if kept.evaluated is None or diagnosis.facts is None or diagnosis.facts.val is None:
        return ""
    seen = diagnosis.run.place(kept.evaluated)
    if kept.step < int(diagnosis.facts.val.step[0]):
        return f", from before the first evaluation ({seen}), when {name} was past its best"
    worse = "no worse" if kept.evaluated in kept.tied else f"{kept.evaluated_costs:.2g} worse"
    return f", between two evaluations ({seen}, the best of them, is {worse})"


def ways_out(diagnosis: Diagnosis) -> str | None:
    """What to type next when nothing in a log could be judged."""
    facts = diagnosis.facts
    if diagnosis.judged or facts is None or facts.train is not None or facts.val is not None:
        return None
    if facts.adversaries:
        return "log a measure of what comes of it, such as FID or the reward of episodes, or judge by one of its keys: --metric NAME"
    run = diagnosis.run
    keys = [run.raw_names.get(name, name) for name in run.series if not name.startswith("gpu/")]
    if keys:
        more = f" and {len(keys) - _MOST_KEYS} more" if len(keys) > _MOST_KEYS else ""
        return f"if one of its keys is a loss, say so: --alias loss=KEY (they are {', '.join(keys[:_MOST_KEYS])}{more})"
    return f"judge it with the log of the training: trainlog diagnose LOG --gpu {run.source}" if run.series else None


def _costs(kept: Keep, diagnosis: Diagnosis) -> str:
    run = diagnosis.run
    if kept.step >= run.last_step:
        return "; it is the last"
    spent = wasted(kept.wasted, run.axis)
    if diagnosis.verdict == "diverged":
        return f"; the {spent} after it are lost"
    if kept.last_costs <= 0:
        return f"; the last state, {spent} on, is no worse"
    if is_last_as_good(diagnosis):
        return f"; the last state, {spent} on, cannot be told apart from it"
    return f"; the last state, {spent} on, is {kept.last_costs:.3g} worse"


def is_last_as_good(diagnosis: Diagnosis) -> bool:
    """Whether the last state is no worse than the one to keep, as far as can be told."""
    kept, facts = diagnosis.keep, diagnosis.facts
    if kept is None or kept.last_costs <= 0 or diagnosis.verdict == "not-learning":
        return True
    saved = max((checkpoint.step for checkpoint in diagnosis.run.checkpoints), default=None)
    evaluated = int(facts.val.step[-1]) if facts is not None and facts.val is not None else None
    return (evaluated if saved is None else saved) in kept.tied


def wasted(spent: Wasted, axis: str) -> str:
    """``1,700 steps and 12 min``."""
    parts = [plural(spent.steps, axis)]
    if spent.seconds:
        parts.append(duration(spent.seconds))
    if spent.joules:
        parts.append(f"{spent.joules / 3.6e6:.2g} kWh")
    return " and ".join(parts) if len(parts) < 3 else f"{parts[0]}, {parts[1]} and {parts[2]}"


def replayed(diagnosis: Diagnosis) -> list[Replay]:
    """The replays worth showing: one per patience, with those of the frameworks that differ from all of them."""
    return [r for r in diagnosis.replay if r.rule == "patience" and r.unit in _REPLAYED]


def stopping(replay: Replay, diagnosis: Diagnosis) -> str:
    """What one early-stopping rule would have done."""
    if replay.stops_at is None:
        return "never stops"
    stops = f"stops at {diagnosis.run.axis} {replay.stops_at:,}"
    if replay.costs is None:
        return stops
    kept = diagnosis.keep
    same = replay.keeps is None or kept is None or replay.keeps == kept.step
    keeps = f"a state {replay.costs:.2g} worse" if replay.costs > 0 else "the same state" if same else "a state no worse"
    saved = [checkpoint.step for checkpoint in diagnosis.run.checkpoints]
    late = "; no checkpoint had been saved by then" if saved and min(saved) > replay.stops_at else ""
    return f"{stops}, keeps {keeps}{late}"


def skipped(diagnosis: Diagnosis) -> list[tuple[str, Sequence[Skipped]]]:
    """The rules that could not judge, by reason; the reason most of them share first."""
    reasons: dict[str, list[Skipped]] = {}
    for skip in diagnosis.skipped:
        reasons.setdefault(skip.why, []).append(skip)
    return sorted(reasons.items(), key=lambda item: (-len(item[1]), item[1][0].code))
