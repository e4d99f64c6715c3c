"""A line of console text cut into words, numbers, time stamps and progress bars, and the expression that matches its like.

All expressions are possessive: matching takes time linear in the length of the line, whatever the line.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

_DIGITS = r"(?:\d++(?:,\d{3}(?!\d))*+(?:\.\d*+)?+|\.\d++)(?:[eE][-+]?+\d++)?+"
_NAMES = r"(?i:nan|inf(?:inity)?+)(?![^\W\d])"
#: A number as logs write it: 1,234.5  3.1e-4  .5  nan  -inf
VALUE = rf"[-+]?+(?:{_DIGITS}|{_NAMES})"
_NUMBER = rf"(?:(?<![\w.])[-+])?+{_DIGITS}|(?:(?<!\w)[-+])?+{_NAMES}"  # in a line: a sign after a letter or digit is a hyphen
STAMP = r"\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d++)?+"
CLOCK = r"\d++(?:[:/]\d++)++(?:[.,]\d++)?+"
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # kana, Chinese, hangul: no space stands between these and a number
_TOKEN = re.compile(
    rf"(?P<stamp>{STAMP})|(?P<clock>\d{{1,3}}:\d\d(?::\d\d(?:[.,]\d++)?+)?+(?![\d:])|\d{{1,2}}/\d{{1,2}}/(?:\d{{4}}|\d\d)(?![\w/]))"
    rf"|(?P<bar>(?<=%)\|[^|\n]*+\||\[[=>.]{{3,}}+\]|[\u2500-\u259f][\u2500-\u259f \t]*+)"
    rf"|(?P<num>{_NUMBER})"
    rf"|(?P<word>(?i:rouge|bleu|top|recall|precision|hits?)-\d{{1,3}}(?![\w.])|(?i:epoch|ep|step|iter|iteration|it|batch)(?=[_-]?\d+(?:\b|_))|[{_IDEOGRAPHS}]++(?=\d)"
    r"|[^\W\d](?:\w|[./@'’+-](?=[^\W\d])|[/@](?=\d+\b))*+)"
    r"|(?P<space>[ \t]++)|(?P<other>.)",
    re.DOTALL,
)
# E1/20 S25/100: single letters for the epoch and the step, where both stand side by side or each has its total.
_SPELT = {"E": "epoch", "S": "step", "B": "batch", "I": "iter"}
_LETTERS = re.compile(r"(?<![^\W_])E\d+(?:/\d+)?[ ,|:-]+[SBI]\d+(?:/\d+)?(?!\w)")
_LETTER = re.compile(r"([ESBI])(\d+)(?:(/)(\d+))?")
_ANY_DIGITS = re.compile(r"\d++")
_RUN = re.compile("[0-9]++")
_BARS = {"[": r"\[[=>.]*+\]", "|": r"\|[^|\n]*+\|"}


class Token(NamedTuple):
    """A piece of a line."""

    kind: str
    text: str


def tokens(text: str) -> list[Token]:
    """Cut a line into words, numbers, spaces, time stamps, progress bars and single characters."""
    found = [Token(found.lastgroup or "other", found.group()) for found in _TOKEN.finditer(text)]
    return list(_apart(found)) if _LETTERS.search(text) else found


def spelt_out(texts: Sequence[str]) -> list[str]:
    """The tokens of a line with words for such letters as stand for the epoch and the step."""
    if not _LETTERS.search("".join(texts)):
        return list(texts)
    return [_SPELT.get(text, text) if after.isdigit() else text for text, after in pairwise((*texts, ""))]


def _apart(parts: Sequence[Token]) -> Iterator[Token]:
    """Take single letters off the numbers they stand for."""
    for part in parts:
        letter = _LETTER.fullmatch(part.text) if part.kind == "word" else None
        pieces = zip(("word", "num", "other", "num"), letter.groups(), strict=True) if letter else [part]
        yield from (Token(kind, text) for kind, text in pieces if text is not None)


def naming(parts: Sequence[Token], numbers: Collection[int]) -> set[int]:
    """The words before these numbers, up to any number before them."""
    found = set()
    names = False
    for index in range(len(parts) - 1, -1, -1):
        kind = parts[index].kind
        if kind in ("num", "stamp", "clock"):
            names = index in numbers
        elif kind == "word" and names:
            found.add(index)
    return found


def expression(parts: Sequence[Token], wanted: Collection[int], fixed: Collection[int]) -> "re.Pattern[str]":
    """Build the expression of all lines laid out like this one; the tokens ``wanted`` become its groups.

    The words ``fixed`` stay as they are; other digits, numbers, spaces and bars may vary.
    """
    pieces: list[str] = []
    for index, (kind, text) in enumerate(parts):
        if kind == "num":
            pieces.append(rf"[ \t]*+{f'({VALUE})' if index in wanted else VALUE}[ \t]*+")
        elif kind == "stamp":
            pieces.append(f"({STAMP})" if index in wanted else STAMP)
        elif kind == "clock":
            pieces.append(CLOCK)
        elif kind == "bar":
            pieces.append(_BARS.get(text[0], r"[\u2500-\u259f \t]*+"))
        elif kind == "space":
            pieces.append(r"[ \t]*+")
        elif kind == "word" and index not in fixed and any(c.isdigit() for c in text):
            pieces.append(_ANY_DIGITS.sub(r"\\d++", re.escape(text)))
        else:
            pieces.append(re.escape(text))
    return re.compile(rf"^{''.join(pieces)}[ \t]*+$", re.MULTILINE)


def without_digits(word: str) -> str:
    """A word with ``0`` for each of its numbers."""
    return _RUN.sub("0", word)


def digits_in(text: str, words: Collection[str]) -> dict[int, str]:
    """The digits in these words of a line (``without_digits``), each under the number of its run in the line."""
    spans = [found.span() for found in _TOKEN.finditer(text) if found.lastgroup == "word" and without_digits(found[0]) in words]
    return {
        run: found[0]
        for run, found in enumerate(_RUN.finditer(text))
        if any(start <= found.start() and found.end() <= end for start, end in spans)
    }
