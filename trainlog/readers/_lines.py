"""Which lines of a file the records of a JSON document start on: what is decoded in one piece has forgotten it."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from trainlog.readers._document import MAX_DOCUMENT
from trainlog.readers._source import Source
from trainlog.run import Ints, Run

STEP = 1 << 20  # bytes looked at in one go: bounds memory
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_QUOTE, _NEWLINE = ord('"'), ord("\n")


def lines_of(records: Sequence[object], source: Source, opening: re.Pattern[bytes]) -> Ints | None:
    """The lines on which the records of a document start, or None where they cannot be told."""
    if not all(isinstance(record, dict) for record in records):
        return None
    lines = record_lines(source.read(MAX_DOCUMENT), opening)
    return lines if len(lines) >= len(records) else None


def record_lines(data: bytes, opening: re.Pattern[bytes]) -> Ints:
    """The 1-based lines on which the objects of one list start; ``opening`` matches up to the ``[`` of the list."""
    found, parts = opening.search(data), [np.zeros(0, dtype=np.int64)]
    if found is None:
        return parts[0]
    at, line, depth, quoted = found.end(), 1 + data.count(b"\n", 0, found.end()), 0, False
    while at < len(data) and depth >= 0:
        end = at + STEP
        while data[end - 1 : end] == b"\\":  # what it escapes must be seen with it
            end += 1
        text = np.frombuffer(_ESCAPED.sub(b"__", data[at:end]), dtype=np.uint8)
        inside = (np.cumsum(text == _QUOTE) + quoted) % 2 == 1
        opens = ((text == ord("{")) | (text == ord("["))) & ~inside
        closes = ((text == ord("}")) | (text == ord("]"))) & ~inside
        level = depth + np.cumsum(opens.astype(np.int32) - closes)
        over = np.flatnonzero(level < 0)  # the list ends here
        starts = np.flatnonzero(opens & (text == ord("{")) & (level == 1))
        lines = line + np.cumsum(text == _NEWLINE)
        parts.append(lines[starts if not len(over) else starts[starts < over[0]]].astype(np.int64))
        at, line, depth, quoted = end, int(lines[-1]), -1 if len(over) else int(level[-1]), bool(inside[-1])
    return np.concatenate(parts)


def moved(run: Run, lines: Ints) -> Run:
    """The run with record numbers, from 1, replaced by the lines that these records start on."""

    def at(number: int) -> int:
        return int(lines[number - 1]) if 0 < number <= len(lines) else number

    shared = {id(one.line): lines[one.line - 1] for one in run.series.values()}  # rules ask whether it is the same array
    return replace(
        run,
        series={name: replace(one, line=shared[id(one.line)]) for name, one in run.series.items()},
        resumes=tuple(resume._replace(line=at(resume.line)) for resume in run.resumes),
        counted="line",
    )
