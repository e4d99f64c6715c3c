"""Any console text: step, epoch and named numbers in any layout.

## Looks like
    Epoch 0 | Step 100/5000 | Loss: 3.12 | PPL: 22.7
    Validation Loss: 3.30 | Validation PPL: 27.1
    [12:01:07] iter 400: loss=2.71, lr 3e-4 (1,204 tok/s)

A number is named by the words before it; a line without a step or an epoch takes the last ones said. Lines after a heading
such as ``Evaluating...`` belong to validation until a line says a step again. Best values, plans and summaries are not
points. A test loss logged three times or more where nothing is called validation is what the run validates on.
"""

import re

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._console import read_text
from trainlog.readers._console.text import start
from trainlog.readers._source import Source

GROWS = True  # the runs so far can be told while the log is being written
MAX_SCORE = 0.3  # below every reader that knows its format
MIN_SCORE = 0.01  # of text whose head names no measure: settings, source code and notes may fill more than that
_JSON = re.compile(rb"\s*+(?:\[\s*+)?+\{\s*+[\"}]")


def sniff(source: Source) -> Match | None:
    """Some of the first lines name a loss or another measure with a number."""
    if not source.head or b"\0" in source.head[:4096] or _JSON.match(source.head):
        return None
    import numpy as np

    from trainlog.readers._console.layouts import Layouts
    from trainlog.readers._console.text import Piece

    head = start(source).replace(b"\r", b"\n").rpartition(b"\n")[0] or source.head
    rows = Layouts(Collector(), commas=False).read(Piece(head, numbers := np.arange(head.count(b"\n") + 1), None))
    found = sum(len(part.line) for part in rows if any(entry.quality for entry in part.layout.fields))
    placed = sum(len(part.line) for part in rows if part.layout.placed)
    if not found:
        return Match(MIN_SCORE, "text, though its first lines name no measure")
    weight = min(1.0, (found + placed / 4) / 20)
    return Match(MAX_SCORE * (0.1 + 0.9 * weight), f"{found} of its first {len(numbers)} lines name a loss or another measure")


def read(source: Source, out: Collector) -> None:
    """Read every line that carries a number of interest."""
    read_text(source, out)
