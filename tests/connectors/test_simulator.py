"""The simulator is a platform: its restrictions bite, its losses are real, and it is found again after a crash."""

from pathlib import Path

import pytest

from showcause.casework.ports import Order
from showcause.connectors.simulator import Simulator
from showcause.connectors.simulator_world import World, WorldRefused
from showcause.domain.errors import NotReversible
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from tests.contracts.connector.peers import CONNECTOR, gate_and_spool, now
from tests.contracts.connector.receipts import Issuer

ACCOUNT, CONTENT, SPACE = SubjectKind.ACCOUNT, SubjectKind.CONTENT, SubjectKind.SPACE


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(now, tmp_path / "world.db", followers_lost=30)
    for ref in ("ann", "ben"):
        made.register(ref)
        made.join(ref, "general")
    return made


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(CONNECTOR)


@pytest.fixture
def simulator(world: World, tmp_path: Path, issuer: Issuer) -> Simulator:
    gate, spool = gate_and_spool(tmp_path, "garden", issuer, observe=False)
    return Simulator(world, gate, spool, now)


def test_a_suspended_person_writes_nothing_and_reads_their_notices(world: World) -> None:
    world.impose(ACCOUNT, "ann", Measure.SUSPEND)
    world.notify("ann", "because", "s1")
    for attempt in (
        lambda: world.post("ann", "general", "hi"),
        lambda: world.rename("ann", "Anna"),
        lambda: world.follow("ann", "ben"),
        lambda: world.join("ann", "kitchen"),
    ):
        with pytest.raises(WorldRefused):
            attempt()
    assert world.inbox("ann") == ["because"]
    assert world.report("ann", ACCOUNT, "ben", "still my right")


def test_a_locked_person_reads_nothing(world: World) -> None:
    world.notify("ann", "because", "s1")
    world.impose(ACCOUNT, "ann", Measure.LOCK)
    with pytest.raises(WorldRefused):
        world.inbox("ann")


def test_a_limited_person_writes_and_enters_nothing_new(world: World) -> None:
    world.impose(ACCOUNT, "ann", Measure.LIMIT)
    world.post("ann", "general", "hi")
    with pytest.raises(WorldRefused):
        world.join("ann", "kitchen")


def test_hidden_comes_back_and_removed_does_not(world: World, simulator: Simulator, issuer: Issuer) -> None:
    post = Subject("garden", CONTENT, world.post("ann", "general", "words"))
    hiding, receipt = issuer.order(post, Measure.HIDE)
    simulator.apply(hiding, receipt)
    assert world.read(post.ref) is None
    simulator.lift(hiding)
    assert world.read(post.ref) == "words"
    removing, receipt = issuer.order(post, Measure.REMOVE)
    assert simulator.apply(removing, receipt).lost == ("the text of the post",)
    with pytest.raises(NotReversible):
        simulator.lift(removing)
    assert world.read(post.ref) is None


def test_a_blocked_room_takes_no_posts(world: World) -> None:
    world.impose(SPACE, "general", Measure.BLOCK_SPACE)
    with pytest.raises(WorldRefused):
        world.post("ann", "general", "hi")


def test_followers_who_left_are_listed_as_lost(world: World, simulator: Simulator, issuer: Issuer) -> None:
    ann = Subject("garden", ACCOUNT, "ann")
    for each in range(10):
        world.register(f"fan-{each}")
        world.follow(f"fan-{each}", "ann")
    before = simulator.snapshot(ann)
    order, receipt = issuer.order(ann, Measure.SUSPEND)
    simulator.apply(order, receipt)
    simulator.lift(order)
    lost = simulator.compare(ann, before).lost
    assert lost == ("followers: fan-0", "followers: fan-1", "followers: fan-2")
    reach = simulator.reach(ann)
    assert reach is not None
    assert reach.followers == 7


def test_every_act_leaves_a_line_that_tells_hand_from_order(
    world: World, simulator: Simulator, issuer: Issuer
) -> None:
    order, receipt = issuer.order(Subject("garden", ACCOUNT, "ann"), Measure.SUSPEND)
    simulator.apply(order, receipt)
    world.impose(ACCOUNT, "ben", Measure.SUSPEND)
    world.impose(ACCOUNT, "ben", Measure.SUSPEND)
    assert [(act["ref"], act["by"], act["changed"]) for act in world.acts()] == [
        ("ann", order.key, 1),
        ("ben", "hand", 1),
        ("ben", "hand", 0),
    ]


def test_the_platform_is_found_again_in_its_file(world: World, tmp_path: Path) -> None:
    world.post("ann", "general", "words")
    world.impose(ACCOUNT, "ann", Measure.SUSPEND)
    again = World(now, tmp_path / "world.db")
    assert again.standing(ACCOUNT, "ann") == {Measure.SUSPEND}
    assert again.acts() == world.acts()


def test_an_order_for_nobody_lifts_nothing(simulator: Simulator) -> None:
    assert not simulator.lift(
        Order("a" * 32, Subject("garden", ACCOUNT, "nobody"), Measure.SUSPEND, None, 1)
    ).changed
