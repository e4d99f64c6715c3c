"""One line of console text -> what its numbers mean: a number is named by the words to its left.

Everything here runs once per layout, not once per line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from trainlog.readers._collect import Collector
from trainlog.readers._console import words as _words
from trainlog.readers._console.cursor import RATES, UNITS, Cursor, Left, in_unit
from trainlog.readers._console.tokens import Token, expression, tokens
from trainlog.readers._console.words import BARE_RANK, FRACTION_RANK
from trainlog.vocab import metric

_SPACE_OF_LINE = 8192  # characters; longer lines are data, not metrics
BEST = "best"  # in place of a split: the heading of a line that is no point
MAX_LOOSE_WORDS = {True: 12, False: 4}  # words beside the names; more is prose. By whether the line names a step or an epoch


class Field(NamedTuple):
    """One number worth reading: its token, its key, the factor to its unit, and whether its split is said elsewhere."""

    token: int
    key: str
    factor: float
    known: bool
    quality: bool
    split: str | None


@dataclass(slots=True)
class Layout:
    """What lines of one layout say. The groups of ``expression`` are the tokens ``slots``: axes and ``fields`` point at them.

    ``total``: the planned number of steps, when the line says it. ``split``: what a line without numbers announces.
    """

    expression: "re.Pattern[str]" = re.compile(r"(?!)")  # matches nothing
    step: int | None = None
    epoch: int | None = None
    stamp: int | None = None
    total: int | None = None
    rank: int = BARE_RANK
    fields: tuple[Field, ...] = ()
    split: str | None = None
    problem: str | None = None
    slots: tuple[int, ...] = ()

    @property
    def placed(self) -> bool:
        """Whether lines of this layout carry a step or an epoch of their own."""
        return self.step is not None or self.epoch is not None


def layout(text: str, out: Collector) -> Layout | None:
    """Learn what a line means; None when it says nothing about a training run."""
    if len(text) > _SPACE_OF_LINE:
        return None
    parts = tokens(text)
    found = _Reading(parts, out).read()
    if found is not None:
        values = {entry.token for entry in found.fields}
        found.slots = tuple(sorted(values | {i for i in (found.stamp, found.step, found.epoch) if i is not None}))
        found.expression = expression(parts, found.slots, values)
    return found


class _Reading:
    """The walk over the tokens of one line."""

    def __init__(self, parts: Sequence[Token], out: Collector) -> None:
        self._parts = parts
        self._cursor = Cursor(parts)
        self._out = out
        self._found = Layout()
        self._used: set[int] = set()
        self._fields: dict[str, Field] = {}
        self._explicit = False
        self._splits: list[int] = []
        self._names: set[int] = set()  # words that are the whole name of a number, as val in "val=0.55 loss=1.45"

    def read(self) -> Layout | None:
        """Name every number; judge whether the line is one of a log."""
        parts, found = self._parts, self._found
        index = 0
        while index < len(parts):
            kind = parts[index].kind
            if kind == "word" and _words.split_in([parts[index].text]):
                self._splits.append(index)
            elif kind == "stamp" and found.stamp is None:
                found.stamp = index
            elif kind == "num":
                index = self._number(index)
            index += 1
        self._bare_axis()
        if found.problem is None:
            found.problem = self._unread()
        return self._judged()

    def _judged(self) -> Layout | None:
        found = self._found
        words = [index for index, part in enumerate(self._parts) if part.kind == "word"]
        if any(self._parts[index].text in ("train_runtime", "TrainOutput") for index in words):
            return None  # the summary that transformers prints at the end of a run
        if self._announces_best(words):
            found.split = BEST
            return found
        if not found.placed and words and _words.is_summary(self._parts[words[0]].text):
            return None  # "Final test accuracy: 0.98, loss: 0.31"
        loose = sum(index not in self._used and index not in self._cursor.units for index in words)
        if loose > MAX_LOOSE_WORDS[found.placed] + 2 * len(self._fields):
            return None
        quality = any(entry.quality for entry in self._fields.values())
        if found.epoch is None and found.rank >= FRACTION_RANK and not quality and found.problem is None:
            found.step = None  # "Receiving objects: 12/100" places nothing
            self._fields = {}
        if not self._fields:
            found.split = _words.split_in([self._parts[i].text for i in words]) if len(words) <= 6 else None
            return found if found.placed or found.split or found.problem else None
        known = sum(entry.known for entry in self._fields.values())
        if not found.placed and not quality and (known * 2 < len(self._fields) or not self._explicit):
            return None  # settings, not measurements
        splits = {entry.split for entry in self._fields.values() if entry.quality}
        if found.rank >= FRACTION_RANK and splits and None not in splits and "train" not in splits:
            found.step, found.rank = None, BARE_RANK  # counts the batches of the validation set
        found.fields = tuple(entry for entry in self._fields.values() if entry.known or quality or found.placed)
        return found

    def _announces_best(self, words: Sequence[int]) -> bool:
        """``Early stopping, best iteration is:``: the next line repeats one of before."""
        parts = self._parts
        if not words or len(words) > 6 or parts[-1].text != ":" or any(part.kind == "num" for part in parts):
            return False
        return bool({"best", "final"} & {parts[index].text.lower() for index in words})

    # --- numbers ---------------------------------------------------------------------------------------------------

    def _number(self, index: int) -> int:
        """Read the number at ``index``; gives the index of the last token that belongs to it."""
        parts = self._parts
        if self._cursor.text(index - 1) and (self._cursor.kind(index - 1) == "word" and self._cursor.text(index)[0] not in "+-"):
            axis = _words.axis_of([parts[index - 1].text], self._out)
            if axis is None:
                return index
        last, total = self._cursor.fraction(index)
        if self._cursor.text(last + 1) in (".", ":") and self._cursor.kind(last + 2) in ("num", "clock"):
            return last + 2  # a version, an address
        left = self._cursor.left(index)
        unit, after = self._cursor.unit(last)
        if self._cursor.kind(last + 1) == "word" and _words.axis_of([self._cursor.text(last + 1)], self._out) == ("epoch", 0):
            self._place(("epoch", 0), index, None, (last + 1,))  # "12epoch results"
            return last
        if left.words:
            axis = _words.axis_of(left.words, self._out)
            if axis and self._place(axis, index, total, left.at):
                return last
            if not axis and total is None and not self._cursor.goes_on(after):
                self._measure(index, left, unit)
            elif not axis and total:
                self._share(index, left, total)
            return last
        if total is not None and total >= float(parts[index].text.replace(",", "")) >= 0:
            self._place(("step", FRACTION_RANK), index, total, ())
        elif unit in RATES or unit == "ms":
            self._rate(index, unit, after)
        return last

    def _place(self, axis: "tuple[_words.AxisKind, int]", index: int, total: float | None, names: Sequence[int]) -> bool:
        found = self._found
        kind, rank = axis
        text = self._parts[index].text
        if text.lower().lstrip("+-")[:3] in ("nan", "inf") or text.startswith("-"):
            return False
        if kind == "epoch":
            if found.epoch is None:
                found.epoch = index
                self._used.update(names)
            return True
        if "." in text.rstrip("."):
            return False
        self._used.update(names)
        if found.step is None or rank < found.rank:
            found.step, found.rank = index, rank
            found.total = int(total) if total is not None and total < 2**53 else None
        return True

    def _measure(self, index: int, left: Left, unit: str) -> None:
        words = left.words
        if left.unit and self._out.name(with_unit := f"{' '.join(words)} {left.unit}").canonical != with_unit:
            words = [with_unit]
        if unit == "ms" and words[-1].lower() in ("time", "took", "dt"):
            words = ["step_time_ms"]
        meaning = _words.named(words, self._out, explicit=left.explicit)
        if meaning is None:
            if len(left.words) <= 3:
                self._used.update(left.at)
            return
        if unit == "?":
            if meaning.quality and left.explicit:
                self._found.problem = f"the value of {' '.join(left.words)} cannot be read"
            return
        self._used.update(left.at)
        if not meaning.known and unit in RATES:
            self._rate(index, unit, index)
            return
        key, factor = in_unit(meaning.key, "" if words is not left.words else left.unit or unit, self._out)
        split = meaning.split
        if meaning.quality and split is None:
            around = self._around(left.at[0])
            if around not in (None, "train"):
                key, split = f"{around}/{key}", around
        self._explicit = self._explicit or left.explicit
        if len(left.at) == 1:
            self._names.update(left.at)
        if key not in self._fields:
            self._fields[key] = Field(index, key, factor, meaning.known, meaning.quality, split)

    def _share(self, index: int, left: Left, total: float) -> None:
        """``Accuracy: 9800/10000``: so many of so many."""
        meaning = _words.named(left.words, self._out, explicit=left.explicit)
        if meaning is not None and meaning.known and metric(self._out.name(meaning.key).canonical).unit == "fraction":
            before = len(self._fields)
            self._measure(index, left, "")
            if len(self._fields) > before:
                key, entry = self._fields.popitem()
                self._fields[key] = entry._replace(factor=1.0 / total)

    def _rate(self, index: int, unit: str, after: int) -> None:
        factor = 1.0
        if self._cursor.kind(index + 1) == "word" and self._cursor.text(index + 1) in UNITS:
            factor = UNITS[self._cursor.text(index + 1)][1]
        key = {"ms/iter": "ms_per_iter", "ms/step": "ms_per_step", "s/step": "sec_per_step", "ms": "step_time_ms"}.get(unit, unit)
        if key not in self._fields:
            self._fields[key] = Field(index, key, factor, True, False, None)
        self._used.update(range(index, after))

    # --- what stands around a number -------------------------------------------------------------------------------

    def _around(self, index: int) -> str | None:
        """The split that the nearest split word to the left of a name tells."""
        while self._splits and self._splits[-1] in self._names:
            self._splits.pop()
        at = next((i for i in self._splits[:-3:-1] if i < index), None)
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

    def _bare_axis(self) -> None:
        """A line that starts with a number (``200 | loss 3.1``, ``[0] train-rmse:2.2``) or two (``[3, 2000] loss``)."""
        found = self._found
        if found.step is not None or not self._fields:
            return
        first = [i for i, part in enumerate(self._parts[:12]) if part.kind not in ("space", "stamp")]
        texts = [self._cursor.text(i) for i in first[:6]]
        kinds = [self._cursor.kind(i) for i in first[:6]]
        if texts[:1] == ["["] and kinds[1:2] == ["num"]:
            if texts[2:3] == [","] and kinds[3:4] == ["num"] and texts[4:5] == ["]"] and found.epoch is None:
                self._place(("epoch", 0), first[1], None, ())
                self._place(("step", BARE_RANK), first[3], None, ())
            elif texts[2:3] == ["]"]:
                self._place(("step", BARE_RANK), first[1], None, ())
        elif texts[:1] == ["#"] and kinds[1:2] == ["num"]:
            self._place(("step", BARE_RANK), first[1], None, ())
        elif kinds[:1] == ["num"] and texts[0].isdigit() and texts[1:2] and texts[1] in (":", "|", ")", "-") and found.epoch is None:
            self._place(("step", BARE_RANK), first[0], None, ())

    def _unread(self) -> str | None:
        """A loss with ``:`` or ``=`` and no number after it, on a line with a step: what was lost."""
        if not self._found.placed:
            return None
        for index, part in enumerate(self._parts):
            if part.kind != "word" or part.text.lower() not in ("loss", "train_loss", "val_loss", "ppl"):
                continue
            at = self._cursor.skip_right(index + 1)
            if self._cursor.text(at) in (":", "=") and index not in self._used:
                after = self._cursor.skip_right(at + 1)
                if after >= len(self._parts):
                    return f"the line ends before the value of {part.text}"
                if self._cursor.text(after) in "?#*!\ufffd":
                    return f"the value of {part.text} cannot be read"
        return None
