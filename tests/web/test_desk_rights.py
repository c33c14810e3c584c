"""Least privilege at the desk: every role against every action and every page, by real requests, as the lists say."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest
from django.test import Client

from showcause.casework import deciding, desk, enforcing, hearing, lodging, policies, telling
from showcause.casework.ports import Delivery
from showcause.casework.unsealing import MAY_READ
from showcause.casework.weighing import Proposal
from showcause.domain.cascade import FallHold
from showcause.domain.case import Case
from showcause.domain.decision import UNDO, Outcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.people import Role
from showcause.domain.permissions import ROLES, Action
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.site import PolicyVersion
from showcause.domain.statement import Statement
from showcause.domain.urgent import UrgentEntry
from showcause.web.console import urls
from showcause.web.console.access import READERS, RUNNERS
from showcause.web.console.offers import KINDS
from tests.house import PLATFORM, House, fresh_id
from tests.web.desk import add, logged_in, text
from tests.web.stand import Stand

Maker = Callable[[House, str], str]
"""Makes a record on which this person could take the action if their role allows it, and returns its id."""


def _open_case(house: House) -> Case:
    return house.case_of(house.report(house.account(f"account-{fresh_id()[:8]}")))


def _case(house: House, who: str) -> str:
    return _open_case(house).id


def _held_case(house: House, who: str) -> str:
    case = _open_case(house)
    house.run(desk.claim, case.id, who if who in DECIDERS else "bea")
    return case.id


def _decided_case(house: House, who: str) -> str:
    case = _open_case(house)
    house.run(desk.claim, case.id, "bea")
    house.run(deciding.propose, case.id, "bea", Proposal(Outcome.NO_BREACH, reason="nothing"))
    house.work()
    return case.id


def _proposal(house: House, who: str) -> str:
    return house.propose(_open_case(house), rung="suspend").id


def _in_force(house: House) -> str:
    """Return a decision that took force and whose order and statement wait for the worker."""
    made = house.propose(_open_case(house), rung="suspend")
    house.run(deciding.approve, made.id, "cleo")
    house.now += UNDO
    return house.run(deciding.commit, made.id).id


def _appeal(house: House, who: str) -> str:
    decision = _in_force(house)
    return house.run(lodging.lodge, house.all(Statement, decision=decision)[0].reference, "no").id


def _heard(house: House, who: str) -> str:
    id_ = _appeal(house, who)
    house.run(hearing.claim, id_, who if who in DECIDERS else "dan")
    return id_


def _drifted(house: House, who: str) -> str:
    order = house.all(Enforcement, decision=_in_force(house))[0]
    house.run(enforcing.begin, order.id)
    house.run(enforcing.confirm, order.id, house.confirmed(order))
    return house.run(enforcing.drift, order.id).id


def _urgent(house: House, who: str) -> str:
    about = house.account(f"account-{fresh_id()[:8]}")
    house.platform.urgent(house.urgent_token("bea"), Urgent.THREAT_TO_LIFE, about, Measure.SUSPEND)
    house.worker.enter_urgent(PLATFORM)
    return house.all(UrgentEntry)[-1].id


def _bounced(house: House, who: str) -> str:
    told = house.all(Statement, decision=_in_force(house))[0]
    lost = Delivery(False, "inbox", bounced="nobody there")
    return house.run(lambda tx, now, ids: telling.bounce(tx, told, lost)).id


def _policy(house: House, who: str) -> str:
    version = max(each.version for each in house.all(PolicyVersion, clause_id="integrity.spam")) + 1
    clause = replace(house.clause("integrity.spam@1"), version=version)
    return house.run(policies.propose, clause, "ada").id


def _fall(house: House, who: str) -> str:
    id_ = _in_force(house)
    hold = FallHold(fresh_id(), id_, id_, house.now, house.now, protected=False)
    return house.run(lambda tx, now, ids: tx.insert(hold, verb="hold-fall", actor="system")).id


MAKERS: Final[Mapping[Action, Maker]] = {
    Action.CASE_CLAIM: _case,
    Action.CASE_RELEASE: _held_case,
    Action.CASE_ESCALATE: _held_case,
    Action.CASE_MERGE: _held_case,
    Action.CASE_PROPOSE: _held_case,
    Action.CASE_REOPEN: _decided_case,
    Action.DECISION_RETURN: _proposal,
    Action.DECISION_APPROVE: _proposal,
    Action.APPEAL_CLAIM: _appeal,
    Action.APPEAL_RELEASE: _heard,
    Action.APPEAL_REVERSE: _heard,
    Action.APPEAL_AMEND: _heard,
    Action.APPEAL_AFFIRM: _heard,
    Action.APPEAL_REFUSE: _appeal,
    Action.ENFORCEMENT_RETRY: _drifted,
    Action.ENFORCEMENT_ACCEPT: _drifted,
    Action.URGENT_LIFT: _urgent,
    Action.URGENT_CONFIRM: _urgent,
    Action.STATEMENT_SERVE: _bounced,
    Action.POLICY_APPROVE: _policy,
    Action.POLICY_RETURN: _policy,
    Action.FALL_SETTLE: _fall,
}
PAPER: Final = ("comment", "article", "author", "section")
"""What lives in the comment section, with pages of its own: tested in `newsroom/`."""

PEOPLE: Final = {role: f"only-{role}" for role in Role}
DECIDERS: Final = (PEOPLE[Role.MODERATOR], PEOPLE[Role.SENIOR])


@pytest.fixture
def desks(stand: Stand) -> dict[Role, Client]:
    """A browser for each role, of a person who has that role and no other."""
    for role, handle in PEOPLE.items():
        add(stand, handle, role)
    return {role: logged_in(stand, handle) for role, handle in PEOPLE.items()}


def _form(stand: Stand, action: Action, address: str) -> tuple[str, dict[str, Any]]:
    """Return where and with what an action is sent by somebody who fills in its form."""
    house = stand.house
    match action:
        case Action.CASE_MERGE:
            return address, {"into": _open_case(house).id}
        case Action.CASE_PROPOSE:
            return f"{address}?clause=none", {"do": "propose", "reason": "nothing"}
        case Action.APPEAL_AMEND:
            clause = house.clause("integrity.spam@1")
            rung = next(each.name for each in clause.ladder if each.measure is Measure.LIMIT)
            facts = {f"fact-{slot.id}": "3" for slot in clause.slots if slot.required}
            form = {
                **facts,
                "do": "propose",
                "rung": rung,
                "evidence": "one\ntwo",
                "answer": "a day is enough",
            }
            return f"{address}?clause=integrity.spam&preset={clause.presets[0].id}", form
        case _:
            return address, {"reason": "said in words"}


def _revision(stand: Stand, action: Action, id_: str) -> int:
    kind = str(action).split(" ")[0]
    return int(stand.house.all(KINDS[kind], id=id_)[0].revision)


@pytest.mark.parametrize("action", list(MAKERS), ids=str)
def test_every_role_may_do_what_the_law_says_and_nothing_else(
    stand: Stand, desks: dict[Role, Client], action: Action
) -> None:
    kind, verb = str(action).split(" ")
    shared = MAKERS[action](stand.house, "")
    before = _revision(stand, action, shared)
    for role in set(Role) - ROLES[action]:
        address, form = _form(stand, action, f"/desk/{kind}/{shared}/{verb}")
        answer = desks[role].post(address, form)
        assert (answer.status_code, "needs the role" in text(answer)) == (403, True), role
    assert _revision(stand, action, shared) == before
    for role in ROLES[action]:
        mine = MAKERS[action](stand.house, PEOPLE[role])
        before, lines = _revision(stand, action, mine), len(stand.house.journal(mine))
        address, form = _form(stand, action, f"/desk/{kind}/{mine}/{verb}")
        answer = desks[role].post(address, form)
        assert answer.status_code == 302, (role, text(answer))
        assert _revision(stand, action, mine) > before or len(stand.house.journal(mine)) > lines, role


def test_every_action_is_tried_here_or_with_the_comment_section() -> None:
    elsewhere = {action for action in Action if str(action).split(" ")[0] in PAPER}
    assert set(MAKERS) | elsewhere == set(Action)
    assert not set(MAKERS) & elsewhere


def _pages(house: House) -> dict[str, str]:
    decision, case = _in_force(house), _open_case(house).id
    reference = house.all(Statement, decision=decision)[0].reference
    appeal = house.run(lodging.lodge, reference, "no").id
    ids = {"case": case, "decision": decision, "appeal": appeal, "policy": house.all(PolicyVersion)[0].id}
    return {page: f"/desk/{page}/{ids[page]}/" if page in ids else f"/desk/{page}/" for page in READERS}


def test_every_role_reads_its_own_pages_and_no_other(stand: Stand, desks: dict[Role, Client]) -> None:
    pages = _pages(stand.house) | {"home": "/desk/"}
    seen = {
        (page, role): desks[role].get(path).status_code in (200, 302)
        for page, path in pages.items()
        for role in Role
    }
    assert seen == {(page, role): role in READERS[page] for page in pages for role in Role}


def test_every_role_opens_what_is_sealed_only_as_a_reader(stand: Stand, desks: dict[Role, Client]) -> None:
    pages = _pages(stand.house)
    statement = stand.house.all(Statement)[0].id
    doors = [f"{pages[kind]}open" for kind in ("case", "decision", "appeal")]
    for door in (*doors, f"/desk/statement/{statement}/read"):
        opened = {role for role in Role if desks[role].post(door).status_code == 200}
        assert opened == MAY_READ, door


def test_only_operators_change_the_house(stand: Stand, desks: dict[Role, Client]) -> None:
    someone = add(stand, "someone", Role.MODERATOR)
    before = stand.house.log_size()
    forms: dict[str, dict[str, Any]] = {
        "settings/change": {"name": "contact", "value": "desk@site.example"},
        f"platform/{PLATFORM}/doctor": {},
        "people/add": {"handle": "somebody-else", "roles": ["moderator"]},
        f"people/{someone.id}/roles": {"roles": ["moderator", "auditor"]},
        f"people/{someone.id}/invite": {},
        f"people/{someone.id}/retire": {},
    }
    for address, form in forms.items():
        for role in set(Role) - RUNNERS["people"]:
            assert desks[role].post(f"/desk/{address}", form).status_code == 403, (address, role)
    assert stand.house.log_size() == before
    for address, form in forms.items():
        assert desks[Role.OPERATOR].post(f"/desk/{address}", form).status_code in (200, 302), address
    assert stand.house.log_size() > before


def test_nobody_who_is_not_logged_in_reaches_any_address_of_the_desk(stand: Stand) -> None:
    for pattern in urls.urlpatterns:
        path = "/desk/" + str(pattern.pattern)
        for part in ("id", "kind", "verb", "name", "token"):
            path = path.replace(f"<str:{part}>", {"kind": "case", "verb": "claim"}.get(part, "0" * 32))
        for answer in (stand.client.get(path), stand.client.post(path)):
            assert answer.status_code in (302, 405), path
            if answer.status_code == 302:
                assert answer["Location"].startswith("/accounts/login/"), path
