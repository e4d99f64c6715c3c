"""Tables drawn in text: Markdown (the model cards of Hugging Face), tabulate's grids, rich's boxes. Other lines are console text.

## Looks like
    | Training Loss | Epoch | Step | Validation Loss |
    |:-------------:|:-----:|:----:|:---------------:|
    | No log        | 1.0   | 100  | 2.3101          |
"""

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._console import read_text
from trainlog.readers._console.text import plain
from trainlog.readers._source import Source
from trainlog.readers._texttable import RULE, cells_of, is_header

GROWS = True  # the runs so far can be told while the log is being written


def sniff(source: Source) -> Match | None:
    """A row of names, one of them a measure, above a rule."""
    lines = plain(source.head).decode("utf-8", "replace").split("\n")
    trios = zip(["", *lines], lines, lines[1:], strict=False)
    found = any(RULE.fullmatch(below) and len(cells_of(above)) < 2 and is_header(cells_of(line)) for above, line, below in trios)
    return Match(0.9, "a table drawn in text that names a measure") if found else None


def read(source: Source, out: Collector) -> None:
    """Read rows as lines of ``name: value``."""
    read_text(source, out)
