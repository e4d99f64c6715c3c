"""Tables drawn in text -> lines of ``name: value``, which the console reader knows.

A header is a row of names, at least one of them a measure, that stands right above a rule (``|---|``, ``+====+``, ``┡━━╇━━┩``).
"""

import re
from collections.abc import Sequence

from trainlog.readers._cells import lenient
from trainlog.vocab import canonical, metric

_BORDER = re.compile(r"[|│┃║]")
RULE = re.compile(r"[ \t]*+[|+:=\-─-╿]{3,}+[|+:=\-─-╿ \t]*+")
MAX_NAMES = 200


def cells_of(line: str) -> list[str]:
    """Cut a row into trimmed cells; empty for a line that has no borders."""
    if not _BORDER.search(line):
        return []
    cells = [cell.strip().strip("*`").strip() for cell in _BORDER.split(line.strip())]
    return cells[1 if cells[0] == "" else 0 : -1 if cells[-1] == "" else None][:MAX_NAMES]


def is_header(names: Sequence[str]) -> bool:
    """Two or more names, none a number, one of them a measure that is better low or high."""
    if len(names) < 2 or any(lenient(name) is not None for name in names):
        return False
    return any(metric(canonical(name).canonical).better for name in names if name)


def as_line(names: Sequence[str], cells: Sequence[str]) -> str:
    """Say a row in words; cells that hold no number ("No log") are left out."""
    return " | ".join(f"{name}: {cell}" for name, cell in zip(names, cells, strict=False) if name and lenient(cell) is not None)


class Reworder:
    """Rewords the tables of a text, block after block; its lines stay as many as they are."""

    def __init__(self) -> None:
        self._names: list[str] | None = None
        self._inside = False  # the line before was a row: no header follows

    def __call__(self, block: bytes) -> bytes:
        """Reword one block of whole lines."""
        lines = block.decode("utf-8", "replace").split("\n")
        return "\n".join(self._line(lines, index) for index in range(len(lines))).encode()

    def _line(self, lines: Sequence[str], index: int) -> str:
        line = lines[index]
        if RULE.fullmatch(line):
            self._inside = False
            return ""
        cells = cells_of(line)
        if len(cells) < 2:
            self._inside = False
            if line.strip():
                self._names = None
            return line
        inside, self._inside = self._inside, True
        below = lines[index + 1] if index + 1 < len(lines) else ""
        if not inside and RULE.fullmatch(below) and is_header(cells):
            self._names = cells
            return ""
        return as_line(self._names, cells) if self._names and len(cells) == len(self._names) else line
