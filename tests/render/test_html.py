"""The page in a real browser: it draws, reads the right numbers, logs no error, asks for nothing, and hostile text stays text."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.render import made
from tests.test_contract_renderers import hostile, poisoned
from trainlog.render import Style, html

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
browser = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


def dom(page: str, folder: Path, script: str = "") -> tuple[str, str]:
    """The page as the browser has it after a script, and what it logged."""
    path = folder / "page.html"
    path.write_text(page.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--enable-logging=stderr",
        f"--user-data-dir={folder}/profile",
    ]
    done = subprocess.run([str(CHROMIUM), *options, "--dump-dom", path.as_uri()], capture_output=True, text=True, timeout=90)
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


@browser
def test_it_draws_and_reads_the_right_numbers(tmp_path: Path) -> None:
    chart = "document.querySelector('figure > svg')"
    press = f"for (const key of ['Home', 'ArrowRight']) {chart}.dispatchEvent(new KeyboardEvent('keydown', {{key}}));"
    diagnosis = made.overfit()
    page, logged = dom(html.render([diagnosis], Style()), tmp_path, press)
    assert logged == ""
    assert page.count("<polyline") == 2
    said = re.search(r"<output[^>]*>([^<]*)</output>", page)
    loss, val = diagnosis.run.series["loss"], diagnosis.run.series["val_loss"]
    assert said is not None
    assert said[1] == f"step 20: loss {loss.value[1]:.6g}, val_loss {val.value[0]:.6g}"


@browser
def test_a_finding_leads_to_its_place(tmp_path: Path) -> None:
    page, logged = dom(html.render([made.overfit()], Style()), tmp_path, "document.querySelector('button[data-step]').click()")
    assert logged == ""
    assert '<output aria-live="polite">step 500: ' in page


@browser
def test_hostile_text_stays_text_in_the_browser(tmp_path: Path) -> None:
    runs = [d for seed in range(40) for d in poisoned(hostile(seed))]
    page, logged = dom(html.render(runs, Style()), tmp_path)
    assert logged == ""
    assert "<img" not in page
    assert page.count("<script") == html.render(runs, Style()).count("<script") + 1


def test_the_page_asks_for_nothing_and_stays_small() -> None:
    page = html.render([made.overfit()] * 30, Style())
    assert not re.search(r"""(src|href)=["'](?!#)|@import|url\(|fetch\(|XMLHttp""", page)
    assert len(page.encode()) < 1_500_000
