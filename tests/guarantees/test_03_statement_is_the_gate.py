"""Guarantee 3: a decision with an incomplete statement of reasons cannot be approved, because it cannot be proposed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from showcause.casework import deciding, desk, rendering
from showcause.casework.weighing import Proposal
from showcause.domain.decision import Act, Decision, Finding, Outcome
from showcause.domain.errors import Refused
from showcause.domain.restriction import Measure
from showcause.domain.sentences import missing_parts
from showcause.domain.statement import Statement
from tests.house import House, shipped

PARTS = {
    "no measure": {"acts": ()},
    "no clause": {"findings": ()},
    "no fact": {"facts": {"count": 3}},
    "no evidence": {"evidence": ()},
    "an element left open": {"findings": (Finding("integrity.spam@1", ("many",), "flood"),)},
    "no reason": {"findings": (Finding("integrity.spam@1", ("many", "unasked"), "no-such-preset"),)},
}


@pytest.mark.parametrize("missing", PARTS)
def test_a_proposal_that_lacks_a_part_is_refused_by_name_and_nothing_is_stored(
    house: House, missing: str
) -> None:
    case = house.case_of(house.report(house.account("sam")))
    house.run(desk.claim, case.id, "bea")
    complete = Proposal(
        Outcome.RESTRICT,
        (Finding("integrity.spam@1", ("many", "unasked"), "flood"),),
        (Act(case.subject, Measure.LIMIT, timedelta(hours=1), "limit-24h"),),
        {"count": 3, "span": 60},
        ("the posts",),
    )
    size = house.log_size()
    with pytest.raises(Refused) as refused:
        house.run(deciding.propose, case.id, "bea", replace(complete, **PARTS[missing]))  # type: ignore[arg-type]
    assert refused.value.hint
    assert house.all(Decision) == []
    assert house.log_size() == size
    assert house.run(deciding.propose, case.id, "bea", complete).approver


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_statement_that_is_served_has_every_part_in_both_languages(house: House, language: str) -> None:
    decided = house.suspended()
    statement = house.statement_of(decided)
    with house.store.read() as view:
        said = [id_ for id_, _ in view.unseal(statement.sentences)]
        text = rendering.statement(view, statement, language).text
    assert missing_parts(said) == ()
    assert "{" not in text
    assert ("suspended" if language == "en" else "suspendu") in text


def test_every_preset_of_every_clause_makes_a_complete_statement() -> None:
    for clause in shipped().clauses:
        for preset in clause.presets:
            assert set(preset.elements) <= {element.id for element in clause.elements}
            assert clause.rung(preset.rung) is not None


def test_a_decision_cannot_take_force_without_its_statement(house: House) -> None:
    decided = house.suspended()
    assert [s.decision for s in house.all(Statement)] == [decided.id]
