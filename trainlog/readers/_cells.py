"""Text cells -> numbers, a column at a time: the fast way when all are plain numbers, cell by cell when not."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from trainlog._pattern import compiled
from trainlog.run import Floats

# Not logged in this row, as against NaN, which was measured: Keras writes NA, pandas writes nothing, nvidia-smi [N/A].
MISSING = frozenset({"", "na", "n/a", "null", "none", "-", "--", "[n/a]", "[not supported]", "no log", "<na>", "n.a."})
_NUMBER = r"([-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(%|[A-Za-z][A-Za-z/]*)?"
_DECIMAL_COMMA = r"[-+]?(?:0,\d+|\d*,(?:\d{1,2}|\d{4,}))(?:[eE][-+]?\d+)?\s*%?"
_CLOCK = r"(?:(\d+) days?, )?(\d+):(\d{2})(?::(\d{2}(?:\.\d+)?))?"
_ZONED = r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?)(|Z|[+-]\d\d:?\d\d)"
_COUNT = r"(?:[A-Za-z]+[ _:#]*)?(\d{1,15})(?:\s*(?:/|of)\s*\d{1,15})?"
_SLASHED = r"(\d{4})/(\d{1,2})/(\d{1,2})"

MAX_CELL = 64  # characters of a number or a date: the patterns would take long over more

Cell = str | bytes


def floats(cells: Sequence[Cell], *, decimal_comma: bool | None = None) -> tuple[Floats, NDArray[np.bool_] | None, list[int]]:
    """Give the numbers of a column, a mask of the cells that hold none (or None), and the indices of unreadable text.

    ``decimal_comma``: whether a comma is one; None: the cells show it.
    """
    try:
        return np.fromiter(map(float, cells), np.float64, len(cells)), None, []
    except ValueError:
        pass
    values = np.full(len(cells), np.nan)
    missing = np.zeros(len(cells), dtype=bool)
    bad: list[int] = []
    decimal_comma = _has_decimal_comma(cells) if decimal_comma is None else decimal_comma
    for index, cell in enumerate(cells):
        if not cell:
            missing[index] = True
            continue
        try:
            values[index] = float(cell)
        except ValueError:
            number = lenient(_text(cell), decimal_comma=decimal_comma)
            missing[index] = number is None
            if number is not None:
                values[index] = number
            elif not is_missing(cell):
                bad.append(index)
    return values, missing if missing.any() else None, bad


class Cells:
    """A column that grows: its cells as numbers and as times, each of them read once."""

    def __init__(self) -> None:
        self._comma = False
        self._begin()
        self._times = np.zeros(0)

    def _begin(self) -> None:
        self._values, self._missing = np.zeros(0), np.zeros(0, dtype=bool)
        self._bad: list[int] = []

    def floats(self, cells: Sequence[str]) -> tuple[Floats, NDArray[np.bool_] | None, list[int]]:
        """The same as ``floats`` of all cells; those given before come first."""
        if not self._comma and _has_decimal_comma(cells[len(self._values) :]):
            self._comma = True  # what was read before may have to be read otherwise
            self._begin()
        known = len(self._values)
        values, missing, bad = floats(cells[known:], decimal_comma=self._comma)
        self._values = np.concatenate([self._values, values])
        self._missing = np.concatenate([self._missing, np.zeros(len(values), dtype=bool) if missing is None else missing])
        self._bad += [known + index for index in bad]
        return self._values, self._missing if self._missing.any() else None, self._bad

    def moments(self, cells: Sequence[str]) -> Floats:
        """The same as ``moments`` of all cells."""
        self._times = np.concatenate([self._times, [moment(cell) for cell in cells[len(self._times) :]]])
        return _past_midnight(cells, self._times)


def counts(cells: Sequence[str]) -> Floats:
    """Read numbers of a count that stand among words (``epoch 3``, ``3/10``); NaN for any other text."""
    found = (compiled(_COUNT).fullmatch(cell.strip()[:MAX_CELL]) for cell in cells)
    return np.array([float("nan") if one is None else float(one[1]) for one in found])


def is_missing(cell: Cell) -> bool:
    """Whether a cell says that nothing was logged."""
    return _text(cell).strip().lower() in MISSING


def _text(cell: Cell) -> str:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell


def _has_decimal_comma(cells: Sequence[Cell]) -> bool:
    """Whether some number of the column can have no other: ``1,234`` alone may be either, ``0,169`` and ``3,14`` may not."""
    return any(compiled(_DECIMAL_COMMA).fullmatch(_text(cell[:MAX_CELL]).strip()) for cell in cells)


def lenient(text: str, *, decimal_comma: bool = False) -> float | None:
    """Read a number with its unit, thousands commas, a decimal comma or a percent sign: ``92 %`` -> 92, ``1,234.5``, ``3,14``.

    ``decimal_comma``: what a comma is where it could be either (``1,234``).
    """
    text = text.strip().strip("\"'")
    if len(text) > MAX_CELL:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    if decimal_comma and 0 <= text.rfind(".") < text.rfind(","):  # 1.234,5
        text = text.replace(".", "")
    if text.count(",") == 1 and "." not in text and (decimal_comma or compiled(_DECIMAL_COMMA).fullmatch(text)):
        text = text.replace(",", ".")
    found = compiled(_NUMBER).fullmatch(text)
    return float(found[1].replace(",", "")) if found else None


def moments(cells: Sequence[Cell]) -> Floats:
    """Read times: dates as seconds since 1970 (without a zone: UTC), clock times as seconds that go on past midnight; else NaN."""
    texts = [_text(cell) for cell in cells]
    dates = _dates(texts)
    return _past_midnight(cells, np.array([moment(text) for text in texts])) if dates is None else dates


def _past_midnight(cells: Sequence[Cell], times: Floats) -> Floats:
    if len(cells) and compiled(_CLOCK).fullmatch(_text(cells[0]).strip()):
        falls = np.diff(times, prepend=times[:1]) < -43_200.0
        return times + 86_400.0 * np.cumsum(falls)
    return times


def _dates(texts: Sequence[str]) -> Floats | None:
    """Read ISO dates that are all of one zone, a column at once; None for any other text."""
    found = compiled(_ZONED).fullmatch(texts[0]) if texts else None
    if found is None or not all(text.endswith(found[2]) for text in texts):
        return None
    size = -len(found[2]) or None
    bare = [text[:size] for text in texts]
    if not all(len(text) > 18 and text[10] in "T " and (len(text) == 19 or text[20:].isdigit()) for text in bare):
        return None  # of one with a zone of its own numpy would warn
    try:
        seconds = np.array(bare, dtype="datetime64[us]").astype(np.int64) / 1e6
    except ValueError:
        return None
    shift = 0.0 if found[2] in ("", "Z") else _zone(found[2])
    return seconds - shift


def _zone(text: str) -> float:
    hours, minutes = int(text[1:3]), int(text[-2:])
    return (-1.0 if text[0] == "-" else 1.0) * (3600.0 * hours + 60.0 * minutes)


def moment(text: str) -> float:
    """Read one date (seconds since 1970) or clock time (seconds); NaN for anything else."""
    text = text.strip().strip('"')
    if len(text) > MAX_CELL:
        return float("nan")
    clock = compiled(_CLOCK).fullmatch(text)
    if clock:
        days, first, second, third = clock.groups()
        if third is None:
            return int(first) * 60.0 + int(second)
        return int(days or 0) * 86_400.0 + int(first) * 3600.0 + int(second) * 60.0 + float(third)
    try:
        found = datetime.fromisoformat(compiled(_SLASHED).sub(_iso_date, text.replace(",", ".")))
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return float("nan")
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _iso_date(found: re.Match[str]) -> str:
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"
