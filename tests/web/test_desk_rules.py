"""On a case that a rule reported, the desk says so, in the rule's own words, without opening anybody's file."""

import pytest
from django.test import Client

from showcause.domain.case import Case
from tests.casework.judged_site import JudgedSite, post
from tests.web.desk import logged_in, text
from tests.web.stand import Stand


@pytest.fixture
def bea(stand: Stand) -> Client:
    return logged_in(stand, "bea")


def test_a_case_says_which_rule_reported_it_and_how_to_see_why(stand: Stand, bea: Client) -> None:
    site = JudgedSite(stand.house)
    site.act({}, "night_links")
    site.happen([post("spam-sam", id="post-of-sam"), post("spam-sam")])
    [case], [first, _] = stand.house.all(Case), site.verdicts()
    page = text(bea.get(f"/desk/case/{case.id}/"))
    for said in (
        "A rule reported this",
        "Links at night",
        "Hits: 2",
        f"/desk/verdict/{first.id}/",
        "integrity.spam@1",
    ):
        assert said in page, said
    assert first.version[:12] in page
    assert "spam-sam" not in page
    for each in (page, text(bea.get(f"/desk/verdict/{first.id}/"))):
        assert "<code>night_links</code>" in each
        assert "`" not in each
    french = text(bea.get(f"/desk/case/{case.id}/", HTTP_ACCEPT_LANGUAGE="fr"))
    assert "Une règle l’a signalé" in french
    assert "Des liens la nuit" in french
    bea.post(f"/desk/case/{case.id}/claim")
    opened = text(bea.post(f"/desk/case/{case.id}/open"))
    assert "post-of-sam" in opened
    assert "No words were written" not in opened
