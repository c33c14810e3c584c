"""Visits to a platform: no report is lost because of what its text is like or because of its neighbours."""

import pytest

from showcause.casework import intake
from showcause.casework.ports import IncomingReport
from showcause.domain.errors import BadInput, Forgotten, PlatformUnavailable
from showcause.domain.policy import Urgent
from showcause.domain.report import Report
from showcause.domain.restriction import Measure
from showcause.domain.site import ConnectedPlatform
from showcause.domain.subject import SubjectKind, SubjectRecord
from showcause.domain.urgent import UrgentEntry
from tests.house import PLATFORM, House

ACCOUNT = SubjectKind.ACCOUNT
UNFIT = ("a \u202e turned round", "a \x07 bell", "long " * 5_000)


def words(house: House) -> list[str]:
    """Return the words of all reports as a moderator reads them."""
    with house.store.read() as view:
        return [view.unseal(each.text or "")["text"] for each in view.find(Report)]


@pytest.mark.parametrize("reason", UNFIT)
def test_a_report_whose_words_cannot_be_stored_is_taken_with_a_note_in_their_place(
    house: House, reason: str
) -> None:
    for name in ("rita", "ann"):
        house.account(name)
    for said in ("before", reason, "after"):
        house.world.report("rita", ACCOUNT, "ann", said)
    assert house.worker.poll(PLATFORM) == 3
    before, noted, after = words(house)
    assert (before, after) == ("before", "after")
    assert noted.startswith("[unreadable: the reason h")
    assert reason not in noted
    assert house.store.queries.counts()["report"]["filed"] == 3
    assert house.worker.poll(PLATFORM) == 0


def test_a_hint_or_a_key_that_cannot_be_stored_loses_no_report_and_doubles_none(house: House) -> None:
    for name in ("rita", "ann"):
        house.account(name)
    house.world.report("rita", ACCOUNT, "ann", "look", hint="\x00" * 3)
    [incoming] = house.platform.reports(None).reports
    strange = IncomingReport(
        "k" * 500, incoming.subject, None, house.post("ann", "a post"), "look", incoming.received_at
    )
    for _ in range(2):
        house.run(intake.take, incoming)
        house.run(intake.take, strange)
    first, second = house.all(Report)
    assert first.hint == "unreadable"
    assert second.reporter is None, "a post reports nothing"


def test_by_hand_the_same_words_are_refused_because_somebody_is_there_to_write_them_again(
    house: House,
) -> None:
    for reason in UNFIT:
        with pytest.raises(BadInput):
            house.report(house.account("ann"), reason=reason)
    assert house.all(Report) == []


def test_a_report_that_cannot_be_taken_keeps_its_place_and_its_neighbours_are_taken(house: House) -> None:
    house.account("rita")
    posts = [house.post("ann", "a post"), house.post("ben", "another")]
    house.report(posts[0], author="ann", reason="earlier")
    (post,) = house.all(SubjectRecord, kind=posts[0].kind)
    # her post is still there, and nothing can be sealed for her any more
    house.store.keys.forget(post.owner)
    for each in posts:
        house.world.report("rita", each.kind, each.ref, "look")
    for _ in range(2):
        with pytest.raises(Forgotten):
            house.worker.poll(PLATFORM)
    assert words(house) == ["earlier", "look"], "the other one is taken, once"
    assert house.all(ConnectedPlatform)[0].cursor == ""


def test_a_report_waits_while_the_platform_is_down_and_is_taken_afterwards(
    house: House,
) -> None:
    for name in ("rita", "ann"):
        house.account(name)
    house.world.report("rita", ACCOUNT, "ann", "look")
    house.platform.faults.down = True
    with pytest.raises(PlatformUnavailable):
        house.worker.poll(PLATFORM)
    house.platform.faults.down = False
    assert house.worker.poll(PLATFORM) == 1


def test_one_urgent_act_that_the_platform_does_not_carry_out_keeps_no_other_from_entering(
    house: House,
) -> None:
    token = house.urgent_token("bea")
    subjects = [house.account(name) for name in ("ann", "ben", "cato")]
    house.platform.urgent(token, Urgent.THREAT_TO_LIFE, subjects[0], Measure.SUSPEND)
    house.platform.faults.down = True
    with pytest.raises(PlatformUnavailable):
        house.platform.urgent(token, Urgent.THREAT_TO_LIFE, subjects[1], Measure.SUSPEND)
    house.platform.faults.down = False
    house.platform.urgent(token, Urgent.THREAT_TO_LIFE, subjects[2], Measure.SUSPEND)
    house.platform.faults.down = True

    assert house.worker.enter_urgent(PLATFORM) == 2
    assert len(house.all(UrgentEntry)) == 2
    assert house.standing("ben") == set()
    house.platform.faults.down = False
    assert house.worker.enter_urgent(PLATFORM) == 0, "the act is repeated now, and enters at the next visit"
    assert house.worker.enter_urgent(PLATFORM) == 1
    assert house.standing("ben") == {Measure.SUSPEND}
