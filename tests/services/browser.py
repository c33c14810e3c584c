"""A real Chromium, driven by Playwright: pages as people see them, on a desk and on a phone, in light and dark."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Frame, Locator, Page, expect, sync_playwright

from showcause.cli.testing import CHROMIUM

Scheme = Literal["dark", "light"]
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
WIDTHS = {"desk": 1280, "tablet": 768, "phone": 375}
Sight = tuple[Scheme, str]
"""A colour scheme and the name of a width, in which a page is looked at."""
_AXE = Axe()
PATIENCE = 60_000
"""Milliseconds that a browser may take for anything; only a test that fails waits for so long."""
SHOTS = "SHOWCAUSE_SHOTS"
"""Names a folder: every page that is checked is also left there as a picture, for people to look at."""


@dataclass
class Browser:
    """One Chromium; every `open` is a visitor of their own, with nothing remembered."""

    chromium: Chromium

    @contextmanager
    def open(
        self,
        address: str,
        *,
        width: int = WIDTHS["desk"],
        scheme: Scheme = "light",
        language: str = "en",
        scripts: bool = True,
    ) -> Iterator[Page]:
        """Open a page as a new visitor. What the page says on its console, and every request elsewhere, is an error."""
        context = self.chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            locale=language,
            java_script_enabled=scripts,
        )
        context.set_default_timeout(PATIENCE)
        with _watched(context) as said:
            page = context.new_page()
            page.goto(address)
            yield page
        assert not said, said


@contextmanager
def _watched(context: BrowserContext) -> Iterator[list[str]]:
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text) if _is_fault(message) else None)
    context.on("weberror", lambda error: said.append(str(error.error)))
    context.on(
        "request", lambda request: None if _is_ours(request.url) else said.append(f"asked {request.url}")
    )
    try:
        yield said
    finally:
        context.close()


def _is_fault(message: Any) -> bool:
    """Tell whether a line on the console is a fault; an answer of 4xx that a test asked for is none."""
    return message.type in ("error", "warning") and "Failed to load resource" not in message.text


def _is_ours(url: str) -> bool:
    return url.startswith(("http://127.0.0.1", "http://localhost", "data:", "blob:", "about:"))


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start a Chromium and end it."""
    # Playwright keeps an event loop in this thread; Django would take it for a sign that it is called from one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    program = next(path for name in CHROMIUM if (path := shutil.which(name)))
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield Browser(chromium)
        chromium.close()


def follow(what: Locator) -> None:
    """Click what leads to another page, and go on once that page is there as a whole.

    A click by itself returns while the old page still stands, and the server may not even have been asked yet.
    """
    with what.page.expect_navigation():
        what.click()


def faults(page: Page | Frame) -> list[str]:
    """Return what axe finds wrong with the page as it is now; what stands in a frame is looked at by itself."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.axe_script)
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(all => all.violations)")
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


def check_page(
    browser: Browser,
    address: str,
    name: str,
    *,
    language: str = "en",
    widths: tuple[str, ...] = ("desk", "phone"),
) -> None:
    """Check a page in light and dark at some widths: axe is content and nothing is wider than the window."""
    schemes: tuple[Scheme, ...] = ("light", "dark")
    with browser.open(address, width=WIDTHS[widths[0]], language=language) as page:
        check_in(page, name, [(scheme, width) for scheme in schemes for width in widths])


def check_in(page: Page, name: str, sights: Iterable[Sight]) -> None:
    """Check a page as it is now in each of these sights; to load it again for each would take ten times as long."""
    for scheme, width in sights:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": WIDTHS[width], "height": 900})
        leave_picture(page, f"{name}-{width}-{scheme}")
        assert faults(page) == [], f"{name} {width} {scheme}"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} {width}"


def leave_picture(page: Page, name: str) -> None:
    """Leave a picture of the whole page where somebody asked for pictures."""
    if folder := os.environ.get(SHOTS):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)
