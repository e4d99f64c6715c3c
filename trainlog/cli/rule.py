"""``trainlog rule``."""

from typing import Annotated

import typer

#: Families of codes that are reported like rules, and are none.
ELSEWHERE = {
    "BUD": "a limit that trainlog.toml or [tool.trainlog] in pyproject.toml sets for this project, under `budgets`",
    "CMP": "a quantity that `trainlog compare` found to differ between base and new runs by more than noise explains",
}


def command(code: Annotated[str | None, typer.Argument(metavar="CODE", help="A rule's code or name.", show_default=False)] = None) -> int:
    """Explain a rule, or list all of them."""
    from trainlog import _folder
    from trainlog.errors import UnknownName

    package = "trainlog.rules"
    rules = sorted((*_folder.arguments(package, module, "RULE")[:3], module) for module in _folder.names(package))
    wanted = (code or "").strip().lower()
    for number, severity, summary, module in rules:
        name = str(module).replace("_", "-")
        if code is None:
            typer.echo(f"{number}  {severity:<7}  {name:<26}  {summary}")
        elif wanted in (str(number).lower(), name):
            typer.echo(f"{number} {name} ({severity})\n\n{_folder.docstring(package, str(module))}")
            return 0
    if wanted[:3].upper() in ELSEWHERE:
        typer.echo(f"{wanted.upper()}: {ELSEWHERE[wanted[:3].upper()]}")
        return 0
    if code is not None:
        raise UnknownName.among("rule", code.strip(), [text for r in rules for text in (str(r[3]).replace("_", "-"), str(r[0]))])
    return 0
