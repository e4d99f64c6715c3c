"""Diagnoses -> text. One file per output; the folder is the registry: a module here whose name has no underscore is an output.

An output module has a docstring (its first line says what it is for) and::

    def render(diagnoses: Sequence[Diagnosis], style: Style) -> str: ...  # bytes where the output is no text

It computes nothing that a test could call a result, and escapes everything that comes from the log. Packages in this
folder (``figure``) are no outputs of ``diagnose``.
"""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import NamedTuple, Protocol

from trainlog import _folder
from trainlog.diagnosis import Diagnosis
from trainlog.errors import UnknownName


class Style(NamedTuple):
    """How a terminal shows text; files are always plain, so that the same input gives the same bytes."""

    width: int = 80
    colour: bool = False
    unicode: bool = True
    verbose: bool = False


class Renderer(Protocol):
    """What an output module offers."""

    __doc__: str | None

    def render(self, diagnoses: Sequence[Diagnosis], style: Style) -> str | bytes:
        """Give the whole output; text ends with a newline."""


@cache
def names() -> list[str]:
    """The names of all outputs, without loading them."""
    return list(_folder.names(__name__))


def renderer(name: str) -> Renderer:
    """Load an output by name; raises ``UnknownName``."""
    if name not in names():
        raise UnknownName.among("output format", name, names())
    return import_module(f"{__name__}.{name}")


def worst_first(diagnoses: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Runs in the order people want to read them: those with errors first, then what could not be judged, then the rest."""
    order = {"error": 0, "warning": 2, "info": 3, None: 4}
    return sorted(diagnoses, key=lambda d: 1 if not d.judged and d.worst != "error" else order[d.worst])
