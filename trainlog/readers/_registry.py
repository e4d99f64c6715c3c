"""The formats there are: the modules of this folder whose names have no underscore."""

from functools import cache
from importlib import import_module
from typing import NamedTuple, Protocol

from trainlog import _folder
from trainlog.errors import UnknownName
from trainlog.readers._collect import Collector
from trainlog.readers._source import Source

OWN = "trainlog"  # the format that trainlog.emit writes
OF_OBJECTS = "OBJECTS = True"  # what a reader says whose logs may be lines of JSON objects
MANY = 60_000  # bytes of a head; of one so long, the last line is cut


class Match(NamedTuple):
    """How sure a reader is (0-1) that a source is of its format, and what it saw."""

    score: float
    why: str


class Reader(Protocol):
    """What a reader module offers."""

    __name__: str
    __doc__: str | None

    def sniff(self, source: Source) -> Match | None:
        """Judge by the head of the source."""

    def read(self, source: Source, out: Collector) -> None:
        """Read the whole source."""


@cache
def names() -> list[str]:
    """The names of all formats, without loading their readers."""
    return list(_folder.names("trainlog.readers"))


def reader(name: str) -> Reader:
    """Load the reader of a format; raises ``UnknownName`` for a format that there is not."""
    if name not in names():
        raise UnknownName.among("input format", name, names())
    return import_module(f"{__package__}.{name}")


def guess(source: Source) -> list[tuple[str, Match]]:
    """The formats a source may be of, most likely first."""
    own = reader(OWN).sniff(source)
    if own is not None and own.score == 1.0:  # it names the schema: nobody else has to be loaded and asked
        return [(OWN, own)]
    asked = _of_objects() if _is_objects(source.head) else names()
    found = [(name, match) for name in asked if (match := reader(name).sniff(source)) is not None]
    return sorted(found, key=lambda pair: (-pair[1].score, pair[0]))


@cache
def _of_objects() -> list[str]:
    """The formats that lines of JSON objects may be of, without loading their readers."""
    return [name for name in names() if _folder.says(__package__, name, OF_OBJECTS)]


def _is_objects(head: bytes) -> bool:
    """Whether this is several lines, each an object of JSON (no dict of Python) and nothing else: most readers need not be loaded
    to say that it is not theirs.
    """
    lines = [text for line in head.split(b"\n")[: -1 if len(head) > MANY else None] if (text := line.strip())]
    return len(lines) > 1 and all(line[:1] == b"{" and line[-1:] == b"}" and line[1:].lstrip()[:1] in (b'"', b"}") for line in lines)
