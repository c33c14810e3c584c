"""Whatever people try in whatever order, no rule acts that did not take every step."""

import random
from collections.abc import Callable

import pytest

from showcause.casework.log import fsck
from showcause.casework.rulework import approving, ending
from showcause.domain.errors import Refused
from showcause.domain.lifecycle import RuleState
from showcause.domain.rule import ACTING, Piece, RuleVersion, Seen
from tests.casework.rule_life import Life
from tests.house import House
from tests.rules.folders import RULE

PEOPLE = ("ada", "bea", "cleo", "dan")
WAY = ["backtested", "shadow", "canary", "live"]


def text(links: int, effect: str) -> dict[str, str]:
    rule = RULE.replace("spam@1", "spam@2").replace("- open-case", f"- {effect}")
    rule = rule.replace("links > 0", f"links > {links}").replace("links: 1", f"links: {links + 1}")
    return {"rules/night_links.yaml": rule}


def path_of(house: House, held: RuleVersion) -> list[str]:
    """Return the states that a version went through, as the journal has them."""
    lines = (line.codes.get("state") for line in house.journal(held.id))
    return [str(each).partition(":")[2] for each in lines if each]


def check(house: House) -> None:
    """Check what must hold of all rules at any time."""
    versions = house.all(RuleVersion, kind=Piece.RULE)
    live = [each for each in versions if each.state is RuleState.LIVE]
    assert len({each.name for each in live}) == len(live), "one version acts on all"
    for held in versions:
        path = path_of(house, held)
        if RuleState.LIVE in path and RuleState.PUSHED not in path:
            before = path[: path.index(RuleState.LIVE) + 1]
            assert before[-4:] == WAY, path
        if RuleState.LIVE in path and RuleState.PUSHED in path:
            assert held.ratified_by not in (None, held.proposer, held.pushed_by)
        if held.state in ACTING and held.second_needed and held.state is not RuleState.PUSHED:
            second = held.ratified_by or held.approver
            assert second not in (None, held.proposer), (held.state, path)
        if held.state is RuleState.PUSHED:
            assert held.expires_at is not None
            assert held.expires_at > house.now


@pytest.mark.parametrize("seed", [2, 8])
def test_no_order_of_steps_by_anybody_is_a_way_round(seed: int, house: House) -> None:
    life, chance = Life(house), random.Random(seed)
    life.let_propose()
    reached: set[str] = set()

    def version() -> str:
        held = house.all(RuleVersion, kind=Piece.RULE)
        return chance.choice(held[-2:]).id

    def who() -> str:
        return chance.choice(PEOPLE)

    def seen() -> Seen:
        return Seen(chance.choice([50, 500, 500, 500]), chance.choice([0, 1, 1, 200]))

    def propose() -> object:
        return life.propose(
            text(chance.randrange(3), chance.choice(["open-case", "propose: limit"])), by=who()
        )

    steps: list[Callable[[], object]] = [
        propose,
        lambda: life.backtest(version(), who(), hits=chance.choice([0, 2, 2, 90])),
        lambda: life.shadow(version(), who()),
        lambda: life.approve(version(), who()),
        lambda: life.canary(version(), who(), chance.choice(["1", "10 %", "10 %", "0"]), seen()),
        lambda: life.live(version(), who(), seen()),
        lambda: house.run(ending.push_urgently, version(), who(), reason="now"),
        lambda: house.run(approving.ratify, version(), who()),
        lambda: house.run(ending.retire, version(), who()),
        lambda: house.run(ending.return_, version(), who()),
        lambda: house.wait(hours=chance.choice([1, 30])),
    ]
    propose()
    for _ in range(500):
        # The way forward is tried most, or nothing would ever get far enough to be stopped.
        try:
            chance.choices(steps, weights=[4, 4, 8, 8, 12, 20, 1, 8, 0.5, 0.5, 1])[0]()
        except Refused:
            continue
        reached |= {each.state for each in house.all(RuleVersion, kind=Piece.RULE)}
        check(house)
    assert {"backtested", "shadow", "canary", "live"} <= reached
    assert not fsck.fsck(house.store, hands=0).findings
