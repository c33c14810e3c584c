"""The search for what goes round the house, on the simulator behind a real gate."""

from datetime import timedelta
from typing import Any

import pytest

from showcause.casework import baselines, deciding, founding, orphans
from showcause.casework.orphans import ScanResult
from showcause.casework.ports import Found, Spooled
from showcause.domain.baseline import BaselineEntry, Orphan
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import BadInput, NotFound
from showcause.domain.lifecycle import EnforcementState
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.site import ConnectedPlatform, Document, Mode
from showcause.domain.subject import Subject, SubjectKind
from showcause.transparency.jcs import parse
from tests.house import PLATFORM, House

ACCOUNT = SubjectKind.ACCOUNT


def listed(house: House) -> list[Found]:
    """Return what the platform lists now."""
    return list(house.platform.restricted())


def scan(house: House, found: list[Found] | None = None, **how: Any) -> ScanResult:
    """Search the platform as it is now."""
    result = house.run(orphans.scan, PLATFORM, listed(house) if found is None else found, **how)
    return result


def by_hand(house: House, ref: str = "someone", measure: Measure = Measure.SUSPEND) -> None:
    """Restrict an account on the platform itself, past the house."""
    house.account(ref)
    house.world.impose(ACCOUNT, ref, measure)


def tallies(house: House) -> list[dict[str, object]]:
    """Return the public counts so far, oldest first."""
    texts = [held.text for held in house.all(Document, kind="tally")]
    return [dict(parse(text.encode(), "tally", 10_000)) for text in texts]  # type: ignore[arg-type]


def test_a_suspension_by_hand_is_an_orphan_and_counted_in_public(house: House) -> None:
    by_hand(house)
    result = scan(house)
    assert [(each.platform, each.measure) for each in result.new] == [(PLATFORM, Measure.SUSPEND)]
    assert house.log_kinds()[-1] == "tally"
    assert tallies(house)[-1] == {
        "format": "showcause/v1 orphans",
        "platform": PLATFORM,
        "mode": "enforce",
        "scanned-at": "2026-11-22T12:00:00Z",
        "orphans": 1,
        "ever": 1,
    }


def test_what_we_ordered_is_no_orphan(house: House) -> None:
    house.suspended("spam-sam")
    result = scan(house)
    assert (result.new, result.explained, result.drifted) == ((), 1, ())


def test_the_first_search_publishes_even_that_there_is_nothing(house: House) -> None:
    scan(house)
    assert [each["orphans"] for each in tallies(house)] == [0]


def test_only_a_changed_count_is_published(house: House) -> None:
    by_hand(house)
    scan(house)
    size = house.log_size()
    house.now += timedelta(hours=1)
    result = scan(house)
    assert (result.new, len(result.still_there), result.standing) == ((), 1, 1)
    assert house.log_size() == size
    assert house.all(ConnectedPlatform)[0].scanned_at == house.now


def test_an_orphan_that_is_gone_stays_in_the_public_count_of_all(house: House) -> None:
    by_hand(house)
    scan(house)
    house.world.free(ACCOUNT, "someone", Measure.SUSPEND)
    result = scan(house)
    assert (len(result.gone), result.standing) == (1, 0)
    assert [(each["orphans"], each["ever"]) for each in tallies(house)] == [(1, 1), (0, 1)]


def test_an_orphan_that_returns_is_another_one(house: House) -> None:
    for imposed in (True, False, True):
        (by_hand if imposed else _free)(house)
        scan(house)
    assert [each.gone_at is None for each in house.all(Orphan)] == [False, True]
    assert tallies(house)[-1]["ever"] == 2


def _free(house: House) -> None:
    house.world.free(ACCOUNT, "someone", Measure.SUSPEND)


def test_a_decision_made_afterwards_explains_from_then_on(house: House) -> None:
    by_hand(house, "spam-sam")
    scan(house)
    house.suspended("spam-sam")
    result = scan(house)
    assert (len(result.gone), result.standing, result.explained) == (1, 0, 1)


def test_a_decision_that_is_only_proposed_explains_nothing(house: House) -> None:
    by_hand(house, "spam-sam")
    house.propose(house.case_of(house.report(house.account("spam-sam"))), rung="suspend")
    assert scan(house).standing == 1


def test_another_measure_than_the_ordered_one_is_an_orphan(house: House) -> None:
    house.suspended("spam-sam")
    house.world.impose(ACCOUNT, "spam-sam", Measure.LIMIT)
    assert [each.measure for each in scan(house).new] == [Measure.LIMIT]


def test_an_order_that_may_have_landed_explains_what_stands(house: House) -> None:
    proposed = house.propose(house.case_of(house.report(house.account("spam-sam"))), rung="suspend")
    house.run(deciding.approve, proposed.id, "cleo")
    house.platform.faults.hangs = True
    house.wait(seconds=31)
    [pending] = house.all(Enforcement)
    assert (pending.state, house.standing("spam-sam")) == (
        EnforcementState.PENDING,
        frozenset({Measure.SUSPEND}),
    )
    house.platform.faults.hangs = False
    assert (scan(house).standing, scan(house).explained) == (0, 1)


def test_what_somebody_undid_by_hand_has_drifted(house: House) -> None:
    decision = house.suspended("spam-sam")
    house.world.free(ACCOUNT, "spam-sam", Measure.SUSPEND)
    house.now += timedelta(minutes=1)
    result = scan(house)
    assert [each.decision for each in result.drifted] == [decision.id]
    assert house.all(Enforcement, decision=decision.id)[0].state is EnforcementState.DRIFTED


def test_what_was_applied_after_the_list_was_begun_has_not_drifted(house: House) -> None:
    began, before = house.now, listed(house)
    house.suspended("spam-sam")
    assert scan(house, before, listed_at=began).drifted == ()
    house.now += timedelta(minutes=1)
    assert len(scan(house, before, listed_at=house.now).drifted) == 1


def test_what_was_lifted_after_the_list_was_begun_is_no_orphan(house: House) -> None:
    house.suspended("spam-sam", rung="suspend-7d")
    began, before = house.now, listed(house)
    [held] = house.all(Enforcement)
    assert held.until is not None
    house.wait(seconds=(held.until - house.now).total_seconds())
    house.work()
    assert house.all(Enforcement)[0].state is EnforcementState.LIFTED
    assert scan(house, before, listed_at=began).standing == 0
    assert scan(house, before, listed_at=house.now + timedelta(seconds=1)).standing == 1


def test_what_a_list_cannot_show_is_not_missed(house: House) -> None:
    post = house.post("spam-sam", "buy this")
    house.decide(house.case_of(house.report(post, author="spam-sam")), rung="remove")
    house.now += timedelta(minutes=1)
    only_accounts = [item for item in listed(house) if item.measure is not Measure.REMOVE]
    assert scan(house, only_accounts).drifted == ()
    assert len(scan(house, only_accounts, listed=(Measure.REMOVE,)).drifted) == 1


def test_what_waits_in_the_urgent_spool_is_no_orphan(house: House) -> None:
    by_hand(house)
    subject = Subject(PLATFORM, ACCOUNT, "someone")
    waiting = Spooled("s", Urgent.THREAT_TO_LIFE, subject, Measure.SUSPEND, "bea", "", house.now, acted=True)
    assert (scan(house, spooled=[waiting]).standing, scan(house).standing) == (0, 1)


def test_an_urgent_act_that_was_entered_is_no_orphan(house: House) -> None:
    subject = house.account("threatening-tom")
    house.platform.urgent(house.urgent_token("bea"), Urgent.THREAT_TO_LIFE, subject, Measure.SUSPEND)
    assert house.worker.enter_urgent(PLATFORM) == 1
    result = scan(house)
    assert (result.standing, result.explained) == (0, 1)


def test_what_was_there_at_the_import_is_no_orphan_and_what_came_later_is(house: House) -> None:
    by_hand(house, "long-ago")
    house.run(baselines.import_baseline, PLATFORM, listed(house), "ada")
    by_hand(house, "today")
    result = scan(house)
    assert (result.standing, result.explained) == (1, 1)


def test_an_imported_ban_that_was_ended_excuses_no_new_one(house: House) -> None:
    by_hand(house, "long-ago")
    house.run(baselines.import_baseline, PLATFORM, listed(house), "ada")
    house.world.free(ACCOUNT, "long-ago", Measure.SUSPEND)
    assert scan(house).standing == 0
    assert house.all(BaselineEntry)[0].gone_at == house.now
    by_hand(house, "long-ago")
    assert scan(house).standing == 1


def test_in_observe_mode_the_count_says_so(house: House) -> None:
    house.run(founding.switch_mode, PLATFORM, Mode.OBSERVE, "ada")
    by_hand(house)
    scan(house)
    assert tallies(house)[-1]["mode"] == "observe"


def test_a_list_with_the_same_thing_twice_counts_it_once(house: House) -> None:
    by_hand(house)
    assert scan(house, listed(house) * 2).standing == 1


def test_another_platforms_list_is_refused_and_nothing_is_stored(house: House) -> None:
    strange = Found(Subject("elsewhere", ACCOUNT, "someone"), Measure.SUSPEND)
    size = house.log_size()
    with pytest.raises(BadInput):
        scan(house, [strange])
    with pytest.raises(NotFound):
        house.run(orphans.scan, "elsewhere", [strange])
    assert (house.log_size(), house.all(Orphan)) == (size, [])


def test_a_search_writes_no_name_into_journal_or_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    by_hand(house, "quite-unmistakable")
    [orphan] = scan(house).new
    platform = house.all(ConnectedPlatform)[0]
    lines = [*house.journal(orphan.id), *house.journal(orphan.subject), *house.journal(platform.id)]
    assert len(lines) > 3
    with house.store.read() as view:
        leaves = b"".join(view.log.leaves(0, view.log.state().size))
    text = str(lines) + str(house.all(Orphan)) + str(house.all(Document)) + caplog.text + leaves.decode()
    assert "quite-unmistakable" not in text


def test_the_search_decides_nothing(house: House) -> None:
    by_hand(house)
    scan(house)
    house.wait(hours=1)
    assert house.all(Decision) == []
    assert house.standing("someone") == {Measure.SUSPEND}
