"""Who gave an address hears by mail, over a real SMTP server, and the letter's link opens the page of the report."""

import re

from showcause.casework import deciding, desk, founding, hearing
from showcause.casework.weighing import Proposal
from showcause.domain.appeal import Appeal
from showcause.domain.decision import Outcome
from showcause.domain.lifecycle import ReportState
from showcause.domain.report import Report
from tests.house import House
from tests.services.smtp import house_with_mail
from tests.web.stand import Stand
from tests.web.test_reporting import notice, rules, sent, text_of

RITA = "rita@mail.example"


def find_no_breach(house: House) -> None:
    case = house.case_of(house.all(Report)[0])
    house.run(desk.claim, case.id, "bea")
    reason = "The shop exists; we bought there."
    decision = house.run(deciding.propose, case.id, "bea", Proposal(Outcome.NO_BREACH, reason=reason))
    if decision.approver is None:
        house.run(deciding.approve, decision.id, "cleo")
    house.wait(seconds=31)
    house.wait(seconds=1)


def test_a_notice_is_confirmed_answered_contested_and_answered_again_by_mail(stand: Stand) -> None:
    house = stand.house
    house.run(founding.change_setting, "address", stand.address, "ada")
    with house_with_mail(house) as postbox:
        sent(stand, "/report/illegal?what=fraud", notice(stand, refs="post-1"))
        house.wait(seconds=1)
        [confirmed] = postbox.to(RITA)
        link = re.search(rf"{stand.address}(/r/[A-Za-z0-9_-]{{44}})", confirmed.get_content())
        assert link is not None
        assert house.all(Report)[0].number in text_of(stand, link[1])
        find_no_breach(house)
        house.work()
        answered = postbox.to(RITA)[-1].get_content()
        assert "The shop exists; we bought there." in " ".join(answered.split())
        assert link[1] in answered
        assert house.all(Report)[0].state is ReportState.ANSWERED
        stand.client.post(f"{link[1]}/contest", {"reason": "I was robbed there."})
        house.run(hearing.claim, house.all(Appeal)[0].id, "dan")
        house.run(hearing.affirm, house.all(Appeal)[0].id, "dan", "We asked the shop again.")
        house.wait(seconds=1)
        heard = postbox.to(RITA)[-1].get_content()
        assert "We asked the shop again." in heard
        assert link[1] in heard


def test_an_answer_that_came_back_stands_on_the_page_and_can_be_contested_there(stand: Stand) -> None:
    house = stand.house
    with house_with_mail(house) as postbox:
        postbox.rcpt = "550 5.1.1 no such mailbox"
        place = sent(stand, "/report/rules", rules(stand, email=RITA))
        house.wait(seconds=1)
        find_no_breach(house)
        house.work()
    page = text_of(stand, place)
    assert "Our letter to you came back" in page
    assert "The shop exists; we bought there." in page
    assert stand.client.post(f"{place}/contest", {"reason": "It is a trick."}).status_code == 302
