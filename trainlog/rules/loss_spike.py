"""The training loss jumped and came back.

## What it does
Lists spikes with their height, the steps until the loss was back, and whether the gradient norm rose before. One that undid a quarter of
the progress and is a fifth of the level is a warning, and so are three or more; smaller ones are information.

## Why it matters
A spike costs the steps until it is over and says that the next one may not come back: the learning rate is close to what is stable, or
some batches are bad.

## How it decides
A point stands above the median of the points before it by more than seven local standard deviations (wider for heavy-tailed noise), 10 %
of the level and 2 % of the gain so far; spikes closer than 1 % of the run count as one. Back is a median of three points within three
standard deviations of the level before, or within 5 % of the height. Spikes at a regular distance are reported as such.

## What it does not mean
After a resume, when the learning rate is raised again, or where a sequence length, batch size or stage changes that is logged, a bump
is expected: the finding says so and is information. So it is at the first record of an epoch where the log holds running means that
start again with each epoch. Losses that are not averaged over a batch are noisy by nature; the threshold widens with their tails.

## Example
```console
$ trainlog diagnose sample_logs/trainlog/loss-spike.jsonl --select NUM004
...
```

## References
- Chowdhery et al. (2022), PaLM, section 5.1; ZClip, arXiv 2504.02507; OLMo 2 (2025), section 3 (gradient-norm spikes come first).
"""

from collections.abc import Iterator, Sequence

from trainlog.analysis.spikes import MIN_POINTS, Spike
from trainlog.rules import Facts, Finding, Rule, Severity
from trainlog.rules._curve import Curve
from trainlog.rules._text import count, number, percent, plural

RULE = Rule(
    "NUM004", "info", "the loss jumped and came back", needs=("train",), uses=("grad_norm", "lr"), symptom_of=("non-finite", "not-learning")
)

SHOWN = 3  # spikes with a finding of their own, highest first; the others are counted
MATTERS = 0.25  # of all that was gained before it: the same share that makes a lasting rise a divergence
LARGE = 0.2  # of the level before it, for the same: what is less is small, however little had been gained (own choice)
MANY = 3  # spikes from which chance is no explanation any more
CLEAR_SIGMAS = 15.0  # local standard deviations from which a single hot point matters; below, heavy tails reach it
DOUBLED = 1.0  # of the level before: a spike of several points, or one of many, that doubles a loss is one whatever was gained before


def check(facts: Facts) -> Iterator[Finding]:
    """Fires for each of the highest spikes."""
    curve = facts.events.spiky(MIN_POINTS)
    found = facts.events.spikes
    left = facts.events.divergence
    spikes = [s for s in found.spikes if s.recovered and (left is None or s.start < left.best_index)]
    own = [s for s in spikes if facts.events.restarted_near(s) is None]
    for spike in sorted(spikes, key=lambda s: -s.height)[:SHOWN]:
        yield _finding(facts, curve, spike, own, found.period)


def _finding(facts: Facts, curve: Curve, spike: Spike, own: Sequence[Spike], period: float | None) -> Finding:
    step, end = curve.step_at(spike.start), curve.step_at(min(spike.end or spike.start, len(curve.y) - 1))
    restart = facts.events.restarted_near(spike)
    lead = facts.events.lead_up(step)
    gained = max(float(curve.y[: max(1, min(5, spike.start))].max()) - spike.before, 0.0)
    why = f"{number(curve.sign * spike.before)} → {number(curve.sign * spike.top)} (+{number(spike.height)}, "
    why += f"{number(spike.height / spike.sigma)} × the noise), back after {plural(end - step, facts.unit)}"
    if spike.lingering:
        why += ", over 5 % of the run"
    if len(own) > SHOWN:
        why += f"; one of {plural(len(own), 'spike')}"
    if period is not None:
        why += f"; they come every {number(period)} points"
    if lead is not None:
        why += f"; grad_norm rose to {number(lead[1].peak)} from {number(lead[1].usual)} before it"
    if restart:
        why += f"; {restart}"
    return Finding(
        what=f"loss spike at {facts.unit} {count(step)}, recovered" + (" slowly" if spike.lingering else ""),
        why=why,
        do=() if restart else ("clip the gradient norm, or lower the peak learning rate; look at the batches just before it",),
        series=curve.series.name,
        step=step,
        step_low=step,
        step_high=end,
        line=curve.line_at(spike.start),
        data={
            "before": curve.sign * spike.before,
            "top": curve.sign * spike.top,
            "height": spike.height,
            "steps_to_recover": end - step,
            "sigmas": spike.height / spike.sigma,
            "spikes": len(own),
            "grad_norm_peak": lead[1].peak if lead else None,
            "of_gain": percent(spike.height / gained) if gained > 0 else None,
        },
        confidence=0.9 if spike.points > 1 else 0.8,
        severity="info" if restart else _severity(spike, gained, own),
    )


def _severity(spike: Spike, gained: float, own: Sequence[Spike]) -> Severity:
    doubled = spike.height > DOUBLED * abs(spike.before) and (spike.points > 1 or len(own) >= MANY)
    clear = spike.height > CLEAR_SIGMAS * spike.sigma or (doubled and spike.points > 1)
    told_apart = gained > CLEAR_SIGMAS * spike.sigma or doubled
    matters = spike.height > max(MATTERS * gained, LARGE * abs(spike.before)) or len(own) >= MANY
    return "warning" if clear and told_apart and matters else "info"
