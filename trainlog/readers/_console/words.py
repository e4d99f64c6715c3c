"""Which words of a console line place it (step, epoch), which tell its split, and which say that a number is no point of a curve."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from trainlog.readers._collect import Collector
from trainlog.readers._console.tokens import Token
from trainlog.vocab import EPOCH_KEYS, LINKS, METRICS, SPLITS, STEP_KEYS, base_of, normal, split_of

AxisKind = Literal["step", "epoch"]

_STEPS = {word: rank for rank, word in enumerate(STEP_KEYS)}
# Words of loops that vocab does not carry as keys; ranked after the keys: these count batches, or are short for something.
_STEPS.update({word: len(STEP_KEYS) + rank for rank, word in enumerate(("up", "round", "mini_batch", "minibatch", "batches", "steps"))})
_STEPS.update(dict.fromkeys(("global_step", "trainer_global_step", "train_global_step"), -1))  # beside a step within the epoch
_BATCHES = frozenset(("batch", "batches", "batch_idx", "minibatch", "mini_batch"))
_STEPS.update({"global_step_max_steps": -1, "episode": len(_STEPS), "tick": len(STEP_KEYS)})
_PLANS = frozenset(("steps", "iters", "updates", "batches"))  # an axis on their own; after other words, a setting
_EPOCHS = {*EPOCH_KEYS, "epoch_num", "current_epoch"} - {"epochs"}
FRACTION_RANK = 2 * len(STEP_KEYS)  # ``12/100`` without a name
BARE_RANK = FRACTION_RANK + 1  # ``200 | loss 3.1``

_SPLITS = {**SPLITS, **dict.fromkeys(("evaluating", "validating", "evaluate", "validate"), "val"), "testing": "test"}

#: A number with one of these before its name is a summary, a plan or a record, not a point of the curve.
SUMMARIES = frozenset(
    (
        "best",
        "min",
        "max",
        "minimum",
        "maximum",
        "lowest",
        "highest",
        "prev",
        "previous",
        "last",
        "final",
        "initial",
        "target",
        "total",
        "sum",
        "cumulative",
        "expected",
        "threshold",
        "improvement",
        "improved",
        "delta",
        "gap",
        "diff",
        "std",
        "stddev",
        "patience",
        "warmup",
        "num",
        "number",
        "n",
        "every",
        "per",
        "save",
        "log",
        "eta",
        "remaining",
        "interval",
        "freq",
        "frequency",
        "limit",
    )
)
_NEVER = frozenset(("best", "eta", "final", "every", "weight", "coef", "coeff", "lambda", "reduction", "type", "fn", "function", "runtime"))
# The sum of a loss's parts is a loss, that of the rewards of an episode its reward.
_KEPT_SUMMARIES = frozenset(("total_loss", "loss_total", "total_reward", "cumulative_reward"))
SUMS = frozenset(("total", "mean total", "avg total"))  # a loss, where none has a name
_FILLERS = frozenset(("set", "metrics", "metric", "the", "current", "overall", "on", "result", "results", "stats", "is", "info", "value"))
# Words beside a name that say nothing about it.
_JUNK = frozenset(
    (
        "info",
        "debug",
        "warning",
        "root",
        "main",
        "epoch",
        "step",
        "iter",
        "iteration",
        "end",
        "done",
        "after",
        "at",
        "in",
        "and",
        "with",
        "running",
        "finished",
        "global",
        "minibatch",
        "reports",
        "reached",
        "got",
        "has",
        "its",
        "now",
        "of",
        "for",
        "=>",
        "progress",
    )
)
_DROPPED = frozenset(
    (
        "eta",
        "pid",
        "rank",
        "local_rank",
        "world_size",
        "port",
        "seed",
        "gpu",
        "device",
        "node",
        "worker",
        "line",
        "version",
        "size",
        "worst",
        "batch_size",
        "instances",
        "images",
        "cuda",
        "time",
        "timestamp",
        "date",
        "total",
        "id",
        "job",
        "run",
        "v_num",
        "info",
        "debug",
        "warning",
    )
)
_LOOP = re.compile(r"_(?:epoch|iter|step|set|loop|phase)$")  # "_type": "val_epoch"
_RECORDS = frozenset(("best", "lowest", "highest"))
_LOSS_NAME = re.compile(r"(?:\w+?_)?(?:loss_\w+|\w*[A-Za-z]_?loss)", re.IGNORECASE)  # an identifier, not a word of a sentence
_TRACKERS = frozenset(("wandb", "swanlab", "neptune", "comet"))
# transformers prints these once, at the end of a run.
SUMMARY_KEYS = frozenset(("train_runtime", "TrainOutput"))
_FILE = re.compile(r"\.(?:py|cpp|cc|cu|c|h|go|java|jl)$")  # the place of a logging call, as in train.py:120
_BASES = frozenset(m.name for m in METRICS)
_QUALITY = frozenset(m.name for m in METRICS if m.better)
_IN_PATH = re.compile(r"/(?:epoch|step|iter)$", re.IGNORECASE)  # "ckpt/epoch=3-step=600.ckpt"


class Named(NamedTuple):
    """What the words before a number mean: a key for the Collector, whether it is known, and its own split if it names one."""

    key: str
    known: bool
    quality: bool
    split: str | None


def axis_of(words: Sequence[str], out: Collector) -> tuple[AxisKind, int] | None:
    """Whether these words name an axis, and how good an axis (lower is better)."""
    lowered = [word.lower().strip(".") for word in words]
    if counts_evaluation(lowered):
        return None
    for count in (2, 1):
        if len(lowered) < count:
            continue
        key = normal("_".join(lowered[-count:]))
        if any(word in SUMMARIES or word == "fps" for word in lowered[:-count]):
            return None
        if key in _PLANS and count < len(lowered):
            return None  # "gradient accumulation steps: 32"
        if key in _EPOCHS:
            return "epoch", 0
        if key in _STEPS:
            return "step", _STEPS[key]
        own = out.name(" ".join(words[-count:])).canonical
        if own in ("step", "epoch"):
            return ("step", 0) if own == "step" else ("epoch", 0)
    return None


def counts_evaluation(words: Sequence[str]) -> bool:
    """``eval batch 3/10``: a number that counts the batches of an evaluation, and places nothing."""
    return len(words) > 1 and words[-1].lower() in _BATCHES and _SPLITS.get(words[-2].lower(), "train") != "train"


def named(words: Sequence[str], out: Collector, *, explicit: bool) -> Named | None:
    """Give the meaning of the words before a number, None when it is none: a summary, or unknown words without ``:`` or ``=``."""
    words = [word.removesuffix("'s") for word in words if word not in LINKS] or list(words)
    standing = out.name(" ".join(words)).canonical
    if standing != " ".join(words) and "/" not in standing:
        kept = list(words)  # known as it stands, perhaps to the user alone
    else:
        kept = [word for word in _without_data(words) if word.lower() not in _FILLERS and word.lower() not in _JUNK] or list(words)
    lowered = [word.lower().strip(".") for word in kept]
    parts = {part for word in lowered for part in re.split(r"[/_.-]", word)}
    if parts & _NEVER or (any(w in SUMMARIES for w in lowered) and normal("_".join(lowered)) not in _KEPT_SUMMARIES):
        return None
    at = next((i for i, word in enumerate(lowered) if word in _SPLITS), None)
    if at is not None and len(kept) > 1:  # "X2Y validation loss" is the validation loss of X2Y
        split = kept[at] if lowered[at] in SPLITS else _SPLITS[lowered[at]]
        rest = [word for word, low in zip(kept, lowered, strict=True) if low not in _SPLITS]
        kept = rest if split_in(re.split(r"[/.]|_.*", rest[0] if rest else "")) else [split, *rest]  # "Train loss/train/total"
    key = " ".join(kept)
    canonical = out.name(key).canonical
    base = base_of(canonical)
    known = base in _BASES or (_is_loss(base) if explicit else len(kept) == 1 and _LOSS_NAME.fullmatch(kept[0]) is not None)
    if known:
        split = split_of(canonical)
        own = split if split != "train" or set(normal(key).split("_")) & _TRAIN else None
        return Named(key, True, base in _QUALITY or (base not in _BASES and _is_loss(base)), own)
    if explicit and any(base_of(out.name(" ".join(kept[start:])).canonical) in _QUALITY for start in range(1, len(kept))):
        return Named(key, True, True, split_in(kept))  # "cv_agg auc": the measure of something
    if not explicit or lowered[-1] == "pid" or _IN_PATH.search(key) or len(kept) > 4 or normal(key) in _DROPPED or _FILE.search(key):
        return None
    return Named(key, False, False, split_in(kept))


def _without_data(words: Sequence[str]) -> list[str]:
    """``Cost on training data``: the split alone."""
    return [word for before, word in zip(("", *words), words, strict=False) if word.lower() != "data" or before.lower() not in _SPLITS]


def says_nothing(words: Sequence[str]) -> bool:
    """Whether these words before a number do not name it: the level of a logger, the split of the line."""
    return all(word.lower() in _JUNK or word.lower() in _SPLITS for word in words)


def is_tracker(parts: Sequence[Token]) -> bool:
    """Whether a line was printed by an experiment tracker, of itself: ``wandb: train_loss 2.1`` repeats what was logged."""
    first = next((i for i, part in enumerate(parts) if part.kind == "word"), None)
    return first is not None and first + 1 < len(parts) and parts[first].text.lower() in _TRACKERS and parts[first + 1].text == ":"


def is_plural_epoch(word: str) -> bool:
    """``Epochs 0/3``: with a total, it is the epoch; without, a setting."""
    return word.lower() == "epochs"


def is_summary(word: str) -> bool:
    """Whether a line that starts with this word sums a run up, as in ``final_roundtrip val_loss:1.95 val_bpb:1.15``."""
    return bool({"final", "best"} & set(normal(word).split("_")))


def recalls(words: Sequence[str]) -> bool:
    """Whether a line speaks of what was best so far: ``Best val loss: 0.21 at epoch 7``."""
    return any(not _RECORDS.isdisjoint(re.split(r"[/_.-]", word.lower())) for word in words)


def resumes(words: Sequence[str]) -> bool:
    """Whether a line tells where a loop takes up again: of Ignite, an evaluation does at each epoch."""
    return any(word.lower() in ("resuming", "resumed") for word in words)


def split_in(words: Sequence[str]) -> str | None:
    """The split that the last split word among these names."""
    lowered = (_LOOP.sub("", word.lower().strip("._")) for word in reversed(words))
    return next((_SPLITS[word] for word in lowered if word in _SPLITS), None)


_TRAIN = frozenset(word for word, split in SPLITS.items() if split == "train")


def _is_loss(base: str) -> bool:
    return "loss" in base.lower()
