"""What every output is read with: a parser that is not ours, and the rules of the medium that no parser knows.

A check takes what was rendered and how many runs are in it, and fails with an ``AssertionError``.
"""

import csv
import io
import json
import re
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema

from tests import npm
from tests.render.runner import commands
from tests.tools import needs
from trainlog.emit import schema

DATA = Path(__file__).parents[1] / "data"
UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]"
)
ENTRIES = {"trainlog-diagnosis/1": "runs", "trainlog-comparison/1": "comparisons"}  # schema id -> the list in the document


def inert(text: str) -> None:
    """Nothing in it moves a cursor, reorders text or starts a command where it is printed."""
    assert not UNSEEN.search(text), UNSEEN.findall(text)
    assert commands(text) == []


def _constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def strict(text: str) -> Any:
    return json.loads(text, parse_constant=_constant)


@cache
def _own_schema(name: str) -> Any:
    return jsonschema.Draft202012Validator(schema.load(name))


@cache
def published(path: Path) -> Any:
    document = json.loads(path.read_text(encoding="utf-8"))
    return jsonschema.validators.validator_for(document)(document)


def json_document(text: str, count: int) -> None:
    inert(text)
    document = strict(text)
    _own_schema(document["schema"].removeprefix("trainlog-").partition("/")[0]).validate(document)
    assert len(document[ENTRIES[document["schema"]]]) == count


def json_lines(text: str, count: int) -> None:
    inert(text)
    entries = [strict(line) for line in text.split("\n")[:-1]]
    assert len(entries) == count
    for entry in entries:
        kind = "run" if "log" in entry else "comparison"
        whole = _own_schema("diagnosis" if kind == "run" else kind)
        whole.evolve(schema={"$defs": whole.schema["$defs"], "$ref": f"#/$defs/{kind}"}).validate(entry)


def sarif_document(text: str, count: int) -> None:
    inert(text)
    document = strict(text)
    assert document["version"] == "2.1.0"
    if npm.place("@microsoft/jest-sarif").exists():  # its own test fails where it has to be
        published(npm.place("@microsoft/jest-sarif")).validate(document)
    ids = {rule["id"] for rule in document["runs"][0]["tool"]["driver"]["rules"]}
    for result in document["runs"][0]["results"]:
        assert result["ruleId"] in ids
        assert result["level"] in ("error", "warning", "note")
        assert re.fullmatch(r"[\w.~%/-]+", result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], re.ASCII)


def gitlab_document(text: str, count: int) -> None:
    inert(text)
    issues = strict(text)
    published(DATA / "gitlab-code-quality.json").validate(issues)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


@cache
def _junit() -> tuple[Any, Any]:
    etree = needs("lxml.etree")
    return etree, etree.XMLSchema(etree.parse(str(DATA / "junit.xsd")))


def junit_document(text: str, count: int) -> None:
    inert(text)
    etree, grammar = _junit()
    root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))
    grammar.assertValid(root)
    assert len(root) == count
    for suite in root:
        assert len(suite.findall("testcase")) == int(suite.get("tests"))
        for kind, counted in (("failure", "failures"), ("skipped", "skipped"), ("error", "errors")):
            assert len(suite.findall(f"testcase/{kind}")) == int(suite.get(counted))


def csv_document(text: str, count: int) -> None:
    inert(text)
    header, *rows = csv.reader(io.StringIO(text), strict=True)
    assert len(rows) == count
    for row in rows:
        assert len(row) == len(header)
        assert all(re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", value) or not value.lstrip().startswith(tuple("=+-@＝＋－＠")) for value in row)


def workflow_commands(text: str, count: int) -> None:
    assert not UNSEEN.search(text)
    found = commands(text)
    assert len(found) == text.count("\n")  # every line is one command, in one of the forms only
    assert all(command.name in ("error", "warning", "notice") for command in found)
    assert all(set(command.properties) <= {"file", "line", "title"} for command in found)


SAID = {
    "paragraph", "heading", "inline", "text", "softbreak", "strong", "table", "thead", "tbody", "tr", "th", "td", "bullet_list",
    "list_item", "fence",
}  # fmt: skip


@cache
def _commonmark() -> Any:
    return needs("markdown_it").MarkdownIt("gfm-like", {"linkify": False, "html": True})


def markdown_document(text: str, count: int) -> None:
    inert(text)
    assert len(text.encode()) < 120 * 1024
    flat = [t for token in _commonmark().parse(text) for t in (token, *(token.children or ()))]
    assert {t.type.removesuffix("_open").removesuffix("_close") for t in flat} <= SAID
    fences = [t for t in flat if t.type == "fence"]
    for fence in fences:
        assert fence.info == "mermaid"
        chart(fence.content)
    assert len(fences) == text.count("```mermaid\n")
    assert sum(t.type == "heading_open" for t in flat) == 1 + count
    rows = [t for t in flat if t.type in ("tr_open", "th_open", "td_open")]
    assert sum(t.type == "tr_open" for t in rows) >= 2
    shown = "\n".join("".join(child.content for child in t.children or ()) for t in flat if t.type == "inline")
    assert not re.search(r"(?<!\w)@\w|(?<!\w)#\d", shown)  # GitHub looks for mentions after the Markdown is read
    assert not re.search(r"(?<!&#)\w@\w|https?://|www\.", text)


NUMBER = r"-?\d+(?:\.\d+)?"
CHART = re.compile(
    r'%%\{init: \{"themeVariables": \{"xyChart": \{"plotColorPalette": "[#0-9a-f, ]+"\}\}\}\}%%\n'
    rf'xychart-beta\n  title "[^"\n]*"\n  x-axis "[^"\n]*" {NUMBER} --> {NUMBER}\n  y-axis "[^"\n]*" {NUMBER} --> {NUMBER}\n'
    rf"(?:  line \[{NUMBER}(?:, {NUMBER})*\]\n)+"
)


def chart(text: str) -> None:
    """A Mermaid chart, by its published grammar; ``test_mermaid`` has Mermaid itself draw what this lets pass."""
    assert CHART.fullmatch(text), text
    assert len({line.count(",") for line in text.split("\n") if line.startswith("  line")}) == 1


def openmetrics_document(text: str, count: int) -> None:
    inert(text)
    assert text.endswith("# EOF\n")
    families = list(needs("prometheus_client.openmetrics.parser").text_string_to_metric_families(text))
    assert all(family.type == "gauge" and family.documentation for family in families)
    assert sum(len(family.samples) for family in families) == sum(not line.startswith("#") for line in text.split("\n")[:-1])


def step_outputs(text: str, count: int) -> None:
    inert(text)
    names = [line.partition("=")[0] for line in text.split("\n")[:-1]]
    assert names == ["verdict", "log", "best-step", "checkpoint", "errors", "warnings", "infos"]
    assert not [line for line in text.split("\n") if "<<" in line.partition("=")[0]]


ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "header", "main", "footer", "nav", "table", "caption", "thead",
    "tbody", "tr", "th", "td", "a", "section", "p", "figure", "figcaption", "script", "ul", "li", "strong", "button", "details", "summary",
    "div", "span", "code", "dl", "dt", "dd",
}  # fmt: skip


def html_page(text: str, count: int) -> None:
    seen: list[tuple[str, dict[str, str | None]]] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: seen.append((tag, dict(attrs)))  # type: ignore[method-assign]
    parser.feed(text)
    parser.close()
    inert(re.sub(r"<(script|style)>.*?</\1>", "", text, flags=re.DOTALL))
    for data in re.findall(r'<script type="application/json">(.*?)</script>', text, flags=re.DOTALL):
        strict(data)
    assert {tag for tag, _ in seen} <= ELEMENTS, {tag for tag, _ in seen} - ELEMENTS
    assert sum(tag == "section" for tag, _ in seen) == count
    assert not [name for _, attrs in seen for name in attrs if name.startswith("on") or name in ("src", "srcdoc", "action")]
    assert all((attrs.get("href") or "#").startswith("#") for _, attrs in seen)
    assert len(text.encode()) < 1_500_000


def terminal_text(text: str, count: int) -> None:
    inert(re.sub("\x1b\\[[0-9;]*m", "", text))


def parquet_table(content: bytes, count: int) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(content))
    assert table.num_rows == count
    assert {str(field.type) for field in table.schema} == {"string", "int64", "double"}


CHECKS: dict[str, Callable[[Any, int], None]] = {
    "csv": csv_document,
    "github": workflow_commands,
    "github_output": step_outputs,
    "gitlab": gitlab_document,
    "html": html_page,
    "json": json_document,
    "jsonl": json_lines,
    "junit": junit_document,
    "markdown": markdown_document,
    "openmetrics": openmetrics_document,
    "parquet": parquet_table,
    "sarif": sarif_document,
    "text": terminal_text,
}
