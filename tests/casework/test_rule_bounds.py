"""What one rule may do in an hour and a day: the house's bound or its own caps, whichever is stricter."""

from datetime import timedelta

import pytest

from showcause.casework.rulework import ending, reporting
from showcause.casework.rulework.bounds import Bound
from showcause.domain.rule import CAPS, Caps
from tests.casework.judged_site import JudgedSite, post
from tests.house import NOON, House
from tests.rules.folders import RULE


def site(house: House, severity: str, *, pushed: bool) -> JudgedSite:
    made = JudgedSite(house)
    text = {"rules/night_links.yaml": RULE.replace("severity: low", f"severity: {severity}")}
    if not pushed:
        made.act(text, "night_links")
        return made
    draft = made.life.propose(text, "night_links")
    house.run(ending.push_urgently, draft.id, "bea", reason="a wave of it since an hour")
    made.judging.round()
    return made


@pytest.mark.parametrize("pushed,most", [(False, CAPS["critical"].hour), (True, 1)])
def test_a_severe_rule_reports_less_and_a_pushed_one_a_tenth_of_that(
    house: House, pushed: bool, most: int
) -> None:
    judged = site(house, "critical", pushed=pushed)
    judged.happen([post(f"a{number}") for number in range(12)])
    came = [each.came[0] for each in judged.verdicts()]
    assert came == [reporting.FILED] * most + [reporting.HELD] * (12 - most)
    house.wait(hours=1)
    judged.happen([post("b")])
    assert judged.verdicts()[-1].came == (reporting.FILED,)


def test_the_day_is_bounded_too() -> None:
    bound, came = Bound("holds-"), dict[str, int]()
    done = 0
    for hour in range(24):
        now = NOON.replace(hour=0) + timedelta(hours=hour)
        for _ in range(3):
            if not bound.is_full(came, now, Caps(2, 5)):
                bound.count(came)
                done += 1
    assert done == 5
    assert not bound.is_full(came, NOON.replace(hour=0) + timedelta(days=1), Caps(2, 5))
