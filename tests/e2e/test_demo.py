"""The guided story, as a newcomer plays it: by one command, told there, or opened in a real browser."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from showcause.web.demo.cast import OPEN, PASSWORD
from tests.services.browser import Browser, faults, follow
from tests.services.processes import PATIENCE

ROOT = Path(__file__).resolve().parents[2]


def command(*more: str) -> list[str]:
    return [sys.executable, "-m", "showcause", "demo", *more]


def environment(home: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(home)}


def test_the_guided_story_plays_through_and_reports_in_one_json_object(tmp_path: Path) -> None:
    done = subprocess.run(
        command("--once", "--json"), cwd=tmp_path, env=environment(tmp_path), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["flipped_byte_refused"] is True
    assert told["receipts_verified"] > 0


@contextmanager
def opened(folder: Path) -> Iterator[str]:
    """Play the story and serve its pages, as somebody does who types `showcause demo`; yields the address."""
    running = subprocess.Popen(
        command("--no-browser", "--port", "0"), cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert running.stdout is not None
    said = []
    for line in running.stdout:
        said.append(line)
        if found := re.search(r"The story is open: (http://localhost:\d+)/demo/", line):
            break
    else:
        raise AssertionError("".join(said))
    try:
        yield found[1]
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=PATIENCE)
    assert running.returncode == 0


def play(page: Page, address: str, part: str) -> None:
    page.goto(f"{address}/demo/")
    follow(page.locator(f".cards button[value={part}]"))


def it_worked(page: Page) -> None:
    expect(page.locator("h1")).to_have_count(1)
    expect(page).not_to_have_title(re.compile("That did not work"))


@pytest.mark.browser
def test_every_part_of_the_story_can_be_looked_up_and_gone_on_with_in_the_browser(
    tmp_path: Path, browser: Browser
) -> None:
    with opened(tmp_path) as address:
        with browser.open(f"{address}/demo/", language="fr", width=375) as page:
            expect(page).to_have_title(re.compile("Une nuit sur Plaza"))
            assert faults(page) == []
            page.goto(f"{address}/demo/end")
            assert faults(page) == []
        with browser.open(f"{address}/demo/") as page:
            _look_everything_up(page, address)
            _appeal_as_the_person(page, address)
            _approve_as_the_second(page, address)


def _look_everything_up(page: Page, address: str) -> None:
    """Follow every button of every chapter: none leads nowhere."""
    for part in OPEN:
        play(page, address, part)
        it_worked(page)
    page.goto(f"{address}/demo/")
    for at in range(page.locator(".looks button").count()):
        follow(page.locator(".looks button").nth(at))
        it_worked(page)
        page.goto(f"{address}/demo/")


def _appeal_as_the_person(page: Page, address: str) -> None:
    play(page, address, "person")
    page.locator("textarea").first.fill("Each of them had asked for the timetable of the boats.")
    follow(page.locator("form:has(textarea) button").first)
    it_worked(page)
    expect(page.locator("form textarea")).to_have_count(0)


def _approve_as_the_second(page: Page, address: str) -> None:
    """Approve the suspension that Bea proposed; the desk asks for the password first, and leads back."""
    play(page, address, "second")
    follow(page.get_by_role("link", name="Approve"))
    page.locator("input[type=password]").fill(PASSWORD)
    follow(page.locator("main form:has(input[type=password]) button").first)
    follow(page.get_by_role("button", name="Approve"))
    expect(page.get_by_text("Approved. It takes force in thirty seconds")).to_be_visible()
