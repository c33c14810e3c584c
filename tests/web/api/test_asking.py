"""A platform asks before it publishes: the answer is what the stream commits, or the house's choice when late."""

import html
import json
from collections.abc import Iterator
from typing import Any

import pytest

from showcause.casework import deciding, desk, founding
from showcause.casework.rulework import holding
from showcause.casework.weighing import Proposal
from showcause.domain.api_key import Scope
from showcause.domain.case import Case
from showcause.domain.decision import Outcome
from showcause.domain.report import Report
from showcause.domain.site import Mode
from showcause.web import asking
from showcause.web.asking import ASKING, Asking
from tests.casework.judged_site import JudgedSite, post
from tests.casework.rule_life import Life
from tests.house import PLATFORM
from tests.rules.folders import RULE
from tests.web.api.program import Program, program
from tests.web.stand import Served, Stand


@pytest.fixture
def site(stand: Stand) -> Iterator[JudgedSite]:
    """A house whose rule keeps back posts with links, and whose events are judged as soon as somebody asks."""
    made = JudgedSite(stand.house)
    life = Life(stand.house)
    life.grant("hold")
    text = RULE.replace("  - open-case\n", "  - hold-before-publication\n")
    life.through(life.propose({"rules/night_links.yaml": text}).id, "cleo")
    made.judging.round()
    served = stand.pages.site
    assert isinstance(served, Served)
    served.waking = made.judging.round
    ASKING.answers.clear()
    ASKING._known.clear()
    yield made
    made.judging.close()


@pytest.fixture
def calling(stand: Stand, site: JudgedSite) -> Program:
    return program(stand, (Scope.EVENTS, Scope.VERDICTS, Scope.METRICS))


def advert(id: str = "e-1", ref: str = "p1", **more: Any) -> dict[str, Any]:
    return {"id": id, "data": post("mallory", id=ref, text="buy now", **more)}


def test_what_a_rule_holds_back_is_answered_with_the_rule_the_case_and_a_link(
    stand: Stand, calling: Program, site: JudgedSite
) -> None:
    answer = calling.post("/events/ask", advert())
    assert answer.status_code == 200
    told = answer.json()
    [case], [report], [verdict] = stand.house.all(Case), stand.house.all(Report), site.verdicts()
    assert (told["answer"], told["why"], told["sequence"], told["new"]) == ("hold", "rule", 1, True)
    kept = told["kept"]
    assert (kept["rule"], kept["clause"], kept["version"]) == (
        "night_links",
        "integrity.spam@1",
        verdict.version,
    )
    assert (kept["verdict"], kept["case"], kept["number"]) == (verdict.id, case.id, report.number)
    assert (kept["review"], kept["passes_until"]) == ("waiting", None)
    assert kept["title"] == {"en": "Links at night", "fr": "Des liens la nuit"}
    assert kept["says"]["fr"]
    assert verdict.came == (holding.KEPT_BACK,)
    again = calling.post("/events/ask", advert()).json()
    assert again == told | {"new": False}
    assert len(stand.house.all(Report)) == 1
    page = stand.client.get(kept["link"].removeprefix(stand.address))
    assert page.status_code == 200
    assert kept["says"]["en"].replace("`", "") in html.unescape(page.content.decode())
    assert "buy now" not in page.content.decode()
    assert "mallory" not in page.content.decode()
    assert "noindex" in page["X-Robots-Tag"]
    explained = calling.get(f"/verdicts/{verdict.id}/replay").json()
    assert explained["result"] == "identical"
    listed = calling.get("/verdicts").json()["items"][0]
    assert (listed["came"], listed["report"], listed["budget_ms"]) == (["kept-back"], report.id, 300)


def test_what_no_rule_holds_back_passes(calling: Program, site: JudgedSite) -> None:
    told = calling.post("/events/ask", advert(links=0)).json()
    assert (told["answer"], told["why"], told["kept"]) == ("pass", "judged", None)


def test_what_a_person_found_no_breach_in_passes_and_the_page_says_so(
    stand: Stand, calling: Program, site: JudgedSite
) -> None:
    link = calling.post("/events/ask", advert()).json()["kept"]["link"].removeprefix(stand.address)
    house, [case] = stand.house, stand.house.all(Case)
    house.run(desk.claim, case.id, "bea")
    house.run(deciding.propose, case.id, "bea", Proposal(Outcome.NO_BREACH, reason="It is a recipe."))
    house.work()
    told = calling.post("/events/ask", advert("e-2", "p2")).json()
    assert (told["answer"], told["why"]) == ("pass", "judged")
    told = calling.post("/events/ask", advert()).json()
    assert (told["answer"], told["why"], told["kept"]["review"]) == ("pass", "reviewed", "no-breach")
    page = stand.client.get(link, HTTP_ACCEPT_LANGUAGE="fr").content.decode()
    assert "dans les mêmes termes, il passe jusqu’au" in page
    number = told["kept"]["number"]
    assert stand.client.post("/report/status", {"number": number})["Location"] == link


def test_an_event_that_was_taken_before_without_asking_is_not_held_back_later(
    calling: Program, site: JudgedSite
) -> None:
    assert calling.post("/events", advert()).status_code == 201
    told = calling.post("/events/ask", advert()).json()
    assert (told["answer"], told["why"], told["new"]) == ("pass", "judged", False)


def test_before_a_rule_may_hold_back_nobody_waits(stand: Stand, calling: Program, site: JudgedSite) -> None:
    stand.house.run(founding.switch_mode, PLATFORM, Mode.OBSERVE, "ada")
    served = stand.pages.site
    assert isinstance(served, Served)
    served.waking = lambda: pytest.fail("somebody was woken")
    assert calling.post("/events/ask", advert()).json()["why"] == "observed"


def test_a_late_answer_passes_or_holds_back_as_the_house_chose_and_leaves_a_line(
    stand: Stand, calling: Program, site: JudgedSite, caplog: pytest.LogCaptureFixture
) -> None:
    served = stand.pages.site
    assert isinstance(served, Served)
    served.waking = lambda: None
    told = calling.post("/events/ask?within=50", advert()).json()
    assert (told["answer"], told["why"], told["within_ms"], told["kept"]) == ("pass", "late", 50, None)
    assert "nothing was said in time of event 1 (late): it passes" in caplog.text
    stand.house.run(founding.change_setting, "hold-when-unsure", PLATFORM, "ada")
    told = calling.post("/events/ask?within=50", advert("e-2", "p2")).json()
    assert (told["answer"], told["why"], told["kept"]) == ("hold", "late", None)
    assert "nothing was said in time of event 2 (late): it is kept back" in caplog.text
    served.stopped[PLATFORM] = "broken"
    assert calling.post("/events/ask", advert("e-3", "p3")).json()["why"] == "not-judged"
    assert ASKING.answers == {("pass", "late"): 1, ("hold", "late"): 1, ("hold", "not-judged"): 1}
    counted = stand.client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {calling.text}").content.decode()
    assert 'showcause_asked_total{answer="hold",why="late"} 1' in counted
    assert "showcause_asked_seconds_count" in counted
    served.stopped.clear()
    site.judging.round()
    told = calling.post("/events/ask", advert("e-2", "p2")).json()
    assert (told["answer"], told["why"], told["kept"]["review"]) == ("hold", "rule", "waiting")


def test_no_more_wait_at_once_than_the_pages_can_spare(
    stand: Stand, calling: Program, site: JudgedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Asking()
    for _ in range(asking.MOST_WAITING):
        assert full._places.acquire(blocking=False)
    monkeypatch.setattr("showcause.web.api.asking.ASKING", full)
    assert calling.post("/events/ask", advert()).json()["why"] == "busy"
    full._places.release()
    assert calling.post("/events/ask", advert("e-2", "p2", links=0)).json()["why"] == "judged"


def test_a_rule_that_cannot_tell_holds_back_where_the_house_chose_that(
    stand: Stand, calling: Program, site: JudgedSite
) -> None:
    unsure = {"id": "e-1", "data": {"kind": "post", "actor": {"id": "mallory"}, "content": {"id": "p1"}}}
    assert calling.post("/events/ask", unsure).json()["why"] == "judged"
    stand.house.run(founding.change_setting, "hold-when-unsure", PLATFORM, "ada")
    told = calling.post("/events/ask", unsure | {"id": "e-2"}).json()
    assert (told["answer"], told["why"], told["kept"]["verdict"]) == ("hold", "unsure", "")
    assert stand.client.get(told["kept"]["link"].removeprefix(stand.address)).status_code == 200
    again = calling.post("/events/ask", unsure | {"id": "e-3"}).json()
    assert (again["answer"], again["kept"]["number"]) == ("hold", told["kept"]["number"])
    assert calling.post("/events/ask", unsure).json()["answer"] == "pass"


def test_what_cannot_be_taken_is_refused_and_not_answered(calling: Program) -> None:
    assert calling.post("/events/ask", {"id": "e", "data": {}}).status_code == 422
    assert calling.post("/events/ask?within=1", advert()).status_code == 422
    body = json.dumps(advert()).encode()
    assert calling.send("POST", "/events/ask", body, content_type="application/x-ndjson").status_code == 415
    calling.post("/events/ask", advert())
    assert calling.post("/events/ask", advert(links=7)).status_code == 409
    assert calling.stand.client.get(f"/h/{'A' * 44}").status_code == 404
