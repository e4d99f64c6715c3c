"""How a table of text is laid out: its delimiter, its names, and where its rows start."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from trainlog.readers._axis import EPOCH_S
from trainlog.readers._cells import is_missing, lenient, moment
from trainlog.readers._columns import is_axis
from trainlog.vocab import BASES, NAME_KEYS, UNNAMED, VALUE_KEYS, base_of, canonical, normal

DELIMITERS = (",", "\t", ";", "|", " ")  # " " stands for a run of blanks
LOOSE = ("|", " ")  # also found in prose: such a table must have a name that is known
MAX_HEADING = 3  # lines of further names or units
PREAMBLE = 60  # lines that may stand before the names
SAMPLE = 25  # rows looked at
MAX_COLUMNS = 20_000  # wider tables are no logs: the widest of real ones, all MMLU tasks of an evaluation, has some hundreds
MAX_UNNAMED = 50  # columns of a table without names
MAX_NAME = 200  # characters
_BLANKS = re.compile(r"[ \t]+")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_RULE = " \t-="  # what a line between names and rows is made of; with bars it is a table of Markdown, which is another format


@dataclass(frozen=True, slots=True)
class Layout:
    """``first`` is the 1-based line of the first row; ``score`` (0-1) says how much of the sample fits."""

    delimiter: str
    names: tuple[str, ...]
    first: int
    score: float

    @property
    def decimal_commas(self) -> bool:
        """Whether a comma in a number stands for the point: where it does, programs set columns apart by semicolons."""
        return self.delimiter == ";"

    def split(self, line: str) -> list[str]:
        """Cut one line into trimmed cells."""
        return split(line, self.delimiter)


def split(line: str, delimiter: str) -> list[str]:
    """Cut a line into trimmed cells; quotes are honoured, colours dropped, a trailing delimiter adds nothing."""
    if "\x1b" in line:
        line = _COLOUR.sub("", line)
    if delimiter == " ":
        return _BLANKS.split(line.strip())
    quote = next((quote for quote in "\"'" if f"{quote}{delimiter}" in line or line.rstrip().endswith(quote)), None)
    try:
        cells = (
            next(csv.reader([line], delimiter=delimiter, quotechar=quote, skipinitialspace=True), []) if quote else line.split(delimiter)
        )
    except csv.Error:
        cells = line.split(delimiter)
    return [unquoted(cell) for cell in cells]


def unquoted(cell: str) -> str:
    """Trim a cell, and take it out of single quotes."""
    cell = cell.strip()
    return cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == "'" else cell


def is_rule(line: str) -> bool:
    """Whether a line only draws: ``-------  ------`` (skorch, tabulate)."""
    return "--" in line and not line.strip(_RULE)


def find_layout(head: str) -> Layout | None:
    """Find the names and the rows under them in the head of a file, or None when it is no table."""
    lines = head.split("\n")[: PREAMBLE + SAMPLE]
    if len(lines) < PREAMBLE + SAMPLE and not head.endswith("\n") and len(lines) > 2:
        lines = lines[:-1]  # may be cut short
    found: Layout | None = None
    for delimiter in DELIMITERS:
        layout = _with_names(lines, delimiter) or _without_names(lines, delimiter)
        if layout is not None and (found is None or layout.score > found.score):
            found = layout
    return found


def _with_names(lines: Sequence[str], delimiter: str) -> Layout | None:
    for number, line in enumerate(lines[:PREAMBLE]):
        if (delimiter if delimiter != " " else "") not in line:
            continue
        comment = line.startswith("#")  # numpy.savetxt writes the names so
        names = split(line.lstrip("# ") if comment else line, delimiter)
        trailing = len(names) > 2 and not names[-1]
        names = names[:-1] if trailing else names
        if not _are_names(names) or ((comment or delimiter in LOOSE) and not any(_is_known(name) for name in names)):
            continue
        below = [row for row in lines[number + 1 :] if row.strip() and not row.startswith("#") and not is_rule(row)]
        table = [split(row, delimiter) for row in below[: SAMPLE + MAX_HEADING]]
        names, further = _with_further(names, table)
        spelt = set(map(normal, names))
        score = _fit(table[further:], len(names), bool(spelt & NAME_KEYS and spelt & VALUE_KEYS))
        if score:
            first = number + 2 + (lines[number + 1 :].index(below[further]) if further else 0)
            return Layout(delimiter, _distinct(names), first, score * (0.9 if delimiter == " " else 1.0))
    return None


def _with_further(names: list[str], rows: Sequence[Sequence[str]]) -> tuple[list[str], int]:
    """Names that go on in the lines below (pandas' levels of columns), or have their units there; how many lines that takes."""
    texts = 0
    for row in rows[:MAX_HEADING]:
        if len(row) != len(names) or not any(map(_is_text, row)) or any(lenient(cell) is not None for cell in row):
            break
        texts += 1
    if not texts or texts == len(rows):
        return names, 0
    if len(set(names[1:])) == len(names) - 1:
        others = next((list(row) for row in rows[:texts] if any(map(_is_known, row))), names)
        return names if any(map(_is_known, names)) else others, texts
    index = next((row[0] for row in rows[1:texts] if row[0] and not any(row[1:])), "") or names[0] or rows[0][0]
    below = ["" if cell.startswith("Unnamed: ") else cell for cell in rows[0]]
    return [index, *(f"{name}/{cell}" if cell else name for name, cell in zip(names[1:], below[1:], strict=True))], texts


def _is_text(cell: str) -> bool:
    return bool(cell) and not is_missing(cell) and moment(cell) != moment(cell)


def _are_names(names: Sequence[str]) -> bool:
    """Two or more texts, of which only the first may be empty (pandas' index), none is a number and none announces one."""
    if not 2 <= len(names) <= MAX_COLUMNS or not all(names[1:]) or not any(c.isalpha() for c in "".join(names)):
        return False
    return all(len(name) <= MAX_NAME and lenient(name) is None and not is_missing(name or "x") and name[-1:] != ":" for name in names)


def _is_known(name: str) -> bool:
    return is_axis(name) or base_of(canonical(name).canonical) in BASES


def _fit(rows: Sequence[Sequence[str]], width: int, is_long: bool) -> float:
    """How well rows fit under names: the share of rows of the right width that hold a number, if that is most of them.

    ``is_long``: a metric is named in each row, and much else may be.
    """
    good = 0
    most = width - 1 if is_long else max(2, width // 2)
    for row in rows:
        cells = row[:-1] if len(row) == width + 1 and not row[-1] else row
        numbers = sum(lenient(cell) is not None for cell in cells)
        odd = sum(bool(cell) and lenient(cell) is None and not is_missing(cell) and moment(cell) != moment(cell) for cell in cells)
        good += len(cells) == width and numbers > 0 and odd <= most
    return good / len(rows) if rows and good >= 0.6 * len(rows) else 0.0


def _without_names(lines: Sequence[str], delimiter: str) -> Layout | None:
    """Columns of numbers, the first counting up: a step and its loss, a step, its time and a value, or what the user must name."""
    rows = [[lenient(cell) for cell in split(line, delimiter)] for line in lines if line.strip()][:SAMPLE]
    width = len(rows[0]) if rows else 0
    if len(rows) < 3 or not 2 <= width <= MAX_UNNAMED or any(len(row) != width or None in row for row in rows):
        return None
    columns = [[number for number in column if number is not None] for column in zip(*rows, strict=True)]
    if any(later <= before for before, later in pairwise(columns[0])) or any(step != step // 1 for step in columns[0]):
        return None
    if width == 2:
        return Layout(delimiter, ("step", "loss"), 1, 0.6)
    if width == 3 and min(columns[1]) > EPOCH_S:
        return Layout(delimiter, ("step", "time", UNNAMED), 1, 0.6)
    return Layout(delimiter, ("step", *(f"column_{number}" for number in range(2, width + 1))), 1, 0.3)


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Name the index column of pandas, and tell columns of the same name apart."""
    given = {name.lower() for name in names}
    index = "row" if given & {"epoch", "step", "iteration", "iter"} else "epoch"
    seen: dict[str, int] = {}
    distinct = []
    for name in (index if name in ("", "Unnamed: 0") else name for name in names):
        seen[name] = seen.get(name, 0) + 1
        distinct.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(distinct)
