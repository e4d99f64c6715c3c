"""Lines that hold several records laid out alike: printed without a line end, or by two processes at once."""

import re
from collections.abc import Collection, Mapping

import numpy as np

from trainlog.readers._console.shapes import Lines
from trainlog.readers._console.text import Piece

_PLACE = re.compile(rb"(?<![a-z_])(step|epoch|iter|iteration)[ \t]*+[:=#\[]?[ \t]*+\d", re.IGNORECASE)
_NUMBER = re.compile(rb"[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:e[-+]?\d++)?|\bnan\b", re.IGNORECASE)
_SPACES = re.compile(rb"[ \t]++")
_BETWEEN = b" \t,;|/-"
MIN_NUMBERS = 2  # in a record: its place and a value


def records(line: bytes) -> list[bytes]:
    """The records of a line, if the name of its place comes again and what stands behind it is each time laid out alike."""
    places = list(_PLACE.finditer(line))
    same = [place.start() for place in places if place[1].lower() == places[0][1].lower()]
    if len(same) < 2:
        return [line]
    parts = [line[start:end] for start, end in zip(same, [*same[1:], len(line)], strict=True)]
    layouts = {_SPACES.sub(b" ", _NUMBER.sub(b"0", part)).strip(_BETWEEN) for part in parts}
    if len(layouts) > 1 or layouts.pop().count(b"0") < MIN_NUMBERS:
        return [line]
    return [line[: same[1]], *parts[1:]]


class Repeats:
    """The keys of lines that hold several records."""

    def __init__(self) -> None:
        self._keys: set[bytes] = set()

    def are_in(self, groups: Mapping[bytes, list[int]], known: Collection[bytes], lines: Lines) -> bool:
        """Whether any of these lines holds several; judged by the first of a key that is new."""
        for key, indices in groups.items():
            if key not in known and key not in self._keys and len(records(lines[indices[0]])) > 1:
                self._keys.add(key)
        return not self._keys.isdisjoint(groups)

    def apart(self, piece: Piece, lines: Lines) -> Piece:
        """Give each record a line of its own, of the same number."""
        each = [records(line) for line in lines]
        counts = [len(some) for some in each]
        starts = None if piece.starts is None else [start for start, count in zip(piece.starts, counts, strict=True) for _ in range(count)]
        return Piece(b"\n".join(record for some in each for record in some), np.repeat(piece.numbers, counts), starts)
