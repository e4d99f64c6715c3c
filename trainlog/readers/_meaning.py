"""What series of one run mean together: percentages, placeholders, losses that come in parts.

Each change is put in words, to be shown to the user.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from trainlog._order import median
from trainlog.run import Series
from trainlog.vocab import SPLITS, UNNAMED, base_of, metric, split_of

PERCENT = 1e-2
MOST_PERCENT = 100.0
ABOVE_FRACTION = 1.5  # a fraction that exceeds this was logged as a percentage
UNBOUNDED = frozenset({"error"})  # may be no fraction at all
ABOVE_RATE = {"wer": 10.0}  # may exceed 1 as a fraction, when more words are put in than there were
LOSSES = frozenset({"loss", "ppl"})
MIN_SUMS = 3  # records that must agree on the number of tokens a loss was summed over
ENOUGH = 5_000  # records of a long log that are asked for it
MIN_TOKENS = 3.0  # fewer may be another base (1.44) or a loss with further terms
SAME_TOKENS = 0.02  # by which that number may vary: perplexities are logged with two to five digits
_SPLITS = {**SPLITS, UNNAMED: "train", "total": "train"}
ENDS = 5  # values at either end
COMPARABLE = 3.0  # times a training loss, or that part of it: so far a validation loss may be from it
SPARSE = 0.5  # of the values: with more NaN than this, and numbers between them, NaN says that nothing was logged
MIN_RETURNS = 3  # times that a number comes after NaN: weights that are NaN stay so
MIN_PARTS = 2  # losses summed when there is no total (Ultralytics logs box, class and distribution losses only)


def meant(series: Mapping[str, Series]) -> tuple[dict[str, Series], list[str]]:
    """Give the series as they are meant, and what was changed."""
    remarks: list[str] = []
    series = _without_sparse(series, remarks)
    found = dict(series)
    for name, one in series.items():
        if _is_percentage(one):
            found[name] = _scaled(one, PERCENT)
            remarks.append(f"{name} goes up to {np.nanmax(one.value):g}: taken for percent")
        elif _is_placeholder(one, series.get(base_of(name))):
            del found[name]
            remarks.append(f"{name} is 0 in all {len(one)} records: a placeholder, left out")
    for name in [name for name in found if base_of(name) == "loss"]:
        ppl = found.get(name.replace("loss", "ppl", 1))
        if ppl is not None and (factor := _summed(found[name], ppl)):
            found[name] = replace(ppl, name=name, value=np.log(ppl.value))
            remarks.append(f"{name} is {factor:.4g} times ln({ppl.name}), a sum over tokens: ln({ppl.name}) was taken")
    for name, loss in _bare_splits(found).items():
        found[loss] = replace(found.pop(name), name=loss)
        remarks.append(f"{name} names no metric and {'falls' if base_of(loss) in LOSSES else 'rises'}: taken for {loss}")
    totals = _totals(found)
    for name, (total, parts) in totals.items():
        found[name] = total
        remarks.append(f"{name} is not in the log: the sum of {', '.join(parts)} was taken")
    return found, remarks


def _without_sparse(series: Mapping[str, Series], remarks: list[str]) -> dict[str, Series]:
    """Leave out the NaN of tables that write it where nothing was logged (pandas' ``na_rep``, numpy)."""
    found = dict(series)
    for name, one in series.items():
        missing = np.isnan(one.value)
        if np.mean(missing) > SPARSE and int(np.count_nonzero(missing[:-1] & ~missing[1:])) >= MIN_RETURNS:
            found[name] = one.take(~missing)
            remarks.append(f"{name} is NaN between its {len(found[name]):,} numbers: taken for not logged there")
    return found


def _is_percentage(series: Series) -> bool:
    known = metric(series.name)
    if known.unit != "fraction" or known.name in UNBOUNDED:
        return False
    values = series.value[np.isfinite(series.value)]
    above = ABOVE_RATE.get(known.name, ABOVE_FRACTION)
    return bool(len(values)) and above < float(values.max()) <= MOST_PERCENT and float(values.min()) >= 0.0


def _is_placeholder(series: Series, train: Series | None) -> bool:
    """A validation loss of exactly 0 throughout, beside a training loss that is not (programs that never compute it)."""
    if split_of(series.name) == "train" or base_of(series.name) not in LOSSES or len(series) < MIN_PARTS or bool(series.value.any()):
        return False
    return train is None or bool(train.value.any())


def _summed(loss: Series, ppl: Series) -> float:
    """How many tokens a loss is the sum of (a validation set in Joey NMT, a sentence in Marian), told by ln(ppl); 0: it is a mean."""
    if len(loss) < MIN_SUMS or len(loss) != len(ppl) or bool((loss.step != ppl.step).any()):
        return 0.0
    few = np.linspace(0, len(loss) - 1, min(len(loss), ENOUGH)).astype(np.intp)
    with np.errstate(all="ignore"):
        ratio = loss.value[few] / np.log(ppl.value[few])
    ratio = ratio[np.isfinite(ratio)]
    middle = median(ratio) if len(ratio) >= MIN_SUMS else 0.0
    return middle if middle >= MIN_TOKENS and float(np.ptp(ratio)) <= SAME_TOKENS * middle else 0.0


def _scaled(series: Series, factor: float) -> Series:
    return replace(series, value=series.value * factor)


def _bare_splits(series: Mapping[str, Series]) -> dict[str, str]:
    """Series named by nothing but their split (``train 2.31, valid 2.40``), or by nothing at all, as a measure of that split.

    The loss, where they fall and no other is logged; a score, where they rise within 0 and 1, or 0 and 100.
    """
    bare = {name: split for name in series if (split := _SPLITS.get(name.lower()))}
    if not bare:
        return {}
    judged = next((series[name] for name, split in bare.items() if split == "train"), series[next(iter(bare))]).finite()
    tenth = max(1, len(judged) // 10)
    if len(judged) < MIN_SUMS:
        return {}
    change = float(np.mean(judged.value[-tenth:]) - np.mean(judged.value[:tenth]))
    values = np.concatenate([series[name].finite().value for name in bare])
    if change > 0:
        meant_as = "score" if float(values.min()) >= 0 and float(values.max()) <= MOST_PERCENT else None
    else:
        others = [name for name in series if base_of(name) in LOSSES and split_of(name) != "test"]
        beside = others == ["loss"] and set(bare.values()) == {"val"} and _is_like(judged, series["loss"])  # loss=2.31 val=2.40
        meant_as = "loss" if beside or not others else None
    found = {name: f"{'' if split == 'train' else split + '_'}{meant_as}" for name, split in bare.items()}
    return found if meant_as and not set(found.values()) & set(series) else {}


def _is_like(one: Series, loss: Series) -> bool:
    """Whether values are so near to a loss that they may be one: those of the whole run, and those at its ends."""
    ratios = [
        median(mine) / max(median(other), float(np.finfo(float).tiny))
        for part in (slice(None, ENDS), slice(-ENDS, None), slice(None))
        if len(mine := one.finite().value[part]) and len(other := loss.finite().value[part])
    ]
    return bool(ratios) and all(1 / COMPARABLE <= ratio <= COMPARABLE for ratio in ratios)


def _totals(series: Mapping[str, Series]) -> dict[str, tuple[Series, list[str]]]:
    """The sums of ``loss/part`` and ``val_loss/part``, where both splits have the same parts and neither has a total."""
    parts = {
        split: {name.split("/", 1)[1]: one for name, one in series.items() if name.startswith(f"{split}loss/")} for split in ("", "val_")
    }
    if "loss" in series or "val_loss" in series or len(parts[""]) < MIN_PARTS or set(parts[""]) != set(parts["val_"]):
        return {}
    totals = {}
    for split, mine in parts.items():
        ones = list(mine.values())
        if any(len(one) != len(ones[0]) or bool((one.step != ones[0].step).any()) for one in ones):
            return {}
        total = replace(ones[0], name=f"{split}loss", value=np.sum([one.value for one in ones], axis=0))
        totals[total.name] = (total, [one.name for one in ones])
    return totals
