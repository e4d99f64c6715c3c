"""Canonical metric names: one table of units, directions and the names that frameworks give them.

A canonical name is a base metric (``loss``), prefixed with its split when that is not training (``val_loss``,
``test_loss``), and followed by the evaluation set when there are several (``val_loss/news``). GPU readings are
``gpu/INDEX/FIELD``. Names that are not in the table (``_metrics.py``) stay as logged.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from trainlog.vocab._keys import (
    EPOCH_KEYS,
    NAME_KEYS,
    SPLITS,
    STEP_KEYS,
    SUMMARY_KEYS,
    THROTTLE_BITS,
    TIME_KEYS,
    TOTALS,
    VALUE_KEYS,
    WRAPPERS,
)
from trainlog.vocab._languages import LINKS, in_english, name_in_english
from trainlog.vocab._metrics import METRICS, Metric

__all__ = [
    "BASES",
    "CAMEL",
    "EPOCH_KEYS",
    "LINKS",
    "METRICS",
    "NAME_KEYS",
    "SPLITS",
    "STEP_KEYS",
    "SUMMARY_KEYS",
    "THROTTLE_BITS",
    "TIME_KEYS",
    "UNNAMED",
    "VALUE_KEYS",
    "WRAPPERS",
    "Metric",
    "Name",
    "base_of",
    "canonical",
    "in_english",
    "metric",
    "name_in_english",
    "normal",
    "resolve",
    "split_of",
]

_BY_NAME = {metric.name: metric for metric in METRICS}
UNNAMED = "value"  # the only column of a table, or the only curve of a file, that nothing gives a name
#: The names of all base metrics.
BASES = frozenset(_BY_NAME)
_ALIASES: dict[str, tuple[str, float]] = {
    **{(a if isinstance(a, str) else a[0]): (m.name, 1.0 if isinstance(a, str) else a[1]) for m in METRICS for a in m.aliases},
    **{m.name: (m.name, 1.0) for m in METRICS},
}
_LOSSES = ("loss", "nll")
_OPTIMIZER = re.compile(r"^lr-[A-Za-z]+(?=/|$)")  # Lightning, Composer: lr-AdamW/group0
_LISTED = re.compile(r"_(?:history|hist|list|curve|values|(?:per|by)_(?:epoch|step|iter|iteration|batch))$")  # loss_history, loss_per_epoch
_MEAN = re.compile(r"(?:mean|avg|average)(?:_\d+)?")
_MEAN_OF = re.compile(
    r"(?:mean|avg|ave|average|averaged|running)_(?!precision|recall)|_(?:mean|avg|ave|average)$"
)  # average precision is another measure
_JOINED = re.compile(r"(train|training|val|valid|validation|test|dev|eval)(loss|acc|accuracy|ppl|perplexity)")
_NO_MEASURE = frozenset((
    "best", "min", "max", "std", "var", "num", "count", "final", "last", "prev", "previous", "initial", "target", "delta", "weight",
))  # fmt: skip
_NO_NAME = frozenset(("stats", "metrics", "results", "scalars"))  # words that tell no evaluation set from another
_NO_SET = _NO_MEASURE | {"loss", "nll"}
_SHORT = {"ts": "test", "ev": "val"}  # splits right before a measure; alone, ts is a time
_SETTINGS = frozenset(("config", "cfg", "hparams", "hyperparameters", "args", "params", "parameters"))
#: Where words written as one begin: ``TotalEnvSteps``.
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = re.compile(r"[\s/\\.:|()\[\]@-]+")


class Name(NamedTuple):
    """What a logged key means: the canonical name, and the factor that brings its values to the canonical unit."""

    canonical: str
    factor: float = 1.0


def normal(raw: str) -> str:
    """Fold case and separators, so that ``Validation Loss``, ``validation/loss`` and ``validation_loss`` are one key."""
    return _SEPARATORS.sub("_", raw.strip().lower().replace("%", "_percent")).replace("__", "_").strip("_")


@lru_cache(maxsize=4096)
def canonical(raw: str) -> Name:
    """Give the canonical name of a logged key; a key that is in no table keeps its own name (trimmed).

    Known are the aliases, also as plurals, under a wrapper (``metrics/loss``), as a mean (``loss/mean``), with a split at
    either end or in the middle (``loss/train/total``), as the last or first part of a path (``main/loss``: ``loss/main``), and
    written as one word with their split (``trainloss``).
    """
    said = name_in_english(raw)
    apart = _JOINED.sub(r"\1_\2", said.lower())
    return (_meaning(apart) if apart != said.lower() else _meaning(said)) or Name(raw.strip())


def _meaning(said: str) -> Name | None:
    forms = (said, CAMEL.sub("_", said))
    paths = [_parts(form) for form in forms]
    for key in (*map(normal, forms), *map("_".join, paths)):
        if (known := _known(key)) is not None:
            return Name(*known)
    words = ["_".join(parts).split("_") for parts in paths]
    # Old Keras writes epoch_val_loss to TensorBoard.
    words = [one[1:] if len(one) > 2 and one[0] == "epoch" and one[1] in SPLITS else one for one in words]
    found = (*map(_of_split, words), *map(_of_path, paths), _of_unknown(words[-1]))
    return next((name for name in found if name is not None), None)


def _parts(raw: str) -> list[str]:
    """The parts of a path as normal words, without the objects that records are wrapped in and a final ``mean``."""
    parts = [part for piece in re.split(r"[/.]", _OPTIMIZER.sub("lr", raw)) if (part := normal(piece))]
    parts = [part for part in parts[:-1] if part not in WRAPPERS] + parts[-1:]
    return parts[:-1] if len(parts) > 1 and _MEAN.fullmatch(parts[-1]) else parts


def _known(key: str) -> tuple[str, float] | None:
    """The canonical base and factor of an alias, also of its plural, a list and a mean of it; what is in percent is found out from
    its values.
    """
    forms = (key, key.removesuffix("s"), f"{key.removesuffix('ies')}y", key.removesuffix("_percent"))
    known = next((_ALIASES[form] for form in forms if form in _ALIASES), None)
    return known if known is not None or key == (item := _MEAN_OF.sub("", _LISTED.sub("", key), count=1)) else _known(item)


def _of_split(words: Sequence[str]) -> Name | None:
    """Name words that are known once their split is taken out: at the start, at the end, or in between."""
    for at in (0, len(words) - 1, *range(1, len(words) - 1)):
        split = SPLITS.get(words[at]) or (_SHORT.get(words[at]) if at == 0 and len(words) == 2 else None)
        found = _base_and_set([*words[:at], *words[at + 1 :]]) if split is not None else None
        if split is not None and found is not None:
            base, factor, subset = found
            return _named(split, base, subset, factor)
    return None


def _of_path(parts: Sequence[str]) -> Name | None:
    """Name a path whose last or first part is known: the rest says which of several."""
    split = next((SPLITS[part] for part in parts if part in SPLITS), "train")
    parts = [part for part in parts if part not in SPLITS]
    if len(parts) < (2 if split == "train" else 1) or parts[0] in _SETTINGS or parts[0] == "gpu":
        return None
    for at in (-1, 0):
        if at == 0 and parts[0] in ("score", "scores", "objective"):
            break  # spaCy: scores/SPEED; TRL: objective/kl
        known = Name(*found) if (found := _known(parts[at])) else _of_split(parts[at].split("_"))
        rest = "_".join(parts[:-1] if at else parts[1:])
        if known is not None and "/" not in known.canonical and not _NO_MEASURE & set(rest.split("_")):
            mine = split_of(known.canonical)
            return _named(split if mine == "train" else mine, base_of(known.canonical), rest, known.factor)
    return None


def _of_unknown(words: Sequence[str]) -> Name | None:
    """Name words of which only the split is known."""
    for at, rest in ((0, words[1:]), (-1, words[:-1])):
        split = SPLITS.get(words[at]) if rest else None
        if split is not None:
            return Name("_".join(words) if at == 0 and words[0] == split else f"{split}_{'_'.join(rest)}")
    return None


def _named(split: str, base: str, subset: str, factor: float) -> Name:
    subset = "_".join(word for word in subset.split("_") if word not in _NO_NAME and word != base)
    return Name(f"{'' if split == 'train' else split + '_'}{base}{'/' + subset if subset and subset not in TOTALS else ''}", factor)


def _base_and_set(words: Sequence[str]) -> tuple[str, float, str] | None:
    """Split ``news_loss`` into the base metric ``loss`` and the evaluation set ``news``; what is total or combined is no set."""
    if len(words) > 1 and words[-1] in TOTALS:
        words = words[:-1]
    for start in range(len(words)):
        known = _known("_".join(words[start:]))
        if known is not None and not _NO_SET & set(words[:start]):
            return known[0], known[1], "_".join(words[:start])
    return None


def resolve(raw: str, aliases: Mapping[str, Sequence[str]] | None = None) -> Name:
    """Give the canonical name of a key, a user's own ``aliases`` (canonical name -> keys, any case) first."""
    if aliases:
        key = normal(name_in_english(raw))
        for name, keys in aliases.items():
            if any(normal(name_in_english(k)) == key for k in keys):
                return Name(name)
    return canonical(raw)


def split_of(name: str) -> str:
    """Give the split a canonical name belongs to: ``train``, ``val`` or ``test``."""
    head, _, rest = name.partition("_")
    return head if rest and head in ("val", "test") else "train"


def base_of(name: str) -> str:
    """Strip split and evaluation set from a canonical name: ``val_loss/news`` -> ``loss``; ``gpu/0/power_w`` -> ``power_w``."""
    if name.startswith("gpu/"):
        return name.rsplit("/", 1)[-1]
    stem = name.split("/", 1)[0]
    return stem.split("_", 1)[1] if split_of(name) != "train" else stem


def metric(name: str) -> Metric:
    """Give unit and direction of a canonical name; names outside the table have no unit, and a loss-like name is better low
    (but not the best, the spread or the number of losses).
    """
    base = base_of(name)
    if base in _BY_NAME:
        return _BY_NAME[base]
    is_loss = any(word in base.lower() for word in _LOSSES) and not _NO_MEASURE & set(normal(name).split("_"))
    return Metric(base, "", "low" if is_loss else None)
