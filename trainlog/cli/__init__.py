"""argv -> calls -> stdout and exit code. No logic. One module per command: the folder is the registry.

Exit codes: 0 nothing at or above ``--fail-on``, 1 findings, 2 could not judge (usage, unreadable input, no loss found, a
bug). A command module has a function ``command`` whose signature is its options; it imports what it needs inside, so that
``--help`` loads nothing but typer. It returns its exit code.
"""

import errno
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

COLLECT_EVERY = 50_000
"""New objects between two garbage collections: importing makes a hundred thousand, none of them garbage, and the default is 700."""
gc.set_threshold(COLLECT_EVERY)  # before typer and numpy are imported

import typer  # noqa: E402

from trainlog import _folder  # noqa: E402
from trainlog._version import __version__  # noqa: E402
from trainlog.errors import TrainlogError, UsageError  # noqa: E402

# What a command line does wrong. typer carries its own copy of click, or uses the package, as its version has it; importing
# click itself could give another class, and costs as much as all of typer.
_CommandLineError: Any = typer.BadParameter.__mro__[2]


_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # a full disk, and what looks like one


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"trainlog {__version__}")
        raise typer.Exit


def _global(
    version: Annotated[bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)] = False,
) -> None:
    """Options of trainlog itself."""


def application(first: str | None = None) -> Any:
    """The commands as click runs them: all of them, or only the one that the command line names first."""
    app = typer.Typer(
        name="trainlog",
        help="The linter for training runs: reads any training log, judges it, says which checkpoint to keep.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        callback=_global,
    )
    names = _folder.names(__name__)
    for name in [first] if first in names else names:
        app.command(name)(import_module(f"{__name__}.{name}").command)
    return typer.main.get_command(app)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and give its exit code; nothing but an exit code and one message ever reaches the user."""
    # numpy's BLAS starts a thread per core when it is imported; nothing here multiplies large matrices.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _open_streams()
    try:
        arguments = sys.argv[1:] if argv is None else list(argv)
        code = application(next(iter(arguments), None)).main(args=arguments, prog_name="trainlog", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except _CommandLineError as error:
        error.show()
        return 2
    except (typer.Abort, KeyboardInterrupt):
        return 130  # as a shell reports an interrupt
    except TrainlogError as error:
        tell(error)
        return 2
    except BrokenPipeError:
        return _reader_gone()
    except OSError as error:  # files are told as what they are; what is left is the standard output
        if error.errno not in _UNWRITABLE or error.filename is not None:
            return _bug()
        _reader_gone()
        tell(UsageError("standard output cannot be written", why=error.strerror))
        return 2
    except SystemExit as ended:  # typer ends the process itself on a broken pipe, with 1, and after answering a completion
        if isinstance(ended.__context__, BrokenPipeError):
            return _reader_gone()
        raise
    except Exception:  # noqa: BLE001 - Python would exit with 1, which means "findings"; a bug must exit 2
        return _bug()
    finally:
        gc.freeze()  # the process ends: searching all that was imported for garbage once more would take twice as long as Python's start


def _bug() -> int:
    import traceback

    traceback.print_exc()
    typer.echo("trainlog: this is a bug in trainlog; please report it with the lines above", err=True)
    return 2


def _open_streams() -> None:
    """A stream that the shell has closed (``>&-``) is one that leads nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for as long as the process lives


def tell(error: TrainlogError) -> None:
    """Say on stderr what went wrong; what is not ours in it cannot write to the terminal."""
    from trainlog.render._escape import plain

    error.where = error.where and plain(error.where, 2000)  # a name may hold line ends
    typer.echo("trainlog: " + "\n".join(plain(line, 2000) for line in str(error).split("\n")), err=True)


def _reader_gone() -> int:
    """The reader of stdout went away (`| head`): that is no failure; stdout is pointed elsewhere so that the exit flush is silent."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0
