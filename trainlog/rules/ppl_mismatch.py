"""The logged perplexity is not e to the logged loss.

## What it does
Compares perplexity and loss of the same records, training and validation apart.

## Why it matters
One of the two is not what its name says: another base, a sum instead of a mean, other tokens counted, or a mean over batches of e^loss.
Numbers that papers compare depend on it.

## How it decides
The median of |ln(ppl) - loss| over the records that hold both is above 0.05 nats. What explains it is looked for: ppl = 2^loss, a loss
that is a sum (information), or a perplexity that is a few per cent too high, as a mean of exponentials is (Jensen's inequality;
information too).

## What it does not mean
A loss with an auxiliary term (label smoothing, router balancing, weight penalty) differs from ln(ppl) by that term.

## Example
```console
$ trainlog diagnose sample_logs/rules/ppl-mismatch.jsonl --select LOG004
...
```

## References
- Jelinek et al. (1977), Perplexity: a measure of the difficulty of speech recognition tasks.
"""

import math
from collections.abc import Iterator

import numpy as np

from trainlog._order import median
from trainlog.rules import Facts, Finding, Rule, Skip
from trainlog.rules._devices import aligned
from trainlog.rules._text import number
from trainlog.run import Floats

RULE = Rule("LOG004", "warning", "the perplexity is not e to the loss", uses=("loss", "ppl"))

TOLERANCE = 0.05  # nats; rounding to two digits of either stays far below
JENSEN = 0.3  # nats; a mean of e^loss over batches exceeds e^(mean loss) by half the variance of the batch losses
SUMMED = 20.0  # nats; no mean loss per token comes near it: toolkits that log sums (Joey NMT) do so on purpose
MIN_RECORDS = 3  # records; their median ignores one bad line
LARGEST = 1e15  # of either; beyond it a difference of float64 numbers says nothing


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once per split."""
    pairs = [(split, facts.run.get(f"{split}loss"), facts.run.get(f"{split}ppl")) for split in ("", "val_", "test_")]
    both = [(split, loss, ppl) for split, loss, ppl in pairs if loss is not None and ppl is not None]
    if not both:
        raise Skip("the log has no loss with its perplexity")
    if max(min(len(loss.finite()), len(ppl.finite())) for _, loss, ppl in both) < MIN_RECORDS:
        raise Skip(f"fewer than {MIN_RECORDS} records of a loss with its perplexity")
    for split, loss, ppl in both:
        readings = aligned("", {"loss": loss, "ppl": ppl})
        usable = (readings.values["ppl"] > 0) & (np.abs(readings.values["loss"]) < LARGEST)
        nats, logged = (one if bool(usable.all()) else one[usable] for one in readings.values.values())
        if len(nats) < MIN_RECORDS:
            continue
        apart = np.log(logged)
        apart -= nats
        off = median(apart)
        if abs(off) <= TOLERANCE:
            continue
        at = int(np.flatnonzero(usable)[int(np.argmax(np.abs(apart)))])
        yield Finding(
            what=f"{split}ppl is not e^{split}loss",
            why=f"ln({split}ppl) - {split}loss is {number(off)} in the median over {len(nats):,} records; "
            + _explanation(nats, np.log(logged), off),
            do=("log perplexity as e to the mean loss per token, in nats",),
            series=f"{split}ppl",
            step=int(readings.step[at]),
            line=int(readings.line[at]),
            data={"difference": off, "records": len(nats)},
            confidence=0.9,
            severity="info" if 0 < off <= JENSEN or off < -SUMMED else "warning",
        )


def _explanation(loss: Floats, log_ppl: Floats, off: float) -> str:
    if median(np.abs(log_ppl - loss * math.log(2))) < TOLERANCE:
        return "it is 2^loss: the loss is in bits"
    if median(np.abs(log_ppl * math.log(2) - loss)) < TOLERANCE:
        return "the loss seems to be in nats and the perplexity a power of another base"
    if off < -SUMMED:
        return "the loss is a sum over tokens or a batch, not a mean"
    if 0 < off <= JENSEN:
        return "it is a little too high, as a mean of e^loss over batches is"
    return "they count different tokens or terms"
