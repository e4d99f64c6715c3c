"""``trainlog formats``."""

import typer


def command() -> int:
    """List the log formats that can be read."""
    from trainlog import _folder

    for name in _folder.names("trainlog.readers"):
        typer.echo(f"{name:<24}  {_folder.docstring('trainlog.readers', name).partition(chr(10))[0]}")
    return 0
