"""Console text as a person would have seen it: without colour codes, progress bars cut at their carriage returns."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from trainlog.readers._console.carriers import Carriers
from trainlog.readers._source import BLOCK, Source
from trainlog.run import Ints

# Control sequences of ECMA-48: CSI (colours, cursor), OSC (titles, links), two-character escapes.
ANSI = re.compile(rb"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|\][^\x07\x1b\n]*+(?:\x07|\x1b\\)?|[@-Z\\^_])")
_NEWLINE, _RETURN = b"\n\r"
_LONG = 4 * BLOCK  # bytes
_REWRITTEN = re.compile(rb"[\r\b]++")
# What is printed while tqdm draws stands right after the bar, or after the space that wipes what was longer
_AFTER_BAR = re.compile(rb"\](?=[A-Za-z_\[]| Epoch \d)")  # a bracket is found fast; whether it ends a bar is seen from there
_BAR_END = re.compile(rb"(?:(?:it/s|s/it)(?:,[^\]\r\n]*+)?+|it)\Z")
_BAR = 500  # bytes at most between the rate of a bar and its end


# What pycocotools prints, whoever calls it: qualifiers first, the value last.
_COCO = re.compile(
    rb"^[^\nA]*+Average (Precision|Recall)[^\n@]*+@\[ *+IoU=([\d.:]++)[ |]++area= *+(\w++)[ |]++maxDets= *+\d++ *+\] = ",
    re.MULTILINE,
)
_COCO_NAMES = {(b"Precision", b"0.50:0.95", b"all"): b"val map: ", (b"Precision", b"0.50", b"all"): b"val map50: "}


# What scikit-learn prints of the classes: a result, whose rows name accuracy and a number.
_REPORT = re.compile(
    rb"^[ \t]*+precision[ \t]++recall[ \t]++f1-score[ \t]++support[ \t]*+\n"
    rb"(?:[ \t]*+\n|[^\n:=|]{0,200}[ \t]\d++\.\d++[ \t]++\d++[ \t]*+\n)*+",
    re.MULTILINE,
)
# What transformers prints of a set when all is done: means of the run, and values told before.
_RESULTS = re.compile(rb"^\*{5} \w++ metrics \*{5}[ \t]*+\n(?:[ \t]++\w++[ \t]*+=[^\n]*+\n)++", re.MULTILINE)


# What rich's handler wraps goes on below its own column; only the first line ends with the place of the call.
_LEVEL = rb"(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)"
_WRAPPED = re.compile(
    rb"^((?:\[[^\]\n]{4,40}+\]| {6,40}) ++" + _LEVEL + rb" ++)([^\n]*?[^ \n]) {2,}+[\w./-]+?\.py:\d++ *+"
    rb"((?:\n {12,}+(?!" + _LEVEL + rb" )[^\n]++)++)$",
    re.MULTILINE,
)


# Steps in thousands: "step 12.5k | loss 2.1", "[12.5k/40k]". Asked of the head alone, for the answer seldom changes.
_THOUSAND = re.compile(rb"[0-9][kK](?![a-zA-Z])")
_THOUSANDS = re.compile(
    rb"(?P<name>\b(?:[Ss]tep|[Ii]ter|[Ii]teration|[Uu]pdate)s?\b[ \t:=#]{0,4}|\[[ \t]*)(?P<step>\d++(?:\.\d++)?)[kK]\b"
    rb"(?P<total>/(\d++(?:\.\d++)?)[kK]\b)?"
)


def _in_ones(found: "re.Match[bytes]") -> bytes:
    if found["name"].startswith(b"[") and found["total"] is None:
        return found[0]
    parts = [found["step"], *([found[4]] if found["total"] else [])]
    return found["name"] + b"/".join(b"%d" % round(1000 * float(part)) for part in parts)


def _unwrapped(found: "re.Match[bytes]") -> bytes:
    """Put a message on one line; the lines it went on on stay, empty."""
    rest = found[3].split(b"\n")[1:]
    if any(line[: len(found[1])].strip() or line[len(found[1]) : len(found[1]) + 1] == b" " for line in rest):
        return found[0]
    return found[1] + b" ".join((found[2], *map(bytes.strip, rest))) + b"\n" * len(rest)


# What flair prints of the test set when all is done.
_LISTED = re.compile(rb"^Results:[ \t]*+\n(?:- [^\n:=]*+\n)++", re.MULTILINE)


def _cut_off(found: "re.Match[bytes]") -> bytes:
    return b"]\r" if _BAR_END.search(found.string, max(found.start() - _BAR, 0), found.start()) else b"]"


def _coco(found: "re.Match[bytes]") -> bytes:
    return _COCO_NAMES.get((found[1], found[2], found[3]), b"")


def _blank(found: "re.Match[bytes]") -> bytes:
    return b"\n" * found[0].count(b"\n")


def plain(block: bytes) -> bytes:
    """Take colour codes and NUL bytes out; line ends become ``\\n``."""
    if b"\x1b" in block:
        block = ANSI.sub(b"", block)
    if b"\0" in block:
        block = block.replace(b"\0", b"")
    return block.replace(b"\r\n", b"\n") if b"\r" in block else block


def start(source: Source) -> bytes:
    """The head of a text as it is read: plain, without what a log collector puts before its lines."""
    return _start(source.head)


@lru_cache(maxsize=1)  # a dozen readers ask for the same one
def _start(head: bytes) -> bytes:
    head = plain(head)
    return Carriers(head).strip(head)[0]


class Piece(NamedTuple):
    """Lines of a text, ``block``, without the last line end: their 1-based numbers, and what each begins with where that is a time.

    Of a line that was rewritten in place (``\\r``, ``\\b``) there are several.
    """

    block: bytes
    numbers: Ints
    starts: list[bytes] | None


def pieces(source: Source, reword: Callable[[bytes], bytes] | None = None) -> Iterator[Piece]:
    """Give a text block by block. ``reword`` is given each block, without colour codes, and may change all but its line ends."""
    carriers = Carriers(plain(source.head))
    thousands = _THOUSAND.search(source.head) is not None and _THOUSANDS.search(source.head) is not None
    for first, raw in source.blocks():
        bare, starts = carriers.strip(plain(raw))
        bare = _THOUSANDS.sub(_in_ones, bare) if thousands else bare
        for block, numbers in _parted(*_cut(_reworded(bare, reword).removesuffix(b"\n"), first)):
            yield Piece(block, numbers, None if starts is None else [starts[number - first] for number in numbers.tolist()])


def _cut(block: bytes, first: int) -> tuple[bytes, Ints]:
    """Cut lines where they were rewritten, unless there is nothing on one side of that; give the number of each piece."""
    if b"\r" not in block and b"\b" not in block:
        return block, np.arange(first, first + 1 + np.count_nonzero(np.frombuffer(block, np.uint8) == _NEWLINE))
    block = _REWRITTEN.sub(b"\r", block) if b"\b" in block or b"\r\r" in block else block
    block = block.replace(b"\r\n", b"\n").replace(b"\n\r", b"\n").removeprefix(b"\r").removesuffix(b"\r")
    data = np.frombuffer(block, np.uint8)
    ends = data[(data == _NEWLINE) | (data == _RETURN)]
    return block.replace(b"\r", b"\n"), first + np.concatenate(([0], np.cumsum(ends == _NEWLINE)))


def _parted(block: bytes, numbers: Ints) -> Iterator[tuple[bytes, Ints]]:
    """Give a long block (one line, rewritten again and again) in parts: what is done with a part takes many times its size."""
    at = done = 0
    while len(block) - at > _LONG and (cut := block.find(b"\n", at + BLOCK)) > 0:
        size = block.count(b"\n", at, cut) + 1
        yield block[at:cut], numbers[done : done + size]
        at, done = cut + 1, done + size
    yield block[at:], numbers[done:]


def _reworded(block: bytes, reword: Callable[[bytes], bytes] | None) -> bytes:
    if b"]" in block and (b"it]" in block or b"it/s" in block or b"s/it" in block):  # one character is found many times faster than several
        block = _AFTER_BAR.sub(_cut_off, block)
    if b"@" in block and b"maxDets=" in block:
        block = _COCO.sub(_coco, block)
    if b".py:" in block and _WRAPPED.search(block):
        block = _WRAPPED.sub(_unwrapped, block)
    if b"f1-score" in block:
        block = _REPORT.sub(_blank, block)
    if b" metrics *****" in block and b"'loss'" in block:  # else they are all there is
        block = _RESULTS.sub(_blank, block)
    if b"\nResults:\n- " in block:
        block = _LISTED.sub(_blank, block)
    return block if reword is None else reword(block)


def texts(source: Source) -> Iterator[tuple[int, str]]:
    """Give (1-based line number, text) for every line, or every piece of one that was rewritten in place."""
    for piece in pieces(source):
        for number, line in zip(piece.numbers.tolist(), piece.block.split(b"\n"), strict=True):
            yield number, line.decode("utf-8", "replace")
