"""``trainlog rule``."""

from typing import Annotated

import typer


def command(code: Annotated[str | None, typer.Argument(metavar="CODE", help="A rule's code or name.", show_default=False)] = None) -> int:
    """Explain a rule, or list all of them."""
    import inspect

    from trainlog.rules import catalogue, find

    if code is None:
        for name, module in catalogue().items():
            typer.echo(f"{module.RULE.code}  {module.RULE.severity:<7}  {name:<26}  {module.RULE.summary}")
        return 0
    name, module = find(code)
    typer.echo(f"{module.RULE.code} {name} ({module.RULE.severity})\n\n{inspect.getdoc(module)}")
    return 0
