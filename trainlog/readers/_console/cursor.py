"""What stands around a number in a line: the words that name it, a slash and a total after it, its unit."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from trainlog.readers._collect import Collector
from trainlog.readers._console.tokens import Token
from trainlog.vocab import metric

_WRAPPERS = frozenset(("tensor", "tf.Tensor", "array", "np.float64", "np.float32", "float", "DeviceArray", "Array"))
_BETWEEN = frozenset(("|", ",", ";", ""))
_ZEROS = re.compile(r"\.0*$")
_OPENING, _CLOSING = frozenset("([{'\"`$*#"), frozenset("'\"`*>")
#: unit -> (what it measures, factor to the unit of ``vocab``)
UNITS = {
    "ms": ("s", 1e-3),
    "msec": ("s", 1e-3),
    "s": ("s", 1.0),
    "sec": ("s", 1.0),
    "secs": ("s", 1.0),
    "us": ("s", 1e-6),
    "m": ("s", 60.0),
    "min": ("s", 60.0),
    "h": ("s", 3600.0),
    "%": ("fraction", 1e-2),
    "k": ("", 1e3),
    "K": ("", 1e3),
    "M": ("", 1e6),
    "B": ("", 1e9),
    "G": ("bytes", 2.0**30),
    "KB": ("bytes", 2.0**10),
    "MB": ("bytes", 2.0**20),
    "GB": ("bytes", 2.0**30),
    "KiB": ("bytes", 2.0**10),
    "MiB": ("bytes", 2.0**20),
    "GiB": ("bytes", 2.0**30),
    "TiB": ("bytes", 2.0**40),
    "W": ("W", 1.0),
    "C": ("°C", 1.0),
    "x": ("", 1.0),
    "z": ("", 1.0),
}
RATES = frozenset(("tok/s", "tok/sec", "tokens/s", "tokens/sec", "samples/s", "samples/sec", "ms/iter", "ms/step", "s/step", "wps"))


class Left(NamedTuple):
    """The words before a number: the tokens they are, whether ``:`` or ``=`` stands between, and a unit in brackets after them."""

    words: list[str]
    at: tuple[int, ...]
    explicit: bool
    unit: str


class Cursor:
    """Looks around in the tokens of one line. Outside of the line there is nothing: an empty text of no kind."""

    def __init__(self, parts: Sequence[Token]) -> None:
        self._parts = parts
        self.units: set[int] = set()  # tokens of bracketed units, which are no words of the line

    def text(self, at: int) -> str:
        """The text of the token at ``at``."""
        return self._parts[at].text if 0 <= at < len(self._parts) else ""

    def kind(self, at: int) -> str:
        """The kind of the token at ``at``."""
        return self._parts[at].kind if 0 <= at < len(self._parts) else ""

    def skip(self, at: int) -> int:
        """The place left of a space at ``at``."""
        return at - 1 if self.kind(at) == "space" else at

    def skip_right(self, at: int) -> int:
        """The place right of a space at ``at``."""
        return at + 1 if self.kind(at) == "space" else at

    def left(self, index: int) -> Left:
        """The words that name the number at ``index``."""
        at = self.skip(index - 1)
        bracketed = self.text(at) == "["
        while at >= 0 and (self.text(at) in _OPENING or self.text(at) in _WRAPPERS):
            at = self.skip(at - 1)
        explicit = False
        hyphen = self.text(at) in ("-", "_") and at == index - 1
        while at >= 0 and (self.text(at) in ":=→" or hyphen):
            explicit = explicit or not hyphen
            hyphen = False
            at = self.skip(at - 1)
        if not explicit and self.text(at) == "-" and self.kind(at - 1) == "space" and _is_name(self.text(at - 2)):
            explicit, at = True, at - 2  # "dice_loss - 0.5"
        if self.text(at) == ">" and self.text(at - 1) in ("-", "=") and not explicit:
            explicit, at = True, self.skip(at - 2)  # "loss -> 0.5"
        unit = ""
        if self.text(at) in (")", "]") and (explicit or bracketed):
            opened = next((i for i in range(at - 1, max(at - 8, -1), -1) if self.text(i) in ("(", "[")), None)
            if opened is not None and self.kind(self.skip(opened - 1)) != "word" and self.kind(at - 1) == "word":
                at -= 1  # "[loss]: 2.5"
            elif opened is not None and explicit and self.kind(opened + 1) == "word" and self.kind(at - 1) == "num":
                at = self.skip(opened - 1)  # "Average reward (last 50): 12.5"
            elif opened is not None and not any(self.kind(i) == "num" for i in range(opened, at)):
                unit = "".join(self.text(i) for i in range(opened + 1, at))
                self.units.update(range(opened, at))
                at = self.skip(opened - 1)
        while at >= 0 and (self.text(at) in _CLOSING or (self.text(at) == "|" and explicit)):
            at -= 1
        words: list[int] = []
        while at >= 0 and self.kind(at) == "word" and len(words) < 6:
            if self.kind(at - 1) == "num" or (self.kind(at - 2) == "num" and self.text(at) in (*UNITS, *RATES)):
                break  # the unit of the number before
            if words and self.text(at - 1) == "=" and self.kind(at - 2) == "word":
                break  # a value: "mode=video loss=0.25"
            words.insert(0, at)
            if self.text(at - 1) == " " and self.kind(at - 2) == "word":
                at -= 2
            elif self.text(at - 1) == " " and self.text(at - 2) == "." and self.kind(at - 3) == "word":
                at -= 3
            else:
                break
        if not words and explicit is False and self.text(at) == "." and self.kind(at - 1) == "word":
            words = [at - 1]  # "Up. 2000"
        return Left([self.text(i) for i in words], tuple(words), explicit, unit)

    def fraction(self, index: int) -> tuple[int, float | None]:
        """``12/ 100``: the index of the last token, and the part after the slash."""
        at = index + 1
        if self.kind(at) == "space":
            at += 1
        if self.text(at) == "/":
            at += 2 if self.kind(at + 1) == "space" else 1
            over = self.text(at).replace(",", "").removesuffix(".")  # "Epoch 0/3. Loss"
            count = self.text(index).replace(",", "")
            if self.kind(self.skip(index - 1)) == "bar":
                over, count = _ZEROS.sub("", over), _ZEROS.sub("", count)  # tqdm with units of floats: 12.0/24.0
            if self.kind(at) == "num" and over.isdigit() and count.isdigit():
                return at, float(over)
        return index, None

    def unit(self, last: int) -> tuple[str, int]:
        """What follows a number: its unit, ``?`` for letters that are none, and the index after it."""
        at = last + 1
        glued = self.kind(at) == "word"
        if self.text(at) == "%":
            return "%", at + 1
        if glued and self.text(at) in RATES:
            return self.text(at), at + 1
        if glued and self.text(at) in UNITS:
            following = at + (2 if self.kind(at + 1) == "space" else 1)
            if self.text(following) in RATES:
                return self.text(following), following + 1
            return self.text(at), at + 1
        if self.kind(at) == "num":
            return "?", at + 1
        if glued:
            return ("" if self.text(at).isalpha() and len(self.text(at)) > 1 else "?"), at + 1
        if self.kind(at) == "space" and self.kind(at + 1) == "word":
            word = self.text(at + 1)
            if word in RATES or (word in UNITS and len(word) > 1) or word == "s":
                return word, at + 2
        return "", at

    def is_location(self, index: int) -> bool:
        """Whether the whole number at ``index`` is a line of source code: ``module:function:120``, ``core.trainer:257``."""
        name = self.text(index - 2)
        glued = self.text(index - 1) == ":" and self.kind(index - 2) == "word" and self.text(index).isdigit()
        return glued and ((self.text(index - 3) == ":" and self.kind(index - 4) == "word") or ("." in name and "loss" not in name.lower()))

    def is_cell(self, first: int, after: int) -> bool:
        """Whether the tokens from ``first`` to ``after`` stand alone between separators."""
        return self.text(self.skip(first - 1)) in _BETWEEN and self.text(self.skip_right(after)) in _BETWEEN

    def goes_on(self, after: int) -> bool:
        """Whether the number is one of several: an arrow, a list or a range."""
        at = self.skip_right(after)
        if self.text(at) == "→" or (self.text(at) in ("-", "=") and self.text(at + 1) in ("-", ">") and self.text(at + 1)):
            return "".join(self.text(i) for i in range(at, at + 4)).lstrip("-=").startswith(">")
        if self.text(at) in (",", "/"):
            following = self.skip_right(at + 1)
            return self.kind(following) == "num" and self.text(following + 1) not in UNITS
        return False


def _is_name(word: str) -> bool:
    return "_" in word or "loss" in word.lower()


def in_unit(key: str, unit: str, out: Collector) -> tuple[str, float]:
    """Give the key and factor of a value with a unit: a key of its own when ``vocab`` knows ``key_unit``, else a factor."""
    kind, factor = UNITS.get(unit, ("", 1.0))
    if not unit:
        return key, 1.0
    name = out.name(key)
    if metric(name.canonical).unit == kind and kind:
        return key, factor / name.factor
    joined = f"{key}_{unit.lower()}"
    if out.name(joined).canonical != joined:
        return joined, 1.0
    return key, factor if kind in ("", "s") else 1.0
