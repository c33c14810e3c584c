"""The page on a phone: with and without JavaScript, in English and French, light and dark; nothing leaks."""

import http.server
import re
import threading
from email.message import Message
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from showcause.domain.attachment import Attachment
from showcause.domain.case import Case
from showcause.domain.lifecycle import AttachmentState
from showcause.domain.publication import Publication
from tests.services.browser import WIDTHS, Browser, check_page, faults, follow, leave_picture
from tests.web.person.letters import newest_link, only_appeal, open_address, reverse
from tests.web.stand import Stand

pytestmark = pytest.mark.browser
PHONE = WIDTHS["phone"]


def suspended_with_friends(site: Stand) -> str:
    """Suspend somebody who had friends and a room; return where their letter leads."""
    open_address(site)
    world = site.house.world
    sam = site.house.account("spam-sam")
    world.followers_lost = 50
    for number in range(4):
        site.house.account(f"fan-{number}")
        world.follow(f"fan-{number}", "spam-sam")
    world.join("spam-sam", "square")
    site.house.decide(site.house.case_of(site.house.report(sam)), rung="suspend-7d")
    return site.address + newest_link(site)


def appeal_in(page: Page, text: str, file: Path) -> None:
    """Write an appeal and send it with a file."""
    page.get_by_label("What did we get wrong?").fill(text)
    page.get_by_label("Files that show it").set_input_files(str(file))
    follow(page.get_by_role("button", name="Send my appeal"))
    page.wait_for_url("**/s/*#appeal")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_on_a_phone_somebody_reads_appeals_with_a_file_and_sees_what_came_back(
    site: Stand, browser: Browser, tmp_path: Path, scripts: bool
) -> None:
    address = suspended_with_friends(site)
    Image.new("RGB", (60, 40), "teal").save(tmp_path / "invitation.png")
    with browser.open(address, width=PHONE, scripts=scripts) as page:
        expect(page.get_by_role("heading", level=1)).to_contain_text("was suspended")
        page.get_by_role("link", name="Appeal this decision").click()
        appeal_in(page, "The host had invited me.", tmp_path / "invitation.png")
        site.house.work()
        page.reload()
        expect(page.get_by_text("We promise an answer by").first).to_be_visible()
        expect(page.get_by_role("link", name="invitation.png")).to_be_visible()
    [held] = site.house.all(Attachment)
    assert (held.about, held.state) == (only_appeal(site).id, AttachmentState.SHOWN)
    if not scripts:
        return
    reverse(site)
    with browser.open(address, width=PHONE) as page:
        expect(page.get_by_text("We are sorry. The mistake was ours.")).to_be_visible()
        expect(page.get_by_role("heading", name="What did not come back")).to_be_visible()
        expect(page.get_by_text("Do not flood other people")).to_be_visible()
    check_page(browser, address, "person-reversed", widths=("phone",))


def test_the_page_is_accessible_in_every_state(site: Stand, browser: Browser) -> None:
    address = suspended_with_friends(site)
    check_page(browser, address, "person")
    with browser.open(address, width=PHONE) as page:
        follow(page.get_by_role("button", name="Send my appeal"))
        expect(page.get_by_text("Please write what is wrong with the decision").first).to_be_visible()
        leave_picture(page, "person-wrong")
        assert faults(page) == []
        for other in (f"{address}/publish", f"{site.address}/s/", f"{site.address}/s/{'x' * 44}"):
            page.goto(other)
            leave_picture(page, f"person-{len(other)}")
            assert faults(page) == []


def test_a_hidden_post_is_shown_as_it_was_in_french_too(site: Stand, browser: Browser) -> None:
    open_address(site)
    world = site.house.world
    post = site.house.post("spam-sam", "Gagnez un téléphone, cliquez ici : plaza.example/gagner")
    world.register("rita")
    world.report("rita", post.kind, post.ref, "partout le même")
    site.house.worker.poll("plaza")
    [case] = site.house.all(Case)
    site.house.decide(case, rung="hide")
    with browser.open(f"{site.address}{newest_link(site)}?lang=fr", width=PHONE, scheme="dark") as page:
        expect(page.get_by_text("Gagnez un téléphone")).to_be_visible()
        expect(page.get_by_text("Tel que c’était quand nous l’avons examiné")).to_be_visible()
        leave_picture(page, "person-hidden-fr")
        assert faults(page) == []


def test_what_is_written_is_kept_until_it_is_sent_and_then_no_longer(site: Stand, browser: Browser) -> None:
    with browser.open(suspended_with_friends(site), width=PHONE) as page:
        page.get_by_label("What did we get wrong?").fill("I was interrupted")
        page.reload()
        expect(page.get_by_label("What did we get wrong?")).to_have_value("I was interrupted")
        assert page.evaluate("sessionStorage.length") == 1
        follow(page.get_by_role("button", name="Send my appeal"))
        expect(page.get_by_text("We have your appeal")).to_be_visible()
        page.wait_for_function("sessionStorage.length === 0")


def test_a_file_that_is_too_large_is_said_before_anything_is_sent(
    site: Stand, browser: Browser, tmp_path: Path
) -> None:
    address = suspended_with_friends(site)
    (tmp_path / "large.png").write_bytes(b"x" * (4 * 1024 * 1024 + 1))
    with browser.open(address, width=PHONE) as page:
        page.get_by_label("What did we get wrong?").fill("A long text that nobody wants to write twice.")
        page.get_by_label("Files that show it").set_input_files(str(tmp_path / "large.png"))
        page.get_by_role("button", name="Send my appeal").click()
        expect(page.get_by_text("One of the files is too large")).to_be_visible()
        expect(page.get_by_label("What did we get wrong?")).to_have_value(re.compile("^A long text"))


def test_a_published_statement_and_its_status_are_accessible_and_can_be_embedded(
    site: Stand, browser: Browser
) -> None:
    address = suspended_with_friends(site)
    with browser.open(f"{address}/publish", width=PHONE) as page:
        follow(page.get_by_role("button", name="Publish"))
        public = page.get_by_role("link", name="/p/").get_attribute("href")
    check_page(browser, f"{site.address}{public}", "published", widths=("phone",))
    check_page(browser, f"{site.address}{public}/status", "published-status", widths=("phone",))
    with (
        Elsewhere(
            f'<h1>A paper</h1><iframe src="{site.address}{public}/status" title="Status"></iframe>'
        ) as paper,
        browser.open(paper[0]) as page,
    ):
        expect(page.frame_locator("iframe").get_by_text("In force since")).to_be_visible()


def test_who_follows_a_link_away_from_the_page_tells_nobody_its_address(
    site: Stand, browser: Browser
) -> None:
    address = suspended_with_friends(site)
    with Elsewhere("<title>elsewhere</title>") as (other, asked), browser.open(address) as page:
        page.evaluate(
            "to => { const a = document.createElement('a'); a.href = to; a.textContent = 'away';"
            " document.querySelector('main').append(a); }",
            other,
        )
        follow(page.get_by_role("link", name="away"))
        expect(page).to_have_url(other)
    assert asked
    assert {each.get("Referer") for each in asked} == {None}


class Elsewhere:
    """Another site on this machine; gives its address, and the headers of what it was asked."""

    def __init__(self, page: str) -> None:
        asked: list[Message] = []

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/":
                    asked.append(self.headers)
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(f"<!doctype html><html lang=en>{page}".encode())

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.address, self.asked = f"http://127.0.0.1:{self._server.server_port}/", asked

    def __enter__(self) -> tuple[str, list[Message]]:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self.address, self.asked

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_somebody_checks_their_own_proof_in_the_browser_and_so_does_whoever_reads_what_they_published(
    site: Stand, browser: Browser
) -> None:
    address = suspended_with_friends(site)
    with browser.open(address, width=PHONE) as page:
        page.get_by_role("button", name="Check the proof in this browser").click()
        expect(page.locator(".verify.good")).to_be_visible()
        expect(page.locator(".verify .ticked")).to_have_count(4)
        page.locator(".verify summary").click()
        expect(page.locator(".verify dl")).to_contain_text("spam-sam")
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.goto(f"{address}/publish")
        follow(page.get_by_role("button", name="Publish"))
        expect(page.locator(".button.danger")).to_be_visible()
    [shown] = site.house.all(Publication)
    site.publish()  # the public checks under the head that the public sees
    with browser.open(f"{site.address}/p/{shown.id}", width=PHONE, scheme="dark") as page:
        expect(page.locator(".verify.good")).to_be_visible()
        expect(page.locator(".verify")).not_to_contain_text("spam-sam")
        assert faults(page) == []
