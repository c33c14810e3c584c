"""A fenced log is said in public and at the desk, with what to do; a log that is not fenced is said nowhere to be."""

import pytest

from showcause.casework.log import signing
from tests.services.browser import WIDTHS, Browser, faults, leave_picture
from tests.web.desk import at_desk, logged_in, text
from tests.web.stand import Stand

PUBLIC = {"en": "This log is fenced", "fr": "Ce journal est bloqué"}
DESK = {"en": "The log is fenced", "fr": "Le journal est bloqué"}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_public_and_the_desk_read_that_nothing_is_signed_and_what_goes_on(
    stand: Stand, language: str
) -> None:
    stand.publish()
    desk = logged_in(stand, "bea")
    for when, says in (("before", False), ("fenced", True)):
        if when == "fenced":
            signing.fence(stand.house.store)
            stand.house.suspended("waits")
        for path in ("/", "/log/"):
            page = text(stand.client.get(path, HTTP_ACCEPT_LANGUAGE=language))
            assert (PUBLIC[language] in page) is says, path
        page = text(desk.get("/desk/numbers/", HTTP_ACCEPT_LANGUAGE=language))
        assert (DESK[language] in page) is says
        assert ("showcause log unfence" in page and "--continues" in page) is says


def test_a_log_that_is_fenced_before_its_first_public_head_says_so_too(stand: Stand) -> None:
    signing.fence(stand.house.store)
    assert PUBLIC["en"] in text(stand.client.get("/"))


@pytest.mark.browser
def test_the_notice_is_accessible_and_fits_a_phone(site: Stand, browser: Browser) -> None:
    site.publish()
    signing.fence(site.house.store)
    with browser.open(f"{site.address}/log/", width=WIDTHS["phone"], scheme="dark", language="fr") as page:
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    client = logged_in(site, "bea")
    with at_desk(browser, site, client, "/desk/numbers/", width=WIDTHS["phone"], scheme="dark") as page:
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        leave_picture(page, "desk-fenced")
