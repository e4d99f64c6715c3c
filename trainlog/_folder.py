"""What the modules of a folder say of themselves, read from their source: a list of them loads none of them.

Loading the rules or the readers takes numpy with it, six times the start-up of Python, to print a few lines of text.
"""

import ast
import inspect
from collections.abc import Sequence
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path


@cache
def names(package: str) -> Sequence[str]:
    """The modules of a package whose names have no underscore, in order. pkgutil finds the same in ten times as long."""
    files = (file for place in _places(package) for file in Path(place).iterdir())
    return tuple(sorted(file.stem for file in files if file.suffix == ".py" and not file.stem.startswith("_")))


@cache
def docstring(package: str, name: str) -> str:
    """The docstring of one module, as ``inspect.getdoc`` gives it; empty when it has none."""
    before, quotes, rest = _source(package, name).partition('"""')
    return inspect.cleandoc(rest.partition('"""')[0]) if quotes and not before.strip() else ""


def arguments(package: str, name: str, variable: str) -> list[object]:
    """The positional arguments, all literals, of the call that a module assigns to ``variable`` at its top level."""
    statement = _source(package, name).split(f"\n{variable} = ", 1)[1]
    # The statement ends before the first blank line: parsing the whole module costs fifty times as much.
    call = ast.parse(statement.partition("\n\n")[0], mode="eval").body
    return [ast.literal_eval(argument) for argument in call.args] if isinstance(call, ast.Call) else []


def says(package: str, name: str, statement: str) -> bool:
    """Whether a line of a module, at its top level, begins with this statement."""
    return f"\n{statement}" in _source(package, name)


@cache
def _places(package: str) -> list[str]:
    spec = find_spec(package)
    return list(spec.submodule_search_locations or ()) if spec is not None else []


@cache
def _source(package: str, name: str) -> str:
    spec = PathFinder.find_spec(name, _places(package))
    return Path(spec.origin).read_text(encoding="utf-8") if spec is not None and spec.origin is not None else ""
