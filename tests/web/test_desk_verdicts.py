"""At the desk: why a rule reported what lies there, without anybody's name and without what somebody wrote."""

import os

import pytest
from django.test import Client
from playwright.sync_api import expect

from showcause.domain.report import IntakeKind, Report
from showcause.domain.subject import Subject, SubjectKind
from showcause.stream.forgetting import forget
from tests.casework.judged_site import JudgedSite, post
from tests.house import PLATFORM
from tests.rules.folders import RULE
from tests.services.browser import Browser, faults
from tests.web.desk import at_desk, logged_in, text
from tests.web.stand import Stand

FLOOD = {
    "rules/night_links.yaml": RULE.replace("links > 0", "links > 0 and posts_10m >= 2")
    .replace("links: 1}}", "links: 1}}\n    counters: {posts_10m: 2}")
    .replace("links: 0}}", "links: 0}}\n    counters: {posts_10m: 1}")
}


def fired(stand: Stand) -> tuple[JudgedSite, str]:
    """Let a rule report somebody's second post; return the site and the verdict's name."""
    site = JudgedSite(stand.house)
    site.act(FLOOD, "night_links")
    site.happen([post(text="look at my boats"), post(text="look at my boats")])
    return site, site.verdicts()[0].id


@pytest.fixture
def bea(stand: Stand) -> Client:
    return logged_in(stand, "bea")


def test_a_case_leads_to_why_the_rule_fired(stand: Stand, bea: Client) -> None:
    site, name = fired(stand)
    [report] = stand.house.all(Report, intake=IntakeKind.RULE)
    assert f"/desk/verdict/{name}/" in text(bea.get(f"/desk/case/{report.case}/"))
    page = text(bea.get(f"/desk/verdict/{name}/"))
    assert "replayed: identical" in page
    assert "<code>posts_10m</code>: 2" in page
    assert f"/desk/case/{report.case}/" in page
    for hidden in ("mallory", "boats", "~"):
        assert hidden not in page
    forget(site.judging.intake, [Subject(PLATFORM, SubjectKind.ACCOUNT, "mallory")])
    page = text(bea.get(f"/desk/verdict/{name}/"))
    assert "<code>event-forgotten</code>" in page
    assert bea.get("/desk/verdict/99.nothing/").status_code == 404
    site.judging.close()


def test_who_is_not_logged_in_reads_none_of_it(stand: Stand) -> None:
    site, name = fired(stand)
    assert stand.client.get(f"/desk/verdict/{name}/").status_code == 302
    site.judging.close()


@pytest.mark.browser
def test_the_page_is_accessible(site: Stand, browser: Browser) -> None:
    judged, name = fired(site)
    bea = logged_in(site, "bea")
    for width, scheme in ((1280, "light"), (375, "dark")):
        with at_desk(
            browser, site, bea, f"/desk/verdict/{name}/", language="fr", width=width, scheme=scheme
        ) as page:
            expect(page.locator("h1")).to_have_text("Pourquoi une règle s’est déclenchée")
            page.locator("summary").click()
            assert faults(page) == []
            if folder := os.environ.get("SHOWCAUSE_SHOTS"):
                page.screenshot(path=f"{folder}/verdict-{width}.png", full_page=True)
    judged.judging.close()
