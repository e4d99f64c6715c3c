"""The values of one console line: what names them, their unit, their split."""

from typing import NamedTuple

from trainlog.readers._collect import Collector
from trainlog.readers._console import words as _words
from trainlog.readers._console.cursor import RATES, UNITS, Cursor, Left, in_unit
from trainlog.vocab import SPLITS, base_of, metric


class Field(NamedTuple):
    """One number worth reading: its token, its key, the factor to its unit, and whether its split is said elsewhere."""

    token: int
    key: str
    factor: float
    known: bool
    quality: bool
    split: str | None


class Fields:
    """Collects the values of a line as its numbers are met. Tokens are named by their index; ``used``: those that name something."""

    def __init__(self, cursor: Cursor, out: Collector, used: set[int]) -> None:
        self._cursor = cursor
        self._out = out
        self._used = used
        self.found: dict[str, Field] = {}
        self.explicit = False  # whether ``:`` or ``=`` stands before some value
        self.first_name = 0
        self.problem: str | None = None
        self.splits: list[int] = []
        self._names: set[int] = set()  # words that are the whole name of a number, as val in "val=0.55 loss=1.45"

    def measure(self, index: int, left: Left, unit: str) -> None:
        if not left.explicit and 1 < len(left.words) <= 3 and left.words[-1].lower() == "loss":
            left = left._replace(explicit=self._cursor.is_cell(left.at[0], self._cursor.unit(index)[1]))  # "| CL loss 2.31 |"
        words = left.words
        bare = self._is_bare(index, left)
        shared = self._shared(words) if left.explicit or bare else None
        if shared is not None:
            words = [*words, shared]
        if left.unit and self._out.name(with_unit := f"{' '.join(words)} {left.unit}").canonical != with_unit:
            words = [with_unit]
        if unit == "ms" and words[-1].lower() in ("time", "took", "dt"):
            words = ["step_time_ms"]
        bare = bare and words is left.words
        if bare and words is left.words and words[-1].lower() == "total":
            meaning: _words.Named | None = _words.Named("total", False, True, None) if unit == "" else None
        else:
            meaning = _words.named(words, self._out, explicit=left.explicit or bare)
        if meaning is not None and bare:
            meaning = meaning._replace(quality=True)
        if meaning is None:
            if len(left.words) <= 3:
                self._used.update(left.at)
            return
        if unit == "?":
            if meaning.quality and left.explicit:
                self.problem = f"the value of {' '.join(left.words)} cannot be read"
            return
        self._used.update(left.at)
        if not meaning.known and unit in RATES:
            self.rate(index, unit, index)
            return
        key, factor = in_unit(meaning.key, "" if bare or words is not left.words else left.unit or unit, self._out)
        split = meaning.split
        if split is None and meaning.quality and (behind := self._behind(index)) is not None:
            key, split = f"{behind}/{key}", behind
        if split is None and (meaning.quality or not meaning.known):
            around = self._around(left.at[0])
            if around not in (None, "train") and (meaning.quality or all(entry.split == around for entry in self.found.values())):
                key, split = f"{around}/{key}", around
        if split is None and meaning.quality and (mine := self._goes_on(key)) is not None:
            key, split = f"{mine}/{key}", mine
        self.explicit = self.explicit or left.explicit or bare
        if len(left.at) == 1:
            self._names.update(left.at)
        if not self.found:
            self.first_name = left.at[0]
        if key not in self.found:
            self.found[key] = Field(index, key, factor, meaning.known, meaning.quality, split)

    def _is_bare(self, index: int, left: Left) -> bool:
        """``train 2.31, val 2.40``, ``total = 2.31``: a number with decimals that only a split names, or that sums something up.

        A whole one may be how many there are.
        """
        name = " ".join(left.words).lower()
        is_name = name in SPLITS or (left.explicit and name in _words.SUMS)
        return is_name and not self._cursor.text(index).lstrip("+-").isdigit()

    def _behind(self, index: int) -> str | None:
        """``Loss: 2.31(train)``: the split in brackets after a value."""
        at = self._cursor.skip_right(index + 1)
        is_split = self._cursor.text(at) == "(" and self._cursor.kind(at + 1) == "word" and self._cursor.text(at + 2) == ")"
        return _words.split_in([self._cursor.text(at + 1)]) if is_split else None

    def _goes_on(self, key: str) -> str | None:
        """``tr_loss: 2.1, tr_acc: 0.5, te_loss: 2.3, acc: 0.4``: the split of the value before, where training has this measure."""
        base = base_of(self._out.name(key).canonical)
        before = {base_of(self._out.name(other).canonical): entry.split for other, entry in self.found.items()}
        last = next((entry.split for entry in reversed(self.found.values())), None)
        return last if last not in (None, "train") and before.get(base, last) != last else None

    def _shared(self, words: list[str]) -> str | None:
        """``loss train: 2.3, val: 2.4``: the measure that the split before was of, where this is nothing but another split."""
        last = next(reversed(self.found.values()), None)
        if last is None or len(words) != 1 or not (last.known and last.quality) or last.split is None:
            return None
        split = _words.split_in(words)
        return base_of(self._out.name(last.key).canonical) if split not in (None, last.split) else None

    def pair(self, index: int, left: Left) -> int | None:
        """``loss (train/val): 2.3/2.4``: a value for each split; gives the index of the second."""
        splits = left.unit.split("/")
        if len(splits) != 2 or not all(_words.split_in([split]) for split in splits):
            return None
        if self._cursor.text(index + 1) != "/" or self._cursor.kind(index + 2) != "num":
            return None
        for split, at in zip(splits, (index, index + 2), strict=True):
            self.measure(at, left._replace(words=[split, *left.words], unit=""), "")
        return index + 2

    def share(self, index: int, left: Left, total: float) -> None:
        """``Accuracy: 9800/10000``: so many of so many."""
        meaning = _words.named(left.words, self._out, explicit=left.explicit) if total else None
        if meaning is not None and meaning.known and metric(self._out.name(meaning.key).canonical).unit == "fraction":
            before = len(self.found)
            self.measure(index, left, "")
            if len(self.found) > before:
                key, entry = self.found.popitem()
                self.found[key] = entry._replace(factor=1.0 / total)

    def restates(self, index: int) -> bool:
        """``Acc: 30.1% (15050/50000)``: whether the fraction at ``index`` only says again the share before it."""
        cursor = self._cursor
        bracket = cursor.skip(index - 1)
        sign = cursor.skip(bracket - 1)
        last = next(reversed(self.found.values()), None)
        return (
            cursor.text(bracket) == "("
            and cursor.text(sign) == "%"
            and last is not None
            and last.known
            and last.token == cursor.skip(sign - 1)
        )

    def rate(self, index: int, unit: str, after: int) -> None:
        factor = 1.0
        if self._cursor.kind(index + 1) == "word" and self._cursor.text(index + 1) in UNITS:
            factor = UNITS[self._cursor.text(index + 1)][1]
        key = {"ms/iter": "ms_per_iter", "ms/step": "ms_per_step", "s/step": "sec_per_step", "ms": "step_time_ms"}.get(unit, unit)
        if key not in self.found:
            self.found[key] = Field(index, key, factor, True, False, None)
        self._used.update(range(index, after))

    def _around(self, index: int) -> str | None:
        """The split that the nearest split word to the left of a name tells."""
        while self.splits and self.splits[-1] in self._names:
            self.splits.pop()
        at = next((i for i in self.splits[:-3:-1] if i < index), None)
        if at is None:
            return None
        self._used.add(at)
        return (_words.split_in([self._cursor.text(at)]) or "train") + self._subset(at, index)

    def _subset(self, at: int, until: int) -> str:
        """``Validation X2Y - loss=…``: the name of one evaluation set among several, as ``/x2y``."""
        word = self._cursor.text(at + 2)
        apart = self._cursor.text(at + 1) == " " and self._cursor.kind(at + 2) == "word" and at + 2 < until
        if apart and any(c.isdigit() for c in word) and self._cursor.text(self._cursor.skip_right(at + 3)) in ("-", ":", "|"):
            self._used.add(at + 2)
            return f"/{word}"
        return ""

    def mean(self, entry: Field) -> Field:
        """``Loss 6.25 (6.40)``: of the batches of an evaluation, the mean so far."""
        at = self._cursor.skip_right(entry.token + 1)
        inner = self._cursor.skip_right(at + 1)
        bracketed = self._cursor.text(at) == "(" and self._cursor.kind(inner) == "num"
        return entry._replace(token=inner) if bracketed and self._cursor.text(self._cursor.skip_right(inner + 1)) == ")" else entry
