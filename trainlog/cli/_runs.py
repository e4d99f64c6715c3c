"""Paths as typed -> runs, with one message on stderr for each that cannot be read."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from trainlog.errors import TrainlogError, UsageError
from trainlog.render._escape import plain
from trainlog.run import Run

if TYPE_CHECKING:
    from trainlog.readers import Log


def load(
    logs: Sequence[str],
    *,
    run: int | None = None,
    input_format: str | None = None,
    aliases: Sequence[str] = (),
    configured: Mapping[str, Sequence[str]] | None = None,
    wants: Callable[[str], bool] | None = None,
    judges: Callable[[str], bool] | None = None,
    gpu: str | None = None,
    verbose: bool = False,
) -> tuple[list[Run], int]:
    """Read all logs; give the runs and how many logs could not be read (each was told on stderr).

    ``configured``: aliases of the configuration; None: look them up.
    """
    from trainlog.readers import join_gpu, read_all

    if configured is None:
        from trainlog import config

        configured = config.load(Path.cwd()).aliases
    names: dict[str, Sequence[str]] = {**configured, **parse_aliases(aliases)}
    runs: list[Run] = []
    failures = 0
    for log in logs:
        try:
            found = read_all(
                log,
                input_format=input_format,
                aliases=names,
                wants=wants,
                judges=judges,
                note=_note if verbose else lambda _: None,
                tell=_note,
                both=True,
            )
            if run is not None and not 0 <= run < len(found):
                raise UsageError(f"there is no run {run} in this log", where=log, why=f"it holds {len(found)}, numbered from 0")
            found = found if run is None else [found[run]]
            found = found if gpu is None else [join_gpu(one, gpu) for one in found]
        except TrainlogError as error:
            failures += 1
            typer.echo("trainlog: " + "\n".join(plain(line, 2000) for line in str(error).split("\n")), err=True)
            continue
        runs.extend(found)
    return runs, failures


def search(logs: Sequence[str], *, whole: bool) -> "list[Log]":
    """The logs that these names stand for; a name that stands for none is given as it is, to fail when it is read."""
    from trainlog.readers import Log, discover

    found: list[Log] = []
    for name in logs:
        try:
            found += discover(name, whole=whole) or [Log(name)]
        except TrainlogError:
            found.append(Log(name))
    return found


def parse_aliases(pairs: Sequence[str]) -> dict[str, list[str]]:
    """``["val_loss=holdout/nll"]`` -> ``{"val_loss": ["holdout/nll"]}``; raises ``UsageError`` for anything else."""
    names: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, key = pair.partition("=")
        if not (equals and name and key):
            raise UsageError(f"--alias {pair!r} is not of the form NAME=KEY", do="for example: --alias val_loss=holdout/nll")
        names.setdefault(name.strip(), []).append(key.strip())
    return names


def _note(text: str) -> None:
    typer.echo(plain(text), err=True)
