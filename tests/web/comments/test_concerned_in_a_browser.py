"""Reporting a comment, and answering one that is about oneself, as people do it: on a phone, without scripts."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from showcause.comments import besides
from showcause.comments.values import Comment
from tests.services.browser import WIDTHS, Browser, Sight, check_in, follow, leave_picture
from tests.web.comments.paper import Paper, newspaper
from tests.web.comments.reports import find_no_breach, report
from tests.web.stand import Stand

pytestmark = pytest.mark.browser
WRITTEN = "Léa Martin était là ce soir-là, et elle n’a rien dit. Tout le monde le sait, personne ne l’écrit."
SAID = "Je n’étais pas là ce soir-là : le procès-verbal du conseil en fait foi."
SIGHTS: tuple[Sight, ...] = (("light", "phone"), ("dark", "desk"))


def talk(paper: Paper) -> Comment:
    comment = paper.comment(WRITTEN, by="Bo Lind", language="fr")
    paper.comment("C’est grave, ce que vous dites là.", by="Camille", to=comment, language="fr")
    return comment


def test_a_comment_is_reported_in_two_clicks_and_answered_by_whom_it_is_about(
    site: Stand, browser: Browser, tmp_path: Path
) -> None:
    with newspaper(site, tmp_path, language="fr") as paper:
        comment = talk(paper)
        report(paper, comment, clause="integrity.spam@1")
        find_no_breach(paper)
        thread = f"{site.address}{paper.home}"
        with browser.open(thread, width=WIDTHS["phone"], scripts=False, language="fr") as page:
            place = page.locator(f"#comment-{comment.id}")
            expect(place.get_by_text("aucune infraction constatée")).to_be_visible()
            follow(place.get_by_role("link", name="Signaler"))
            expect(page.get_by_role("figure")).to_contain_text(WRITTEN)
            site.house.now += timedelta(seconds=5)
            follow(page.get_by_role("button", name="Insulte"))
            expect(page.get_by_text("Merci. Nous l’avons bien reçu.")).to_be_visible()
            expect(page.get_by_role("link", name="Retour à l’article")).to_be_visible()

            page.goto(thread)
            follow(place.get_by_role("link", name="Cela me concerne"))
            page.get_by_label("Une rectification").check()
            page.get_by_label("Ce qui doit figurer à côté").fill(SAID)
            page.get_by_label("Votre nom").fill("Léa Martin")
            page.get_by_label("Votre adresse e-mail").fill("lea@example.org")
            page.get_by_label("Ce commentaire parle de moi").check()
            site.house.now += timedelta(seconds=30)
            follow(page.get_by_role("button", name="Envoyer à la rédaction"))
            expect(page.get_by_text("Votre rectification est arrivée.")).to_be_visible()

            [made] = besides.waiting(paper.section, site.house.now)
            besides.accept(paper.section, site.house.now, made.id, "bea")
            page.goto(thread)
            beside = place.get_by_role("complementary")
            expect(beside).to_contain_text(SAID)
            expect(beside).to_contain_text("Rectification par une personne concernée")
            expect(beside).to_contain_text("Léa Martin")
            leave_picture(page, "comment-beside-phone")


def test_the_pages_for_reporting_and_answering_are_accessible(
    site: Stand, browser: Browser, tmp_path: Path
) -> None:
    with newspaper(site, tmp_path, language="fr") as paper:
        comment = talk(paper)
        report(paper, comment)
        find_no_breach(paper)
        asked = f"platform={paper.section.name}&kind=content&ref={comment.id}"
        with browser.open(f"{site.address}/report/?{asked}&quick=yes", language="fr") as page:
            check_in(page, "comment-report", SIGHTS)
            page.goto(f"{site.address}/report/illegal?{asked}&what=defamation")
            page.locator("details.others summary").click()
            check_in(page, "comment-notice", SIGHTS)
            page.goto(f"{site.address}{paper.home}/about/{comment.id}")
            check_in(page, "comment-about", SIGHTS)
            page.goto(f"{site.address}{paper.home}/about/{comment.id}?sent=reply")
            check_in(page, "comment-about-sent", SIGHTS[:1])
