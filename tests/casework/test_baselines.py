"""What was there before: imported once, proven item by item, and given a cause by the ordinary way."""

from dataclasses import replace

import pytest

from showcause.casework import baselines, deciding, founding, hearing, lodging, orphans
from showcause.casework.log import ledger
from showcause.casework.ports import Found
from showcause.domain.baseline import Baseline, BaselineEntry
from showcause.domain.case import Case
from showcause.domain.decision import Decision, GroundRef
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import (
    AlreadyExists,
    BadInput,
    Forgotten,
    NoGroundInForce,
    NotFound,
    NotPermitted,
)
from showcause.domain.lifecycle import DecisionState, EnforcementState
from showcause.domain.people import Role
from showcause.domain.restriction import Measure
from showcause.domain.site import ConnectedPlatform, Mode
from showcause.domain.subject import Subject, SubjectKind
from showcause.store.store import Store
from showcause.store.tx import Tx
from showcause.transparency.campaign import Item, item_path, verify_item
from showcause.transparency.commitments import Opening, check
from showcause.transparency.errors import Unverified
from showcause.transparency.leaf import Leaf, Slot, decode
from tests.casework import sites
from tests.house import PLATFORM, House

BANNED = ("old-one", "old-two", "old-three")


def old_bans(house: House, refs: tuple[str, ...] = BANNED) -> list[Found]:
    """Ban some accounts by hand, as the platform's people did before, and return the platform's list."""
    for ref in refs:
        house.account(ref)
        house.world.impose(SubjectKind.ACCOUNT, ref, Measure.SUSPEND)
    return list(house.platform.restricted())


def imported(house: House, refs: tuple[str, ...] = BANNED) -> Baseline:
    made = house.run(baselines.import_baseline, PLATFORM, old_bans(house, refs), "ada")
    return made


def leaf_of(house: House, id: str) -> Leaf:
    with house.store.read() as view:
        index = view.log.index_of(id)
        assert index is not None
        data = view.log.leaf(index)
        assert data is not None
    return decode(data)


def items(house: House, baseline: Baseline) -> list[Item]:
    def all_items(tx: Tx, *_: object) -> list[Item]:
        return [baselines.item_of(tx, i, e) for i, e in enumerate(baselines.entries_of(tx, baseline))]

    found = house.run(all_items)
    return found


def entry_of(house: House, ref: str) -> BaselineEntry:
    def find(tx: Tx, *_: object) -> BaselineEntry:
        found = tx.first(BaselineEntry, subject=tx.owner_of(Subject(PLATFORM, SubjectKind.ACCOUNT, ref)))
        assert found is not None
        return found

    entry = house.run(find)
    return entry


def caused(house: House, ref: str = "old-one") -> tuple[BaselineEntry, Decision]:
    """Review an imported ban, decide the same measure, and record the decision as its cause."""
    entry = entry_of(house, ref)
    case = house.run(baselines.review_entry, entry.id, "bea")
    decision = house.decide(case, rung="suspend")
    return house.run(baselines.record_cause, entry.id, decision.id, "bea"), decision


def test_an_import_is_one_leaf_that_commits_to_number_and_root(house: House) -> None:
    before = house.log_size()
    made = imported(house)
    leaf = leaf_of(house, made.leaf)
    assert house.log_size() == before + 1
    assert (leaf.kind, leaf.doc, leaf.numbers) == ("baseline", None, None)
    assert house.opened(leaf, Slot.CONTENT) == {"digest": None, "count": 3, "root": made.root}
    assert house.opened(leaf, Slot.SUBJECT)["platform"] == PLATFORM
    assert house.all(ConnectedPlatform)[0].baseline == made.id


def test_every_entry_can_be_proven_alone_and_no_other_in_its_place(house: House) -> None:
    made = imported(house)
    content = house.opened(leaf_of(house, made.leaf), Slot.CONTENT)
    all_items = items(house, made)
    for index, item in enumerate(all_items):
        verify_item(item, item_path(all_items, index), content)
        strange = replace(item, slots=(bytes(32), *item.slots[1:]))
        with pytest.raises(Unverified):
            verify_item(strange, item_path(all_items, index), content)


def test_an_entrys_commitments_open_to_the_account_and_the_measure(house: House) -> None:
    made = imported(house, ("old-one",))
    [item] = items(house, made)

    def openings(tx: Tx, *_: object) -> list[Opening]:
        [entry] = baselines.entries_of(tx, made)
        values = baselines.item_values(entry, Subject(PLATFORM, SubjectKind.ACCOUNT, "old-one"))
        return [
            ledger.commitment(tx, entry.id, entry.subject, slot, values[slot]).opening(None)
            for slot in (Slot.SUBJECT, Slot.FACTS)
        ]

    subject, facts = house.run(openings)
    assert check(subject, item.slots[0]) == {"platform": PLATFORM, "kind": "account", "ref": "old-one"}
    assert check(facts, item.slots[2])["text"] == {"measure": "suspend"}


def test_an_imported_person_can_be_forgotten(house: House) -> None:
    made = imported(house)
    house.store.keys.forget(entry_of(house, "old-two").subject)
    with pytest.raises(Forgotten):
        items(house, made)


def test_a_platform_has_one_baseline_for_ever(house: House) -> None:
    imported(house)
    before = house.log_size()
    with pytest.raises(AlreadyExists):
        imported(house, ("another",))
    assert (house.log_size(), len(house.all(Baseline)), len(house.all(BaselineEntry))) == (before, 1, 3)


def test_a_platform_without_any_ban_has_an_empty_baseline_and_that_counts(house: House) -> None:
    made = house.run(baselines.import_baseline, PLATFORM, [], "ada")
    assert made.count == 0
    with pytest.raises(AlreadyExists):
        imported(house)


def test_importing_late_excuses_nothing_that_was_counted(house: House) -> None:
    found = old_bans(house, ("old-one",))
    house.run(orphans.scan, PLATFORM, found)
    made = imported(house)
    assert made.count == 2
    assert house.run(orphans.scan, PLATFORM, list(house.platform.restricted())).standing == 1


def test_what_we_ordered_ourselves_is_no_part_of_the_past(house: House) -> None:
    house.suspended("spam-sam")
    assert imported(house).count == 3


@pytest.mark.parametrize("roles", [(Role.MODERATOR,), (Role.POLICY,), (Role.AUDITOR,)])
def test_only_an_operator_imports(house: House, roles: tuple[Role, ...]) -> None:
    house.run(founding.add_moderator, "eve", roles, "ada")
    with pytest.raises(NotPermitted):
        house.run(baselines.import_baseline, PLATFORM, [], "eve")


def test_an_import_of_another_platforms_list_is_refused(house: House) -> None:
    with pytest.raises(BadInput):
        house.run(
            baselines.import_baseline,
            PLATFORM,
            [Found(Subject("elsewhere", SubjectKind.ACCOUNT, "x"), Measure.SUSPEND)],
            "ada",
        )
    with pytest.raises(NotFound):
        house.run(baselines.import_baseline, "elsewhere", [], "ada")
    assert house.all(Baseline) == []


def test_more_than_fifty_thousand_are_refused_at_once(house: House) -> None:
    one = Found(Subject(PLATFORM, SubjectKind.ACCOUNT, "x"), Measure.SUSPEND)
    with pytest.raises(BadInput):
        house.run(baselines.import_baseline, PLATFORM, [one] * (orphans.MOST + 1), "ada")


def test_an_imported_ban_without_a_cause_grounds_nothing(house: House) -> None:
    imported(house)
    entry = entry_of(house, "old-one")
    with pytest.raises(NoGroundInForce, match="nobody has recorded its cause"):
        evasion(house, GroundRef(entry.id, entry.id))
    with pytest.raises(NoGroundInForce):
        house.run(lambda tx, now, ids: baselines.ground_of(tx, entry))


def evasion(house: House, ground: GroundRef) -> Decision:
    case = house.case_of(house.report(house.account("old-one-again")))
    proposed = house.propose(case, "integrity.evasion@1", grounds=(ground,))
    return proposed


def test_a_recorded_cause_is_a_leaf_and_makes_the_ban_a_ground(house: House) -> None:
    imported(house)
    entry, decision = caused(house)
    assert (entry.cause, house.log_kinds()[-1]) == (decision.id, "cause")
    ground = house.run(lambda tx, now, ids: baselines.ground_of(tx, entry))
    assert evasion(house, ground).state is DecisionState.PROPOSED


def test_the_cause_leaf_names_the_decision_only_to_who_may_open_it(house: House) -> None:
    imported(house)
    _, decision = caused(house)
    with house.store.read() as view:
        leaf = [decode(data) for data in view.log.leaves(0, view.log.state().size)][-1]
    assert (leaf.re, leaf.doc) == (None, None)
    facts = house.opened(leaf, Slot.FACTS)
    assert (facts["event"], facts["derived-from"]) == ("cause", [decision.leaf])


def test_the_import_itself_is_never_the_ground_because_it_cannot_fall(house: House) -> None:
    imported(house)
    entry, decision = caused(house)
    with pytest.raises(NoGroundInForce, match="that decision"):
        evasion(house, GroundRef(decision.id, entry.id))


def test_the_order_of_a_recorded_cause_changes_nothing_on_the_platform(house: House) -> None:
    imported(house)
    _, decision = caused(house)
    [held] = house.all(Enforcement, decision=decision.id)
    assert held.state is EnforcementState.APPLIED
    assert house.standing("old-one") == {Measure.SUSPEND}
    assert house.run(orphans.scan, PLATFORM, list(house.platform.restricted())).standing == 0


def test_when_the_cause_is_reversed_the_old_ban_is_lifted_and_what_rested_on_it_falls(house: House) -> None:
    imported(house)
    entry, decision = caused(house)
    ground = house.run(lambda tx, now, ids: baselines.ground_of(tx, entry))
    derived = evasion(house, ground)
    house.run(deciding.approve, derived.id, "cleo")
    house.wait(seconds=31)
    house.wait(seconds=1)
    reverse(house, decision)
    house.wait(seconds=1)
    assert house.all(Decision, id=derived.id)[0].state is DecisionState.SUPERSEDED
    assert (house.standing("old-one"), house.standing("old-one-again")) == (frozenset(), frozenset())
    with pytest.raises(NoGroundInForce):
        evasion(house, ground)


def reverse(house: House, decision: Decision) -> None:
    """Have the decision reversed on appeal by somebody who took no part in it."""
    appeal = house.run(lodging.lodge, house.statement_of(decision).reference, "it was not me")
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "the account did nothing of the kind")


@pytest.mark.parametrize("ref, rung", [("old-two", "suspend"), ("old-one", "limit-24h")])
def test_a_decision_about_another_account_or_measure_is_no_cause(house: House, ref: str, rung: str) -> None:
    imported(house)
    case = house.run(baselines.review_entry, entry_of(house, ref).id, "bea")
    decision = house.decide(case, rung=rung)
    with pytest.raises(BadInput):
        house.run(baselines.record_cause, entry_of(house, "old-one").id, decision.id, "bea")
    assert entry_of(house, "old-one").cause is None


def test_a_proposal_is_no_cause(house: House) -> None:
    imported(house)
    entry = entry_of(house, "old-one")
    proposed = house.propose(house.run(baselines.review_entry, entry.id, "bea"), rung="suspend")
    with pytest.raises(BadInput):
        house.run(baselines.record_cause, entry.id, proposed.id, "bea")


def test_a_cause_is_recorded_once_and_by_who_decides(house: House) -> None:
    imported(house)
    entry, decision = caused(house)
    with pytest.raises(AlreadyExists):
        house.run(baselines.record_cause, entry.id, decision.id, "bea")
    house.run(founding.add_moderator, "eve", (Role.OPERATOR,), "ada")
    with pytest.raises(NotPermitted):
        house.run(baselines.record_cause, entry_of(house, "old-two").id, decision.id, "eve")


def test_reviewing_joins_the_open_case_of_the_account(house: House) -> None:
    imported(house)
    case = house.case_of(house.report(house.account("old-one")))
    again = house.run(baselines.review_entry, entry_of(house, "old-one").id, "bea")
    assert again.id == case.id
    assert len(house.all(Case)) == 1


def test_in_observe_mode_no_cause_is_recorded_because_nothing_was_ordered(house: House) -> None:
    imported(house)
    house.run(founding.switch_mode, PLATFORM, Mode.OBSERVE, "ada")
    entry = entry_of(house, "old-one")
    decision = house.decide(house.run(baselines.review_entry, entry.id, "bea"), rung="suspend")
    with pytest.raises(BadInput):
        house.run(baselines.record_cause, entry.id, decision.id, "bea")


def test_importing_and_searching_say_the_same_on_every_database(store: Store) -> None:
    site = sites.found(store)
    sites.connect(site, "example")
    kinds = (SubjectKind.ACCOUNT, SubjectKind.CONTENT)
    old = [Found(Subject("example", kind, f"{kind}-{n}"), Measure.LIMIT) for kind in kinds for n in range(40)]
    made = site.run(baselines.import_baseline, "example", old, "ada")
    new = Found(Subject("example", SubjectKind.ACCOUNT, "later"), Measure.LOCK)
    result = site.run(orphans.scan, "example", [*old[1:], new])
    assert (made.count, result.standing, result.explained) == (80, 1, 79)
    assert [entry.gone_at is None for entry in site.find(BaselineEntry)] == [False] + [True] * 79
    assert [leaf.kind for leaf in site.leaves()[-2:]] == ["baseline", "tally"]
