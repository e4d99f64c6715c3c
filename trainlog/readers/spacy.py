"""The table that ``spacy train`` prints. Its losses are sums over the batches since the row before, made means here.

The scores are of the development set: of a hundred, the last of them of one.

## Looks like
    E    #       LOSS TEXTCAT  CATS_SCORE  SCORE
    ---  ------  ------------  ----------  ------
      0       0          0.25       60.33    0.60
      1      20          4.90       62.50    0.62
"""

import re

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._console import read_text
from trainlog.readers._console.text import start
from trainlog.readers._source import Source

GROWS = True  # the runs so far can be told while the log is being written
_HEADER = re.compile(rb"^E {2,}# {2,}[^\n]*?LOSS [^ \n]", re.MULTILINE)
_ROW = re.compile(rb" *+\d++ ++\d++(?: ++[-+]?(?:\d[\d.]*+|nan|inf))++ *+", re.IGNORECASE)
_GAP = re.compile(rb" {2,}")


def sniff(source: Source) -> Match | None:
    """Its row of names: E, # and a loss."""
    return Match(0.95, "the columns E, # and LOSS of spacy train") if _HEADER.search(start(source)) else None


def read(source: Source, out: Collector) -> None:
    """Read the rows of every table."""
    out.remark("losses are sums over the batches since the row before: divided by how many these are")
    read_text(source, out, _Table().lines)


class _Table:
    """Says rows in words, block after block."""

    def __init__(self) -> None:
        self._names: list[bytes] = []
        self._last = -1  # the step of the row before; at step 0 one batch was seen

    def lines(self, block: bytes) -> bytes:
        return b"\n".join(self._line(line) for line in block.split(b"\n"))

    def _line(self, line: bytes) -> bytes:
        if _HEADER.match(line):
            self._names, self._last = _GAP.split(line.strip()), -1
            return b""
        cells = line.split()
        if not self._names or len(cells) != len(self._names) or not _ROW.fullmatch(line):
            return line
        batches = max(int(cells[1]) - self._last, 1)
        self._last = int(cells[1])
        said = [b"epoch: " + cells[0], b"step: " + cells[1]]
        losses = [name for name in self._names if name.startswith(b"LOSS ")]
        for name, cell in zip(self._names[2:], cells[2:], strict=True):
            if name in losses:
                part = b"" if len(losses) == 1 else b"/" + name[5:].lower().replace(b" ", b"_")
                said.append(b"loss%b: %b" % (part, repr(float(cell) / batches).encode()))
            else:
                said.append(b"val_%b: %b" % (name.lower().replace(b" ", b"_"), cell))
        return b" | ".join(said)
