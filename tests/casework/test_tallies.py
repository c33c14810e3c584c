"""The day's public count: exact where something was late, silent about small groups of people."""

import json

from showcause.casework import lodging
from showcause.casework.tallies import tally
from showcause.domain.sentences import Arg
from showcause.domain.site import Document
from tests.house import House


def the_day_after(house: House) -> dict[str, object]:
    house.now = house.now.replace(hour=0, minute=1).replace(day=house.now.day + 1)
    document = house.run(tally)
    assert document is not None
    return dict(json.loads(document.text))


def test_a_day_is_counted_when_it_is_over_and_once(house: House) -> None:
    decided = house.suspended()
    house.run(lodging.lodge, decided.reference, "wrong")
    assert house.run(tally) is None, "the day is not over"
    told = the_day_after(house)
    assert told["counts"] == {"appeals": 1, "decisions": 1, "reports": 1, "statements-served": 1}
    size = house.log_size()
    assert house.run(tally) is None
    assert house.log_size() == size
    assert house.log_kinds()[-1] == "tally"


def test_every_overrun_is_counted(house: House) -> None:
    for ref in ("a", "b"):
        house.propose(house.case_of(house.report(house.account(ref))), rung="suspend")
    house.wait(hours=4, seconds=1)
    assert the_day_after(house)["counts"] == {"holds-overrun": 2, "proposals-returned": 2, "reports": 2}


def test_how_many_people_decided_is_told_only_for_ten_or_more(house: House) -> None:
    for number in range(10):
        facts: dict[str, Arg] = {"count": 3, "span": 60}
        house.decide(house.case_of(house.report(house.account(f"a{number}"))), preset="flood", facts=facts)
    house.suspended("b")
    assert the_day_after(house)["decided-by"] == {"one-person": 10, "unopened": 1}


def test_a_quiet_day_leaves_no_leaf_and_a_document_names_nobody(house: House) -> None:
    assert house.run(tally) is None
    house.suspended("very-named-person")
    the_day_after(house)
    assert not [
        d for d in house.all(Document) if "very-named-person" in d.text or "bea" in json.loads(d.text)
    ]
