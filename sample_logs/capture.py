"""Running a framework with what it prints going into a file, and making that neutral: see ``make.py``."""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_DATE = re.compile(r"\b20\d\d([-/])\d\d[-/]\d\d(?=[ T])")
_LINK = re.compile(r"\(https?://[^\s)]+\)")
_PREFIX = re.compile(r"(?<![\w.])/\S*?/(?:site-packages|lib/python3\.\d+)/")


@contextlib.contextmanager
def printed(path: Path, *hidden: str) -> Iterator[None]:
    """Everything that is written to the two standard streams, by whatever code, goes into a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    try:
        with path.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            yield
            sys.stdout.flush()
            sys.stderr.flush()
    finally:
        os.dup2(saved[0], 1)
        os.dup2(saved[1], 2)
    neutral(path, *hidden)


def run(path: Path, *command: object, hidden: tuple[str, ...] = ()) -> None:
    """Let a command of the environment's own ``bin`` write into a file."""
    program = Path(sys.executable).with_name(str(command[0]))
    with path.open("wb") as file:
        subprocess.run([program, *map(str, command[1:])], stdout=file, stderr=subprocess.STDOUT, check=True)
    neutral(path, *hidden)


def neutral(path: Path, *hidden: str) -> None:
    """Take folders of this machine and dates out of a text: ``hidden`` become ``work``, every date the first of March."""
    text = path.read_bytes().decode("utf-8", "replace")
    for folder in sorted(hidden, key=len, reverse=True):
        text = text.replace(folder, "work")
    text = _LINK.sub("", _PREFIX.sub("", text))
    text = _DATE.sub(r"2026\g<1>03\g<1>01", text)
    path.write_bytes(text.encode())
