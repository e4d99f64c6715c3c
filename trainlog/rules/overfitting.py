"""Validation got worse while training went on getting better: the run overfits, from a step that is given as an interval.

## What it does
Estimates the noise-free validation curve, and reports overfitting when it has very probably risen from its minimum by more
than what would matter. It says between which steps the turn lies, by how much validation rose, and how sure that is.

## Why it matters
Every step after the turn makes the model worse on new data. The checkpoint to keep is an earlier one, and the time after it
was wasted.

## How it decides
The validation curve is fitted with an average over many smooth curves (see *References*), which gives the probability that
its end lies above its minimum by more than the tolerance: 2 % of the minimum or 1 % of the whole fall, whichever is larger.
The probability is recalibrated on runs with known truth, with a second test that needs no smoothness. The fewer evaluations
there are, the more it takes, and so it does while training stands still, unless the data are learnt by heart or the rise is
large: then evaluations drift, and nothing is fitted ever closer (docs/verdict.md). From 75 % on it is an error, unless only
one evaluation lies that high, or early stopping ended the run by the log's own word; from 50 % on a warning.
The training metric must not have got worse too: then something else is wrong.

## What it does not mean
- A gap between training and validation is not overfitting; validation has to *rise*.
- A rise within the noise of the evaluations, a kink at a learning-rate drop, or a double descent that has recovered is none.
- Validation loss can rise while accuracy still improves: the model grows over-confident. Judge by the metric you deploy on
  with `--metric val_accuracy`.

## Example
```console
$ trainlog diagnose sample_logs/trainlog/overfit.jsonl --select OVF001
...
```

## References
- Prechelt (1998), Early Stopping, But When? doi:10.1007/3-540-49430-8_3
- Li et al. (2024), OverfitGuard: history-based detection of overfitting, doi:10.1145/3650212.3680342
- Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, chapter 5
"""

import math
from collections.abc import Iterator

import numpy as np

from trainlog import vocab
from trainlog._order import median
from trainlog.analysis.curve import Curve
from trainlog.rules import Facts, Finding, Rule, Severity, Skip
from trainlog.run import Series
from trainlog.vocab import base_of

RULE = Rule(
    "OVF001",
    "error",
    "validation got worse while training got better",
    needs=("val",),
    uses=("loss", "ppl", "bpb", "tokens", "tokens_per_s"),
    cause="overfitting",
)

LIKELY = 0.5  # calibrated probability from which on it is a warning: more likely than not
SURE = 0.75  # ... and an error: about 1 in 70 of these is wrong (python -m benchmarks.overfitting)
WITNESSES = 2  # evaluations that have to lie beyond the tolerance for an error: a single one may be a bad evaluation (own choice)
LANGUAGE = (0.5, 12.0)  # nats: a loss outside is none of a language model (ln of the largest vocabularies is 12)
OF_LANGUAGE = frozenset(("ppl", "bpb", "tokens", "tokens_per_s"))  # what logs of language models alone hold
SCORED = 4  # evaluations of a score whose median is compared; of fewer nothing is said
GAINED, AT_BEST = 0.1, 0.05  # of its range: what a score has gained since the turn, and how near its best it ended (own choice)
WIDE = 0.40  # of the run: an onset interval wider than this locates nothing


def check(facts: Facts) -> Iterator[Finding]:
    """Fires when the fitted validation curve has probably risen beyond the tolerance."""
    curve, val = facts.curve, facts.val
    if curve is None or val is None:
        raise Skip(facts.no_curve or "the validation metric has no finite points")
    if curve.probability < LIKELY or curve.train_rises:
        return
    sure = curve.probability >= SURE and _witnesses(curve, val) >= WITNESSES
    severity: Severity = "error" if sure and not facts.stopped_early else "warning"
    low, high = _earliest(facts, curve, val), round(curve.onset_high)
    located = high - low <= WIDE * max(facts.run.last_step - facts.run.first_step, 1)
    where = f"between {facts.unit}s {low:,} and {high:,}" if located else f"somewhere after {facts.unit} {low:,}"
    sign, went = (-1.0, "fell") if curve.higher_is_better else (1.0, "rose")
    change, least, most = (_percent(sign * rise, curve.best_value) for rise in (curve.rise, curve.rise_low, curve.rise_high))
    do = ["add regularisation: raise dropout or weight decay", "train on more or augmented data, or use a smaller model"]
    if facts.keep is not None:
        state = facts.keep.checkpoint or f"the state of {facts.run.place(facts.keep.step)}"
        do.insert(0, f"keep {state}; the last state is worse")
    if (other := _still_best(facts, val)) is not None:
        do.append(
            f"{facts.label(other)} was at its best at the end: if that is what counts, judge by it with --metric {facts.label(other)}"
        )
    yield Finding(
        what=f"overfitting from {facts.run.place(round(curve.onset))} on ({where}, 90 %)",
        why=f"{facts.label(val.name)} {went} from {curve.best_value:.4g} to {curve.last:.4g} ({change}; 90 %: {least} to {most}), "
        f"more than {abs(curve.tolerance):.2g} counts{_perplexity(facts, val.name, curve)}",
        do=tuple(do),
        series=val.name,
        step=round(curve.onset),
        step_low=low,
        step_high=high,
        line=val.line_at(curve.onset),
        data={
            "probability": curve.probability,
            "rise": curve.rise,
            "rise_low": curve.rise_low,
            "rise_high": curve.rise_high,
            "minimum": curve.best_value,
            "last": curve.last,
            "tolerance": curve.tolerance,
            "ppl_ratio": math.exp(min(curve.rise, 700.0)) if base_of(val.name) == "loss" and _of_language(facts) else None,
        },
        confidence=curve.probability,
        severity=severity,
    )


def _earliest(facts: Facts, curve: Curve, val: Series) -> int:
    """Lower end of the onset's interval: before the first evaluation, where the curve begins, if the state to keep lies there."""
    early = facts.keep is not None and facts.keep.checkpoint is None and facts.keep.step < int(val.step[0])
    return facts.keep.step if early and facts.keep is not None else round(curve.onset_low)


def _witnesses(curve: Curve, val: Series) -> int:
    """How many evaluations since the best state are worse than it by more than the tolerance."""
    behind = curve.best_value - val.value if curve.higher_is_better else val.value - curve.best_value
    return int(((val.step > curve.best_step) & (behind > curve.tolerance)).sum())


def _still_best(facts: Facts, val: Series) -> str | None:
    """A score of the same evaluations that ended no worse than it ever was, and better than at the turn: a model grows over-confident."""
    for name, series in facts.run.series.items():
        scored = vocab.metric(name).better == "high" and vocab.split_of(name) == vocab.split_of(val.name) != "train"
        if not scored or vocab.metric(val.name).better == "high" or len(series) < SCORED or not np.isfinite(series.value).all():
            continue
        then = float(np.interp(facts.keep.step if facts.keep else 0, series.step, series.value))
        end = median(series.value[-SCORED:])
        spread = float(series.value.max() - series.value.min())
        if end - then > GAINED * spread and float(series.value.max()) - end <= AT_BEST * spread:
            return name
    return None


def _percent(change: float, base: float) -> str:
    return f"{100 * change / abs(base):+.1f} %" if base else f"{change:+.3g}"


def _of_language(facts: Facts) -> bool:
    """Whether the log speaks of tokens: e to another loss is no perplexity."""
    return bool({base_of(name) for name in facts.run.series} & OF_LANGUAGE) or any(
        str(key).rsplit(".", 1)[-1] == "vocab_size" for key in facts.run.config
    )


def _perplexity(facts: Facts, name: str, curve: Curve) -> str:
    low, high = LANGUAGE
    said = base_of(name) == "loss" and low < curve.best_value < high and 0 < curve.rise < high and _of_language(facts)
    return f"; perplexity x{math.exp(curve.rise):.2f}" if said else ""
