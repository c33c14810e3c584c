"""The outsider's story in a real browser: counts, an entry, its proof, and a flipped byte."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.services.browser import Browser, Sight, check_in, follow, leave_picture
from tests.web.record import lived_in
from tests.web.stand import Stand

pytestmark = pytest.mark.browser


def test_an_outsider_reads_counts_checks_a_proof_and_sees_a_flipped_byte_refused(
    site: Stand, browser: Browser, tmp_path: Path
) -> None:
    lived_in(site)
    with browser.open(site.address + "/", scripts=False) as page:
        follow(page.get_by_role("link", name="All counts"))
        row = page.get_by_role("row", name="22 November 2026")
        expect(row.get_by_role("cell").filter(has_text=re.compile(r"^\s*2\s*$")).first).to_be_visible()
        follow(row.get_by_role("link"))
        expect(page.locator("h1")).to_contain_text("a public count")
        with page.expect_download() as started:
            page.get_by_role("link", name="Download the proof").click()
        proof = tmp_path / "entry.tlog-proof"
        started.value.save_as(proof)

        page.goto(site.address + "/find")
        page.get_by_label("Or choose the file").set_input_files(proof)
        follow(page.get_by_role("button", name="Look"))
        expect(page.get_by_role("heading", name="The proof holds")).to_be_visible()
        expect(page.get_by_text("it is the same history")).to_be_visible()
        leave_picture(page, "window-proof-holds")

        text = proof.read_text()
        broken = text.replace('"id":"', '"id":"0', 1) if '"id":"' in text else text[:60] + "A" + text[61:]
        page.get_by_label("Id, index, or the text of a proof").fill(broken)
        follow(page.get_by_role("button", name="Look"))
        expect(page.get_by_text("This was not accepted")).to_be_visible()
        kept = re.compile(rf"^\s*{re.escape(broken.strip())}\s*$")
        expect(page.get_by_label("Id, index, or the text of a proof")).to_have_value(kept)
        leave_picture(page, "window-proof-refused")


def test_the_windows_pages_are_accessible(site: Stand, browser: Browser) -> None:
    """In the dark on a phone, where most can go wrong; the numbers, which are wide, on a desk too."""
    decided = lived_in(site)
    french = ("/", "/rules/integrity.spam", "/numbers/", "/log/", "/log/16", "/find")
    for language, addresses in (("fr", french), ("en", (f"/decisions/{decided.leaf}", "/numbers/"))):
        with browser.open(site.address + addresses[0], language=language) as page:
            for address in addresses:
                page.goto(site.address + address)
                sights: list[Sight] = [("dark", "phone")]
                if address == "/numbers/":
                    sights.append(("light", "desk"))
                check_in(page, f"window{address.replace('/', '-')}-{language}", sights)
