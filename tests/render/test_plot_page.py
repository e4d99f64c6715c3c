"""The page that ``plot`` writes: all that the picture shows, in the page that diagnose writes too."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.figure.logs import judged, kept, onset, overfit, spike, write
from trainlog.render.figure import Options, render


def charts(page: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in re.findall(r'<script type="application/json">(.*?)</script>', page)]


@pytest.fixture
def page(tmp_path: Path) -> str:
    log = overfit(tmp_path / "run.jsonl")
    return render([judged(log, onset(1100, 1200, 1300), spike(901), keep=kept(1199, 2.2))], "html").decode()


def test_every_panel_is_a_chart(page: str) -> None:
    found = charts(page)
    assert [chart["title"] for chart in found] == ["loss (nats per token)", "learning rate", "GPU memory (GiB)", "GPU (°C)"]
    names = [series["name"] for series in found[0]["series"]]
    assert names == ["training, as logged", "training, smoothed over 20 steps", "validation"]
    assert [mark["label"] for mark in found[0]["marks"]] == [
        "overfitting starts: step 1,100–1,300",
        "NaN or infinite: 1 from step 1,501",
        "loss spike: step 901",
        "keep step 1,199 (2.200)",
    ]


def test_runs_have_their_colours_and_names(tmp_path: Path) -> None:
    logs = [overfit(tmp_path / f"{name}.jsonl", 300) for name in "ab"]
    loss = charts(render([judged(log) for log in logs], "html", Options(x="epoch", log_x=True)).decode())[0]
    assert loss["log_x"]
    assert loss["axis"] == "epoch"
    assert {(series["colour"], series["name"].partition(":")[0]) for series in loss["series"]} == {(0, "a"), (1, "b")}


def test_every_axis_that_all_runs_know_can_be_chosen(page: str, tmp_path: Path) -> None:
    loss = charts(page)[0]
    assert set(loss["series"][0]["x"]) == {"step", "epoch", "tokens", "time (s)"}
    validation = loss["series"][-1]["x"]
    assert validation["epoch"] == pytest.approx([step / 500 for step in validation["step"]])
    bare = write(tmp_path / "bare.jsonl", [{"step": i, "loss": 3 - i / 50} for i in range(60)])
    both = render([judged(overfit(tmp_path / "a.jsonl", 300)), judged(bare)], "html").decode()
    assert set(charts(both)[0]["series"][0]["x"]) == {"step"}


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    name = "</script><img src=x onerror=alert(1)>\x1b"
    log = write(tmp_path / "a.jsonl", [{"step": i, "loss": 3 - i / 50, f"val/{name}/loss": 3 - i / 60} for i in range(60)])
    shown = render([judged(log)] * 2, "html", Options(title=name)).decode()
    tags = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: tags.append(tag)  # type: ignore[method-assign]
    parser.feed(shown)
    assert "img" not in tags
    assert "\x1b" not in shown


@pytest.mark.parametrize("options", [Options(), Options(log_x=True, log_y=True), Options(layout="grid")])
def test_the_browser_draws_it(browser: Any, tmp_path: Path, options: Options) -> None:
    logs = [overfit(tmp_path / f"{name}.jsonl", 300) for name in "ab"]
    content = render([judged(log) for log in logs], "html", options).decode()
    path = tmp_path / "page.html"
    path.write_text(content, encoding="utf-8")
    troubles: list[str] = []
    view = browser.new_page()
    view.on("console", lambda message: troubles.append(message.text))
    view.on("pageerror", lambda error: troubles.append(str(error)))
    view.on("request", lambda asked: asked.url == path.as_uri() or troubles.append(asked.url))
    view.goto(path.as_uri())
    points = [line.get_attribute("points") for line in view.locator("polyline.curve").all()]
    view.close()
    assert troubles == []
    assert len(points) == sum(len(chart["series"]) for chart in charts(content))
    assert not any("NaN" in one for one in points)
