"""One line of console text -> what its numbers mean: a number is named by the words to its left.

Everything here runs once per layout, not once per line.
"""

from collections.abc import Sequence

from trainlog.readers._collect import Collector
from trainlog.readers._console import words as _words
from trainlog.readers._console.cursor import RATES, Cursor, Left
from trainlog.readers._console.fields import Field, Fields
from trainlog.readers._console.layout import BEST, Layout
from trainlog.readers._console.places import EPOCH, Places
from trainlog.readers._console.tokens import Token, expression, naming, spelt_out, tokens, without_digits
from trainlog.vocab import in_english

_SPACE_OF_LINE = 8192  # characters; longer lines are data, not metrics
MAX_NUMBERS = 400  # in a line; the expression for more takes long to build, and they are data as well
_SETS = frozenset(("set", "dataset", "data", "results", "metrics"))
MAX_LOOSE_WORDS = {True: 12, False: 4}  # words beside the names; more is prose. By whether the line names a step or an epoch


def layout(text: str, out: Collector) -> Layout | None:
    """Learn what a line means; None when it says nothing about a training run."""
    if len(text) > _SPACE_OF_LINE:
        return None
    parts = tokens(text)
    if sum(part.kind not in ("word", "space", "other") for part in parts) > MAX_NUMBERS:
        return None
    found = _Reading(parts, out).read()
    if found is not None:
        values = {entry.token for entry in found.fields}
        axes = {i for i in (found.stamp, found.step, found.epoch, found.total) if i is not None}
        found.slots = tuple(sorted(values | axes))
        fixed = naming(parts, values)
        found.numbered = frozenset(short for i in fixed if (short := without_digits(parts[i].text)) != parts[i].text or "0" in short)
        found.expression = expression(parts, found.slots, fixed)
    return found


class _Reading:
    """The walk over the tokens of one line."""

    def __init__(self, parts: Sequence[Token], out: Collector) -> None:
        words = in_english(spelt_out([part.text for part in parts]))
        self._parts = parts = [part._replace(text=text) for part, text in zip(parts, words, strict=True)]
        self._cursor = Cursor(parts)
        self._out = out
        self._found = Layout()
        self._places = Places(self._cursor)
        self._used: set[int] = set()
        self._fields = Fields(self._cursor, out, self._used)

    def read(self) -> Layout | None:
        """Name every number; judge whether the line is one of a log."""
        parts, found = self._parts, self._found
        words = [index for index, part in enumerate(parts) if part.kind == "word"]
        if any(parts[index].text in _words.SUMMARY_KEYS for index in words) or _words.is_tracker(parts):
            return None
        index = 0
        while index < len(parts):
            kind = parts[index].kind
            if kind == "word" and _words.split_in([parts[index].text]):
                self._fields.splits.append(index)
            elif kind == "stamp" and found.stamp is None:
                found.stamp = index
            elif kind == "num":
                index = self._number(index)
            index += 1
        if self._fields.found:
            start = [i for i, part in enumerate(parts[:12]) if part.kind not in ("space", "stamp")]
            self._places.put_bare(self._fields.first_name, start)
        found.problem = self._fields.problem or self._unread()
        return self._judged(words)

    def _judged(self, words: Sequence[int]) -> Layout | None:
        found, places = self._found, self._places
        if self._announces_best(words):
            found.split = BEST
            return found
        if not places.found and words and _words.is_summary(self._parts[words[0]].text):
            return None  # "Final test accuracy: 0.98, loss: 0.31"
        if not places.found and any(i < self._fields.first_name and _words.recalls([self._parts[i].text]) for i in words):
            return None  # "New best model! Val loss: 0.21" repeats what was measured
        if not places.found and {"saved", "saving", "save"} & {self._parts[i].text.lower() for i in words}:
            return None  # repeats what was measured
        loose = sum(index not in self._used and index not in self._cursor.units for index in words)
        if loose > MAX_LOOSE_WORDS[places.found] + 2 * len(self._fields.found):
            return None
        fields = list(self._fields.found.values())
        quality = any(entry.quality for entry in fields)
        if not quality and places.epoch is None and any(_words.is_plural_epoch(entry.key) for entry in fields):
            return None  # "Epochs=150 | Batch=256": a plan
        if places.nameless and places.epoch is None and not quality and found.problem is None:
            if self._is_bar(words):
                found.bar = True
                self._settle([])
                return found
            places.forget_step()  # "Receiving objects: 12/100" places nothing
            fields = []
        if not fields and _words.resumes([self._parts[i].text for i in words]):
            return None  # "resuming from iteration 0, epoch 1 until 2 epochs": where it stood
        if not fields and _words.recalls([self._parts[i].text for i in words]) and any(part.kind == "num" for part in self._parts):
            return None  # "Best val loss: 0.21 at epoch 7" neither places nor heads what follows
        if not fields:
            found.split = _words.split_in([self._parts[i].text for i in words]) if len(words) <= 6 else None
            self._settle(fields)
            return found if found.placed or found.split or found.problem else None
        known = sum(entry.known for entry in fields)
        if not places.found and not quality and (known * 2 < len(fields) or not self._fields.explicit):
            return None  # settings, not measurements
        splits = {entry.split for entry in fields if entry.quality}
        if splits and None not in splits and "train" not in splits:
            means = [self._fields.mean(entry) for entry in fields]
            if places.total is not None and places.nameless:
                places.forget_step()  # counts the batches of the validation set
                found.counted = True
                fields, found.split = means, max(filter(None, splits)).split("/")[0]
            elif not places.found and sum(mean.token != entry.token for mean, entry in zip(means, fields, strict=True)) > 1:
                fields = means
        elif any(self._parts[index].text.lower() == "averaged" for index in words):
            fields = [self._fields.mean(entry) for entry in fields]
        if not quality and places.total is not None:
            found.split = _words.split_in([self._parts[index].text for index in words if index not in self._used])
        self._settle([entry for entry in fields if entry.known or quality or places.found])
        found.opens = self._opens()
        return found

    def _opens(self) -> str | None:
        """The split before a colon, alone or as ``Test set:``, that the values behind it are of."""
        first = next(iter(self._fields.splits), len(self._parts))
        at = self._cursor.skip_right(first + 1)
        if self._cursor.text(at).lower() in _SETS:
            at = self._cursor.skip_right(at + 1)
        split = _words.split_in([self._cursor.text(first)]) if self._cursor.text(at) == ":" else None
        return split if split != "train" and all(entry.split == split for entry in self._found.fields) else None

    def _is_bar(self, words: Sequence[int]) -> bool:
        """Whether this is a bar of tqdm that counts iterations, not those of an evaluation."""
        texts = [self._parts[index].text for index in words]
        counts = self._places.total is not None and self._rates_iterations()
        return counts and _words.split_in(texts) in (None, "train") and any(part.kind == "bar" for part in self._parts)

    def _rates_iterations(self) -> bool:
        return any(part.text in ("it/s", "s/it") for part in self._parts)

    def _settle(self, fields: Sequence[Field]) -> None:
        found, places = self._found, self._places
        found.nameless = places.nameless
        found.drawn = bool(fields) and self._rates_iterations() and any(part.kind == "bar" for part in self._parts)
        found.step, found.epoch, found.total, found.fields = places.step, places.epoch, places.total, tuple(fields)

    def _announces_best(self, words: Sequence[int]) -> bool:
        """``Early stopping, best iteration is:``: the next line repeats one of before."""
        parts = self._parts
        if not words or len(words) > 6 or parts[-1].text != ":" or any(part.kind == "num" for part in parts):
            return False
        return bool({"best", "final"} & {parts[index].text.lower() for index in words})

    # --- numbers ---------------------------------------------------------------------------------------------------

    def _number(self, index: int) -> int:
        """Read the number at ``index``; gives the index of the last token that belongs to it."""
        parts, cursor = self._parts, self._cursor
        glued = cursor.text(index - 1) if cursor.kind(index - 1) == "word" and cursor.text(index)[0] not in "+-" else ""
        if glued and glued.isascii() and _words.axis_of([glued], self._out) is None:
            return index
        last, total = cursor.fraction(index)
        if cursor.text(last + 1) in (".", ":") and cursor.kind(last + 2) in ("num", "clock"):
            return last + 2  # a version, an address
        if cursor.is_location(index):
            return index
        if cursor.text(last + 1) == "%" and cursor.kind(last + 2) == "bar":
            return last  # how far a progress bar has come
        left = cursor.left(index)
        unit, after = cursor.unit(last)
        behind = _words.axis_of([cursor.text(last + 1)], self._out) if cursor.kind(last + 1) == "word" else None
        in_name = cursor.text(index - 1) == "-" and cursor.kind(index - 2) == "word"  # of a folder: "mybk-30epoch"
        if behind is not None and not in_name and (behind == EPOCH or not cursor.text(last + 1).isascii()):
            self._place(behind, index, None, (last + 1,))  # "12epoch results"
            return last
        if _words.counts_evaluation(left.words):
            self._used.update(left.at)
            return last
        if left.words and _words.split_in(left.words[-1:]) and self._places.put_epoch_of_split(index, last):
            self._used.update(left.at)
            return last
        axis = _words.axis_of(left.words, self._out) if left.words else None
        if axis is None and total is not None and left.words and _words.is_plural_epoch(left.words[-1]):
            axis = EPOCH
        if axis or (left.words and not (total is not None and _words.says_nothing(left.words))):
            return self._named(index, last, left, axis)
        if total is not None and total >= float(parts[index].text.replace(",", "")) >= 0:
            if not self._fields.restates(index):
                self._places.put_fraction(index, last)
        elif unit in RATES or unit == "ms":
            self._fields.rate(index, unit, after)
        elif total is None:
            self._named_behind(index, after)
        return last

    def _named(self, index: int, last: int, left: Left, axis: "tuple[_words.AxisKind, int] | None") -> int:
        """Read a number that has words before it, of which some may name an axis."""
        total = last if last > index else None
        if axis:
            self._place(axis, index, total, left.at)
            return self._told_at(left, last)
        unit, after = self._cursor.unit(last)
        if unit == "%" and len(left.words) == 1 and _words.split_in(left.words) and self._cursor.text(index).isdigit():
            self._used.update(left.at)  # "Train: 10%|": how far a bar is
        elif unit == "%" and left.words[-1].lower() == "progress":
            self._places.put_percent(index)
            self._used.update(left.at)
        elif total is not None:
            self._fields.share(index, left, float(self._cursor.text(last).replace(",", "")))
        elif pair := self._fields.pair(index, left):
            return pair
        elif counted := self._counted(index, left):
            return counted
        elif not self._cursor.goes_on(after):
            self._fields.measure(index, left, unit)
        return last

    def _told_at(self, left: Left, last: int) -> int:
        """``Average loss at step 2000 : 113.8``: the words before "at" name the value behind the place; gives the last token read."""
        at = next((i for i, word in enumerate(left.words) if word.lower() in ("at", "after")), 0)
        colon = self._cursor.skip_right(last + 1)
        value = self._cursor.skip_right(colon + 1)
        if not at or self._cursor.text(colon) not in (":", "=", "is") or self._cursor.kind(value) != "num":
            return last
        self._fields.measure(value, Left(left.words[:at], left.at[:at], True, ""), self._cursor.unit(value)[0])
        return value

    def _counted(self, index: int, left: Left) -> int | None:
        """``Train loss 12 45.5``, ``Validation loss 12: 38.5``: the whole number is the step; gives the index of the value."""
        at = self._cursor.skip_right(index + 1)
        if self._cursor.text(at) == ":":
            at = self._cursor.skip_right(at + 1)
        if left.explicit or at == index + 1 or "." not in self._cursor.text(at) or self._cursor.kind(at) != "num":
            return None
        meaning = _words.named(left.words, self._out, explicit=False)
        if meaning is None or not meaning.quality or not self._place(("step", _words.BARE_RANK), index, None, ()):
            return None
        self._fields.measure(at, left._replace(explicit=True), self._cursor.unit(at)[0])
        return at

    def _named_behind(self, index: int, after: int) -> None:
        """``1200.5 avg loss, 0.001 rate``: a measure that is named by the words after it, up to a comma or the end."""
        words: list[int] = []
        at = self._cursor.skip_right(after)
        while self._cursor.kind(at) == "word" and len(words) < 4:
            words.append(at)
            at = self._cursor.skip_right(at + 1)
        if not words or self._cursor.text(at) not in (",", ";", "|", ""):
            return
        meaning = _words.named([self._cursor.text(i) for i in words], self._out, explicit=False)
        if meaning is not None and meaning.quality:
            self._fields.measure(index, Left([self._cursor.text(i) for i in words], tuple(words), True, ""), "")

    def _place(self, axis: "tuple[_words.AxisKind, int]", index: int, total: int | None, names: Sequence[int]) -> bool:
        placed = self._places.put(axis, index, total)
        if placed:
            self._used.update(names)
        return placed

    def _unread(self) -> str | None:
        """A loss with ``:`` or ``=`` and no number after it, on a line with a step: what was lost."""
        if not self._places.found:
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
