"""Pages that check their own proof in the browser, and the checker that needs no server, as people meet them."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Locator, Page, Route, expect

from showcause.cli.root import root
from showcause.compose import Wiring
from showcause.web.window import offline
from tests.services.browser import WIDTHS, Browser, faults, leave_picture
from tests.web.record import lived_in, witnessed
from tests.web.stand import Stand

VECTORS = Path(__file__).parents[1] / "transparency" / "vectors"
PROOF = (VECTORS / "decision.tlog-proof").read_bytes()


def said(page: Page) -> Locator:
    """Wait until the page has judged, which fills its box at one stroke; return that box."""
    box = page.locator(".verify.good, .verify.bad, .verify.warning").first
    expect(box).to_be_visible()
    return box


@pytest.mark.browser
def test_a_decisions_page_checks_its_own_proof_and_shows_nothing_of_one_that_was_changed(
    site: Stand, browser: Browser
) -> None:
    decided = lived_in(site)
    with browser.open(f"{site.address}/decisions/{decided.leaf}") as page:
        shown = said(page)
        for each in ("all of it holds", decided.leaf, "No witness cosigned"):
            expect(shown).to_contain_text(each)
        expect(page.locator(".verify .ticked")).to_have_count(3)
        expect(page.locator(".verify-after")).to_be_visible()
        assert faults(page) == []
        leave_picture(page, "verify-decision")
        page.route("**/*.tlog-proof", _flip)
        page.reload()
        refused = said(page)
        expect(refused).to_contain_text("does not hold")
        expect(refused).not_to_contain_text(decided.leaf)
        expect(refused).not_to_contain_text("✓")
        page.unroute("**/*.tlog-proof")
        other = page.request.get(f"{site.address}/log/0.tlog-proof").text()
        page.route("**/*.tlog-proof", lambda route: route.fulfill(body=other))
        page.reload()
        expect(said(page)).to_contain_text("log_mismatched")
    with browser.open(f"{site.address}/log/16?lang=fr", width=WIDTHS["phone"], scheme="dark") as page:
        expect(said(page)).to_contain_text("elle tient entièrement")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert faults(page) == []
        leave_picture(page, "verify-entry-phone-fr")


def _flip(route: Route) -> None:
    text = route.fetch().text()
    at = text.index("\nindex ") - 9
    route.fulfill(body=text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])


@pytest.mark.browser
def test_a_page_says_who_runs_a_witness_and_how_old_its_signature_is(site: Stand, browser: Browser) -> None:
    witnessed(site)
    with browser.open(f"{site.address}/log/0", width=WIDTHS["phone"]) as page:
        shown = said(page)
        expect(shown).to_contain_text("run by The Garden Paper")
        expect(shown).to_contain_text("The newest cosignature is")
        expect(page.locator(".verify .ticked")).to_have_count(4)
        leave_picture(page, "verify-witnessed")


@pytest.mark.browser
def test_without_cryptography_the_page_says_why_nothing_was_checked(site: Stand, browser: Browser) -> None:
    lived_in(site)
    with browser.open(f"{site.address}/log/") as page:
        page.add_init_script(
            "Object.defineProperty(crypto, 'subtle', { get: () => undefined });"
            "Object.defineProperty(window, 'isSecureContext', { get: () => false });"
        )
        page.goto(f"{site.address}/log/16")
        shown = said(page)
        expect(shown).to_contain_text("Nothing was checked")
        expect(shown).to_contain_text("plain http")
        expect(shown).not_to_contain_text("✓")
        expect(page.get_by_role("link", name="Download the checker")).to_be_visible()


@pytest.mark.browser
def test_the_checker_works_from_a_disk_without_asking_anybody(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "verify.html").write_bytes(offline.verifier())
    asked: list[str] = []
    context = browser.chromium.new_context(locale="fr", viewport={"width": WIDTHS["phone"], "height": 800})
    try:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: asked.append(message.text))
        page.goto((tmp_path / "verify.html").as_uri())
        page.get_by_role("button", name="English").click()
        page.locator("[name=trust]").fill((VECTORS / "policy.txt").read_text())
        page.locator("[name=proof]").fill(PROOF.decode())
        page.get_by_role("button", name="Check").click()
        shown = said(page)
        expect(shown).to_contain_text("all of it holds")
        expect(shown).to_contain_text("witness.example/w1")
        opened = shown.get_by_text("2026-12-24T18:00:00Z")
        expect(opened).to_be_hidden()
        expect(page.locator(".verify .ticked")).to_have_count(5)
        page.locator(".verify summary").click()
        expect(opened).to_be_visible()
        assert faults(page) == []
        leave_picture(page, "offline-holds")
        page.get_by_role("button", name="Français").click()
        flipped = bytearray(PROOF)
        flipped[200] ^= 1
        page.locator("[name=proof-file]").set_input_files(
            {"name": "a.tlog-proof", "mimeType": "text/plain", "buffer": bytes(flipped)}
        )
        page.get_by_role("button", name="Vérifier").click()
        refused = said(page)
        expect(refused).to_contain_text("ne tient pas")
        expect(refused).not_to_contain_text("✓")
        expect(refused).not_to_contain_text("garden")
        leave_picture(page, "offline-refused")
        page.emulate_media(color_scheme="dark")
        assert faults(page) == []
        assert asked == [(tmp_path / "verify.html").as_uri()]
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    finally:
        context.close()


def test_the_checker_is_the_same_for_everybody_and_its_digest_is_on_a_page(lived: Stand) -> None:
    served = lived.client.get("/verify.html")
    assert served.content == offline.verifier()
    digest = hashlib.sha256(served.content).hexdigest()
    assert digest in lived.client.get("/limits/").content.decode()
    offline.verifier.cache_clear()
    assert offline.digest() == digest
    assert lived.pages.policy.strip() not in served.content.decode()


def test_the_checker_may_run_its_own_script_alone_and_reach_nothing(lived: Stand) -> None:
    served = lived.client.get("/verify.html")
    text = served.content.decode()
    [script] = re.findall(r'<script type="module">(.*?)</script>', text, re.DOTALL)
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    for each in (script, style):
        digest = base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in served["Content-Security-Policy"]
    assert served["Content-Security-Policy"].startswith("default-src 'none'; script-src 'sha256-")
    assert "connect-src" not in served["Content-Security-Policy"]
    assert not re.search(r"\bimport\b[^\n]*\bfrom\b|\bimport\(", script)


def test_the_pinned_trust_is_served_as_it_is(lived: Stand) -> None:
    served = lived.client.get("/log/policy.txt")
    assert served.content.decode() == lived.pages.policy
    assert "no-store" not in served["Cache-Control"]


def test_the_command_writes_the_same_file_without_a_site(tmp_path: Path) -> None:
    there = tmp_path / "verify.html"
    command = ("log", "verifier", "--home", str(tmp_path / "none"))
    first = CliRunner().invoke(root, [*command, "--to", str(there)], obj=Wiring())
    assert first.exit_code == 0, first.output
    assert there.read_bytes() == offline.verifier()
    assert offline.digest() in first.output
    assert CliRunner().invoke(root, [*command, "--to", str(there)], obj=Wiring()).exit_code != 0
