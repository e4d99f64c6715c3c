"""The pages that come from the code: one per command, rule and log format, and the list of each.

``mkdocs build --strict`` makes them as it runs (a hook); ``python docs/generate.py --check`` says what is missing in the code.
"""

import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from trainlog import _folder
from trainlog.cli import application

SECTIONS = ("What it does", "Why it matters", "How it decides", "What it does not mean", "Example")
GUIDE = {"index.md": "Start here", "plot.md": "Draw curves", "compare.md": "Compare runs", "convert.md": "Convert logs",
         "ci.md": "In CI", "outputs.md": "Outputs", "configuration.md": "Configuration", "python.md": "Python and notebooks",
         "logging.md": "Log a training", "watch.md": "Watch a training", "fleet.md": "Many runs",
         "training.md": "The training script", "verdict.md": "How the verdict is reached", "accuracy.md": "How accurate it is",
         "performance.md": "How fast it is"}  # fmt: skip


def pages() -> dict[str, str]:
    """Path below ``docs/`` -> Markdown."""
    found = {**commands(), **rules(), **formats(), "outputs.md": outputs()}
    for folder, title in (("commands", "Commands"), ("rules", "Rules"), ("formats", "Log formats")):
        found[f"{folder}/index.md"] = _index(title, {path: text for path, text in found.items() if path.startswith(f"{folder}/")})
    return found


def commands() -> dict[str, str]:
    """A page per command: what it does, and its options."""
    found = {}
    for name, command in application().commands.items():
        guide = f"At length: [{GUIDE[f'{name}.md']}](../{name}.md).\n" if f"{name}.md" in GUIDE else ""
        lines = [f"# trainlog {name}", "", command.help or "", "", guide, "| | |", "|---|---|"]
        lines += [f"| `{_spelling(option)}` | {_cell(getattr(option, 'help', '') or '')} |" for option in command.params]
        found[f"commands/{name}.md"] = "\n".join(lines) + "\n"
    return found


def outputs() -> str:
    """What ``-o`` takes: the first paragraph of each output's docstring."""
    lines = [
        "# Outputs",
        "",
        "What `-o FORMAT` and `-o FORMAT=FILE` of `diagnose` and `compare` give; it may be repeated.",
        "",
        "| | |",
        "|---|---|",
    ]
    for name in _folder.names("trainlog.render"):
        if not _is_package(f"trainlog.render.{name}"):
            text = _folder.docstring("trainlog.render", name).partition("\n\n")[0].replace("\n", " ").replace("``", "`")
            lines.append(f"| `{name}` | {_cell(text)} |")
    schemas = (
        "`trainlog schema diagnosis` and `trainlog schema comparison` print the JSON Schemas of `json`; `record` that of the log itself."
    )
    return "\n".join([*lines, "", schemas, ""])


def rules() -> dict[str, str]:
    """A page per rule: its docstring under its code and name."""
    found = {}
    for module in _folder.names("trainlog.rules"):
        code, severity, summary = _folder.arguments("trainlog.rules", module, "RULE")[:3]
        text = _folder.docstring("trainlog.rules", module)
        name = module.replace("_", "-")
        found[f"rules/{name}.md"] = f"# {code} {name}\n\n**{severity}**: {summary}\n\n{text}\n"
    return found


def formats() -> dict[str, str]:
    """A page per log format: its docstring."""
    return {
        f"formats/{name}.md": f"# {name}\n\n{_folder.docstring('trainlog.readers', name)}\n" for name in _folder.names("trainlog.readers")
    }


def problems() -> Iterator[str]:
    """What a page lacks that every page of its kind has."""
    for path, text in pages().items():
        if path.startswith("rules/") and not path.endswith("index.md"):
            yield from (f"{path}: no section {title!r}" for title in SECTIONS if f"## {title}" not in text)
        if len(text.split("\n", 2)[2].strip()) < 20:
            yield f"{path}: says nothing"


def on_files(files: Any, config: Any) -> Any:
    """Add the pages to a build (a hook of mkdocs)."""
    from mkdocs.structure.files import File

    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Files beside the documents, not among them, are named without a link (a hook of mkdocs)."""
    return markdown if "/" in page.file.src_uri else re.sub(r"\[([^\]]+)\]\(\.\./[^)]*\)", r"\1", markdown)


def on_config(config: Any) -> Any:
    """Order the pages: the guide first, then what is generated (a hook of mkdocs)."""
    from pathlib import Path

    made = pages()
    found = sorted(made, key=lambda path: (made[path].partition("\n")[0], path))  # by title: rules by their codes
    written = {path.name for path in Path(config["docs_dir"]).glob("*.md")} | {path for path in found if "/" not in path}
    guide: list[dict[str, Any]] = [{title: name} for name, title in GUIDE.items() if name in written]
    guide += [{Path(name).stem.capitalize(): name} for name in sorted(written - set(GUIDE))]
    for folder, title in (("commands", "Commands"), ("rules", "Rules"), ("formats", "Log formats")):
        inside = [path for path in found if path.startswith(f"{folder}/") and not path.endswith("/index.md")]
        guide.append({title: [f"{folder}/index.md", *inside]})
    config["nav"] = guide
    return config


def _index(title: str, inside: dict[str, str]) -> str:
    lines = [f"# {title}", ""]
    for path, text in sorted(inside.items(), key=lambda item: item[1]):
        head, _, rest = text.partition("\n")
        lines.append(f"- [{head.removeprefix('# ')}]({path.split('/')[1]}): {rest.strip().partition(chr(10))[0]}")
    return "\n".join(lines) + "\n"


def _is_package(name: str) -> bool:
    spec = find_spec(name)
    return spec is not None and spec.submodule_search_locations is not None


def _spelling(option: Any) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts]) if option.param_type_name == "option" else ""
    value = "" if getattr(option, "is_flag", False) else option.metavar or ""
    return f"{names} {value}".strip() or option.name


def _cell(text: str) -> str:
    return re.sub(r"([|<>\[\]])", r"\\\1", text)


if __name__ == "__main__":
    missing = list(problems())
    print(*(missing if "--check" in sys.argv else pages()), sep="\n")
    sys.exit(1 if missing and "--check" in sys.argv else 0)
