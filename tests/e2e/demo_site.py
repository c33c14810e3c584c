"""The demo as somebody starts it who types `showcause demo`, and what its visitors do on every page."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import FrameLocator, Page, expect

from tests.services.browser import follow
from tests.services.processes import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
LEAST = 2_100
"""Milliseconds: whoever sends a form sooner than after two seconds is asked to send it once more."""


def command(*more: str) -> list[str]:
    return [sys.executable, "-m", "showcause", "demo", *more]


def environment(home: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(home)}


@contextmanager
def opened(folder: Path) -> Iterator[str]:
    """Play the story and serve its pages; yields the address."""
    running = subprocess.Popen(
        command("--no-browser", "--port", "0"), cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert running.stdout is not None
    said = []
    for line in running.stdout:
        said.append(line)
        if found := re.search(r"The story is open: (http://localhost:\d+)/demo/journal/", line):
            break
    else:
        raise AssertionError("".join(said))
    try:
        yield found[1]
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=PATIENCE)
    assert running.returncode == 0


def become(page: Page, part: str) -> None:
    """Step into a part by the bar."""
    follow(page.locator(f".demo-bar button[value={part}]"))
    expect(page.locator(f".demo-bar button[value={part}]")).to_have_attribute("aria-current", "true")


def thread(page: Page) -> FrameLocator:
    """Return the comments under the article, once they are there."""
    page.locator("showcause-comments").scroll_into_view_if_needed()
    inside = page.frame_locator("showcause-comments iframe")
    expect(inside.locator(".count")).to_be_visible()
    return inside


def take_time(page: Page) -> None:
    """Look at a form as long as people do; a lower bound of the form's own, on which nothing waits."""
    page.wait_for_timeout(LEAST)


def it_worked(page: Page) -> None:
    expect(page.locator("h1")).to_have_count(1)
    expect(page).not_to_have_title(re.compile("That did not work"))
