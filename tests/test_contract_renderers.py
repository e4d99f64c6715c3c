"""What every output must keep, found by walking the folder: it parses by an independent parser, whatever is in the log."""

import csv
import io
import json
import random
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from tests.render import made
from trainlog import render
from trainlog.diagnosis import Diagnosis
from trainlog.render import Style, worst_first

PIECES = [
    "::error::x",
    "##[set-env name=a]b",
    "##vso[task.complete]",
    "\x1b[31m",
    "<script>alert(1)</script>",
    "<img src=x onerror=a>",
    "]]>",
    "&lt;",
    "```\n",
    "`",
    "|",
    "[a](javascript:b)",
    "![i](http://x/y)",
    "@user",
    "http://evil.example",
    "www.evil.example",
    "\n::stop-commands::t\n",
    "\r",
    "%0A",
    "%25",
    ",line=1",
    "\x00",
    "\x0b",
    "\ufffe",
    "\udcff",
    "\u202e",
    "\u2028",
    "=cmd|'/C calc'!A0",
    "+1",
    "-1",
    '"',
    "'",
    "\\",
    "é漢",
    "# EOF\n",
    '{a="b"}',
    "\n# heading\n",
    "*b*",
    "_i_",
    "~~s~~",
    "$x$",
    "<!--",
    "-->",
    "a" * 50,
]


def hostile(seed: int) -> str:
    rng = random.Random(seed)
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 5)))


def poisoned(text: str) -> list[Diagnosis]:
    found = (made.reported(what=text, why=text, do=(text, text), series=text, data={text: text}),)
    bad = made.overfit(
        findings=found, skipped=(made.Skipped("GPU001", text, text),), suppressed=(made.Suppressed("LRN002", "OVF001", text),)
    )
    names = {"val_loss": text}
    return [made.renamed(bad, source=text, name=text, status=text, raw_names=names, problems=(made.Problem(1, text),)), made.lost()]


def no_controls(text: str, allowed: str = "\n") -> None:
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", re.sub(f"[{allowed}]", "", text))


def json_document(text: str, count: int) -> None:
    json.loads(text)


def json_lines(text: str, count: int) -> None:
    assert len([json.loads(line) for line in text.split("\n")[:-1]]) == count


def sarif_document(text: str, count: int) -> None:
    document = json.loads(text)
    assert document["version"] == "2.1.0"
    ids = {rule["id"] for rule in document["runs"][0]["tool"]["driver"]["rules"]}
    for result in document["runs"][0]["results"]:
        assert result["ruleId"] in ids
        assert result["level"] in ("error", "warning", "note")
        assert re.fullmatch(r"[\w.~%/-]*", result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])


def gitlab_document(text: str, count: int) -> None:
    issues = json.loads(text)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")


def junit_document(text: str, count: int) -> None:
    no_controls(text)
    root = ET.fromstring(text)
    assert root.tag == "testsuites"
    assert len(root) == count
    for suite in root:
        cases = suite.findall("testcase")
        assert len(cases) == int(suite.attrib["tests"])
        assert len(suite.findall("testcase/failure")) == int(suite.attrib["failures"])
        assert len(suite.findall("testcase/skipped")) == int(suite.attrib["skipped"])
        assert {child.tag for case in cases for child in case} <= {"failure", "error", "skipped", "system-out"}


def csv_document(text: str, count: int) -> None:
    header, *rows = csv.reader(io.StringIO(text))
    assert len(rows) == count
    for row in rows:
        assert len(row) == len(header)
        number = r"-?[\d.]+(e[+-]?\d+)?"
        assert all(re.fullmatch(number, value) or not value.startswith(("=", "+", "-", "@")) for value in row)


def commands(stdout: str) -> list[tuple[str, dict[str, str], str]]:
    """As GitHub's runner finds them (its ActionCommand.cs): ``::name k=v,k=v::data`` after blanks, ``##[name ...]`` anywhere."""
    found = []
    for line in stdout.split("\n"):
        stripped = line.lstrip()
        assert "##[" not in line
        if stripped.startswith("::") and (end := stripped.find("::", 2)) >= 0:
            name, _, properties = stripped[2:end].partition(" ")
            pairs = dict(pair.split("=", 1) for pair in properties.split(",") if "=" in pair)
            found.append((name, pairs, stripped[end + 2 :]))
    return found


def workflow_commands(text: str, count: int) -> None:
    no_controls(text)
    found = commands(text)
    assert len(found) == text.count("\n")
    assert all(name in ("error", "warning", "notice") for name, _, _ in found)
    assert all(set(pairs) <= {"file", "line", "title"} for _, pairs, _ in found)


def markdown_document(text: str, count: int) -> None:
    from markdown_it import MarkdownIt

    no_controls(text)
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(text)
    flat = [t for token in tokens for t in (token, *(token.children or ()))]
    assert not [t for t in flat if t.type in ("html_block", "html_inline", "link_open", "image", "code_block")]
    assert [t.info for t in flat if t.type == "fence"] == ["mermaid"] * text.count("```mermaid\n")
    assert sum(t.type == "heading_open" for t in flat) == 1 + count
    assert not re.search(r"(?<!&#)\w@\w|https?://|www\.", text)


def openmetrics_document(text: str, count: int) -> None:
    no_controls(text)
    assert text.endswith("# EOF\n")
    value = r'"(?:[^"\\\n]|\\["\\n])*"'
    sample = re.compile(rf"[a-z_]+\{{[a-z_]+={value}(,[a-z_]+={value})*\}} (NaN|[+-]Inf|-?[\d.]+(e[+-]\d+)?)")
    for line in text.split("\n")[:-2]:
        assert line.startswith(("# TYPE ", "# HELP ")) or sample.fullmatch(line), line


def step_outputs(text: str, count: int) -> None:
    no_controls(text)
    names = [line.partition("=")[0] for line in text.split("\n")[:-1]]
    assert names == ["verdict", "log", "best-step", "checkpoint", "errors", "warnings", "infos"]


def html_page(text: str, count: int) -> None:
    from html.parser import HTMLParser

    seen: list[tuple[str, dict[str, str | None]]] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: seen.append((tag, dict(attrs)))  # type: ignore[method-assign]
    parser.feed(text)
    no_controls(re.sub(r"<(script|style)>.*?</\1>", "", text, flags=re.DOTALL))
    known = "html head meta title style body h1 h2 table thead tbody tr th td a section p figure script ul li strong button details summary"
    assert {tag for tag, _ in seen} <= set(re.findall(r"\w+", known))
    assert sum(tag == "section" for tag, _ in seen) == count
    assert not [name for _, attrs in seen for name in attrs if name.startswith("on") or name == "src"]


def terminal_text(text: str, count: int) -> None:
    no_controls(text)
    assert commands(text) == []
    assert "##vso[" not in text


CHECKS: dict[str, Callable[[str, int], None]] = {
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
    "sarif": sarif_document,
    "text": terminal_text,
}


def test_every_output_has_a_parser() -> None:
    assert sorted(CHECKS) == render.names()


@pytest.mark.parametrize("name", render.names())
def test_hostile_text_stays_text(name: str) -> None:
    output = render.renderer(name)
    for seed in range(150):
        diagnoses = poisoned(hostile(seed))
        CHECKS[name](output.render(diagnoses, Style()), len(diagnoses))


@pytest.mark.parametrize("name", render.names())
def test_an_output_is_the_same_every_time_and_ends_its_last_line(name: str) -> None:
    diagnoses = [make() for make in made.ALL.values()]
    output = render.renderer(name)
    shown = output.render(diagnoses, Style())
    assert shown == output.render([make() for make in made.ALL.values()], Style())
    assert shown.endswith("\n")
    CHECKS[name](shown, len(diagnoses))
    assert (output.__doc__ or "").strip()


def test_github_shows_ten_annotations_per_level() -> None:
    many = made.overfit(findings=tuple(made.reported(line=i + 1) for i in range(25)))
    found = commands(render.renderer("github").render([many], Style()))
    assert len(found) == 10
    assert found[-1][2] == "and 16 findings more"
    assert found[0][1] == {"file": "run.jsonl", "line": "1", "title": "OVF001 overfitting"}


def test_markdown_is_cut_with_the_worst_kept() -> None:
    shown = render.renderer("markdown").render([made.healthy(), *[made.overfit()] * 200], Style())
    assert len(shown.encode()) < 120 * 1024
    assert "Cut here" in shown
    assert shown.index("overfitting") < shown.index("healthy")


def test_the_same_finding_on_a_longer_log_keeps_its_fingerprint() -> None:
    short, long = made.overfit(), made.overfit(findings=(made.reported(step=700, line=700),))
    prints = [json.loads(render.renderer("gitlab").render([d], Style()))[0]["fingerprint"] for d in (short, long)]
    assert prints[0] == prints[1]


def test_worst_first_puts_the_unjudged_after_errors() -> None:
    ordered = worst_first([made.healthy(), made.unjudged(), made.overfit()])
    assert [d.verdict for d in ordered] == ["overfitting", "inconclusive", "healthy"]
