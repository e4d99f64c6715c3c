"""``trainlog formats``."""

import typer


def command() -> int:
    """List the log formats that can be read."""
    from trainlog.readers import names, reader

    for name in names():
        first = (reader(name).__doc__ or "").strip().split("\n")[0]
        typer.echo(f"{name:<24}  {first}")
    return 0
