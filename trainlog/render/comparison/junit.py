"""JUnit XML: a test case per quantity; worse is a failure, what cannot be told is skipped."""

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from trainlog.comparison import Comparison, Row
from trainlog.render import Style
from trainlog.render._escape import plain
from trainlog.render.comparison import cells, title


def render(comparisons: Sequence[Comparison], style: Style) -> str:
    """One test suite per comparison; only what decides the verdict can fail."""
    suites = "".join(_suite(comparison) for comparison in comparisons)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="trainlog compare">\n{suites}</testsuites>\n'


def _suite(comparison: Comparison) -> str:
    decided = {id(comparison.primary): comparison.verdict}
    judged = [decided.get(id(row), "skipped" if row.judgement == "cannot tell" else "told") for row in comparison.rows]
    failures = sum(word == "worse" for word in judged)
    skipped = sum(word in ("cannot tell", "skipped") for word in judged)
    cases = "".join(_case(row, word, comparison) for row, word in zip(comparison.rows, judged, strict=True))
    head = f'  <testsuite name={quoteattr(title(comparison))} tests="{len(judged)}" failures="{failures}" errors="0" skipped="{skipped}">\n'
    return f"{head}{cases}  </testsuite>\n"


def _case(row: Row, word: str, comparison: Comparison) -> str:
    name, base, new, change, interval, judgement = cells(row)
    head = f"    <testcase classname={quoteattr(title(comparison))} name={quoteattr(name)}"
    said = quoteattr(plain(f"{judgement}: {base} to {new}, {change} ({interval})" if base else row.why or judgement))
    if word == "worse":
        return f'{head}><failure type="worse" message={said}/></testcase>\n'
    return f"{head}><skipped message={said}/></testcase>\n" if word in ("cannot tell", "skipped") else f"{head}/>\n"
