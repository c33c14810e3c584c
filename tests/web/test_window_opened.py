"""The window shows what was opened in public, checked against its entry, and says what was not."""

from datetime import timedelta

import pytest

from showcause.casework import founding
from showcause.casework.opening import open_facets
from showcause.casework.tallies import tally
from tests.services.browser import Browser, check_in
from tests.web.conftest import stand
from tests.web.stand import Stand

__all__ = ["stand"]


def test_opened_facets_stand_on_the_decisions_page_and_in_the_numbers(
    stand: Stand,  # the fixture
) -> None:
    house = stand.house
    house.run(founding.change_setting, "facet-cell", "5", "ada")
    cases = [house.case_of(house.report(house.account(f"a{number}"))) for number in range(5)]
    made = [house.decide(case, preset="flood", facts={"count": 3, "span": 60}) for case in cases]
    apart = house.suspended("somebody")
    house.now = house.now.replace(hour=0, minute=1) + timedelta(days=1)
    house.run(tally)
    stand.publish()
    assert "Not opened." in stand.client.get(f"/decisions/{made[0].leaf}").content.decode()
    assert "opened in public yet" in stand.client.get("/numbers/").content.decode()

    house.wait(hours=1)
    house.run(open_facets)
    stand.publish()
    page = stand.client.get(f"/decisions/{made[0].leaf}").content.decode()
    assert "integrity.spam@1" in page
    assert "Opened together with other decisions that say the same: 4." in page
    assert "Not opened." in stand.client.get(f"/decisions/{apart.leaf}").content.decode()
    numbers = stand.client.get("/numbers/").content.decode()
    assert "So far 6 entries could be opened: 5 are, 1 are not." in numbers
    assert "STATEMENT_CATEGORY_OTHER_VIOLATION_TC" in numbers
    french = stand.client.get("/numbers/", headers={"accept-language": "fr"}).content.decode()
    assert "6 entrées pourraient être ouvertes" in french


@pytest.mark.browser
def test_opened_facets_can_be_read_on_a_phone_in_the_dark(site: Stand, browser: Browser) -> None:
    house = site.house
    house.run(founding.change_setting, "facet-cell", "5", "ada")
    cases = [house.case_of(house.report(house.account(f"a{number}"))) for number in range(5)]
    made = [house.decide(case, preset="flood", facts={"count": 3, "span": 60}) for case in cases]
    house.now = house.now.replace(hour=0, minute=1) + timedelta(days=1)
    house.run(tally)
    house.run(open_facets)
    site.publish()
    with browser.open(site.address + "/numbers/", language="fr") as page:
        check_in(page, "opened-numbers", [("dark", "phone")])
        page.goto(site.address + f"/decisions/{made[0].leaf}")
        check_in(page, "opened-decision", [("dark", "phone")])
