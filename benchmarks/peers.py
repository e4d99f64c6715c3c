"""Other tools that judge the log of one run: how each is started, what it reads, and what its answer says."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

#: Words in the names of findings -> what they claim, as far as the tools can be compared.
CLAIMS = (("overfitting", re.compile("overfit|GS004", re.I)), ("broken", re.compile("nan|inf\\b|finite|diverg|GS001|GS006", re.I)))
QUIET = ("info", "note", "pass", "ok")

GRADSNITCH = "import sys, json, gradsnitch; print(json.dumps([[f.code, f.severity] for f in gradsnitch.lint_csv(sys.argv[1])]))"
RUNWISE = (
    "import sys, json; from runwise.anomalies import detect_anomalies\n"
    "with open(sys.argv[1]) as lines: rows = [json.loads(line) for line in lines]\n"
    "print(json.dumps([[a.type, a.severity] for a in detect_anomalies(rows)]))"
)


class Said(NamedTuple):
    """One finding: what it claims (``overfitting``, ``broken``, or its own name) and whether it is more than a note."""

    claim: str
    loud: bool


class Peer(NamedTuple):
    """A tool: ``package`` as pip takes it, ``reads`` a suffix, ``arguments`` before the log, ``found`` (name, severity) pairs."""

    name: str
    package: str
    reads: str
    arguments: tuple[str, ...]
    found: Callable[[Any], Iterable[tuple[str, str]]]

    def command(self, environment: Path | None, log: Path) -> list[str]:
        """How to judge a log; ``environment``: where it is installed, None for this one."""
        python = sys.executable if environment is None else str(environment / "bin" / "python")
        start = self.arguments if self.arguments[0] == "-c" else (str(Path(python).with_name(self.arguments[0])), *self.arguments[1:])
        if environment is None:
            start = ("-m", *self.arguments)
        return [*((python,) if start[0].startswith("-") else ()), *start, str(log.with_suffix(self.reads))]

    def said(self, answer: str) -> list[Said]:
        """What its answer claims."""
        return [Said(_claim(name), severity.lower() not in QUIET) for name, severity in self.found(json.loads(answer))]


def _claim(name: str) -> str:
    return next((claim for claim, words in CLAIMS if words.search(name)), name)


def _pairs(*keys: str) -> Callable[[Any], Iterable[tuple[str, str]]]:
    """Reads ``findings`` of an object, of a list of objects, or of the list under the first of three keys."""
    name, severity, *within = keys

    def found(answer: Any) -> Iterable[tuple[str, str]]:
        parts: Any = answer[within[0]] if within else answer
        for part in parts if isinstance(parts, list) else [parts]:
            yield from ((finding[name], finding[severity]) for finding in part["findings"])

    return found


OURS = Peer("trainlog", "trainlog-cli", ".jsonl", ("trainlog", "diagnose", "-o", "json"), _pairs("name", "severity", "runs"))
PEERS = (
    Peer("losslint", "losslint==0.4.1", ".jsonl", ("losslint", "check", "--format", "json"), _pairs("check", "severity")),
    Peer("runmedic", "runmedic==0.1.1", ".jsonl", ("runmedic", "diagnose", "--json"), _pairs("check", "severity")),
    Peer("trainproof", "trainproof==0.22.0", ".jsonl", ("trainproof", "doctor", "--json"), _pairs("id", "level", "reports")),
    Peer("trainspotter", "trainspotter==0.2.6", ".jsonl", ("trainspotter", "analyze", "--output", "json"), _pairs("detector", "severity")),
    Peer("finetune-doctor", "finetune-doctor==0.2.2", ".json", ("finetune-doctor", "diagnose", "-f", "json"), _pairs("check", "severity")),
    Peer("gradsnitch", "gradsnitch==0.1.0", ".csv", ("-c", GRADSNITCH), lambda answer: answer),
    Peer("runwise", "runwise==0.4.0", ".jsonl", ("-c", RUNWISE), lambda answer: answer),
)


def install(peers: Iterable[Peer], folder: Path) -> dict[str, Path]:
    """An environment of its own for each; those that cannot be installed are named and left out."""
    found = {}
    for peer in peers:
        place = folder / peer.name
        try:
            if not (place / "bin" / "python").exists():
                subprocess.run([sys.executable, "-m", "venv", str(place)], check=True, capture_output=True, text=True)
                pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", peer.package]
                subprocess.run(pip, check=True, capture_output=True, text=True)
        except subprocess.CalledProcessError as error:
            print(f"{peer.package} cannot be installed: {(error.stderr or '').strip().splitlines()[-1:]}")
            continue
        found[peer.name] = place
    return found


def write(rows: list[dict[str, Any]], path: Path) -> None:
    """The same log in each form that is read: JSON lines, a trainer's state, and a table."""
    path.with_suffix(".jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    last = rows[-1]["step"]
    history = [_renamed({**row, "epoch": row["step"] / last}) for row in rows]
    path.with_suffix(".json").write_text(json.dumps({"global_step": last, "epoch": 1.0, "log_history": history}), encoding="utf-8")
    names = list(dict.fromkeys(name for row in rows for name in row))
    table: list[dict[str, Any]] = []
    for row in rows:
        if "loss" in row or not table:
            table.append(dict(row))
        else:  # an evaluation stands in the row before it: a cell left empty would read as NaN
            table[-1] |= {name: value for name, value in row.items() if name != "step"}
    lines = [",".join(names), *(",".join(str(row.get(name, "")) for name in names) for row in table)]
    path.with_suffix(".csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _renamed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {{"val_loss": "eval_loss", "lr": "learning_rate"}.get(name, name): value for name, value in row.items()}
