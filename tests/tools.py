"""Tools of others that tests look through: a missing one skips the test where a person works, and fails it in CI."""

import os
import shutil
from importlib import import_module
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def needs(module: str) -> Any:
    """The module of a package among the ``dev`` extra."""
    try:
        return import_module(module)
    except ModuleNotFoundError:
        absent(f"{module} is not installed: pip install -e '.[dev]' -c constraints.txt")


def absent(why: str) -> None:
    """Skip the test, or fail it where everything has to be there."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)
