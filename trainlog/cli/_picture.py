"""Where a picture goes: a file named by the user or after the log, or standard output."""

import sys
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

import typer

from trainlog.errors import UnknownName, UsageError
from trainlog.render._escape import plain


class Target(NamedTuple):
    """A format, and the file it goes to; None for standard output."""

    format: str
    path: Path | None


def parse_target(output: str | None, logs: Sequence[str]) -> Target:
    """``out.svg`` -> SVG in that file; ``svg`` -> SVG on stdout; None -> a PNG named after the log, here."""
    from trainlog.render.figure import FORMATS

    if output is None:
        stem = "stdin" if logs[0] == "-" else PurePath(logs[0]).name.split(".")[0] or "plot"
        return Target("png", Path(f"{stem}.png" if len(logs) == 1 else "plot.png"))
    if output in FORMATS:
        return Target(output, None)
    suffix = PurePath(output).suffix.lower().lstrip(".")
    if suffix not in FORMATS:
        raise UnknownName.among("picture format", suffix or output, FORMATS)
    return Target(suffix, Path(output))


def parse_size(text: str | None) -> tuple[float, float | None]:
    """``7x5`` -> (7.0, 5.0); ``7`` -> (7.0, None); inches. Raises ``UsageError`` for anything else."""
    if text is None:
        return 7.0, None
    width, x, height = text.lower().partition("x")
    try:
        size = float(width), float(height) if x else None
    except ValueError:
        raise UsageError(f"--size {text!r} is not WIDTHxHEIGHT in inches", do="for example: --size 7x5") from None
    if not all(side is None or 1 <= side <= 100 for side in size):
        raise UsageError(f"--size {text!r} is no size of a picture", why="each side must be from 1 to 100 inches")
    return size


def write(target: Target, content: bytes) -> None:
    """Write the picture and say where; raises ``UsageError`` when that cannot be done."""
    if target.path is None:
        if sys.stdout.isatty() and target.format != "svg":
            raise UsageError(f"a {target.format.upper()} is nothing to read on a terminal", do=f"-o FILE.{target.format}")
        sys.stdout.buffer.write(content)
        return
    try:
        target.path.parent.mkdir(parents=True, exist_ok=True)
        target.path.write_bytes(content)
    except OSError as error:
        raise UsageError("this file cannot be written", where=str(target.path), why=error.strerror or str(error)) from error
    typer.echo(f"drew {plain(target.path)}", err=True)
