"""A browser for what is to be seen in one."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.tools import CHROMIUM, absent, needs


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window, driven by Playwright."""
    api = needs("playwright.sync_api")
    if CHROMIUM is None:
        absent("Chromium is not installed")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield started
        started.close()
