"""The desk in a real browser, without JavaScript: from a report to the act, and an appeal that another hears."""

import io
import re
from dataclasses import replace

import pytest
from PIL import Image
from playwright.sync_api import expect

from showcause.casework import attachments, desk, enforcing, founding, hearing, policies, telling
from showcause.casework.lodging import lodge
from showcause.casework.ports import Delivery, Redrawn
from showcause.domain.attachment import Attachment
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.lifecycle import DecisionState
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.statement import Statement
from tests.house import PLATFORM
from tests.services.browser import WIDTHS, Browser, Sight, check_in, follow, leave_picture
from tests.web.desk import at_desk, logged_in
from tests.web.stand import Stand

ON_THE_MOVE = ("queue", "case", "proposal", "appeal", "decide", "urgent", "people")
"""The pages that are also looked at on a phone, in the dark; the others are built of the same parts."""
PASSWORD = "a long and quiet afternoon"


@pytest.mark.browser
def test_a_report_becomes_an_act_that_two_people_looked_at(site: Stand, browser: Browser) -> None:
    house = site.house
    house.run(founding.change_setting, "second-factor", "asked", "ada")
    house.report(house.account("spam-sam"), reason="the same advertisement in forty rooms")
    bea, cleo = logged_in(site, "bea"), logged_in(site, "cleo", PASSWORD)
    with at_desk(browser, site, bea, "/desk/", scripts=False, width=WIDTHS["phone"]) as page:
        follow(page.get_by_role("link", name="An account"))
        follow(page.get_by_role("button", name="Take it for twenty minutes"))
        follow(page.get_by_role("button", name="Open the file"))
        expect(page.get_by_role("blockquote").first).to_be_visible()
        follow(page.get_by_role("link", name="Decide"))
        follow(page.locator('a[href="?clause=integrity.spam"]'))
        follow(page.locator(".choice-card a").first)
        page.locator("#rung-suspend").check()
        for slot in house.clause("integrity.spam@1").slots:
            if slot.required:
                page.locator(f"#fact-{slot.id}").fill("3")
        page.get_by_label("Evidence").fill("the posts themselves")
        follow(page.get_by_role("button", name="Look at the statement"))
        expect(page.locator(".letter")).to_contain_text("Your account spam-sam is suspended.")
        leave_picture(page, "desk-preview-phone")
        follow(page.get_by_role("button", name="Propose"))
        expect(page.get_by_text("Another person looks at it before anything happens")).to_be_visible()
    with at_desk(browser, site, cleo, "/desk/proposals/", scripts=False) as page:
        follow(page.get_by_role("link", name="Restriction – suspension of the account"))
        follow(page.get_by_role("button", name="Open it and see the statement"))
        expect(page.locator(".letter")).to_contain_text("Your account spam-sam is suspended.")
        follow(page.get_by_role("link", name="Approve"))
        page.locator("input[type=password]").fill(PASSWORD)
        with page.expect_navigation():
            page.locator("input[type=password]").press("Enter")
        follow(page.get_by_role("button", name="Approve"))
        expect(page.get_by_text(re.compile(r"Takes force at \d\d:\d\d:\d\d UTC"))).to_be_visible()
    house.wait(seconds=31)
    house.wait(seconds=1)
    [decided] = house.all(Decision)
    assert decided.state is DecisionState.IN_FORCE
    assert house.standing("spam-sam") == {Measure.SUSPEND}


@pytest.mark.browser
def test_an_appeal_is_heard_by_another_and_gives_back(site: Stand, browser: Browser) -> None:
    house = site.house
    decision = house.suspended()
    house.run(lodge, house.statement_of(decision).reference, "It was a quotation.")
    with at_desk(browser, site, logged_in(site, "dan"), "/desk/appeals/", scripts=False) as page:
        follow(page.get_by_role("link", name="By the person concerned"))
        follow(page.get_by_role("button", name="Hear it"))
        follow(page.get_by_role("button", name="Open the file"))
        expect(page.get_by_text("It was a quotation.")).to_be_visible()
        page.locator("summary", has_text="Reverse the decision").click()
        page.get_by_label("What the person is told").first.fill("It was a quotation, as you say.")
        follow(page.get_by_role("button", name="Reverse the decision"))
        expect(page.get_by_text("What was taken is being given back")).to_be_visible()
    house.work()
    house.wait(seconds=1)
    assert house.standing("spam-sam") == frozenset()


def _lived_in(site: Stand) -> dict[str, str]:
    """Let enough happen that no page of the desk is empty; return the pages of a moderator by name."""
    house = site.house
    appealed = house.suspended("spam-sam")
    appeal = _with_a_picture(site, house.statement_of(appealed).reference)
    drifted = house.suspended("other-olaf")
    house.run(enforcing.drift, house.all(Enforcement, decision=drifted.id)[0].id)
    token = house.urgent_token("cleo")
    house.platform.urgent(token, Urgent.THREAT_TO_LIFE, house.account("mad-max"), Measure.SUSPEND)
    house.worker.enter_urgent(PLATFORM)
    drafted = house.all(Statement)[-1]
    lost = Delivery(False, "inbox", bounced="nobody there")
    house.run(lambda tx, now, ids: telling.bounce(tx, drafted, lost))
    clause = house.clause("integrity.spam@1")
    rule = replace(clause.rules[0], text=clause.rules[0].text + " This holds for pictures, too.")
    changed = replace(clause, version=2, rules=(rule, *clause.rules[1:]))
    proposed = house.run(policies.propose, changed, "ada")
    held = house.propose(house.case_of(house.report(house.account("mallory"))), rung="suspend", by="cleo")
    case = house.case_of(house.report(house.account("loud-lou"), reason="the same line a hundred times"))
    house.report(house.account("loud-lou"), by="quinn", reason="rude")
    house.report(house.account("quiet-quinn"), reason="rude")
    house.run(desk.claim, case.id, "dan")
    house.run(hearing.claim, appeal, "dan")
    decide = f"/desk/case/{case.id}/propose"
    lists = (
        "queue",
        "proposals",
        "appeals",
        "urgent",
        "orders",
        "letters",
        "numbers",
        "policies",
        "platforms",
    )
    return {name: f"/desk/{name}/" for name in lists} | {
        "case": f"/desk/case/{case.id}/",
        "proposal": f"/desk/decision/{held.id}/",
        "decision": f"/desk/decision/{appealed.id}/",
        "appeal": f"/desk/appeal/{appeal}/",
        "policy": f"/desk/policy/{proposed.id}/",
        "decide-clause": decide,
        "decide-preset": f"{decide}?clause=integrity.spam",
        "decide": f"{decide}?clause=integrity.spam&preset={clause.presets[0].id}",
        "decide-nothing": f"{decide}?clause=none",
    }


def _with_a_picture(site: Stand, reference: str) -> str:
    """Lodge an appeal with a picture that was drawn anew; return its id."""
    drawn = io.BytesIO()
    Image.effect_mandelbrot((320, 200), (-2, -1.2, 1, 1.2), 60).convert("RGB").save(drawn, "PNG")
    sent = [attachments.Sent("evening.png", drawn.getvalue())]
    made = site.house.run(attachments.lodge_with, reference, "I was at the theatre; see the picture.", sent)
    file = site.house.all(Attachment, about=made.id)[0]
    site.house.run(attachments.settle, file.id, Redrawn("image/png", drawn.getvalue(), ""))
    return str(made.id)


@pytest.mark.browser
def test_every_page_of_the_desk_is_accessible_and_fits_a_phone(site: Stand, browser: Browser) -> None:
    pages = _lived_in(site)
    operators = {"people": "/desk/people/", "settings": "/desk/settings/", "policy": pages["policy"]}
    clients = {"": (logged_in(site, "dan"), pages), "operator-": (logged_in(site, "ada"), operators)}
    for who, (client, addresses) in clients.items():
        with at_desk(browser, site, client, "/desk/") as page:
            for name, address in addresses.items():
                sights: list[Sight] = [("light", "desk")]
                if name in ON_THE_MOVE:
                    sights.append(("dark", "phone"))
                page.goto(site.address + address)
                check_in(page, f"desk-{who}{name}", sights)
                if name in ("case", "proposal", "decision", "appeal"):
                    follow(page.locator('form[action$="/open"] button').first)
                    check_in(page, f"desk-{who}{name}-open", sights)


@pytest.mark.browser
def test_a_picture_is_blurred_and_grey_until_somebody_looks_on_purpose(site: Stand, browser: Browser) -> None:
    appeal = _with_a_picture(site, site.house.statement_of(site.house.suspended()).reference)
    site.house.run(hearing.claim, appeal, "dan")
    with at_desk(browser, site, logged_in(site, "dan"), f"/desk/appeal/{appeal}/", scripts=True) as page:
        follow(page.get_by_role("button", name="Open the file"))
        picture = page.locator(".veiled img")
        picture.evaluate("each => each.decode()")
        assert picture.evaluate("each => each.naturalWidth") == 320
        assert "blur" in picture.evaluate("each => getComputedStyle(each).filter")
        page.locator(".veiled").focus()
        page.wait_for_function(
            "!getComputedStyle(document.querySelector('.veiled img')).filter.includes('blur')"
        )
        assert "grayscale" in picture.evaluate("each => getComputedStyle(each).filter")
