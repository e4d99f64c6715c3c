"""The JSON Schemas that trainlog publishes: one file each under ``schemas/``, and the folder is the list."""

import json
from importlib import resources
from typing import Any

from trainlog.errors import UnknownName

_FOLDER = resources.files("trainlog.emit") / "schemas"


def names() -> list[str]:
    """What there is a schema of, sorted."""
    return sorted(entry.name.removesuffix(".json") for entry in _FOLDER.iterdir() if entry.name.endswith(".json"))


def text(name: str) -> str:
    """The schema called ``name`` as JSON text (draft 2020-12). Raises UnknownName."""
    if name not in names():
        raise UnknownName.among("schema", name, names())
    return (_FOLDER / f"{name}.json").read_text(encoding="utf-8")


def load(name: str) -> dict[str, Any]:
    """The schema called ``name`` as a dict. Raises UnknownName."""
    schema: dict[str, Any] = json.loads(text(name))
    return schema
