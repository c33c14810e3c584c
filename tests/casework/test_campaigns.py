"""One decision over many copies: proposing it, its numbers, its receipts, and what their authors are told."""

import time
from pathlib import Path

import pytest

from showcause.casework import campaigns, desk, rendering
from showcause.casework.campaigns import Item
from showcause.casework.log.fsck import fsck
from showcause.casework.log.item_receipts import Trees, item_order_receipt, item_proof
from showcause.connectors.gate import Gate
from showcause.connectors.memory import Memory
from showcause.domain.campaign import CampaignItem
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import BadInput, Forgotten, ReceiptRefused
from showcause.domain.lifecycle import EnforcementState, ServiceState
from showcause.domain.restriction import Measure, Restriction
from showcause.domain.statement import Statement
from showcause.domain.subject import Subject, SubjectKind, SubjectRecord
from showcause.store.store import Store
from showcause.transparency.errors import Mismatched
from showcause.transparency.leaf import Slot
from showcause.transparency.receipt import from_file, to_json
from showcause.transparency.verify import Order, open_order, verify_receipt
from tests.casework import floods
from tests.casework.floods import THREATS, Decided
from tests.databases import postgres_store
from tests.house import PLATFORM, House, opened_house

__all__ = ["postgres_store"]


def order_for(house: House, item: CampaignItem) -> Order:
    (restriction,) = house.all(Restriction, id=item.restriction)
    with house.store.read() as view:
        ref = view.unseal(view.get(SubjectRecord, item.subject).ref)["ref"]
    return Order(PLATFORM, "content", ref, "hide", None, restriction.number, PLATFORM)


def receipt_of(house: House, flood: Decided, index: int) -> bytes:
    house.worker.sign()
    assert house.worker.head is not None
    with house.store.read() as view:
        made = item_order_receipt(
            view, flood.items[index], flood.decision.leaf, house.worker.head.note, Trees()
        )
    return to_json(made)


def test_up_to_a_hundred_copies_are_no_campaign(house: House) -> None:
    found = floods.flood(house, 100)
    with pytest.raises(BadInput, match="not a campaign"):
        floods.propose(house, found)
    assert house.all(Decision) == []


def test_the_same_copy_named_twice_counts_once(house: House) -> None:
    found = floods.flood(house, 100)
    found.items = [*found.items, *found.items]
    with pytest.raises(BadInput, match="not a campaign"):
        floods.propose(house, found)


def test_a_hundred_and_one_copies_are_one_decision_with_one_leaf(house: House) -> None:
    before = house.log_size()
    made = floods.commit(house, floods.propose(house, floods.flood(house, 101)))
    assert len(house.all(Decision)) == 1
    assert made.campaign.count == len(made.items) == 101
    assert house.log_size() == before + 1


def test_a_few_copies_are_decided_each_with_its_own_leaf(house: House) -> None:
    found = floods.flood(house, 3)
    house.run(desk.claim, found.case.id, "bea")
    proposal = floods.proposal_for(house, found.case)
    made = house.run(campaigns.propose_each, found.case.id, "bea", proposal, found.items)
    house.wait(seconds=31)
    assert len({decision.leaf for decision in made}) == 3
    assert [house.world.read(item.subject.ref) for item in found.items] == [None] * 3
    assert [decision.case for decision in made] == [found.case.id, None, None]


def test_more_than_a_hundred_copies_are_not_decided_one_by_one(house: House) -> None:
    found = floods.flood(house, 101)
    house.run(desk.claim, found.case.id, "bea")
    with pytest.raises(BadInput, match="are a campaign"):
        house.run(
            campaigns.propose_each,
            found.case.id,
            "bea",
            floods.proposal_for(house, found.case),
            found.items,
        )


def test_numbers_are_dense_over_a_campaign_and_go_on_after_it(house: House) -> None:
    first = house.suspended("sam")
    made = floods.decide(house)
    after = house.suspended("lou")
    given = [r.number for d in (first, made.decision, after) for r in house.all(Restriction, decision=d.id)]
    assert given == list(range(1, 104))
    assert made.campaign.first_number == 2


def test_every_copy_is_hidden_by_its_own_order(house: House) -> None:
    floods.decide(house)
    assert {e.state for e in house.all(Enforcement)} == {EnforcementState.APPLIED}
    assert len({act["ref"] for act in house.world.acts()}) == 101


def test_an_items_receipt_opens_its_own_order(house: House) -> None:
    made = floods.commit(house, floods.propose(house, floods.flood(house, 101)))
    verified = open_order(
        from_file(receipt_of(house, made, 7)), order_for(house, made.items[7]), house.trusted, 0
    )
    assert verified.item is not None
    assert verified.item.index == 7
    assert set(verified.opened) == {Slot.CONTENT}


def test_another_items_receipt_opens_nothing(house: House) -> None:
    made = floods.commit(house, floods.propose(house, floods.flood(house, 101)))
    with pytest.raises(Mismatched):
        open_order(from_file(receipt_of(house, made, 8)), order_for(house, made.items[7]), house.trusted, 0)


def test_the_gate_refuses_an_order_with_another_items_receipt(house: House) -> None:
    from showcause.casework.enforcing import order_of

    made = floods.commit(house, floods.propose(house, floods.flood(house, 101)))
    gate = Gate(PLATFORM, PLATFORM, house.log_policy, Memory(house.folder / "other.db", b"g" * 32))
    with house.store.read() as view:
        (enforcement,) = view.find(Enforcement, restriction=made.items[7].restriction)
        order = order_of(view, enforcement)
    with pytest.raises(ReceiptRefused):
        gate.admit(order, receipt_of(house, made, 8))
    gate.admit(order, receipt_of(house, made, 7))


def test_the_author_can_prove_their_own_item_to_anybody(house: House) -> None:
    made = floods.decide(house)
    assert house.worker.head is not None
    with house.store.read() as view:
        proof = item_proof(view, made.items[100], house.worker.head.note, Trees())
    verified = verify_receipt(from_file(proof.encode()), house.trusted)
    assert verified.item is not None
    assert verified.item.opened[Slot.FACTS]["reference"] == made.items[100].reference


def test_who_is_forgotten_takes_their_item_along_and_no_other(house: House) -> None:
    made = floods.commit(house, floods.propose(house, floods.flood(house, 102, authors=3)))
    house.store.keys.forget(made.items[1].owner)
    with pytest.raises(Forgotten):
        receipt_of(house, made, 1)
    assert receipt_of(house, made, 2)


def test_who_is_forgotten_before_the_decision_takes_force_is_left_out(house: House) -> None:
    proposed = floods.propose(house, floods.flood(house, 102, authors=3))
    post = house.all(SubjectRecord, kind=SubjectKind.CONTENT)[1]
    house.store.keys.forget(post.owner)
    assert floods.commit(house, proposed).campaign.count == 68


def test_a_sample_of_two_hundred_is_drawn_and_all_of_a_small_campaign(house: House) -> None:
    small = floods.commit(house, floods.propose(house, floods.flood(house, 150)))
    large = floods.commit(house, floods.propose(house, floods.flood(house, 260)))
    assert sum(item.sampled for item in small.items) == 150
    assert sum(item.sampled for item in large.items) == 200


def test_many_authors_need_a_second_person_where_reach_decides(house: House) -> None:
    few = floods.propose(house, floods.flood(house, 101, authors=9), rung="remove")
    many = floods.propose(house, floods.flood(house, 101, authors=10), rung="remove")
    assert not few.second_needed
    assert many.second_needed


def test_splitting_a_flood_into_small_parts_does_not_save_the_second_person(house: House) -> None:
    found = floods.flood(house, 20, authors=20)
    house.run(desk.claim, found.case.id, "bea")
    proposal = floods.proposal_for(house, found.case, rung="remove")
    made = house.run(campaigns.propose_each, found.case.id, "bea", proposal, found.items)
    assert all(decision.second_needed for decision in made)


def test_the_case_must_be_about_one_of_the_items_or_an_author(house: House) -> None:
    found = floods.flood(house, 110)
    found.items = found.items[:101]
    found.case = house.case_of(house.report(house.post("somebody-else", "hello"), author="somebody-else"))
    with pytest.raises(BadInput, match="none of these items"):
        floods.propose(house, found)


def test_a_measure_on_content_takes_no_account_among_the_items(house: House) -> None:
    found = floods.flood(house, 101)
    found.items = [*found.items, Item(house.account("flooder-0"))]
    with pytest.raises(BadInput, match="some of the items are not"):
        floods.propose(house, found)


def test_no_statement_is_pushed_for_deceptive_commercial_floods(house: House) -> None:
    made = floods.decide(house, authors=3)
    assert not made.campaign.pushed
    assert house.all(Statement, decision=made.decision.id) == []


def test_an_exempt_item_shows_its_statement_to_whoever_visits_it(house: House) -> None:
    made = floods.decide(house, authors=3)
    with house.store.read() as view:
        page = rendering.item_statement(view, made.items[5])
        french = rendering.item_statement(view, made.items[5], "fr")
    assert page.reference == made.items[5].reference
    assert made.items[5].reference in page.text
    assert made.decision.reference not in page.text
    assert "101" in page.text
    assert french.text != page.text


def test_every_author_of_a_flood_of_opinion_is_sent_one_statement(house: House) -> None:
    made = floods.decide(house, 104, 4, THREATS)
    statements = house.all(Statement, decision=made.decision.id)
    assert made.campaign.pushed
    assert (
        len(statements) == len({s.person for s in statements}) == len({s.reference for s in statements}) == 4
    )
    assert {s.state for s in statements} == {ServiceState.SERVED}
    (letter,) = house.world.inbox("flooder-2")
    assert "104" in letter
    assert "26" in letter
    assert made.decision.reference not in letter


def test_a_suspension_of_many_spammers_is_told_to_each(house: House) -> None:
    accounts = [Item(house.account(f"spammer-{n}")) for n in range(101)]
    found = floods.Flood(accounts, house.case_of(house.report(accounts[0].subject)))
    made = floods.commit(house, floods.propose(house, found, rung="suspend"))
    floods.carry_out(house)
    assert made.campaign.pushed
    assert len(house.all(Statement, decision=made.decision.id)) == 101
    assert house.standing("spammer-100") == {Measure.SUSPEND}


def test_the_journal_has_a_line_for_every_record_of_a_campaign(house: House) -> None:
    made = floods.commit(house, floods.propose(house, floods.flood(house, 101)))
    assert [line.verb for line in house.journal(made.items[50].id)] == ["itemise"]
    assert [line.verb for line in house.journal(made.items[50].restriction)] == ["impose"]


@pytest.mark.postgres
def test_a_campaign_takes_force_on_postgresql_as_well(postgres_store: Store, tmp_path: Path) -> None:
    with opened_house(postgres_store, tmp_path) as house:
        made = floods.commit(house, floods.propose(house, floods.flood(house, 101, 3), THREATS))
        assert made.campaign.count == 101
        assert len(house.all(Statement, decision=made.decision.id)) == 3
        assert fsck(house.store).findings == []


@pytest.mark.slow
def test_ten_thousand_copies_take_force_in_seconds(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    authors = [Subject(PLATFORM, SubjectKind.ACCOUNT, f"flooder-{n}") for n in range(500)]
    items = [
        Item(Subject(PLATFORM, SubjectKind.CONTENT, f"post-{n}"), authors[n % 500]) for n in range(10_000)
    ]
    case = house.case_of(house.report(house.post("flooder-0", "buy now"), author="flooder-0"))
    items[0] = Item(Subject(PLATFORM, SubjectKind.CONTENT, "post-1"), authors[0])
    began = time.process_time()
    proposed = floods.propose(house, floods.Flood(items, case), THREATS)
    middle = time.process_time()
    made = floods.commit(house, proposed)
    took = time.process_time() - middle
    with capsys.disabled():
        print(f"\n10,000 copies: proposed in {middle - began:.1f} s, in force in {took:.1f} s")
    assert made.campaign.count == 9_999
    assert took < 30
