"""Which key of a log gets which canonical name, when several keys mean the same.

``train_loss_step`` and ``train_loss_epoch`` are both the training loss. One series may not mix them, so one key wins and
the others keep their own names. Keys that follow one another in the file (another run, another program) may share a name.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trainlog._pattern import compiled
from trainlog.run import Ints
from trainlog.vocab import BASES, SPLITS, Name, base_of, canonical, metric, normal, split_of

_LETTERS = {"t": "train", "v": "val"}
_ABBREVIATED = r"([tv])_?([a-z0-9].*)"
MIN_TEST_POINTS = 3  # from here on a test metric was followed while training: it served as the validation set


@dataclass(slots=True, eq=False, repr=False)
class Span:
    """Where a key stands in the log: how many records, and the first and last line."""

    count: int
    first: int
    last: int

    def add(self, line: Ints) -> None:
        """Take in the records of one frame."""
        self.count += len(line)
        self.first, self.last = min(self.first, int(line.min())), max(self.last, int(line.max()))


def settle(spans: Mapping[str, Span], names: Mapping[str, Name]) -> dict[str, Name]:
    """Give each key its final name; ``names`` says what it means on its own. Keys stand in the order they were first seen."""
    names = {**names, **_paired(spans)}
    wanted: dict[str, list[str]] = {}
    for key in spans:
        wanted.setdefault(names[key].canonical, []).append(key)
    final = {}
    for name, keys in wanted.items():
        kept: list[str] = []
        most = max(spans[key].count for key in keys)
        for key in sorted(keys, key=lambda k: _rank(k, name, spans[k], names[k], most)):
            if all(_apart(spans[key], spans[k]) or _is_same(key, k) for k in kept):
                kept.append(key)
            final[key] = names[key] if key in kept else _own(key, wanted)
    return _test_as_validation(_without_set(final), spans)


def _paired(keys: Iterable[str]) -> dict[str, Name]:
    """What ``t_loss`` and ``v_loss`` mean beside each other; alone, they may be the losses of a teacher and of a value function."""
    found = {key: match for key in keys if (match := compiled(_ABBREVIATED).fullmatch(normal(key)))}
    names = {key: canonical(f"{_LETTERS[match[1]]}_{match[2]}") for key, match in found.items()}
    known = {key: name for key, name in names.items() if base_of(name.canonical) in BASES}
    both = {(match[1], match[2]) for key, match in found.items() if key in known}
    return known if any(("t", rest) in both and ("v", rest) in both for _, rest in both) else {}


def _without_set(final: dict[str, Name]) -> dict[str, Name]:
    """``loss/main`` is the loss, where the training data has no other, and ``val_loss/main`` then that of validation."""
    stems: dict[str, list[str]] = {}
    for key, name in final.items():
        stems.setdefault(name.canonical.split("/", 1)[0], []).append(key)
    alone = {keys[0]: stem for stem, keys in stems.items() if base_of(stem) in BASES and len(keys) == 1}
    mine = {final[key].canonical.split("/", 1)[-1] for key, stem in alone.items() if split_of(stem) == "train"}
    kept = {key: stem for key, stem in alone.items() if split_of(stem) == "train" or final[key].canonical.split("/", 1)[-1] in mine}
    return {key: Name(kept[key], name.factor) if key in kept else name for key, name in final.items()}


def _apart(one: Span, other: Span) -> bool:
    return one.last < other.first or other.last < one.first


def _is_same(key: str, other: str) -> bool:
    """Whether two keys are one, spelt with another word for the split: ``Validation loss`` in a line, ``loss`` under ``Valid``."""
    words, others = normal(key).split("_"), normal(other).split("_")
    return words[1:] == others[1:] and SPLITS.get(words[0], words[0]) == SPLITS.get(others[0], others[0])


def _own(key: str, taken: Mapping[str, Sequence[str]]) -> Name:
    """The name of a key that lost: its own, unless that is the name it lost."""
    return Name(key if key not in taken else f"{key} (2)")


def _rank(key: str, name: str, span: Span, meaning: Name, most: int) -> tuple[bool, bool, bool, int, bool]:
    """Order of preference: the user's choice, for validation the mean over an epoch, most points, the canonical spelling."""
    by_user = meaning != canonical(key)
    batch = split_of(name) != "train" and key.lower().endswith("_step")
    mean = split_of(name) != "train" and span.count < most and not {"avg", "average", "mean"}.isdisjoint(re.split(r"[_\W]+", key.lower()))
    return not by_user, batch, not mean, -span.count, normal(key) != name


def _test_as_validation(final: dict[str, Name], spans: Mapping[str, Span]) -> dict[str, Name]:
    """Programs without a validation set follow the test set while they train (DETR, MAE, torchvision: ``test_loss``)."""
    followed = {key: name for key, name in final.items() if split_of(name.canonical) == "test" and spans[key].count >= MIN_TEST_POINTS}
    if any(split_of(name.canonical) == "val" and metric(name.canonical).better for name in final.values()):
        return final
    renamed = {key: Name("val_" + name.canonical.split("_", 1)[1], name.factor) for key, name in followed.items()}
    return {**final, **renamed}
