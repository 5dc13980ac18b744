"""OpenGB's own web page in a real browser, on a simulated board."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.endtoend.house import House, built

pytest.register_assert_rewrite("tests.backends", "tests.console")
expect.set_options(timeout=30_000)
FRONTENDS = next(Path(".venv-compat").glob("opengb-*/opengb/frontend")).absolute()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    # A container's root has no sandbox; the only pages are our own.
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def house() -> Iterator[House]:
    with built() as house:
        yield house


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must not fail, nor reach for anything beyond this machine."""
    page = browser.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.route(
        lambda url: "//127.0.0.1:" not in url and "//localhost:" not in url,
        lambda route: route.abort(),
    )
    page.set_default_timeout(30_000)
    yield page
    page.close()
    assert failures == []
