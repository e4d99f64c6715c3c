"""Comparisons -> text, in every output that ``diagnose`` has.

A module here whose name has no underscore is an output of ``compare`` alone, where a table of quantities says more than
findings: it has ``render(comparisons, style) -> str``, computes nothing and escapes what comes from a log. Every other
output of ``trainlog.render`` shows a comparison as what was found in the new runs (``_findings``), with no line of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol

from trainlog import _folder
from trainlog import render as diagnoses
from trainlog.comparison import Comparison, Row
from trainlog.errors import UnknownName
from trainlog.render import Style
from trainlog.render._escape import plain
from trainlog.render.comparison._findings import as_diagnosis, compared


class Renderer(Protocol):
    """What an output module offers."""

    def render(self, comparisons: Sequence[Comparison], style: Style) -> str | bytes:
        """Give the whole output, ending with a newline."""


@dataclass(frozen=True, slots=True)
class _Found:
    """An output of ``diagnose``, given what was found by comparing."""

    output: diagnoses.Renderer

    def render(self, comparisons: Sequence[Comparison], style: Style) -> str | bytes:
        return self.output.render([as_diagnosis(comparison) for comparison in comparisons], style)


@cache
def own() -> list[str]:
    """The names of the outputs written for comparisons."""
    return list(_folder.names(__name__))


@cache
def names() -> list[str]:
    """The names of all outputs, without loading them."""
    return sorted({*own(), *diagnoses.names()})


def renderer(name: str) -> Renderer:
    """Load an output by name; raises ``UnknownName``."""
    if name not in names():
        raise UnknownName.among("output format", name, names())
    return import_module(f"{__name__}.{name}") if name in own() else _Found(diagnoses.renderer(name))


def title(comparison: Comparison) -> str:
    """Who is compared with whom, as typed."""
    new, base = (" + ".join(dict.fromkeys(d.run.source for d in group)) for group in (comparison.new, comparison.base))
    return f"{new} against {base}"


HEADER = ("", "base", "new", "change", "90 % interval", "")


def cells(row: Row) -> tuple[str, str, str, str, str, str]:
    """Name, base, new, change, interval and judgement of a row, as text."""
    scale, unit = _SHOWN.get(row.unit, (1.0, ""))
    name = plain(row.name) + (f" ({unit})" if unit else "")
    if row.base is None or row.new is None or row.change is None or row.low is None or row.high is None:
        return name, "", "", "", "", row.judgement
    interval = f"{100 * row.low:+.1f} to {row.high:+.1%}"
    return name, _value(row.base / scale), _value(row.new / scale), f"{row.change:+.1%}", interval, row.judgement


_SHOWN = {"bytes": (2.0**30, "GiB"), **{unit: (1.0, unit) for unit in ("s", "tokens/s", "samples/s", "steps/s")}}


def _value(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


__all__ = ["HEADER", "Renderer", "cells", "compared", "names", "own", "renderer", "title"]
