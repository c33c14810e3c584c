"""The house at the desk: rules that wait for approval, people and their rights, platforms and their doctor, faults."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from showcause.casework import deciding, enforcing, policies, telling
from showcause.casework.ports import Delivery
from showcause.domain.enforcement import Enforcement
from showcause.domain.lifecycle import EnforcementState, PolicyState
from showcause.domain.people import Moderator, Role
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.site import PolicyVersion
from showcause.domain.urgent import UrgentEntry
from showcause.web.console.rules import compared
from showcause.web.house import use
from tests.house import PLATFORM
from tests.web.desk import add, logged_in, text
from tests.web.stand import Stand


@pytest.fixture
def ada(stand: Stand) -> Client:
    return logged_in(stand, "ada")


def _new_rule(stand: Stand) -> PolicyVersion:
    clause = stand.house.clause("integrity.spam@1")
    rule = replace(clause.rules[0], text="Do not flood <b>anybody</b>.")
    return stand.house.run(
        policies.propose, replace(clause, version=2, rules=(rule, *clause.rules[1:])), "ada"
    )


def test_a_rule_is_approved_by_somebody_who_read_what_changes(stand: Stand, ada: Client) -> None:
    proposed = _new_rule(stand)
    page = text(logged_in(stand, "bea").get(f"/desk/policy/{proposed.id}/"))
    assert "What changes against integrity.spam@1" in page
    assert "rules (en): Do not flood &lt;b&gt;anybody&lt;/b&gt;." in page
    assert "you proposed this version" in text(ada.get(f"/desk/policy/{proposed.id}/"))
    assert ada.post(f"/desk/policy/{proposed.id}/approve").status_code == 403
    logged_in(stand, "bea").post(f"/desk/policy/{proposed.id}/approve")
    assert stand.house.all(PolicyVersion, id=proposed.id)[0].state is PolicyState.IN_FORCE


def test_a_comparison_shows_every_line_that_differs_and_no_other(stand: Stand) -> None:
    after = _new_rule(stand)
    [before] = stand.house.all(PolicyVersion, clause_id="integrity.spam", state=PolicyState.IN_FORCE)
    signs = [
        (each.sign, each.text.partition(":")[0]) for each in compared(before, after) if each.sign in "+-"
    ]
    assert sorted(signs) == [("+", "rules (en)"), ("+", "version"), ("-", "rules (en)"), ("-", "version")]


def test_a_person_is_added_with_a_link_that_is_shown_once(stand: Stand, ada: Client) -> None:
    answer = ada.post("/desk/people/add", {"handle": "eve", "roles": ["auditor"]})
    assert f"{stand.address}/welcome/" in text(answer)
    assert "/welcome/" not in text(ada.get("/desk/people/"))
    assert stand.house.all(Moderator, handle="eve")[0].roles == (Role.AUDITOR,)
    assert ada.post("/desk/people/add", {"handle": "Eve!", "roles": ["auditor"]}).status_code == 422
    assert ada.post("/desk/people/add", {"handle": "eve", "roles": ["auditor"]}).status_code == 409


def test_whoever_is_retired_loses_their_urgent_tokens_too_and_the_last_operator_stays(
    stand: Stand, ada: Client
) -> None:
    revoked: list[str] = []
    use(replace(stand.pages, revoke=revoked.append))
    people = {each.handle: each.id for each in stand.house.all(Moderator)}
    assert ada.post(f"/desk/people/{people['dan']}/retire").status_code == 302
    assert revoked == [people["dan"]]
    refused = ada.post(f"/desk/people/{people['ada']}/retire")
    assert refused.status_code == 403
    assert "No operator would be left" in text(refused)
    assert revoked == [people["dan"]]


def test_a_setting_is_changed_where_it_is_shown_and_the_value_is_checked(stand: Stand, ada: Client) -> None:
    refused = ada.post("/desk/settings/change", {"name": "tier", "value": "gigantic"})
    assert refused.status_code == 422
    assert 'value="gigantic"' in text(refused)
    assert ada.post("/desk/settings/change", {"name": "tier", "value": "small"}).status_code == 302
    assert "small" in text(ada.get("/desk/settings/"))


def test_the_doctor_is_asked_and_a_platform_that_is_down_is_told_as_such(stand: Stand, ada: Client) -> None:
    assert "lacks" not in text(ada.post(f"/desk/platform/{PLATFORM}/doctor"))
    stand.house.platform.faults.down = True
    answer = ada.post(f"/desk/platform/{PLATFORM}/doctor")
    assert answer.status_code == 200
    assert "lacks" in text(answer)
    assert ada.post("/desk/platform/nowhere/doctor").status_code == 404


def test_what_a_platform_undid_is_accepted_or_sent_again(stand: Stand) -> None:
    decision = stand.house.suspended()
    [order] = stand.house.all(Enforcement, decision=decision.id)
    stand.house.run(enforcing.drift, order.id)
    bea = logged_in(stand, "bea")
    assert "undone by somebody on the platform" in text(bea.get("/desk/orders/"))
    assert bea.post(f"/desk/enforcement/{order.id}/retry").status_code == 302
    stand.house.work()
    assert stand.house.all(Enforcement)[0].state is EnforcementState.APPLIED
    refused = bea.post(f"/desk/enforcement/{order.id}/accept")
    assert refused.status_code == 409
    assert "Its state no longer allows this." in text(refused)


def test_what_could_not_be_served_is_served_again(stand: Stand) -> None:
    proposed = stand.house.propose(
        stand.house.case_of(stand.house.report(stand.house.account("sam"))), rung="suspend"
    )
    cleo = logged_in(stand, "cleo")
    cleo.post(f"/desk/decision/{proposed.id}/approve")
    stand.house.now += timedelta(seconds=31)
    decided = stand.house.run(deciding.commit, proposed.id)
    told = stand.house.statement_of(decided)
    lost = Delivery(False, "inbox", bounced="nobody there")
    stand.house.run(lambda tx, now, ids: telling.bounce(tx, told, lost))
    assert "nobody there" in text(cleo.get("/desk/letters/"))
    cleo.post(f"/desk/statement/{told.id}/serve")
    stand.house.work()
    assert stand.house.statement_of(decided).state == "served"


def test_an_urgent_act_is_confirmed_by_another_person_who_reads_what_it_was(stand: Stand) -> None:
    about = stand.house.account("mad-max")
    stand.house.platform.urgent(
        stand.house.urgent_token("bea"), Urgent.THREAT_TO_LIFE, about, Measure.SUSPEND
    )
    add(stand, "olive", Role.AUDITOR)
    assert "Done, and not in the record yet" in text(logged_in(stand, "olive").get("/desk/urgent/"))
    stand.house.worker.enter_urgent(PLATFORM)
    [entry] = stand.house.all(UrgentEntry)
    page = text(logged_in(stand, "bea").get("/desk/urgent/"))
    assert "another person confirms it" in page
    assert logged_in(stand, "bea").post(f"/desk/urgent/{entry.id}/confirm").status_code == 403
    assert logged_in(stand, "cleo").post(f"/desk/urgent/{entry.id}/confirm").status_code == 302
    assert stand.house.all(UrgentEntry)[0].second is not None
