"""What a picture is called, and how large it is."""

from collections.abc import Sequence
from pathlib import Path, PurePath

from trainlog.cli._file import Target, parse_file
from trainlog.errors import UsageError


def parse_target(output: str | None, logs: Sequence[str]) -> Target:
    """What ``-o`` says; without it a PNG named after the log, in the current folder."""
    from trainlog.render.figure import FORMATS

    if output is not None:
        return parse_file(output, FORMATS, "picture format")
    stem = "stdin" if logs[0] == "-" else PurePath(logs[0]).name.split(".")[0] or "plot"
    return Target("png", Path(f"{stem}.png" if len(logs) == 1 else "plot.png"))


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
