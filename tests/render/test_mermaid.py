"""The charts in Markdown, drawn by Mermaid itself, as GitHub and GitLab draw them."""

import re
from typing import Any

import pytest

from tests import npm
from tests.render import made
from tests.render.hostile import hostile, poisoned
from tests.render.test_samples import SAMPLES, judged
from trainlog.diagnosis import Diagnosis
from trainlog.render import Style, markdown

DRAW = """async charts => {
  mermaid.initialize({startOnLoad: false, securityLevel: "strict"});
  const drawn = [];
  for (const [i, chart] of charts.entries()) {
    const {svg} = await mermaid.render("chart" + i, chart);
    const page = new DOMParser().parseFromString(svg, "image/svg+xml");
    const lines = [...page.querySelectorAll("[class^=line-plot] path")].map(path => path.getAttribute("d").split(/[LC]/).length);
    const colours = [...page.querySelectorAll("[class^=line-plot] path")].map(path => path.getAttribute("stroke"));
    drawn.push({lines, colours, text: [...page.querySelectorAll("text")].map(node => node.textContent).join(" "), svg});
  }
  return drawn;
}"""


def charts(diagnoses: list[Diagnosis]) -> list[str]:
    return re.findall(r"```mermaid\n(.*?)```", markdown.render(diagnoses, Style()), flags=re.DOTALL)


@pytest.fixture(scope="module")
def mermaid(browser: Any) -> Any:
    library = npm.file("mermaid")
    page = browser.new_page()
    page.set_content("<!doctype html><title>charts</title>")
    page.add_script_tag(path=str(library))
    return page


def drawn(mermaid: Any, found: list[str]) -> None:
    for source, chart in zip(found, mermaid.evaluate(DRAW, found), strict=True):
        assert chart["lines"] == [line.count(",") + 1 for line in source.split("\n") if line.startswith("  line")]
        assert chart["colours"] == list(markdown.COLOURS.values())[: len(chart["lines"])]
        assert "Syntax error" not in chart["text"]
        assert "<script" not in chart["svg"]
        assert not re.search("NaN|Infinity", chart["svg"])


def test_it_draws_the_chart_of_every_sample(mermaid: Any) -> None:
    found = [chart for sample in SAMPLES for chart in charts(judged(sample))]
    assert len(found) > len(SAMPLES) / 2
    drawn(mermaid, found)


def test_it_draws_whatever_the_log_says(mermaid: Any) -> None:
    found = {chart for seed in range(100) for chart in charts(poisoned(hostile(seed)))}
    drawn(mermaid, sorted(found))


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1e9, 1e25])
def test_it_draws_small_and_large_numbers(mermaid: Any, scale: float) -> None:
    run = made.run_of(made.sampled("loss", lambda x: made.training(x) * scale, points=50, steps=500))
    found = charts([Diagnosis(run, "healthy", facts=made.Facts(run))])
    drawn(mermaid, found)
    low, high = re.findall(r'y-axis "loss" (\S+) --> (\S+)', found[0])[0]
    assert float(high) > 1.5 * float(low) > 0
