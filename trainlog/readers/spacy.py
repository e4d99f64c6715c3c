"""The table that ``spacy train`` prints, or the JSON lines its logger writes. Losses are sums since the row before, made means here.

The scores are of the development set: of a hundred, the last of them of one.

## Looks like
    E    #       LOSS TEXTCAT  CATS_SCORE  SCORE
    ---  ------  ------------  ----------  ------
      0       0          0.25       60.33    0.60
      1      20          4.90       62.50    0.62
    {"epoch":1,"step":20,"losses":{"textcat":4.896},"scores":{"cats_score":62.5},"score":0.625}
"""

import re
from collections.abc import Mapping, Sequence

import orjson

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._source import Source

GROWS = True  # the runs so far can be told while the log is being written
OBJECTS = True  # logs may be lines of JSON objects
_HEADER = rb"(?m)^E {2,}# {2,}[^\n]*?LOSS [^ \n]"
_ROW = rb"(?i) *+\d{1,15}+ ++\d{1,15}+(?: ++[-+]?(?:\d++(?:\.\d*+)?|nan|inf))++ *+"
# Compiled when first used: most lines of JSON objects are not spaCy's.
_OBJECT = rb'\{"epoch":\s*+-?\d++,\s*+"step":\s*+\d++,\s*+"losses":\s*+\{'  # spacy.ConsoleLogger's output_file
_GAP = rb" {2,}"


def sniff(source: Source) -> Match | None:
    """Its row of names: E, # and a loss; or objects that begin with epoch, step and losses."""
    if source.head.startswith(b"{"):
        if not source.head.startswith(b'{"epoch":') or not re.match(_OBJECT, source.head):
            return None
        return Match(0.97, "JSON lines of epoch, step and losses, as the logger of spacy train writes them")
    from trainlog.readers._console.text import start  # of lines of JSON objects no reader of text is loaded

    return Match(0.95, "the columns E, # and LOSS of spacy train") if re.search(_HEADER, start(source)) else None


def read(source: Source, out: Collector) -> None:
    """Read the rows of every table."""
    from trainlog.readers._console import read_text

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
        if re.match(_OBJECT, line):
            return self._object(line)
        if re.match(_HEADER, line):
            self._names, self._last = re.split(_GAP, line.strip()), -1
            return b""
        cells = line.split()
        if not self._names or len(cells) != len(self._names) or not re.fullmatch(_ROW, line):
            return line
        named = dict(zip(self._names[2:], cells[2:], strict=True))
        losses = {name[5:].decode("utf-8", "replace"): float(named.pop(name)) for name in list(named) if name.startswith(b"LOSS ")}
        return self._said(
            int(cells[0]), int(cells[1]), losses, [(name.decode("utf-8", "replace"), float(cell)) for name, cell in named.items()]
        )

    def _object(self, line: bytes) -> bytes:
        try:
            row = orjson.loads(line)
            scores = {**(row.get("scores") or {}), "score": row.get("score")}
            numbers = [(name, value) for name, value in scores.items() if isinstance(value, int | float)]
            return self._said(row["epoch"], row["step"], row["losses"], numbers)
        except (ValueError, TypeError, AttributeError, ArithmeticError):  # damaged, or no numbers
            return b""

    def _said(self, epoch: int, step: int, losses: Mapping[str, float], scores: Sequence[tuple[str, float]]) -> bytes:
        batches, self._last = max(step - self._last, 1), step
        said = [f"epoch: {epoch}", f"step: {step}"]
        said += [f"loss{_part(name) if len(losses) > 1 else ''}: {total / batches!r}" for name, total in losses.items()]
        said += [f"val_{name.lower().replace(' ', '_')}: {score!r}" for name, score in scores]
        return " | ".join(said).encode("utf-8", "replace")


def _part(name: str) -> str:
    return "/" + name.lower().replace(" ", "_")
