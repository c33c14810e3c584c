"""The page of whoever wrote something that a rule kept back: accessible, in two languages, without a script."""

import pytest

from showcause.casework import deciding, desk
from showcause.casework.weighing import Proposal
from showcause.domain.case import Case
from showcause.domain.decision import Outcome
from tests.casework.judged_site import JudgedSite, post
from tests.casework.rule_life import Life
from tests.rules.folders import RULE
from tests.services.browser import Browser, check_page
from tests.web.api.program import program
from tests.web.stand import Served, Stand


@pytest.mark.browser
def test_the_page_says_which_rule_it_was_and_what_happens_next(site: Stand, browser: Browser) -> None:
    house, judged = site.house, JudgedSite(site.house)
    life = Life(house)
    life.grant("hold")
    text = RULE.replace("  - open-case\n", "  - hold-before-publication\n")
    life.through(life.propose({"rules/night_links.yaml": text}).id, "cleo")
    judged.judging.round()
    served = site.pages.site
    assert isinstance(served, Served)
    served.waking = judged.judging.round
    told = program(site).post("/events/ask", {"id": "e1", "data": post("mallory", id="p1")}).json()["kept"]
    check_page(browser, told["link"], "kept-waiting")
    house.run(desk.claim, house.all(Case)[0].id, "bea")
    house.run(deciding.propose, house.all(Case)[0].id, "bea", Proposal(Outcome.NO_BREACH, reason="A recipe."))
    house.work()
    check_page(browser, told["link"], "kept-passes", widths=("phone",))
