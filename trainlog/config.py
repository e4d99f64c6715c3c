"""The configuration: ``trainlog.toml``, or ``[tool.trainlog]`` in ``pyproject.toml``; and what was known before (baseline)."""

import fnmatch
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, get_args

from trainlog import _folder
from trainlog.budgets import KINDS, Budget
from trainlog.diagnosis import Diagnosis, Reported, Suppressed, log_of, path_of
from trainlog.errors import UnknownName, UsageError
from trainlog.rules import SEVERITIES, Severity


class Suppression(NamedTuple):
    """Findings of a rule (code, prefix or name) that are accepted, in logs whose path matches ``logs``, until a day."""

    rule: str
    reason: str
    until: date
    logs: str = "*"


class Config(NamedTuple):
    """What the configuration says; option names with underscores. ``path`` None: there is none."""

    path: Path | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = {}
    fail_on: str = "error"
    aliases: Mapping[str, Sequence[str]] = {}
    budgets: Mapping[str, Budget] = {}
    suppressions: tuple[Suppression, ...] = ()


def load(folder: Path) -> Config:
    """The configuration of a folder, or of the nearest one above it that has one; raises ``UsageError`` or ``UnknownName``."""
    for above in (folder, *folder.parents):
        own, project = above / "trainlog.toml", above / "pyproject.toml"
        if own.is_file():
            return _parsed(_toml(own), own)
        if project.is_file() and (table := _toml(project).get("tool", {}).get("trainlog")) is not None:
            return _parsed(table, project)
    return Config()


def check_rules(choices: Iterable[str], where: str | None = None) -> None:
    """Raise ``UnknownName`` for what is neither the name of a rule nor the beginning of a code."""
    choices = list(choices)
    if not choices:
        return
    package = "trainlog.rules"
    names = [name.replace("_", "-") for name in _folder.names(package)]
    codes = [str(_folder.arguments(package, name, "RULE")[0]) for name in _folder.names(package)] + [kind.code for kind in KINDS.values()]
    for choice in choices:
        if choice.lower() not in names and not (choice and any(code.startswith(choice.upper()) for code in codes)):
            error = UnknownName.among("rule", choice, [*names, *codes])
            error.where = where
            raise error


def baseline(path: Path | None) -> Counter[str]:
    """The fingerprints in a diagnosis that was written by ``-o json=FILE``, none of no file; raises ``UsageError`` when it is none."""
    import json

    if path is None:
        return Counter()
    try:
        runs = json.loads(path.read_bytes())["runs"]
        return Counter(str(found["fingerprint"]) for run in runs for found in run["findings"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no diagnosis in JSON"
        do = f"trainlog diagnose LOG --fail-on never -o json={path}"
        raise UsageError("this baseline cannot be read", where=str(path), why=why, do=do) from error


def without_known(diagnosis: Diagnosis, known: Counter[str]) -> Diagnosis:
    """The diagnosis without what the baseline has; as many findings of a kind as it has are taken off ``known``."""

    def is_known(reported: Reported) -> bool:
        known[reported.fingerprint] -= 1
        return known[reported.fingerprint] >= 0

    return _without(diagnosis, "baseline", is_known) if known else diagnosis


def without_accepted(diagnosis: Diagnosis, suppressions: Sequence[Suppression], today: date) -> Diagnosis:
    """The diagnosis without what the configuration accepts; a suppression whose day has passed accepts nothing."""
    names = (diagnosis.run.source, path_of(diagnosis.run), log_of(diagnosis.run)) if suppressions else ()
    live = [s for s in suppressions if today <= s.until and any(fnmatch.fnmatchcase(name, s.logs) for name in names)]
    return _without(diagnosis, "configuration", lambda r: any(r.name == s.rule.lower() or r.code.startswith(s.rule.upper()) for s in live))


def _without(diagnosis: Diagnosis, by: str, gone: Callable[[Reported], bool]) -> Diagnosis:
    kept, left_out = [], list(diagnosis.suppressed)
    for reported in diagnosis.findings:
        if gone(reported):
            left_out.append(Suppressed(reported.code, by, reported.finding.what))
        else:
            kept.append(reported)
    return replace(diagnosis, findings=tuple(kept), suppressed=tuple(left_out))


def _toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.name == "pyproject.toml" and "trainlog" not in text:
            return {}  # most projects say nothing of it: what costs more than reading the file is not loaded
        import tomllib

        return tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise UsageError("this configuration cannot be read", where=str(path), why=str(error)) from error


def _parsed(table: Any, path: Path) -> Config:
    if not isinstance(table, dict):
        raise _wrong(path, "tool.trainlog", "a table")
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _READ:
            error = UnknownName.among("configuration key", str(key), _READ)
            error.where = str(path)
            raise error
        values[key] = _READ[key](value, path, key)
    config = Config(path, **values)
    check_rules([*config.select, *config.ignore, *config.severity, *(s.rule for s in config.suppressions)], str(path))
    return config


def _wrong(path: Path, key: str, wanted: str) -> UsageError:
    return UsageError(f"{key} in the configuration must be {wanted}", where=str(path))


def _strings(value: Any, path: Path, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise _wrong(path, key, "a list of strings")
    return tuple(value)


def _severity(value: Any, path: Path, key: str) -> Severity:
    if value not in get_args(Severity):
        raise _wrong(path, key, f"one of {', '.join(SEVERITIES)}")
    severity: Severity = value
    return severity


def _severities(value: Any, path: Path, key: str) -> dict[str, Severity]:
    return {str(code): _severity(v, path, f"{key}.{code}") for code, v in _table(value, path, key).items()}


def _fail_on(value: Any, path: Path, key: str) -> str:
    return "never" if value == "never" else _severity(value, path, key)


def _aliases(value: Any, path: Path, key: str) -> dict[str, tuple[str, ...]]:
    return {str(name): _strings(keys, path, f"{key}.{name}") for name, keys in _table(value, path, key).items()}


def _budgets(value: Any, path: Path, key: str) -> dict[str, Budget]:
    found = {}
    for name, given in _table(value, path, key).items():
        if name not in KINDS:
            error = UnknownName.among("budget", str(name), KINDS)
            error.where = str(path)
            raise error
        limit, severity = (given.get("limit"), given.get("severity", "error")) if isinstance(given, dict) else (given, "error")
        if isinstance(limit, bool) or not isinstance(limit, int | float) or limit != limit:
            raise _wrong(path, f"{key}.{name}", 'a number, or {limit = NUMBER, severity = "warning"}')
        found[str(name)] = Budget(float(limit), _severity(severity, path, f"{key}.{name}.severity"))
    return found


def _suppressions(value: Any, path: Path, key: str) -> tuple[Suppression, ...]:
    wanted = "a list of tables with rule, reason, until = YYYY-MM-DD and, if not for all, logs"
    if not isinstance(value, list):
        raise _wrong(path, key, wanted)
    found = []
    for entry in value:
        fits = isinstance(entry, dict) and {"rule", "reason", "until"} <= set(entry) <= {"rule", "reason", "until", "logs"}
        if not fits or type(entry["until"]) is not date or not all(isinstance(v, str) and v for k, v in entry.items() if k != "until"):
            raise _wrong(path, key, wanted)
        found.append(Suppression(**entry))
    return tuple(found)


def _table(value: Any, path: Path, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(path, key, "a table")
    return value


_READ: dict[str, Callable[[Any, Path, str], Any]] = {
    "select": _strings,
    "ignore": _strings,
    "severity": _severities,
    "fail_on": _fail_on,
    "aliases": _aliases,
    "budgets": _budgets,
    "suppressions": _suppressions,
}
