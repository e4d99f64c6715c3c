"""Where outputs go: ``-o FORMAT`` to stdout, ``-o FORMAT=FILE`` to a file."""

import os
import shutil
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from trainlog.diagnosis import Diagnosis
from trainlog.errors import UnknownName, UsageError
from trainlog.render import Style, renderer
from trainlog.rules import SEVERITIES, Severity


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


def failing(fail_on: str) -> tuple[Severity, ...]:
    """The severities that ``--fail-on`` counts; raises ``UnknownName``."""
    if fail_on == "never":
        return ()
    if fail_on not in SEVERITIES:
        raise UnknownName.among("severity", fail_on, [*SEVERITIES, "never"])
    return SEVERITIES[: SEVERITIES.index(fail_on) + 1]


def exit_code(diagnoses: Sequence[Diagnosis], counts: Collection[Severity], failures: int = 0) -> int:
    """1 when a finding counts, else 2 when a run could not be judged or a log not be read, else 0."""
    if any(d.worst in counts for d in diagnoses):
        return 1
    return 2 if failures or not diagnoses or not all(d.judged for d in diagnoses) else 0


def emit(outputs: Sequence[tuple[str, Path | None]], found: Sequence[Any], style: Style, find: Callable[[str], Any] = renderer) -> None:
    """Write what was found in every output; ``find`` gives the renderer of a name. Raises ``UsageError`` for a file that cannot be
    written.
    """
    for name, path in outputs:
        content: str | bytes = find(name).render(found, style if path is None else Style())
        if path is not None:
            _write(path, content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content)
        else:
            _print(content, style, name)


def _write(path: Path, content: bytes) -> None:
    # What a step of a GitHub workflow has written there before must stay.
    append = str(path) in (os.environ.get("GITHUB_STEP_SUMMARY"), os.environ.get("GITHUB_OUTPUT"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab" if append else "wb") as file:
            file.write(content)
    except OSError as error:
        raise UsageError("this file cannot be written", where=str(path), why=error.strerror or str(error)) from error


def _print(content: str | bytes, style: Style, name: str) -> None:
    """People get what their terminal can show; what programs read is UTF-8 wherever it goes, as each of its formats has it."""
    if isinstance(content, bytes):
        if sys.stdout.isatty():
            raise UsageError(f"{name} is nothing to read on a terminal", do=f"-o {name}=FILE")
        sys.stdout.buffer.write(content)
    elif style.unicode:
        sys.stdout.write(content)
    elif name == "text":
        sys.stdout.write(content.encode("ascii", "backslashreplace").decode())
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content.encode("utf-8", "backslashreplace"))


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
