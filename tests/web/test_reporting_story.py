"""The reporter's door in a real browser: clicks counted, on a phone, without JavaScript, in French, in both schemes."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from showcause.casework import deciding, desk
from showcause.casework.weighing import Proposal
from showcause.domain.decision import Outcome
from showcause.domain.report import Report
from tests.house import PLATFORM
from tests.services.browser import WIDTHS, Browser, check_page, follow, leave_picture
from tests.web.stand import Stand

pytestmark = pytest.mark.browser
PREFILLED = f"/report/?platform={PLATFORM}&kind=account&ref=spam-sam"

COUNT = (
    "addEventListener('click', event => {"
    " if (event.isTrusted) sessionStorage.clicks = 1 + +(sessionStorage.clicks || 0) }, true)"
)


def read_it(site: Stand) -> None:
    """Let as much time pass as somebody needs to read a form."""
    site.house.now += timedelta(seconds=5)


def answer_no_breach(site: Stand) -> None:
    house = site.house
    case = house.case_of(house.all(Report)[0])
    house.run(desk.claim, case.id, "bea")
    proposal = Proposal(Outcome.NO_BREACH, reason="Three posts a week are no flood.")
    decision = house.run(deciding.propose, case.id, "bea", proposal)
    if decision.approver is None:
        house.run(deciding.approve, decision.id, "cleo")
    house.wait(seconds=31)
    house.wait(seconds=1)


def test_two_clicks_from_a_platforms_link_are_a_report(site: Stand, browser: Browser) -> None:
    with browser.open(site.address + PREFILLED) as page:
        page.evaluate(COUNT)
        read_it(site)
        page.get_by_label("Spam").click()
        follow(page.get_by_role("button", name="Send this report"))
        expect(page.get_by_text("Thank you. We have it.")).to_be_visible()
        assert page.evaluate("+sessionStorage.clicks") == 2
    assert len(site.house.all(Report)) == 1


def test_a_reporter_with_a_phone_and_no_javascript_follows_the_report_to_its_contest_in_french(
    site: Stand, browser: Browser
) -> None:
    with browser.open(site.address + "/report/", width=WIDTHS["phone"], scripts=False, language="fr") as page:
        follow(page.get_by_role("link", name="Cela enfreint les règles d’ici"))
        page.get_by_label("Un compte dans son ensemble").check()
        page.get_by_label("Où est-ce ?").fill("spam-sam")
        page.get_by_label("Envois de masse indésirables").check()
        read_it(site)
        follow(page.get_by_role("button", name="Envoyer ce signalement"))
        number = _number(page)
        answer_no_breach(site)
        page.goto(site.address + "/report/status")
        page.get_by_label("Numéro du signalement").fill(number)
        follow(page.get_by_role("button", name="Afficher"))
        expect(page.get_by_text("Three posts a week are no flood.")).to_be_visible()
        page.get_by_label("Qu’est-ce qui ne va pas dans notre réponse ?").fill("Il y en a trente par jour.")
        follow(page.get_by_role("button", name="Contester"))
        expect(page.get_by_text("Nous avons promis une réponse pour le")).to_be_visible()
        leave_picture(page, "report-contested-fr-phone")


def _number(page: Page) -> str:
    found = re.search(r"([0-9A-Z]{4}-){6}[0-9A-Z]{2}", page.content())
    assert found is not None
    return found[0]


def test_a_notice_of_several_items_is_filled_in_by_keyboard_alone(site: Stand, browser: Browser) -> None:
    with browser.open(site.address + "/report/illegal?what=fraud") as page:
        page.get_by_label("Something published").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("https://plaza.example/1\nhttps://plaza.example/2")
        page.keyboard.press("Tab")
        page.keyboard.type("It sells what does not exist.")
        page.keyboard.press("Tab")
        page.keyboard.type("Rita Sample")
        page.keyboard.press("Tab")
        page.keyboard.type("rita@mail.example")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        read_it(site)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Items of this notice")).to_be_visible()
        leave_picture(page, "report-notice-sent")
    assert len(site.house.all(Report)) == 2


def test_the_pages_of_the_door_are_accessible(site: Stand, browser: Browser) -> None:
    check_page(browser, site.address + "/report/", "report-fork", widths=("desk",))
    check_page(browser, site.address + PREFILLED, "report-prefilled", widths=("desk", "phone"))
    check_page(browser, site.address + "/report/illegal", "report-what", widths=("phone",))
    check_page(
        browser,
        site.address + "/report/illegal?what=intimate",
        "report-illegal",
        language="fr",
        widths=("phone",),
    )
    check_page(browser, site.address + "/contact/", "report-contact", widths=("desk",))


def test_a_double_click_is_one_report(site: Stand, browser: Browser) -> None:
    with browser.open(site.address + PREFILLED) as page:
        read_it(site)
        page.get_by_label("Spam").click()
        page.get_by_role("button", name="Send this report").dblclick()
        expect(page.get_by_text("Thank you. We have it.")).to_be_visible()
        form = page.context.cookies()
        assert {cookie["name"] for cookie in form} == {"csrf"}, "no other trace is left with who reports"
    assert len(site.house.all(Report)) == 1


def test_what_is_wrong_is_said_beside_its_field_and_a_report_page_is_accessible(
    site: Stand, browser: Browser
) -> None:
    with browser.open(site.address + PREFILLED, width=WIDTHS["phone"]) as page:
        page.get_by_label("Something else").check()
        read_it(site)
        follow(page.get_by_role("button", name="Send this report"))
        expect(page.locator("#reason-wrong")).to_be_visible()
        leave_picture(page, "report-wrong-phone")
        page.locator("#reason").fill("It is odd.")
        follow(page.get_by_role("button", name="Send this report"))
        expect(page.get_by_text("Thank you. We have it.")).to_be_visible()
        own = page.url
    check_page(browser, own, "report-page", widths=("phone",))
    answer_no_breach(site)
    check_page(browser, own, "report-page-answered", widths=("desk",))
