"""Console text that only words its numbers oddly: substitutions put it into words that the generic console reader knows.

A reader of such a format is its signature and its substitutions::

    _DIALECT = Dialect(rb"^s:\\d+ te?l:", "lines such as s:250 tel:3.5", (rb"^s:(\\d+) tel:", rb"step \\1 val_loss: "))
    sniff, read = _DIALECT.sniff, _DIALECT.read
"""

import re
from functools import cached_property

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._console import read_text
from trainlog.readers._console.text import start
from trainlog.readers._source import Source

SCORE = 0.95


class Dialect:
    """How one framework words its lines.

    ``signature``: an expression that text of this framework contains, and no other (``^`` is the start of a line).
    ``words``: (expression, replacement) pairs, applied in order to text without colour codes; none may match a line end.
    """

    def __init__(self, signature: bytes, why: str, *words: tuple[bytes, bytes]) -> None:
        self._signature = re.compile(signature, re.MULTILINE)
        self._why = why
        self._words = words

    def sniff(self, source: Source) -> Match | None:
        """Whether the head has the signature."""
        return Match(SCORE, self._why) if self._signature.search(start(source)) else None

    def read(self, source: Source, out: Collector) -> None:
        """Read the reworded text."""
        read_text(source, out, self._reworded)

    def _reworded(self, block: bytes) -> bytes:
        for expression, replacement in self._expressions:
            block = expression.sub(replacement, block)
        return block

    @cached_property
    def _expressions(self) -> list[tuple[re.Pattern[bytes], bytes]]:
        return [(re.compile(expression, re.MULTILINE), replacement) for expression, replacement in self._words]
