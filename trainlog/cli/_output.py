"""Where outputs go: ``-o FORMAT`` to stdout, ``-o FORMAT=FILE`` to a file."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from trainlog.errors import UsageError
from trainlog.render import Style, renderer


def parse_outputs(specs: Sequence[str], find: Callable[[str], Any] = renderer) -> list[tuple[str, Path | None]]:
    """``["json=out.json"]`` -> ``[("json", Path("out.json"))]``; raises ``UnknownName`` before anything is read.

    Without any, those in ``TRAINLOG_OUTPUT``, separated by commas; else text.
    """
    outputs = []
    preset = [spec.strip() for spec in os.environ.get("TRAINLOG_OUTPUT", "").split(",") if spec.strip()]
    for spec in specs or preset or ["text"]:
        name, equals, file = spec.partition("=")
        find(name)
        if equals and not file:
            raise UsageError(f"-o {spec!r} names no file", do=f"-o {name}=FILE, or -o {name} for standard output")
        outputs.append((name, Path(file) if file else None))
    return outputs


def emit(outputs: Sequence[tuple[str, Path | None]], found: Sequence[Any], style: Style, find: Callable[[str], Any] = renderer) -> None:
    """Write what was found in every output; ``find`` gives the renderer of a name. Raises ``UsageError`` for a file that cannot be
    written.
    """
    for name, path in outputs:
        text = find(name).render(found, style if path is None else Style())
        if path is None:
            _print(text, style, name)
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # What a step of a GitHub workflow has written there before must stay.
            append = str(path) in (os.environ.get("GITHUB_STEP_SUMMARY"), os.environ.get("GITHUB_OUTPUT"))
            with path.open("a" if append else "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.write(text)
        except OSError as error:
            raise UsageError("this file cannot be written", where=str(path), why=error.strerror or str(error)) from error


def _print(text: str, style: Style, name: str) -> None:
    """People get what their terminal can show; what programs read is UTF-8 wherever it goes, as each of its formats has it."""
    if style.unicode:
        sys.stdout.write(text)
    elif name == "text":
        sys.stdout.write(text.encode("ascii", "backslashreplace").decode())
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))


def terminal_style(verbose: bool = False) -> Style:
    """What the terminal can show: colour unless NO_COLOR or a pipe says no, its width, characters beyond ASCII."""
    stream = sys.stdout
    forced = bool(os.environ.get("FORCE_COLOR"))
    terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
    colour = (terminal or forced) and not os.environ.get("NO_COLOR")
    width = min(shutil.get_terminal_size().columns, 100) if stream.isatty() else 80
    encoding = (stream.encoding or "ascii").lower().replace("-", "")
    # A dumb terminal and the console of Linux have no glyphs for curves; a file or a pipe is read by something else.
    drawn = encoding.startswith("utf") and not (stream.isatty() and os.environ.get("TERM") in ("dumb", "linux"))
    return Style(width=max(width, 40), colour=colour, unicode=drawn, verbose=verbose)
