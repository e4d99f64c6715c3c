"""Console text as a person would have seen it: without colour codes, progress bars cut at their carriage returns."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from trainlog.readers._console.carriers import Carriers
from trainlog.readers._source import Source

# Control sequences of ECMA-48: CSI (colours, cursor), OSC (titles, links), two-character escapes.
ANSI = re.compile(rb"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|\][^\x07\x1b\n]*+(?:\x07|\x1b\\)?|[@-Z\\^_])")
_REWRITTEN = re.compile(rb"[\r\b]++")
_AFTER_BAR = re.compile(rb"((?:it/s|s/it|it)\])(?=[A-Za-z_\[])")  # what is printed while tqdm draws stands right after the bar


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


#: 1-based line numbers, lines, and what these begin with where a log collector says the time.
Piece = tuple[Sequence[int], list[bytes], list[bytes] | None]


def pieces(source: Source, reword: Callable[[bytes], bytes] | None = None) -> Iterator[Piece]:
    """Give a text block by block.

    A line that was rewritten in place (``\\r``, ``\\b``) gives several. ``reword`` is given each block, without colour codes,
    and may change all but its line ends.
    """
    carriers = Carriers(plain(source.head))
    for first, raw in source.blocks():
        bare, starts = carriers.strip(plain(raw))
        block = _reworded(bare, reword)
        lines = block.split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        if b"\r" not in block and b"\b" not in block:
            yield range(first, first + len(lines)), lines, starts
            continue
        parts = [[part for part in _REWRITTEN.split(line) if part] or [b""] for line in lines]
        each = [index for index, some in enumerate(parts) for _ in some]
        when = None if starts is None else [starts[index] for index in each]
        yield [first + index for index in each], [part for some in parts for part in some], when


def _reworded(block: bytes, reword: Callable[[bytes], bytes] | None) -> bytes:
    if b"it]" in block or b"it/s]" in block:
        block = _AFTER_BAR.sub(rb"\1\r", block)
    if b"maxDets=" in block:
        block = _COCO.sub(_coco, block)
    if b"f1-score" in block:
        block = _REPORT.sub(_blank, block)
    return block if reword is None else reword(block)


def texts(source: Source) -> Iterator[tuple[int, str]]:
    """Give (1-based line number, text) for every line, or every piece of one that was rewritten in place."""
    for numbers, lines, _ in pieces(source):
        for number, line in zip(numbers, lines, strict=True):
            yield number, line.decode("utf-8", "replace")
