"""Paths as typed -> runs, with one message on stderr for each that cannot be read."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from trainlog.cli import tell
from trainlog.errors import TrainlogError, UsageError
from trainlog.judging import as_validation, check_metric
from trainlog.render._escape import plain
from trainlog.run import Run

if TYPE_CHECKING:
    from trainlog.readers import Log


class Found(NamedTuple):
    """A name as typed, and the logs that it stands for."""

    name: str
    logs: "Sequence[Log]"


def search(names: Sequence[str], input_format: str | None = None) -> list[Found]:
    """The logs that these names stand for; a name that stands for none is given as it is, to fail when it is read.

    Raises ``UnknownName`` for an unknown format.
    """
    from trainlog.readers import Log, discover, known_format

    whole = known_format(input_format) is not None
    found: list[Found] = []
    for name in names:
        try:
            found.append(Found(name, discover(name, whole=whole)))
        except TrainlogError:
            found.append(Found(name, [Log(name)]))
    return found


def load(
    found: Sequence[Found],
    aliases: Mapping[str, Sequence[str]],
    *,
    run: int | None = None,
    input_format: str | None = None,
    metric: str | None = None,
    gpu: str | None = None,
    wants: Callable[[str], bool] | None = None,
    judges: Callable[[str], bool] | None = None,
    verbose: bool = False,
    typed: Sequence[str] = (),
) -> tuple[list[Run], int]:
    """Read all logs; give the runs and how many names could not be read (each was told on stderr).

    ``typed``: the aliases of the command line, which are named on stderr when no log has their key.
    Raises ``UnreadableLog`` for GPU readings that are none, ``UnknownName`` for a metric that no run has.
    """
    from trainlog.readers import Options, gpu_readings, join_gpu, pick, read_found

    readings = None if gpu is None else gpu_readings(gpu)
    options = Options(input_format, aliases, wants, judges, _note if verbose else lambda _: None, _note, both=True)
    runs: list[Run] = []
    failures = 0
    for name, logs in found:
        try:
            some = read_found(name, logs, options)
            some = some if run is None else [pick(some, run, name)]
            runs += some if readings is None else join_gpu(some, readings)
        except TrainlogError as error:
            failures += 1
            tell(error)
    check_metric(metric, runs)
    _tell_unmet({name: keys for name, keys in _aliases(typed).items() if wants is None or wants(name)}, runs)
    return runs, failures


def _tell_unmet(aliases: Mapping[str, Sequence[str]], runs: Sequence[Run]) -> None:
    """Say which keys of aliases no run has: a word typed wrong changes nothing, and nobody would notice."""
    from trainlog.vocab import name_in_english, normal

    had = {normal(name_in_english(raw)) for run in runs for raw in run.raw_names.values()}
    unmet = [key for keys in aliases.values() for key in keys if normal(name_in_english(key)) not in had]
    if runs and unmet:
        _note(f"no log has {', '.join(map(repr, unmet))}: --alias changed nothing there")


def names(pairs: Sequence[str], metric: str | None, configured: Mapping[str, Sequence[str]] | None = None) -> dict[str, Sequence[str]]:
    """The aliases by which logs are read: those typed, then what ``--metric`` asks for, then those ``configured`` (None: look them up)."""
    if configured is None:
        from trainlog import config

        configured = config.load(Path.cwd()).aliases
    return {**configured, **as_validation(metric), **_aliases(pairs)}


def _aliases(pairs: Sequence[str]) -> dict[str, list[str]]:
    """``["val_loss=holdout/nll"]`` -> ``{"val_loss": ["holdout/nll"]}``; raises ``UsageError`` for anything else."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, key = pair.partition("=")
        if not (equals and name and key):
            raise UsageError(f"--alias {pair!r} is not of the form NAME=KEY", do="for example: --alias val_loss=holdout/nll")
        found.setdefault(name.strip(), []).append(key.strip())
    return found


def _note(text: str) -> None:
    typer.echo(plain(text), err=True)
