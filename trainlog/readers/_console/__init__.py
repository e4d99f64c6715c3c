"""Console text of any layout: cut into tokens, named, learned once per layout, read in bulk, told as one story.

``text`` (what a person saw) -> ``layouts`` (which lines are alike; ``bulk`` reads those seen before by their ``shapes``) -> ``line``
(what one such line means, from ``tokens``, ``cursor`` and ``words``) -> ``story`` (what lines leave unsaid).
"""

from collections.abc import Callable

from trainlog.readers._collect import Collector
from trainlog.readers._source import Source


def read_text(source: Source, out: Collector, reword: Callable[[bytes], bytes] | None = None) -> None:
    """Read a text whole; ``reword`` may put each block into words that are understood here."""
    from trainlog.readers._console import story  # to say that a log is of another format, no reader of text is needed

    story.read_text(source, out, reword)
