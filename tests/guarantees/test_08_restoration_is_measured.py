"""Guarantee 8: what an account had is recorded before, compared after, and the person is told both lists."""

import pytest

from showcause.casework import hearing, lodging
from showcause.casework.letters import restoration
from showcause.casework.ports import Restored
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.restriction import Measure
from tests.house import House


def with_followers(house: House, ref: str, number: int) -> None:
    house.account(ref)
    with house.world.together():
        for each in range(number):
            house.world.register(f"f{each}")
            house.world.follow(f"f{each}", ref)
    house.world.join(ref, "square")


def given_back(house: House, decided: Decision) -> dict[str, list[str]]:
    appeal = house.run(lodging.lodge, decided.reference, "wrong")
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "wrong")
    house.work()
    (enforcement,) = house.all(Enforcement, decision=decided.id)
    with house.store.read() as view:
        return dict(view.unseal(enforcement.restored or ""))


@pytest.mark.parametrize(
    "leaving, back, gone", [(0, "4 of", None), (25, "15 of 20", "5 of 20"), (100, None, "20 of 20")]
)
def test_the_letter_says_what_the_comparison_found(
    house: House, leaving: int, back: str | None, gone: str | None
) -> None:
    house.world.followers_lost = leaving
    with_followers(house, "sam", 20)
    decided = house.suspended("sam")
    found = given_back(house, decided)
    lost = [line for line in found["lost"] if line.startswith("followers")]
    assert lost == ([f"followers: {gone}"] if gone else [])
    letter = house.world.inbox("sam")[-1]
    if gone:
        assert f"This is not back, and we cannot bring it back: followers: {gone}." in letter
        assert (f"followers: {back}" in letter) == (back is not None)
    else:
        assert "Everything that we had recorded is back." in letter


def test_the_snapshot_is_taken_before_the_act_and_sealed(house: House) -> None:
    with_followers(house, "sam", 3)
    decided = house.suspended("sam")
    (enforcement,) = house.all(Enforcement, decision=decided.id)
    with house.store.read() as view:
        taken = view.unseal(enforcement.snapshot or "")
    assert taken["items"]["followers"] == ["f0", "f1", "f2"]
    assert taken["taken_at"] <= house.world.acts()[0]["at"]


def test_without_a_snapshot_the_answer_is_that_we_cannot_tell() -> None:
    assert [id_ for id_, _ in restoration((), (), compared=False)] == ["restored.unknown"]
    assert [id_ for id_, _ in restoration(("a",), (), compared=True)] == ["restored.all"]
    both = restoration(("a",), ("b",), compared=True)
    assert [id_ for id_, _ in both] == ["restored.list", "restored.lost"]
    assert Restored((), ()).lost == ()


def test_a_reversal_gives_back_its_own_measure_and_leaves_that_of_another_decision(house: House) -> None:
    limited = house.decide(
        house.case_of(house.report(house.account("sam"))), preset="flood", facts={"count": 3, "span": 9}
    )
    decided = house.suspended("sam")
    given_back(house, decided)
    assert house.standing("sam") == {Measure.LIMIT}
    assert limited.id != decided.id
