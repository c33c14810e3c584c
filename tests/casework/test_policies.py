"""Policies: files propose, approvals put in force, and of each clause one version holds at any time."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showcause.casework import catalogue, founding, policies
from showcause.casework.log import ledger
from showcause.casework.reading import clause_in_force
from showcause.domain.errors import BadInput, IllegalStep, NotPermitted, PolicyNotInForce, Refused, SamePerson
from showcause.domain.lifecycle import PolicyState
from showcause.domain.people import Moderator, Role
from showcause.domain.policy import Clause, canonical, said
from showcause.domain.site import PolicyVersion
from showcause.store.store import Store
from showcause.transparency.leaf import Kind, Slot
from tests.casework import sites
from tests.casework.sites import Site, connect
from tests.databases import fresh_memory

DAY = timedelta(hours=24)
SPAM = catalogue.load(catalogue.default_folder()).clause("integrity.spam@1")
assert SPAM is not None


def version(number: int, wording: str = "") -> Clause:
    """Return a version of the clause against spam, in another wording if one is given."""
    assert SPAM is not None
    clause = replace(SPAM, version=number)
    return replace(clause, whys=said(en=wording, fr=wording)) if wording else clause


@dataclass(frozen=True)
class Files:
    """A catalogue of some clauses."""

    clauses: Sequence[Clause]


def approved(site: Site, clause: Clause, proposer: str = "ada", approver: str = "ben") -> PolicyVersion:
    held = site.run(policies.propose, clause, proposer)
    return site.run(policies.approve, held.id, approver)


def holds(site: Site, ref: str) -> bool:
    """Tell whether a citation may be used now."""
    with site.store.read(site.now) as view:
        try:
            clause_in_force(view, ref, site.now)
        except PolicyNotInForce:
            return False
    return True


def run_timers(site: Site) -> None:
    """Do what the worker does with the announcements that are due."""
    for job in site.store.jobs.claim(site.now, kinds=["policy-holds"], n=100):
        with site.store.transaction(site.now) as tx:
            policies.take_hold(tx, site.now, sites.new_id, job.record)
            ledger.append(tx)
            site.store.jobs.finish(tx, job)


def test_a_proposal_changes_nothing(two: Site) -> None:
    before = two.size
    two.run(policies.propose, version(1), "ada")
    assert not holds(two, "integrity.spam@1")
    assert two.size == before
    assert two.setting("policies-digest") is None


def test_nobody_approves_their_own_proposal(two: Site) -> None:
    held = two.run(policies.propose, version(1), "ada")
    with pytest.raises(SamePerson):
        two.run(policies.approve, held.id, "ada")
    assert not holds(two, "integrity.spam@1")


def test_a_second_person_puts_a_version_in_force_at_once(two: Site) -> None:
    connect(two)
    taken = approved(two, version(1))
    assert (taken.state, taken.in_force_from) == (PolicyState.IN_FORCE, two.now)
    assert holds(two, "integrity.spam@1")


def test_an_approval_publishes_the_whole_text_and_the_new_digest_of_all(two: Site) -> None:
    taken = approved(two, version(1))
    leaf, [ada], [ben] = (
        two.leaves()[-1],
        two.find(Moderator, handle="ada"),
        two.find(Moderator, handle="ben"),
    )
    document = two.document(leaf)
    assert (leaf.kind, document["event"], document["holds-from"]) == (
        Kind.SETTING,
        "in-force",
        "2026-03-02T10:00:00Z",
    )
    assert document["clause"]["id"] == "integrity.spam"
    assert document["digest"] == taken.digest
    assert leaf.policies == document["policies"] == two.setting("policies-digest")
    assert leaf.policies == catalogue.digest_of([version(1)])
    assert two.opened(leaf, Slot.ACTOR) == {"proposer": ada.id, "approver": ben.id}


def test_the_published_clause_is_the_one_whose_digest_is_named(two: Site) -> None:
    approved(two, version(1))
    document = two.document(two.leaves()[-1])
    assert hashlib.sha256(canonical(document["clause"])).hexdigest() == document["digest"]


def test_a_later_version_retires_the_earlier_one_in_the_same_step(two: Site) -> None:
    first = approved(two, version(1))
    approved(two, version(2, "Said more clearly."))
    [old] = two.find(PolicyVersion, id=first.id)
    assert (old.state, old.retired_at) == (PolicyState.RETIRED, two.now)
    assert not holds(two, "integrity.spam@1")
    assert holds(two, "integrity.spam@2")


def test_who_cites_another_version_is_told_which_one_holds(two: Site) -> None:
    approved(two, version(2))
    with two.store.read(two.now) as view, pytest.raises(PolicyNotInForce, match="version 2 is"):
        clause_in_force(view, "integrity.spam@1", two.now)


@pytest.mark.parametrize("number", [1, 2])
def test_a_changed_text_needs_a_larger_number_than_any_that_was_in_force(two: Site, number: int) -> None:
    approved(two, version(2))
    with pytest.raises(BadInput):
        two.run(policies.propose, version(number, "Changed."), "ada")


def test_the_same_text_again_is_no_new_version(two: Site) -> None:
    taken = approved(two, version(1))
    before = two.size
    assert two.run(policies.propose, version(1), "ben") == taken
    assert (len(two.find(PolicyVersion)), two.size) == (1, before)


def test_two_texts_with_one_number_are_not_proposed(two: Site) -> None:
    two.run(policies.propose, version(1), "ada")
    with pytest.raises(BadInput):
        two.run(policies.propose, version(1, "Another."), "ben")


def test_an_incomplete_clause_is_not_proposed(two: Site) -> None:
    with pytest.raises(BadInput):
        two.run(policies.propose, replace(version(1), elements=()), "ada")
    assert two.find(PolicyVersion) == []


@pytest.mark.parametrize("roles", [(Role.MODERATOR,), (Role.SENIOR,), (Role.AUDITOR,)])
def test_rules_are_made_by_who_has_the_role(two: Site, roles: tuple[Role, ...]) -> None:
    held = two.run(policies.propose, version(1), "ada")
    two.run(founding.add_moderator, "cleo", roles, "ada")
    for verb in (policies.approve, policies.return_, policies.retire):
        with pytest.raises(NotPermitted):
            two.run(verb, held.id, "cleo")
    with pytest.raises(NotPermitted):
        two.run(policies.propose, version(2), "cleo")


def test_a_returned_version_never_holds_and_frees_its_number(two: Site) -> None:
    held = two.run(policies.propose, version(1, "A first try."), "ada")
    two.run(policies.return_, held.id, "ben")
    with pytest.raises(IllegalStep):
        two.run(policies.approve, held.id, "ben")
    approved(two, version(1))
    assert holds(two, "integrity.spam@1")


def test_loading_proposes_what_is_new_and_says_what_is_not_in_the_files(two: Site) -> None:
    approved(two, version(1))
    other = catalogue.load(catalogue.default_folder()).clauses[0]
    assert other.id != "integrity.spam"
    loaded = two.run(policies.load, Files([other]), "ada")
    assert [each.clause for each in loaded.proposed] == [other]
    assert (loaded.unchanged, loaded.not_in_files) == ((), ("integrity.spam@1",))
    again = two.run(policies.load, Files([other, version(1)]), "ada")
    assert (again.proposed, set(again.unchanged)) == ((), {other.ref, "integrity.spam@1"})


def test_an_edited_file_alone_changes_nothing(two: Site) -> None:
    approved(two, version(1))
    two.run(policies.load, Files([version(2, "Edited.")]), "ada")
    assert holds(two, "integrity.spam@1")
    assert not holds(two, "integrity.spam@2")


def test_one_bad_clause_and_nothing_of_a_catalogue_is_proposed(two: Site) -> None:
    approved(two, version(2))
    other = catalogue.load(catalogue.default_folder()).clauses[0]
    with pytest.raises(BadInput):
        two.run(policies.load, Files([other, version(1, "Older than what holds.")]), "ada")
    assert len(two.find(PolicyVersion)) == 1


def test_the_whole_shipped_catalogue_holds_at_once_on_a_new_site_with_one_person(site: Site) -> None:
    files = catalogue.load(catalogue.default_folder())
    loaded = site.run(policies.load, files, "ada")
    for each in loaded.proposed:
        site.run(policies.approve, each.id, "ada")
    assert all(holds(site, clause.ref) for clause in files.clauses)
    assert site.setting("policies-digest") == files.digest
    connect(site)


def test_once_a_platform_is_connected_a_person_alone_announces_first(site: Site) -> None:
    connect(site)
    announced = approved(site, version(1), approver="ada")
    assert (announced.state, announced.in_force_from) == (PolicyState.PROPOSED, site.now + DAY)
    assert not holds(site, "integrity.spam@1")
    document = site.document(site.leaves()[-1])
    assert (document["event"], document["holds-from"]) == ("announced", "2026-03-03T10:00:00Z")


def test_a_second_wording_is_announced_even_before_any_platform(site: Site) -> None:
    approved(site, version(1), approver="ada")
    assert holds(site, "integrity.spam@1")
    approved(site, version(2, "Said otherwise."), approver="ada")
    assert holds(site, "integrity.spam@1")
    assert not holds(site, "integrity.spam@2")


def test_an_announced_version_holds_a_day_later_and_the_earlier_one_until_then(site: Site) -> None:
    approved(site, version(1), approver="ada")
    connect(site)
    approved(site, version(2, "Announced."), approver="ada")
    digest = site.setting("policies-digest")
    site.wait(DAY - timedelta(seconds=1))
    run_timers(site)
    assert (holds(site, "integrity.spam@1"), holds(site, "integrity.spam@2")) == (True, False)
    assert site.setting("policies-digest") == digest
    site.wait(timedelta(seconds=1))
    run_timers(site)
    assert (holds(site, "integrity.spam@1"), holds(site, "integrity.spam@2")) == (False, True)
    assert site.document(site.leaves()[-1])["event"] == "in-force"
    assert site.leaves()[-1].policies == catalogue.digest_of([version(2, "Announced.")])


def test_who_cites_an_announced_version_is_told_from_when_it_holds(site: Site) -> None:
    connect(site)
    approved(site, version(1), approver="ada")
    with site.store.read(site.now) as view, pytest.raises(PolicyNotInForce, match="03 March 2026 10:00"):
        clause_in_force(view, "integrity.spam@1", site.now)


def test_a_late_timer_leaves_the_earlier_version_in_force_alone(site: Site) -> None:
    approved(site, version(1), approver="ada")
    connect(site)
    approved(site, version(2, "Announced."), approver="ada")
    site.wait(3 * DAY)
    assert (holds(site, "integrity.spam@1"), holds(site, "integrity.spam@2")) == (True, False)


def test_an_announcement_is_taken_back_in_public_and_never_holds(site: Site) -> None:
    connect(site)
    held = approved(site, version(1), approver="ada")
    site.run(policies.return_, held.id, "ada")
    assert site.document(site.leaves()[-1])["event"] == "taken-back"
    site.wait(DAY)
    run_timers(site)
    assert not holds(site, "integrity.spam@1")


def test_an_announcement_is_approved_once(site: Site) -> None:
    connect(site)
    held = approved(site, version(1), approver="ada")
    with pytest.raises(IllegalStep, match="approved already"):
        site.run(policies.approve, held.id, "ada")


def test_an_announcement_that_a_later_version_overtook_is_returned_by_its_timer(site: Site) -> None:
    connect(site)
    held = approved(site, version(1), approver="ada")
    site.run(founding.add_moderator, "ben", sites.EVERYTHING, "ada")
    approved(site, version(2, "By two."))
    site.wait(DAY)
    run_timers(site)
    assert site.find(PolicyVersion, id=held.id)[0].state is PolicyState.RETURNED
    assert holds(site, "integrity.spam@2")


def test_who_was_alone_when_proposing_and_is_not_any_more_waits_for_the_other(site: Site) -> None:
    held = site.run(policies.propose, version(1), "ada")
    site.run(founding.add_moderator, "ben", (Role.MODERATOR, Role.POLICY), "ada")
    with pytest.raises(SamePerson):
        site.run(policies.approve, held.id, "ada")
    site.run(policies.approve, held.id, "ben")
    assert holds(site, "integrity.spam@1")


def test_the_end_of_a_clause_is_announced_a_day_before_and_can_be_taken_back(two: Site) -> None:
    connect(two)
    held = approved(two, version(1))
    two.run(policies.retire, held.id, "ada")
    with pytest.raises(IllegalStep):
        two.run(policies.retire, held.id, "ben")
    two.run(policies.keep, held.id, "ben")
    two.wait(DAY)
    run_timers(two)
    assert holds(two, "integrity.spam@1")
    two.run(policies.retire, held.id, "ben")
    two.wait(DAY)
    run_timers(two)
    assert not holds(two, "integrity.spam@1")
    events = [two.document(leaf).get("event") for leaf in two.leaves()[-4:]]
    assert events == ["end-announced", "end-taken-back", "end-announced", "retired"]
    assert two.setting("policies-digest") == catalogue.digest_of([])


STEPS = ("approve", "return", "retire", "keep", "connect", "wait")


@settings(max_examples=15)
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 3)), min_size=4, max_size=14))
def test_of_each_clause_never_more_than_one_version_holds(steps: list[tuple[str, int]]) -> None:
    with fresh_memory() as opened:
        _any_order(opened, steps)


def _any_order(store: Store, steps: list[tuple[str, int]]) -> None:
    site = sites.found(store)
    for step, number in steps:
        clause = version(number + 1, f"Wording {number}.")
        found = [
            v for v in site.find(PolicyVersion, version=number + 1) if v.state is not PolicyState.RETURNED
        ]
        try:
            match step:
                case "approve":
                    approved(site, clause, approver="ada")
                case "return":
                    site.run(policies.return_, found[0].id if found else "0" * 32, "ada")
                case "retire":
                    site.run(policies.retire, found[0].id if found else "0" * 32, "ada")
                case "keep":
                    site.run(policies.keep, found[0].id if found else "0" * 32, "ada")
                case "connect":
                    connect(site, f"p{number}")
                case _:
                    site.wait(timedelta(hours=12 * number))
                    run_timers(site)
        except Refused:
            pass
        in_force = site.find(PolicyVersion, state=PolicyState.IN_FORCE)
        assert len(in_force) <= 1
        told = site.setting("policies-digest")
        assert told == (catalogue.digest_of(each.clause for each in in_force) if told else None)
        assert told or not in_force
