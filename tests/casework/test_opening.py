"""Facets opened in public: in cells only, once, counted, and counted again by a stranger."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from showcause.casework import founding
from showcause.casework.opening import open_facets
from showcause.domain.decision import Decision
from showcause.domain.errors import BadInput
from showcause.domain.sentences import Arg
from showcause.domain.site import Document
from showcause.store.store import Store
from showcause.transparency.facets import FORMAT, Recount
from showcause.transparency.leaf import decode
from tests.house import House, opened_house

FLOOD: dict[str, Arg] = {"count": 3, "span": 60}


def decide(house: House, *names: str, **how: Any) -> list[Decision]:
    """Bring several accounts to a decision of the same kind each."""
    given: dict[str, Any] = how or {"preset": "flood", "facts": FLOOD}
    return [house.decide(house.case_of(house.report(house.account(name))), **given) for name in names]


def next_day(house: House) -> list[dict[str, Any]]:
    """Let the next day begin and open what may be opened; return the documents."""
    house.wait(hours=24)
    return [json.loads(each.text) for each in house.run(open_facets)]


def recounted(house: House, *, without: str = "", changed: dict[str, Any] | None = None) -> Recount:
    """Count the whole log again from its leaves and documents, one of which may be changed or missing."""
    texts = {each.digest: json.loads(each.text) for each in house.all(Document)}
    found = Recount()
    with house.store.read() as view:
        for index, data in enumerate(view.log.leaves(0, view.log.state().size)):
            leaf = decode(data)
            document = texts.get(leaf.doc or "")
            if changed is not None and document is not None and document.get("format") == FORMAT:
                document = document | changed
            found.add(index, leaf, document)
    return found


@pytest.fixture
def five(house: House) -> House:
    """A house whose cells are the smallest that a site may choose."""
    house.run(founding.change_setting, "facet-cell", "5", "ada")
    return house


def names(count: int, stem: str = "a") -> list[str]:
    return [f"{stem}{number}" for number in range(count)]


def test_ten_alike_are_opened_together_and_what_is_left_is_counted(house: House) -> None:
    decide(house, *names(10))
    alone = house.suspended("b")
    [opened] = next_day(house)
    assert (opened["entries"], opened["opened"], opened["unopened"], opened["cell"]) == (11, 10, 1, 10)
    [cell] = opened["cells"]
    assert cell["count"] == 10
    assert cell["values"]["category"] == "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    assert alone.leaf not in json.dumps(opened)
    assert set(cell["fields"]).isdisjoint({"deciders", "content-language", "keywords"})
    found = recounted(house)
    assert (found.faults, found.documents, found.unopened) == ([], 1, 1)
    assert found.counts["measures"].total() == 10


def test_four_wait_for_a_fifth_and_all_are_opened_once(five: House) -> None:
    decide(five, *names(4))
    [nothing] = next_day(five)
    assert (nothing["cells"], nothing["opened"], nothing["unopened"]) == ([], 0, 4)
    assert five.run(open_facets) == [], "a day is told once"
    decide(five, "fifth")
    [opened] = next_day(five)
    assert (opened["opened"], opened["unopened"]) == (5, 0)
    decide(five, "sixth")
    [after] = next_day(five)
    assert (after["cells"], after["opened"], after["unopened"]) == ([], 5, 1)
    assert recounted(five).faults == []


def test_what_found_no_cell_in_thirty_days_is_never_opened(five: House) -> None:
    decide(five, *names(4))
    five.wait(days=31)
    decide(five, *names(4, "late"))
    [later] = next_day(five)
    assert (later["cells"], later["unopened"]) == ([], 8)


def test_of_sensitive_matters_no_category_is_opened_however_many_there_are(five: House) -> None:
    facts: dict[str, Arg] = {"words": "as seen"}
    for number in range(7):
        post = five.post(f"p{number}", f"post {number}")
        case = five.case_of(five.report(post, author=f"p{number}"))
        five.decide(case, clause="safety.threats@1", preset="quoted", facts=facts)
    [told] = next_day(five)
    assert (told["cells"], told["unopened"]) == ([], 7)


def test_who_was_forgotten_is_not_opened_and_not_told_from_the_others(five: House) -> None:
    several = decide(five, *names(6))
    five.store.keys.forget(five.statement_of(several[0]).person)
    five.now += timedelta(days=1)
    [told] = [json.loads(each.text) for each in five.run(open_facets)]
    assert (told["opened"], told["unopened"]) == (5, 1)
    assert several[0].leaf not in json.dumps(told)
    assert recounted(five).faults == []


def test_what_was_opened_before_somebody_was_forgotten_stays_and_is_still_counted(five: House) -> None:
    several = decide(five, *names(5))
    next_day(five)
    five.store.keys.forget(five.statement_of(several[0]).person)
    found = recounted(five)
    assert (found.faults, len(found.opened)) == ([], 5)


def test_reversals_are_never_opened(five: House) -> None:
    from showcause.casework import hearing, lodging

    several = decide(five, *names(6))
    for each in several[:5]:
        appeal = five.run(lodging.lodge, five.statement_of(each).reference, "not me")
        five.run(hearing.claim, appeal.id, "dan")
        five.run(hearing.reverse, appeal.id, "dan", "it was another")
    told = next_day(five)
    kinds = {cell["kind"] for each in told for cell in each["cells"]}
    assert kinds <= {"decision"}
    assert told[-1]["unopened"] >= 5


def test_a_site_may_open_never_or_every_hour_or_in_larger_cells_but_not_in_smaller_ones(five: House) -> None:
    change = founding.change_setting
    for name, value in (("facets", "sometimes"), ("facet-cell", "4")):
        with pytest.raises(BadInput):
            five.run(change, name, value, "ada")
    decide(five, *names(5))
    five.run(change, "facet-cell", "20", "ada")
    [told] = next_day(five)
    assert (told["cells"], told["cell"], told["unopened"]) == ([], 20, 5)
    five.run(change, "facet-cell", "5", "ada")
    five.run(change, "facets", "never", "ada")
    decide(five, "more")
    [told] = next_day(five)
    assert (told["cells"], told["rule"], told["unopened"]) == ([], "never", 6)
    five.run(change, "facets", "immediate", "ada")
    five.wait(minutes=5)
    [told] = [json.loads(each.text) for each in five.run(open_facets)]
    assert (told["opened"], told["unopened"]) == (6, 0)
    assert five.run(open_facets) == []
    assert recounted(five).faults == []


def test_what_a_document_says_falsely_is_found_by_counting_again(five: House) -> None:
    decide(five, *names(5))
    [told] = next_day(five)
    assert recounted(five).faults == []
    [cell] = told["cells"]
    fewer = cell | {"openings": cell["openings"][:4], "count": 4}
    twice = cell | {"openings": [*cell["openings"][:4], cell["openings"][0]]}
    other = cell | {"values": cell["values"] | {"ground": "ILLEGAL_CONTENT"}}
    hidden = {name: words for name, words in told["counts"].items() if name != "category"}
    for changed in (
        {"unopened": 1},
        {"entries": 7},
        {"cell": 3},
        {"counts": hidden},
        {"cells": [fewer]},
        {"cells": [twice]},
        {"cells": [other]},
        {"cells": "none"},
        {"size": five.log_size() + 1},
    ):
        [fault] = recounted(five, changed=changed).faults
        assert fault[1]


def test_an_opening_of_another_entry_is_found(five: House) -> None:
    first, other = decide(five, *names(5)), five.suspended("somebody")
    [told] = next_day(five)
    swapped = json.loads(json.dumps(told).replace(first[0].leaf, other.leaf))
    [fault] = recounted(five, changed=swapped).faults
    assert "belongs to another leaf" in fault[1]


def test_while_the_log_is_fenced_nothing_is_opened(five: House) -> None:
    from showcause.casework.log import signing

    decide(five, *names(5))
    signing.fence(five.store)
    assert next_day(five) == []


def test_the_documents_name_nobody(five: House) -> None:
    decide(five, *names(5, "very-named-"))
    [told] = next_day(five)
    assert "very-named" not in json.dumps(told)


def test_facets_are_opened_alike_on_every_database(durable_store: Store, tmp_path: Path) -> None:
    with opened_house(durable_store, tmp_path) as house:
        house.run(founding.change_setting, "facet-cell", "5", "ada")
        decide(house, *names(5))
        [told] = next_day(house)
        assert (told["opened"], told["unopened"]) == (5, 0)
        decide(house, *names(4, "b"))
        [told] = next_day(house)
        assert (told["opened"], told["unopened"]) == (5, 4)
        assert recounted(house).faults == []
