"""Tables drawn in text -> lines of ``name: value``, which the console reader knows.

A header is a row of names, at least one of them a measure, above a rule (``|---|``, ``+====+``, ``┡━━╇━━┩``, ``---  -----``)
or right above a row of as many numbers. Cells stand between borders, or apart by tabs or spaces.
"""

import re
from collections.abc import Sequence
from itertools import dropwhile, islice

from trainlog.readers._cells import is_missing, lenient
from trainlog.vocab import base_of, canonical, metric

_BORDER = re.compile(r"[|│┃║]")
RULE = re.compile(r"[ \t]*+[|+:=\-─-╿]{3,}+[|+:=\-─-╿ \t]*+")
# A progress bar at the end of a row; a cell "45.2% | 12" is none.
_BAR = re.compile(r":?[ \t]*+(?<![\d.])\d{1,3}%(?:[ \t]*+[━╸╺\u2580-\u259f]|\|[#\d \u2580-\u259f]*+\|[ \t]*+\d++/).*+")
# What fastprogress draws between the rows of a table.
_DRAWN = re.compile(r"[^\n]*?\|[█▏▎▍▌▋▊▉-]++\| [\d.]++%[^\n]*+|[^\n:]*+:[ \t]*+|[█ \t]++")
_TREND = re.compile(r"[ \t]++[▲▼↑↓]")  # behind a number
_OF_SPLIT = re.compile(r"(val|valid|eval|test) ([-+.\d][^ ]*+)")
_THOUSANDS = re.compile(r"[-+]?[\d.]++k")
_PAIR = re.compile(r"[ \t]*+\|([^|]*+)\|[ \t]*+([-+.\d][^| \t]*+|(?i:nan|inf)|)[ \t]*+\|[ \t]*+")  # | loss | 0.25 |
_GAP = re.compile(r"\t++| {2,}+")
_COLUMN = re.compile(r"[^ \t]++(?: [^ \t]++)*+")
_PLACE = re.compile(r"\d++/\d++|\d++(?::\d\d)++")  # an epoch with its total, a duration
_VALUED = re.compile(r"[:=]\s*+[-+.]?\d|\d\.\d|(?<!\S)[-+]?\d|[{}'\"]")  # "loss: 2.1", "Epoch 3" are no names
_RANGE = re.compile(r"-(?=\d)")  # mAP50-95
# What a logger puts before each line: 2024-01-01 10:00:00,123 - INFO |
_PREFIX = re.compile(r"\[?\d{4}-\d\d-\d\d[ T][\d:.,]++Z?\]?(?:[ \t]*+[-|:]?[ \t]*+\[?(?:INFO|DEBUG)\]?)?+(?:[ \t]*+[-|:](?=[ \t]))?+")
_MARK = re.compile(r"[+*✓✔]")  # in a column of its own: what was best so far
_COMMA = re.compile(r"[ \t]*+[,;][ \t]*+")
_WHOLE = frozenset(("all", "mean", "avg", "average", "overall", "total"))  # the row of all classes
_SHORT = {"e": "epoch", "#": "step"}  # spaCy
MAX_NAMES = 200
MAX_NAME = 40  # characters; more is a sentence
MAX_DRAWN = 400  # lines that a bar leaves of an epoch, between a header and its first row
MAX_GAP = 20  # lines without a row, after which columns without borders are forgotten


def _bared(line: str) -> str:
    """A row without what a logger puts before it, a bar after it, and marks of better and worse."""
    return _TREND.sub("", _PREFIX.sub("", _BAR.sub("", line), count=1))


def cells_of(line: str) -> list[str]:
    """Cut a row into trimmed cells; empty for a line that has no borders."""
    if not _BORDER.search(line):
        return []
    cells = [cell.strip().strip("*`").strip() for cell in _BORDER.split(line.strip())]
    return cells[1 if cells[0] == "" else 0 : -1 if cells[-1] == "" else None][:MAX_NAMES]


def is_header(names: Sequence[str]) -> bool:
    """Two or more names, none a number or with one, one of them a measure that is better low or high."""
    if len(names) < 2 or any(len(name) > MAX_NAME or lenient(name) is not None or _VALUED.search(name) for name in names):
        return False
    return any(metric(canonical(name).canonical).better for name in names if name)


def names_of(line: str, *, commas: bool = True) -> list[str]:
    """The names that a header holds, with borders or without; empty for a line that is none."""
    line = _bared(line)
    for cells in (cells_of(line), _COMMA.split(line.strip()) if commas else [], _GAP.split(line.strip()), line.split()):
        names = [name.rstrip(")") if "(" not in name else name for name in cells]  # "mAP50-95)"
        if len(names) <= MAX_NAMES and is_header(names):
            return names
    return []


def as_line(names: Sequence[str], cells: Sequence[str]) -> str:
    """Say a row in words; cells that hold no number ("No log") are left out."""
    pairs = zip(names, cells, strict=False)
    return " | ".join(f"{_SHORT.get(name.lower(), _RANGE.sub('_', name))}: {cell}" for name, cell in pairs if name and _is_value(cell))


def _is_value(cell: str) -> bool:
    return lenient(cell) is not None or _PLACE.fullmatch(cell) is not None or _THOUSANDS.fullmatch(cell) is not None


class Tables:
    """Rewords the tables of a text, block after block; its lines stay as many as they are."""

    def __init__(self, *, commas: bool = True) -> None:
        self._commas = commas
        self._names: list[str] = []
        self._header = ""
        self._bordered = False
        self._inside = False  # the line before was a row: no header follows
        self._gap = 0
        self._pairs: list[tuple[str, str]] = []

    def may_start(self, line: str) -> bool:
        """Whether this is a header, or a row of one name and one number."""
        return bool(names_of(line, commas=self._commas)) or _PAIR.fullmatch(line) is not None

    @property
    def is_open(self) -> bool:
        """Whether rows of a table may follow."""
        return bool(self._names)

    def lines(self, block: Sequence[bytes]) -> list[bytes]:
        """Reword lines that follow on those given before."""
        lines = [line.decode("utf-8", "replace") for line in block]
        return [self._line(lines, index).encode() for index in range(len(lines))]

    def _line(self, lines: Sequence[str], index: int) -> str:
        line = _bared(lines[index])
        if RULE.fullmatch(line):
            self._inside = False
            return ""
        if not self._names and (pair := _PAIR.fullmatch(line)):
            self._pairs.append((pair[1], pair[2].strip()))
            if index + 1 < len(lines) and _PAIR.fullmatch(lines[index + 1]):
                return ""
            return self._joined()
        if self._names and (row := self._row(line)):
            self._inside, self._gap = self._bordered, 0
            return row
        inside, self._inside = self._inside, self._bordered and len(cells_of(line)) > 1
        names = [] if inside else names_of(line, commas=self._commas)
        if names and self._is_above_rows(names, line, lines, index):
            self._names, self._header, self._bordered, self._gap = names, line, len(cells_of(line)) > 1, 0
            return ""
        self._gap += _DRAWN.fullmatch(line) is None
        if line.strip() and ((self._bordered and not self._inside) or self._gap > MAX_GAP):
            self._names = []
        return lines[index]

    def _joined(self) -> str:
        """Say rows of a name and a number in one line; a name ending with a slash stands before those indented under it."""
        pairs, self._pairs = self._pairs, []
        prefix, depth, names, cells = "", 0, [], []
        for raw, cell in pairs:
            name, indent = raw.strip(), len(raw) - len(raw.lstrip())
            prefix = prefix if indent > depth else ""
            if name.endswith("/") and not cell:
                prefix, depth = name, indent
            names.append(prefix + name)
            cells.append(cell)
        return as_line(names, cells)

    def _is_above_rows(self, names: Sequence[str], line: str, lines: Sequence[str], index: int) -> bool:
        """Whether a rule follows, or a row next or after one other line; at the end of a block this is not known, and likely."""
        after = dropwhile(_DRAWN.fullmatch, islice(lines, index + 1, index + 3 + MAX_DRAWN))
        below = [text for text in islice(after, 3) if text.strip()][:2]
        return not below or RULE.fullmatch(below[0]) is not None or any(_row_of(names, line, _bared(text)) for text in below)

    def _row(self, line: str) -> str:
        return _row_of(self._names, self._header, line)


def _row_of(names: Sequence[str], header: str, line: str) -> str:
    """Say a row of the table with this header in words; empty for a line that is none."""
    cells = cells_of(line)
    if cells or _BORDER.search(header):
        return as_line(names, cells) if len(cells) == len(names) else ""
    if evaluated := _evaluated(names, line):
        return evaluated
    ways = (_COMMA.split(line.strip()), _GAP.split(line.strip()), line.split())
    cells = next((way for way in ways if len(way) == len(names)), ways[-1])
    if len(cells) != len(names):
        cells = _under(names, header, line)
    label = cells[:1] and not _is_value(cells[0]) and not is_missing(cells[0])
    if len(cells) != len(names) or (label and cells[0].lower() not in _WHOLE):
        return ""
    fits = all(_is_value(cell) or is_missing(cell) or _MARK.fullmatch(cell) for cell in cells[bool(label) :])
    return as_line(names, cells) if fits else ""


def _evaluated(names: Sequence[str], line: str) -> str:
    """``10  val 4.006  0.07s`` under ``iter  train_loss``: the value of another split in the place of training's; else empty."""
    cells = _GAP.split(line.strip())
    at = next((i for i, cell in enumerate(cells[: len(names)]) if not _is_value(cell)), None)
    found = None if at is None else _OF_SPLIT.fullmatch(cells[at])
    if at is None or not found:
        return ""
    return as_line([*names[:at], f"{found[1]}_{base_of(canonical(names[at]).canonical)}"], [*cells[:at], found[2]])


def _under(names: Sequence[str], header: str, line: str) -> list[str]:
    """Cells of a row in which some are blank, by the column of the header that each stands under; empty when they do not fit."""
    spans = [found.span() for found in _COLUMN.finditer(header)]
    if len(spans) != len(names):
        return []
    cells = [""] * len(names)
    for found in _COLUMN.finditer(line):
        at = [i for i, (start, end) in enumerate(spans) if start < found.end() and found.start() < end]
        if len(at) != 1 or cells[at[0]]:
            return []
        cells[at[0]] = found.group()
    return cells


__all__ = ["RULE", "Tables", "as_line", "cells_of", "is_header", "names_of"]
