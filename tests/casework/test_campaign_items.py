"""One item of a campaign on its own: appealed, reviewed, given back; and what becomes of all of them together."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from showcause.casework import (
    campaigns,
    cascading,
    deciding,
    desk,
    hearing,
    intake,
    lodging,
    rendering,
    sampling,
)
from showcause.casework.log.fsck import fsck
from showcause.casework.weighing import Proposal
from showcause.domain.appeal import Appeal
from showcause.domain.campaign import CampaignItem, CampaignOutcome, Review
from showcause.domain.decision import UNDO, Act, Cause, Decision, Finding, GroundRef, Outcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import AppealClosed, BadInput, IllegalStep, NotReversible, SamePerson
from showcause.domain.lifecycle import AppealState, DecisionState, EnforcementState
from showcause.domain.logbook import LeafNote
from showcause.domain.restriction import Measure, Restriction
from showcause.domain.site import Letter, LetterKind
from showcause.domain.statement import Statement
from showcause.domain.subject import Reach
from showcause.transparency.leaf import decode
from tests.casework import floods
from tests.casework.floods import THREATS, Decided
from tests.house import House


@pytest.fixture(autouse=True)
def the_log_and_the_records_agree(house: House) -> Iterator[None]:
    """Whatever happened to the items, log and records say the same at the end."""
    yield
    assert fsck(house.store).findings == []


def states(house: House, flood: Decided) -> dict[EnforcementState, int]:
    found = [each.state for each in house.all(Enforcement, decision=flood.decision.id)]
    return {state: found.count(state) for state in set(found)}


def reversed_on_appeal(house: House, quoted: str) -> Appeal:
    appeal = house.run(lodging.lodge, quoted, "this was no spam")
    house.run(hearing.claim, appeal.id, "dan")
    closed = house.run(hearing.reverse, appeal.id, "dan", "It was a joke among friends.")
    floods.carry_out(house)
    return closed


def leaf_of(house: House, leaf_id: str):  # type: ignore[no-untyped-def]
    with house.store.read() as view:
        index = view.log.index_of(leaf_id)
        assert index is not None
        return decode(view.log.leaf(index) or b"")


def test_an_appeal_on_one_item_gives_back_that_item_and_no_other(house: House) -> None:
    made = floods.decide(house)
    reversed_on_appeal(house, made.items[7].reference)
    assert states(house, made) == {EnforcementState.APPLIED: 100, EnforcementState.LIFTED: 1}
    assert house.all(Decision, id=made.decision.id)[0].state is DecisionState.IN_FORCE
    (lifted,) = house.all(Enforcement, decision=made.decision.id, state=EnforcementState.LIFTED)
    assert lifted.restriction == made.items[7].restriction


def test_the_reversal_of_an_item_refers_to_the_campaigns_leaf_without_its_index(house: House) -> None:
    made = floods.decide(house)
    closed = reversed_on_appeal(house, made.items[7].reference)
    (lift,) = house.all(Decision, id=closed.outcome)
    leaf = leaf_of(house, lift.leaf)
    assert leaf.kind == "reversal"
    assert leaf.re == made.decision.leaf
    assert leaf.numbers is None
    assert lift.ends == (made.items[7].restriction,)
    assert lift.supersedes is None


def test_the_author_is_told_under_the_reference_of_the_item(house: House) -> None:
    made = floods.decide(house)
    reversed_on_appeal(house, made.items[7].reference)
    letters = house.world.inbox("flooder-0")
    assert letters
    assert all(made.decision.reference not in letter for letter in letters)
    assert sum(made.items[7].reference in letter for letter in letters) >= 2
    with house.store.read() as view:
        page = rendering.item_statement(view, made.items[7])
    assert page.text != rendering_of(house, made.items[8])
    assert made.items[7].reference in page.text


def rendering_of(house: House, item: CampaignItem) -> str:
    with house.store.read() as view:
        return rendering.item_statement(view, item).text


def test_each_item_may_be_appealed_once(house: House) -> None:
    made = floods.decide(house)
    house.run(lodging.lodge, made.items[7].reference, "this was no spam")
    house.run(lodging.lodge, made.items[8].reference, "nor was this")
    with pytest.raises(AppealClosed):
        house.run(lodging.lodge, made.items[7].reference, "really not")
    assert {a.item for a in house.all(Appeal)} == {7, 8}


def test_an_item_that_was_given_back_cannot_be_appealed(house: House) -> None:
    made = floods.decide(house)
    item = made.items[7]
    house.run(sampling.reverse, item.id, "dan", "It quotes the message to warn of it.")
    with pytest.raises(AppealClosed, match="given back"):
        house.run(lodging.lodge, item.reference, "this was no spam")


def test_an_appeal_against_a_statement_gives_back_all_of_that_author_alone(house: House) -> None:
    made = floods.decide(house, 104, 4, THREATS)
    told = house.all(Statement, decision=made.decision.id)[1]
    reversed_on_appeal(house, told.reference)
    assert states(house, made) == {EnforcementState.APPLIED: 78, EnforcementState.LIFTED: 26}
    lifted = {e.restriction for e in house.all(Enforcement, state=EnforcementState.LIFTED)}
    assert {item.owner for item in made.items if item.restriction in lifted} == {told.person}


def test_who_decided_on_a_campaign_hears_no_appeal_about_its_items(house: House) -> None:
    made = floods.decide(house)
    appeal = house.run(lodging.lodge, made.items[7].reference, "this was no spam")
    with pytest.raises(SamePerson):
        house.run(hearing.claim, appeal.id, "bea")


def test_an_affirmed_appeal_on_an_item_changes_nothing(house: House) -> None:
    made = floods.decide(house)
    appeal = house.run(lodging.lodge, made.items[7].reference, "this was no spam")
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.affirm, appeal.id, "dan", "It is the same message as the others.")
    floods.carry_out(house)
    assert states(house, made) == {EnforcementState.APPLIED: 101}
    assert house.all(Letter, kind=LetterKind.APPEAL_OUTCOME)[0].account


def test_an_item_can_be_amended_to_something_milder(house: House) -> None:
    made = floods.decide(house)
    item = made.items[7]
    appeal = house.run(lodging.lodge, item.reference, "this was no spam")
    house.run(hearing.claim, appeal.id, "dan")
    act = Act(item.subject, Measure.HIDE, timedelta(days=1), "hide")
    milder = Proposal(
        Outcome.RESTRICT,
        made.decision.findings,
        (act,),
        house.facts_for(floods.SPAM),
        ("the copies themselves", "the times at which they came"),
    )
    closed = house.run(hearing.amend, appeal.id, "dan", "A day is enough.", milder)
    floods.carry_out(house)
    (new,) = house.all(Decision, id=closed.outcome)
    (restriction,) = house.all(Restriction, decision=new.id)
    assert restriction.until is not None
    assert restriction.number == 102
    assert leaf_of(house, new.leaf).re == made.decision.leaf
    assert house.all(Decision, id=made.decision.id)[0].state is DecisionState.IN_FORCE
    assert states(house, made)[EnforcementState.APPLIED] == 100


def test_an_amended_measure_stays_with_what_the_appeal_is_about(house: House) -> None:
    made = floods.decide(house)
    appeal = house.run(lodging.lodge, made.items[7].reference, "this was no spam")
    house.run(hearing.claim, appeal.id, "dan")
    act = Act(made.items[8].subject, Measure.HIDE, timedelta(days=1), "hide")
    elsewhere = Proposal(
        Outcome.RESTRICT, made.decision.findings, (act,), house.facts_for(floods.SPAM), ("one", "two")
    )
    with pytest.raises(BadInput, match="not about"):
        house.run(hearing.amend, appeal.id, "dan", "A day is enough.", elsewhere)


def test_a_late_answer_to_an_author_of_high_reach_reduces_their_item_alone(house: House) -> None:
    made = floods.decide(house, 101, 2, rung="remove")
    house.run(intake.measure_reach, house.account("flooder-1"), Reach(followers=1_000_000))
    appeal = house.run(lodging.lodge, made.items[7].reference, "this was no spam")
    assert appeal.time_critical
    house.now += timedelta(hours=4, seconds=1)
    floods.carry_out(house)
    (reduced,) = house.all(Decision, cause=Cause.APPEAL_OVERDUE)
    assert reduced.ends == (made.items[7].restriction,)
    assert [r.measure for r in house.all(Restriction, decision=reduced.id)] == [Measure.HIDE]
    assert states(house, made) == {EnforcementState.APPLIED: 100, EnforcementState.PERMANENT: 1}
    assert house.all(Appeal, id=appeal.id)[0].state is AppealState.LODGED
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "It was a joke among friends.")
    floods.carry_out(house)
    assert house.all(Decision, id=reduced.id)[0].state is DecisionState.SUPERSEDED


def test_an_item_under_appeal_is_not_removed_for_good(house: House) -> None:
    found = floods.flood(house, 101)
    made = floods.commit(house, floods.propose(house, found))
    floods.carry_out(house)
    house.run(lodging.lodge, made.items[7].reference, "this was no spam")
    again = floods.Flood(found.items, house.case_of(house.report(found.items[1].subject, author="flooder-0")))
    with pytest.raises(NotReversible, match="1 of the items"):
        floods.propose(house, again, rung="remove")


def test_whoever_looks_at_a_sampled_item_can_agree(house: House) -> None:
    made = floods.decide(house)
    house.run(sampling.agree, made.items[0].id, "dan")
    with house.store.read() as view:
        progress = sampling.progress(view, made.campaign.id)
        left = sampling.waiting(view, made.campaign.id, limit=500)
    assert (progress.items, progress.sampled, progress.agreed, progress.waiting) == (101, 101, 1, 100)
    assert made.items[0].id not in {item.id for item in left}
    assert "1 of them, chosen at random" in rendering_of(house, made.items[5])


def test_an_item_is_reviewed_once_and_not_by_who_decided(house: House) -> None:
    made = floods.decide(house)
    with pytest.raises(SamePerson):
        house.run(sampling.agree, made.items[0].id, "bea")
    house.run(sampling.agree, made.items[0].id, "dan")
    with pytest.raises(IllegalStep):
        house.run(sampling.reverse, made.items[0].id, "cleo", "No.")


def test_only_the_sample_is_reviewed(house: House) -> None:
    made = floods.commit(house, floods.propose(house, floods.flood(house, 201)))
    (outside,) = [item for item in made.items if not item.sampled]
    with pytest.raises(IllegalStep, match="not in the sample"):
        house.run(sampling.agree, outside.id, "dan")


def test_a_reversed_sample_item_is_given_back_and_its_open_appeal_is_moot(house: House) -> None:
    made = floods.decide(house)
    appeal = house.run(lodging.lodge, made.items[7].reference, "this was no spam")
    house.run(sampling.reverse, made.items[7].id, "dan", "It quotes the message to warn of it.")
    floods.carry_out(house)
    assert house.all(Appeal, id=appeal.id)[0].state is AppealState.MOOT
    assert house.all(CampaignItem, id=made.items[7].id)[0].review is Review.REVERSED
    assert states(house, made) == {EnforcementState.APPLIED: 100, EnforcementState.LIFTED: 1}


def test_reversing_an_item_without_saying_why_is_refused(house: House) -> None:
    made = floods.decide(house)
    with pytest.raises(BadInput):
        house.run(sampling.reverse, made.items[7].id, "dan", "  ")


def test_all_orders_of_a_campaign_have_one_effect_leaf(house: House) -> None:
    made = floods.decide(house)
    assert house.log_kinds()[-2:] == ["decision", "effect"]
    (outcome,) = house.all(CampaignOutcome)
    assert outcome.phase == "imposed"
    assert leaf_of(house, outcome.id).re == made.decision.leaf
    (note,) = house.all(LeafNote, id=outcome.id)
    assert note.about == made.campaign.id


def test_no_effect_is_logged_while_an_order_is_open(house: House) -> None:
    floods.commit(house, floods.propose(house, floods.flood(house, 101)))
    house.worker.run_due(most=50)
    assert house.all(CampaignOutcome) == []


def test_a_part_that_is_given_back_has_an_effect_leaf_of_its_own(house: House) -> None:
    made = floods.decide(house)
    closed = reversed_on_appeal(house, made.items[7].reference)
    (lift,) = house.all(Decision, id=closed.outcome)
    effects = [leaf_of(house, n.id) for n in house.all(LeafNote, kind="effect")]
    assert [leaf.re for leaf in effects] == [made.decision.leaf, lift.leaf]


def whole_reversed(house: House, made: Decided) -> Decision:
    def reverse(tx, now, ids):  # type: ignore[no-untyped-def]
        lift = cascading.record_lift(tx, now, ids, made.decision, Cause.CASE, by=made.decision.proposer)
        return cascading.take_force(tx, now, ids, lift)

    lift = house.run(reverse)
    floods.carry_out(house)
    return lift  # type: ignore[no-any-return]


def test_a_reversed_campaign_gives_everything_back_with_one_effect(house: House) -> None:
    made = floods.decide(house, 104, 4, THREATS)
    lift = whole_reversed(house, made)
    assert states(house, made) == {EnforcementState.LIFTED: 104}
    assert house.all(Decision, id=made.decision.id)[0].state is DecisionState.SUPERSEDED
    assert [(o.phase, o.about) for o in house.all(CampaignOutcome)] == [
        ("imposed", made.decision.id),
        ("ended", lift.id),
    ]
    assert len(house.all(Statement, decision=lift.id)) == 4


def test_a_campaign_that_is_reversed_before_it_is_sent_voids_every_number(house: House) -> None:
    made = floods.commit(house, floods.propose(house, floods.flood(house, 101)))
    whole_reversed(house, made)
    assert states(house, made) == {EnforcementState.CANCELLED: 101}
    assert house.world.acts() == []
    assert [o.phase for o in house.all(CampaignOutcome)] == ["imposed"]


def test_a_campaign_that_ends_by_its_date_lapses_and_writes_no_letters(house: House) -> None:
    found = floods.flood(house, 101)
    house.run(desk.claim, found.case.id, "bea")
    proposal = floods.proposal_for(house, found.case)
    act = Act(found.case.subject, Measure.HIDE, timedelta(days=1), "hide")
    made = floods.commit(
        house,
        house.run(
            campaigns.propose,
            found.case.id,
            "bea",
            Proposal(Outcome.RESTRICT, proposal.findings, (act,), proposal.facts, proposal.evidence),
            found.items,
        ),
    )
    floods.carry_out(house)
    house.now += timedelta(days=1)
    floods.carry_out(house)
    assert states(house, made) == {EnforcementState.LIFTED: 101}
    assert house.all(Decision, id=made.decision.id)[0].state is DecisionState.LAPSED
    assert [o.phase for o in house.all(CampaignOutcome)] == ["imposed", "ended"]
    assert house.all(Letter, kind=LetterKind.RESTORATION) == []


def derived_from(house: House, made: Decided, index: int) -> Decision:
    ground = GroundRef(made.decision.id, made.items[index].restriction)
    case = house.case_of(house.report(house.account("flooder-again")))
    return house.decide(case, clause="integrity.evasion@1", grounds=(ground,))


def test_what_rests_on_one_item_falls_with_that_item_alone(house: House) -> None:
    made = floods.decide(house)
    derived = derived_from(house, made, 7)
    assert derived.state is DecisionState.IN_FORCE
    reversed_on_appeal(house, made.items[8].reference)
    assert house.all(Decision, id=derived.id)[0].state is DecisionState.IN_FORCE
    house.run(sampling.reverse, made.items[7].id, "dan", "It quotes the message to warn of it.")
    assert house.all(Decision, id=derived.id)[0].state is DecisionState.SUPERSEDED


def test_an_interim_act_covers_the_whole_campaign_and_gives_way_to_it(house: House) -> None:
    found = floods.flood(house, 101, 12)
    house.run(desk.claim, found.case.id, "bea")
    proposal = floods.proposal_for(house, found.case, rung="remove")
    interim = Act(found.case.subject, Measure.HIDE, timedelta(days=1), "hide")
    signed = Proposal(
        Outcome.RESTRICT,
        proposal.findings,
        proposal.acts,
        proposal.facts,
        proposal.evidence,
        interim=interim,
    )
    proposed = house.run(campaigns.propose, found.case.id, "bea", signed, found.items)
    house.now += timedelta(hours=4)
    floods.carry_out(house)
    (held,) = house.all(Decision, cause=Cause.INTERIM)
    assert floods.decided(house, held).campaign.count == 101
    assert leaf_of(house, held.leaf).kind == "hold"
    house.run(deciding.approve, proposed.id, "cleo")
    house.now += UNDO
    floods.carry_out(house)
    made = floods.decided(house, proposed)
    assert states(house, made) == {EnforcementState.APPLIED: 101}
    assert made.campaign.first_number == 102


def test_the_findings_of_a_campaign_are_sealed_by_the_house_and_not_by_one_author(house: House) -> None:
    made = floods.decide(house)
    house.store.keys.forget(made.items[0].owner)
    with house.store.read() as view:
        assert view.unseal(made.decision.facts)["facts"] == house.facts_for(floods.SPAM)
    assert isinstance(made.decision.findings[0], Finding)
