"""Outputs of one file whose suffix is the format: ``-o FILE.svg``, or ``-o svg`` for standard output."""

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


def parse_file(output: str, formats: Sequence[str], kind: str) -> Target:
    """``out.svg`` -> SVG in that file; ``svg`` -> SVG on standard output; raises ``UnknownName`` for any other format."""
    if output in formats:
        return Target(output, None)
    suffix = PurePath(output).suffix.lower().lstrip(".")
    if suffix not in formats:
        raise UnknownName.among(kind, suffix or output, formats)
    return Target(suffix, Path(output))


def write(target: Target, content: bytes, *, said: str, binary: bool) -> None:
    """Write the file and say so on stderr; raises ``UsageError`` when it cannot be written."""
    if target.path is None:
        if binary and sys.stdout.isatty():
            raise UsageError(f"{target.format} is nothing to read on a terminal", do=f"-o FILE.{target.format}")
        sys.stdout.buffer.write(content)
        return
    try:
        target.path.parent.mkdir(parents=True, exist_ok=True)
        target.path.write_bytes(content)
    except OSError as error:
        raise UsageError("this file cannot be written", where=str(target.path), why=error.strerror or str(error)) from error
    typer.echo(f"{said} {plain(target.path)}", err=True)
