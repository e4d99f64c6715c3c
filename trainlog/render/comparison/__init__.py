"""Comparison -> text. One file per output of ``compare``; the folder is the registry, as in ``render`` itself.

A module here has ``render(comparisons, style) -> str``; it computes nothing, and escapes what comes from a log.
"""

import pkgutil
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Protocol

from trainlog.comparison import Comparison, Row
from trainlog.errors import UnknownName
from trainlog.render import Style
from trainlog.render._escape import plain


class Renderer(Protocol):
    """What an output module offers."""

    def render(self, comparisons: Sequence[Comparison], style: Style) -> str:
        """Give the whole output, ending with a newline."""


@cache
def names() -> list[str]:
    """The names of all outputs, without loading them."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))


def renderer(name: str) -> Renderer:
    """Load an output by name; raises ``UnknownName``."""
    if name not in names():
        raise UnknownName.among("output format of compare", name, names())
    return import_module(f"{__name__}.{name}")


def title(comparison: Comparison) -> str:
    """Who is compared with whom, safe to show on a terminal."""
    new, base = (" + ".join(dict.fromkeys(plain(d.run.source) for d in group)) for group in (comparison.new, comparison.base))
    return f"{new} against {base}"


def cells(row: Row) -> tuple[str, str, str, str, str, str]:
    """Name, base, new, change, interval and judgement of a row, as text."""
    if row.base is None or row.new is None or row.change is None or row.low is None or row.high is None:
        return plain(row.name), "", "", "", "", row.judgement
    return (
        plain(row.name),
        _value(row.base, row.unit),
        _value(row.new, row.unit),
        f"{row.change:+.1%}",
        f"{row.low:+.1%} to {row.high:+.1%}",
        row.judgement,
    )


def _value(value: float, unit: str) -> str:
    if unit == "bytes":
        return f"{value / 2**30:,.2f} GiB"
    shown = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{shown} {unit}" if unit in ("s", "tokens/s", "samples/s", "steps/s") else shown
