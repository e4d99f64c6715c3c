"""Tables that lie on their side: a metric per row, a step or an epoch per column."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from trainlog.readers._cells import floats, lenient
from trainlog.readers._columns import Column, is_axis
from trainlog.readers._layout import DELIMITERS, split
from trainlog.vocab import canonical, metric, normal

MIN_COLUMNS = 3  # of numbers: with fewer, two models or two folds may be compared
MAX_ROWS = 1_000
_NUMBERED = re.compile(r"(?:(epoch|ep|round|step|iter|iteration)[ _:=-]*)?(\d{1,15})", re.IGNORECASE)


class Transposed(NamedTuple):
    """``places`` are numbers on ``axis`` (a key that places records), one per column of each of the ``rows``."""

    axis: str
    places: list[int]
    rows: dict[str, list[str]]

    def columns(self) -> dict[str, Column]:
        """Turn the table upright; rows of text are left out."""
        found: dict[str, Column] = {self.axis: (np.array(self.places, dtype=np.float64), None)}
        for name, cells in self.rows.items():
            values, missing, bad = floats(cells)
            if not bad and (missing is None or not missing.all()):
                found[name] = values, missing
        return found


def transposed(text: str) -> Transposed | None:
    """Find such a table: numbers that grow in its first line, measures that are known in its first column."""
    lines = [line for line in text.split("\n", MAX_ROWS + 1) if line.strip()]
    if not 2 <= len(lines) <= MAX_ROWS:
        return None
    for delimiter in DELIMITERS[:-1]:
        head, *rows = (split(line, delimiter) for line in lines)
        if len(head) > MIN_COLUMNS and (places := _places(head[1:])) is not None and all(len(row) == len(head) for row in rows):
            known = sum(metric(canonical(row[0]).canonical).better is not None for row in rows)
            if known and all(row[0] and lenient(row[0]) is None for row in rows) and _are_numbers(rows):
                return Transposed(_axis(head, places), places, {row[0]: row[1:] for row in rows})
    return None


def _places(cells: Sequence[str]) -> list[int] | None:
    found = [_NUMBERED.fullmatch(cell) for cell in cells]
    numbers = [int(cell[2]) for cell in found if cell is not None]
    return numbers if len(numbers) == len(cells) and all(before < after for before, after in pairwise(numbers)) else None


def _are_numbers(rows: Sequence[Sequence[str]]) -> bool:
    return sum(lenient(cell) is not None for row in rows for cell in row[1:]) > sum(len(row) - 1 for row in rows) / 2


def _axis(head: Sequence[str], places: Sequence[int]) -> str:
    """The word of the corner, or that beside the numbers; numbers that count on by one are epochs unless they say otherwise."""
    if is_axis(head[0]):
        return normal(head[0])
    cell = _NUMBERED.fullmatch(head[1])
    if cell is not None and cell[1]:
        return "epoch" if cell[1].lower().startswith(("ep", "round")) else "step"
    return "epoch" if places[0] <= 1 and all(after - before == 1 for before, after in pairwise(places)) else "step"
