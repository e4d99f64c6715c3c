"""``trainlog schema``."""

from typing import Annotated

import typer


def command(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="record, diagnosis or comparison.", show_default=False)] = None,
) -> int:
    """Print the JSON Schema of the records trainlog writes, of a diagnosis or of a comparison; without a name, list them."""
    from trainlog.emit import schema

    typer.echo("\n".join(schema.names()) if name is None else schema.text(name).rstrip("\n"))
    return 0
