"""The training loss jumped and stayed above the level it had.

## What it does
Finds a jump after which the loss never came back to the level before it, although it may fall again from its new level.

## Why it matters
The run carries the damage of one bad update to its end; resuming from before the jump is cheaper than training through it.

## How it decides
A point stands above the median of the points before it by more than seven local standard deviations (wider for heavy-tailed noise), 10 %
of the level and 2 % of the gain so far, and no median of three later points comes back within three standard deviations or 5 % of the
height. A jump in the last 2 % of the run had no time to come back and is not judged. Where validation
did not follow, the learning rate was raised, or a sequence length, batch size or stage changed that was logged, it is information: the
loss itself, its data or its learning rate were changed.

## What it does not mean
A change of data, batch size or loss weights raises a loss on purpose. A jump as large as a quarter of all progress is called `diverged`.

## Example
```console
$ trainlog diagnose sample_logs/rules/loss-spike-not-recovered.jsonl --select NUM003
...
```

## References
- Chowdhery et al. (2022), PaLM, section 5.1; Takase et al. (2023), Spike No More.
"""

from collections.abc import Iterator

from trainlog.analysis.spikes import MIN_POINTS
from trainlog.rules import Facts, Finding, Rule
from trainlog.rules._text import count, number

RULE = Rule(
    "NUM003",
    "warning",
    "the loss jumped and never came back",
    needs=("train",),
    uses=("grad_norm", "lr"),
    symptom_of=("non-finite", "diverged", "not-learning"),
)

TOO_LATE = 0.02  # of the run; a jump this close to the end had no time to come back
SETTLED_SIGMAS = 3.0  # local standard deviations that the last level must stay above the level before


def check(facts: Facts) -> Iterator[Finding]:
    """Fires for the jump that never came back; there can be only one."""
    curve = facts.events.spiky(MIN_POINTS)
    for spike in facts.events.spikes.spikes:
        late = spike.start >= (1 - TOO_LATE) * len(curve.y)
        if spike.recovered or late or spike.after - spike.before <= SETTLED_SIGMAS * spike.sigma:
            continue
        step = curve.step_at(spike.start)
        before, top, after = (curve.sign * level for level in (spike.before, spike.top, spike.after))
        restart = facts.events.restarted_near(spike)
        meant = restart is not None and not facts.events.resumed_near(step)
        yield Finding(
            what=f"the loss jumped at {facts.unit} {count(step)} and never came back",
            why=f"from {number(before)} to {number(top)}; it ended at {number(after)}" + (f"; {restart}" if restart else ""),
            do=()
            if meant
            else (
                f"resume from a checkpoint before {facts.unit} {count(step)} with other batches",
                "if it happens again: clip the gradient norm, lower the learning rate",
            ),
            series=curve.series.name,
            step=step,
            line=curve.line_at(spike.start),
            data={"before": before, "top": top, "after": after, "points": spike.points},
            confidence=0.9,
            severity="info" if facts.events.validation_held(step) or meant else "warning",
        )
