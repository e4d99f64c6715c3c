"""How CI runners look for commands in what a step prints, written again in Python: GitHub's runner, and Azure's agent.

GitHub reads every line twice. New form: after leading blanks, ``::name key=value,key=value::data``. Old form: the first ``##[`` anywhere
in the line, ``##[name key=value;key=value]data``. Only registered names count. Azure: ``##vso[area.event key=value;key=value]data``
anywhere. TeamCity: ``##teamcity[...]``.
"""

import re
from dataclasses import dataclass, field

GITHUB = frozenset((
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "internal-set-repo-path", "notice",
    "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning",
))  # fmt: skip
_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_OLD = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))


@dataclass(frozen=True)
class Command:
    """A command as a runner understands it."""

    name: str
    data: str
    properties: dict[str, str] = field(default_factory=dict)


def commands(stdout: str) -> list[Command]:
    """Every command that any of the runners finds in what is printed."""
    found = (command for line in re.split(r"\r\n|\n|\r", stdout) for command in (_new(line), _old(line), _foreign(line)))
    return [command for command in found if command is not None]


def _new(line: str) -> Command | None:
    trimmed = line.lstrip()
    end = trimmed.find("::", 2)
    if not trimmed.startswith("::") or end < 0:
        return None
    name, blank, listed = trimmed[2:end].partition(" ")
    if name.lower() not in GITHUB:
        return None
    properties = _pairs(listed.strip().split(","), _PROPERTY) if blank else {}
    return Command(name.lower(), _unescaped(trimmed[end + 2 :], _DATA), properties)


def _old(line: str) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, listed = line[start + 3 : end].partition(" ")
    if name.lower() not in GITHUB:
        return None
    return Command(name.lower(), _unescaped(line[end + 1 :], _OLD), _pairs(listed.split(";"), _OLD))


def _foreign(line: str) -> Command | None:
    found = re.search(r"##(?:vso|teamcity)\[([^\]]*)\]?(.*)", line)
    return None if found is None else Command(found[1], found[2])


def _pairs(parts: list[str], escapes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {key: _unescaped(value, escapes) for key, equals, value in (part.partition("=") for part in parts) if equals and value}


def _unescaped(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for code, sign in escapes:
        text = text.replace(code, sign)
    return text
