"""What console lines of one layout say."""

import re
from dataclasses import dataclass

from trainlog.readers._console.fields import Field

BEST = "best"  # in place of a split: the heading of a line that is no point


@dataclass(slots=True)
class Layout:
    """What lines of one layout say. The groups of ``expression`` are the tokens ``slots``: axes and ``fields`` point at them.

    ``total``: the planned number of steps, when the line says it. ``split``: what a line announces that has no values, or
    counts the batches of an evaluation.
    ``nameless``: only its form makes the step one. ``bar``: a progress bar that says nothing else. ``drawn``: one that says values.
    ``counted``: it counts the batches of an evaluation.
    ``opens``: the split that it begins with, as ``Test set: loss 2.31`` does; the next line may go on.
    ``numbered``: the words whose digits matter, without them.
    """

    expression: "re.Pattern[str]" = re.compile(r"(?!)")  # matches nothing
    step: int | None = None
    epoch: int | None = None
    stamp: int | None = None
    total: int | None = None
    fields: tuple[Field, ...] = ()
    split: str | None = None
    problem: str | None = None
    nameless: bool = False
    bar: bool = False
    drawn: bool = False
    counted: bool = False
    opens: str | None = None
    slots: tuple[int, ...] = ()
    numbered: frozenset[str] = frozenset()

    @property
    def loose(self) -> bool:
        """Whether lines of this layout have neither a place nor a split of their own."""
        return self.step is None and self.epoch is None and not any(entry.split for entry in self.fields)

    @property
    def placed(self) -> bool:
        """Whether lines of this layout carry a step or an epoch of their own."""
        return (self.step is not None or self.epoch is not None) and not self.bar
