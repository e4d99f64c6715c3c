"""A canvas of characters: curves as braille dots (2 by 4 to a character), or one sign per curve where there is no Unicode."""

import numpy as np
from numpy.typing import NDArray

from trainlog.run import Floats

ACROSS, DOWN = 2, 4  # dots to a character
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # of U+2800, by row and column


class Canvas:
    """``width`` by ``height`` characters; places are given as fractions of the frame, (0, 0) at the lower left."""

    def __init__(self, width: int, height: int, *, unicode: bool) -> None:
        self.width, self.height, self.unicode = width, height, unicode
        self._dots = np.zeros((height * DOWN, width * ACROSS), dtype=bool)
        self._owner = np.full((height, width), -1, dtype=np.int64)
        self._signs: dict[tuple[int, int], tuple[str, int]] = {}

    def curve(self, x: Floats, y: Floats, pen: int) -> None:
        """Draw a line through points sorted by x: in every column of dots all it passes, the highest and lowest included.

        ``pen`` is a number that ``rows`` gives back for the characters this curve was the last to touch.
        """
        rows, columns = self._dots.shape
        column = np.clip(np.rint(x * (columns - 1)), -1, columns).astype(np.int64)
        row = np.clip((1 - y) * (rows - 1), -1, rows)
        at = np.arange(max(int(column[0]), 0), min(int(column[-1]), columns - 1) + 1)
        if not len(at):
            return
        middle = np.interp(at, column, row)
        low, high = middle.copy(), middle.copy()
        low[1:] = np.minimum(low[1:], (middle[:-1] + middle[1:]) / 2)
        low[:-1] = np.minimum(low[:-1], (middle[:-1] + middle[1:]) / 2)
        high[1:] = np.maximum(high[1:], (middle[:-1] + middle[1:]) / 2)
        high[:-1] = np.maximum(high[:-1], (middle[:-1] + middle[1:]) / 2)
        seen = (column >= at[0]) & (column <= at[-1])
        np.minimum.at(low, column[seen] - at[0], row[seen])
        np.maximum.at(high, column[seen] - at[0], row[seen])
        for place, top, bottom in zip(at, np.rint(low).astype(int), np.rint(high).astype(int), strict=True):
            if bottom < 0 or top >= rows:
                continue
            first, last = max(top, 0), min(bottom, rows - 1)
            self._dots[first : last + 1, place] = True
            self._owner[first // DOWN : last // DOWN + 1, place // ACROSS] = pen

    def sign(self, x: float, y: float, text: str, pen: int) -> None:
        """Put a character at a place, over the curves; what lies beyond the frame stands at its edge."""
        self._signs[self.row(y), self.column(x)] = (text, pen)

    def row(self, y: float) -> int:
        """The row of characters at a fraction of the height, counted from the top."""
        return int(np.clip(round((1 - y) * (self.height - 1)), 0, self.height - 1))

    def column(self, x: float) -> int:
        """The column of characters at a fraction of the width."""
        return int(np.clip(round(x * (self.width - 1)), 0, self.width - 1))

    def rows(self, pens: str) -> list[list[tuple[str, int]]]:
        """The characters from the top down, each with its pen (-1: none); without Unicode a curve is drawn in ``pens[pen]``."""
        cells: NDArray[np.int64] = self._dots.reshape(self.height, DOWN, self.width, ACROSS).transpose(0, 2, 1, 3).reshape(-1, DOWN, ACROSS)
        codes = (cells * _BITS).sum(axis=(1, 2)).reshape(self.height, self.width)
        out = []
        for row in range(self.height):
            line = []
            for column in range(self.width):
                owner, code = int(self._owner[row, column]), int(codes[row, column])
                plain = " " if owner < 0 else pens[owner % len(pens)]
                line.append(self._signs.get((row, column), ((chr(0x2800 + code) if code else " ") if self.unicode else plain, owner)))
            out.append(line)
        return out
