"""The page in a real browser: it draws, reads the right numbers, logs no error, asks for nothing, and hostile text stays text."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.render import made
from tests.render.hostile import hostile, poisoned
from trainlog.diagnosis import Diagnosis, diagnose
from trainlog.readers import read_all
from trainlog.render import Style, html

SAMPLE = Path(__file__).parents[2] / "sample_logs" / "trainlog" / "overfit.jsonl"
INK = "getComputedStyle(document.body).color"
WIDE = {"width": 1000, "height": 900}


class Page:
    """A page as a person uses it; fails at the end when it logged anything or asked for anything."""

    def __init__(self, browser: Any, folder: Path, diagnoses: list[Diagnosis], **looks: Any) -> None:
        path = folder / "page.html"
        path.write_text(html.render(diagnoses, Style()), encoding="utf-8")
        self.troubles: list[str] = []
        self.view = browser.new_page(viewport=WIDE, **looks)
        self.view.on("console", lambda message: self.troubles.append(message.text))
        self.view.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.view.on("dialog", lambda dialog: self.troubles.append(dialog.message))
        self.view.on("request", lambda asked: asked.url == path.as_uri() or self.troubles.append(asked.url))
        self.view.goto(path.as_uri())
        self.chart = self.view.locator("figure > svg").first

    @property
    def said(self) -> str:
        text: str = self.view.locator("output").first.inner_text()
        return text

    def hover(self, part: float) -> None:
        """Move the mouse to a fraction of the way along the x axis."""
        box = self.chart.bounding_box()
        left, right = (box["x"] + box["width"] * at / 900 for at in (64, 888))
        self.view.mouse.move(left + (right - left) * part, box["y"] + box["height"] / 2)

    def drag(self, start: float, end: float) -> None:
        self.hover(start)
        self.view.mouse.down()
        self.hover(end)
        self.view.mouse.up()

    def steps(self) -> tuple[float, float]:
        """The range shown, read with the keyboard at both ends of what is drawn."""
        numbers = [float(text.replace(",", "")) for text in self.chart.locator("text[text-anchor=middle]").all_text_contents()]
        return min(numbers), max(numbers)

    def heights(self, curve: int) -> list[float]:
        points = self.chart.locator("polyline.curve").nth(curve).get_attribute("points").split()
        return [float(point.split(",")[1]) for point in points]


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Any]:
    shown: list[Page] = []

    def page(*diagnoses: Diagnosis, **looks: Any) -> Page:
        shown.append(Page(browser, tmp_path, list(diagnoses), **looks))
        return shown[-1]

    yield page
    for one in shown:
        one.view.close()
        assert one.troubles == []


def sample() -> Diagnosis:
    return diagnose(read_all(str(SAMPLE))[-1])


def test_hover_reads_the_nearest_logged_numbers(show: Any) -> None:
    diagnosis = made.overfit()
    page = show(diagnosis)
    loss, val = diagnosis.run.series["loss"], diagnosis.run.series["val_loss"]
    for part in (0.0, 0.2512, 0.5, 0.98, 1.0):
        page.hover(part)
        step = int(re.match(r"step ([\d,]+): ", page.said)[1].replace(",", ""))  # type: ignore[index]
        assert abs(step - (loss.step[0] + part * (loss.step[-1] - loss.step[0]))) <= 6  # half a point, and a pixel
        first, second = (f"{s.value[list(s.step).index(step)]:.6g}" if step in s.step else None for s in (loss, val))
        assert f"loss {first}" in page.said
        assert second is None or f"val_loss {second}" in page.said
    assert page.chart.locator("circle").count() == 2


def test_a_value_from_elsewhere_says_where(show: Any) -> None:
    page = show(made.overfit())
    page.chart.focus()
    for key in ("Home", "ArrowRight", "ArrowRight"):
        page.view.keyboard.press(key)
    assert re.fullmatch(r"step 30: loss [\d.]+, val_loss [\d.]+ \(at 20\)", page.said)


def test_dragging_zooms_and_a_key_shows_all_again(show: Any) -> None:
    page = show(made.overfit())
    whole = page.steps()
    page.drag(0.4, 0.6)
    low, high = page.steps()
    assert 400 <= low < high <= 610
    page.chart.focus()
    page.view.keyboard.press("0")
    assert page.steps() == whole
    page.view.keyboard.press("+")
    assert page.steps() != whole
    page.view.get_by_role("button", name="whole run").click()
    assert page.steps() == whole


def test_a_logarithmic_axis_spreads_the_end_of_a_curve(show: Any) -> None:
    page = show(made.overfit())
    plain = page.heights(0)
    page.view.get_by_label("log y").check()
    log = page.heights(0)
    assert len(plain) == len(log)
    middle = len(log) // 4
    assert (log[middle] - log[0]) / (log[-1] - log[0]) < (plain[middle] - plain[0]) / (plain[-1] - plain[0])


def test_series_are_switched_off_and_on(show: Any) -> None:
    page = show(sample())
    assert page.chart.locator("polyline.curve").count() == 2
    page.view.get_by_role("checkbox", name="val_loss").uncheck()
    assert page.chart.locator("polyline.curve").count() == 1
    page.hover(0.5)
    assert "val_loss" not in page.said
    page.view.get_by_label("lr (own scale)").check()
    heights = page.heights(1)
    assert max(heights) - min(heights) > 200  # beside a loss of 2, a rate of 0.001 would be a flat line
    for box in page.view.locator(".controls .series input").all():
        box.uncheck()
    page.hover(0.3)
    assert page.chart.locator("polyline.curve").count() == 0


@pytest.mark.parametrize("unit", ["epoch", "time", "step"])
def test_the_axis_can_be_another(show: Any, unit: str) -> None:
    page = show(sample())
    page.view.get_by_label("axis").select_option(unit)
    page.hover(1.0)
    assert page.said.startswith(f"{unit} ")
    assert "loss" in page.said


def test_a_finding_leads_to_its_place_and_hands_the_keys_over(show: Any) -> None:
    page = show(made.overfit())
    page.view.get_by_role("button", name="show on the curve").first.press("Enter")
    assert page.said.startswith("step 500: ")
    page.view.keyboard.press("ArrowRight")
    assert page.said.startswith("step 510: ")


def test_all_of_it_is_reached_with_the_keyboard(show: Any) -> None:
    page = show(sample())
    reached = set()
    for _ in range(30):
        page.view.keyboard.press("Tab")
        reached.add(page.view.evaluate("document.activeElement.tagName.toLowerCase() + (document.activeElement.type || '')"))
    assert {"selectselect-one", "inputcheckbox", "buttonbutton", "svg", "summary"} <= reached
    assert page.chart.get_attribute("aria-label")
    assert page.view.locator("output").first.get_attribute("aria-live") == "polite"
    assert page.view.locator("section").first.get_attribute("aria-label").endswith("overfitting")


def contrast(page: Page, selector: str) -> float:
    """Of text on what is behind it, as WCAG counts it."""
    colours = page.view.evaluate(
        """selector => {
          const node = document.querySelector(selector);
          let back = node;
          while (getComputedStyle(back).backgroundColor === "rgba(0, 0, 0, 0)") back = back.parentElement;
          return [getComputedStyle(node).color, getComputedStyle(back).backgroundColor];
        }""",
        selector,
    )
    light = []
    for colour in colours:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        light.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return (max(light) + 0.05) / (min(light) + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_schemes(show: Any, scheme: str) -> None:
    page = show(made.overfit(), color_scheme=scheme)
    for selector in (
        "body",
        ".badge",
        ".findings .error > strong",
        ".findings .warning > strong",
        ".findings .info > strong",
        ".key",
        ".judged",
    ):
        assert contrast(page, selector) >= 4.5, selector
    assert page.view.evaluate(INK) == ("rgb(26, 26, 26)" if scheme == "light" else "rgb(232, 232, 232)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_is_white_and_has_no_buttons(show: Any, scheme: str) -> None:
    page = show(sample(), color_scheme=scheme)
    page.view.emulate_media(media="print", color_scheme=scheme)
    assert page.view.evaluate(INK) == "rgb(0, 0, 0)"
    assert page.view.evaluate("getComputedStyle(document.querySelector('figure > svg')).backgroundColor") == "rgb(255, 255, 255)"
    assert contrast(page, ".badge") >= 4.5
    assert page.view.get_by_role("button").count() == 0
    assert page.view.locator("figure > svg").is_visible()
    assert not page.view.get_by_label("lr (own scale)").is_visible()
    assert page.view.pdf().startswith(b"%PDF")


def test_a_narrow_screen_scrolls_only_down(show: Any) -> None:
    page = show(sample(), made.overfit())
    page.view.set_viewport_size({"width": 360, "height": 700})
    assert page.view.evaluate("document.documentElement.scrollWidth <= 360")


def test_hostile_text_stays_text(show: Any) -> None:
    texts = [hostile(seed) for seed in range(60)]
    runs = [diagnosis for text in texts for diagnosis in poisoned(text)[:1]]
    page = show(*runs)
    for button in page.view.get_by_role("button", name="show on the curve").all()[:6]:
        button.click()
    assert page.view.locator("img, iframe, object, embed, link, form, [onerror], [onmouseover]").count() == 0
    assert page.view.locator("section").count() == len(runs)
    assert page.view.locator("script").count() == html.render(runs, Style()).count("<script")


def test_the_page_asks_for_nothing_and_stays_small() -> None:
    page = html.render([made.overfit()] * 30, Style())
    assert not re.search(r"""(src|href)=["'](?!#)|@import|url\(|fetch\(|XMLHttp""", page)
    assert len(page.encode()) < 1_500_000
