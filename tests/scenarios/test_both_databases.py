"""The main path, and what falls with a ground, on SQLite and on a real PostgreSQL: the same story, the same end."""

from pathlib import Path

import pytest

from showcause.casework import founding, hearing, lodging
from showcause.casework.log import fsck, fsck_log
from showcause.domain.decision import Decision, GroundRef
from showcause.domain.enforcement import Enforcement
from showcause.domain.lifecycle import AppealState, DecisionState, EnforcementState, ServiceState
from showcause.domain.restriction import Measure
from showcause.domain.statement import Statement
from showcause.store.store import Store
from tests.databases import durable_store
from tests.house import House, opened_house

__all__ = ["durable_store"]


def play(house: House) -> tuple[Decision, Decision]:
    """Suspend one account, a second for evading that, and let an appeal reverse the first."""
    first = house.suspended("first")
    ground = GroundRef(first.id, house.restrictions_of(first)[0].id)
    case = house.case_of(house.report(house.account("second")))
    second = house.decide(case, clause="integrity.evasion@1", preset="continues", grounds=(ground,))
    assert house.standing("second") == {Measure.SUSPEND}
    appeal = house.run(lodging.lodge, first.reference, "It was a newsletter.")
    house.run(hearing.claim, appeal.id, "dan")
    assert house.run(hearing.reverse, appeal.id, "dan", "It was.").state is AppealState.REVERSED
    house.work()
    house.wait(seconds=1)
    return first, second


def found_by_fsck(house: House) -> list[object]:
    """Return what a whole check of log and records finds, the signer's own file included."""
    return list(fsck.fsck(house.store, [fsck_log.KnownHead("signer", house.signer.last())]).findings)


def test_the_story_has_the_same_end_on_both(durable_store: Store, tmp_path: Path) -> None:
    with opened_house(durable_store, tmp_path) as house:
        first, second = play(house)
        states = {house.all(Decision, id=d.id)[0].state for d in (first, second)}
        assert states == {DecisionState.SUPERSEDED}
        assert {e.state for e in house.all(Enforcement)} == {EnforcementState.LIFTED}
        assert {s.state for s in house.all(Statement)} == {ServiceState.SERVED}
        assert house.standing("first") == house.standing("second") == set()
        assert house.log_kinds().count("reversal") == 2
        assert found_by_fsck(house) == []


def test_a_log_of_more_than_a_tile_is_sound_on_both(durable_store: Store, tmp_path: Path) -> None:
    with opened_house(durable_store, tmp_path) as house:
        for at in range(300):
            house.run(founding.change_setting, "high-reach", str(5_000 + at), "ada")
        house.work()
        assert house.log_size() > 300
        assert found_by_fsck(house) == []


@pytest.mark.parametrize("language", ["fr"])
def test_a_person_reads_french_and_so_does_every_letter(
    durable_store: Store, tmp_path: Path, language: str
) -> None:
    from showcause.casework import rendering

    with opened_house(durable_store, tmp_path) as house:
        first, _ = play(house)
        with house.store.read() as view:
            text = rendering.statement(view, house.statement_of(first), language).text
        assert text.startswith("Exposé des motifs")
        assert "Votre compte first est suspendu." in text
