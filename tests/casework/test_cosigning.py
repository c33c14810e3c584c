"""Cosignatures are gathered beside the worker: an order waits for them; signing, lifting and all else do not."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from showcause.casework import hearing, lodging
from showcause.casework.log import watching
from showcause.casework.log.cosigning import Cosigning, Kept, said_from_text
from showcause.casework.ports.witnesses import Answer, History
from showcause.casework.worker import Worker
from showcause.casework.worker import World as Outside
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.urgent import UrgentEntry
from showcause.domain.witness import Demand, Level, Role, Watch, Witness, with_quorum, with_witness
from showcause.gateways.calling_out import Outbound
from showcause.gateways.witnesses import HttpWatchers
from showcause.store.store import Store
from showcause.transparency.errors import Unverified
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.transparency.note import cosign
from showcause.transparency.policy import Policy, evaluate, parse_policy
from showcause.witness.cosigning import Cosigner
from showcause.witness.memory import Memory
from showcause.witness.serving import Door, listening
from tests.house import PLATFORM, House, opened_house
from tests.services.processes import PATIENCE, free_port, until


class Garden:
    """A house with one witness, `daily`, that can be switched on and off at one port."""

    def __init__(self, house: House, folder: Path, port: int) -> None:
        self.house, self.port = house, port
        self.memory = Memory(folder / "witness.db")
        self.memory.name_ourselves("daily.example/w1", [KeyKind.COSIGNATURE], b"w" * 32)
        self.memory.watch(house.signer.verifier_key)
        self.door = Door(Cosigner(self.memory, lambda: int(house.now.timestamp())), None, lambda: 0)
        self.said: list[str] = [""]
        key = house.signer.verifier_key
        watchers = HttpWatchers(Outbound([f"127.0.0.1:{port}"]), key)
        kept = Kept(lambda: self.said[-1], self.said.append)
        self.cosigning = Cosigning(house.store, watchers, [key], house.clock, kept)
        outside = Outside({PLATFORM: house.platform}, house.signer, None, self.cosigning)
        house.worker = Worker(house.runner, outside)
        named = Witness(
            "daily", str(self.memory.keys[0].verifier), f"http://127.0.0.1:{port}", Role.WITNESS, "The Daily"
        )
        house.run(watching.name_witness, named, "ada")

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask witnesses in a thread, as the service does."""
        ending = threading.Event()
        thread = threading.Thread(target=self._ask, args=(ending,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            self.cosigning.wake()
            thread.join(PATIENCE)
            assert not thread.is_alive()

    def _ask(self, ending: threading.Event) -> None:
        try:
            self.cosigning.run(ending)
        finally:
            self.house.store.close()

    def state(self, decision: Decision) -> str:
        with self.house.store.read() as view:
            found = view.first(Enforcement, decision=decision.id)
        assert found is not None
        return str(found.state)

    def until_applied(self, decision: Decision) -> None:
        def applied() -> bool:
            self.house.wait(seconds=20)
            return self.state(decision) == "applied"

        until(applied)


@pytest.fixture
def garden(sqlite_store: Store, tmp_path: Path) -> Iterator[Garden]:
    with opened_house(sqlite_store, tmp_path) as house:
        made = Garden(house, tmp_path, free_port())
        yield made
        made.memory.close()


def test_an_order_waits_while_the_witness_is_down_and_goes_when_it_is_up(garden: Garden) -> None:
    house = garden.house
    house.run(watching.set_level, Measure.SUSPEND, Demand(Level.R1), "ada")
    with garden.asking():
        decision = house.suspended("mallory")
        for _ in range(20):
            house.wait(minutes=10)
        assert garden.state(decision) == "pending"
        assert not house.standing("mallory")
        with listening(garden.door, "127.0.0.1", garden.port):
            garden.until_applied(decision)
    assert house.standing("mallory") == {Measure.SUSPEND}


def test_a_lost_answer_is_asked_for_again(garden: Garden) -> None:
    """The witness wrote the head down, and its answer never came."""
    house = garden.house
    house.run(watching.set_level, Measure.SUSPEND, Demand(Level.R1), "ada")
    decision = house.suspended("mallory")
    assert house.worker.head is not None
    with listening(garden.door, "127.0.0.1", garden.port):
        key = house.signer.verifier_key
        elsewhere = Cosigning(
            house.store, HttpWatchers(Outbound([f"127.0.0.1:{garden.port}"]), key), [key], house.clock,
            Kept(lambda: "", lambda _: None),
        )  # fmt: skip
        elsewhere.gather(house.worker.head)
        assert garden.cosigning.carrying(Level.R1) is None
        with garden.asking():
            garden.until_applied(decision)


def test_a_witness_that_is_down_slows_no_signature_no_lift_and_no_measure_at_r0(garden: Garden) -> None:
    house = garden.house
    before = house.suspended("trudy")
    assert garden.state(before) == "applied"
    house.run(watching.set_level, Measure.SUSPEND, Demand(Level.R1), "ada")
    appeal = house.run(lodging.lodge, before.reference, "it was my sister")
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "the account had been taken over")
    # Worse than down: it lets everybody wait who asks.
    with socket.create_server(("127.0.0.1", garden.port)) as silent:
        house.wait(minutes=5)
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert garden.state(before) == "lifted"
    assert house.worker.head is not None
    assert house.worker.head.size == house.log_size()


def test_the_head_that_carries_the_level_is_what_the_pinned_policy_accepts(garden: Garden) -> None:
    house = garden.house
    house.work()
    head = house.worker.head
    assert head is not None
    with listening(garden.door, "127.0.0.1", garden.port):
        garden.cosigning.gather(head)
    with house.store.read() as view:
        policy = watching.policy_at(Level.R1, house.trusted.logs, watching.watch_of(view))
    carrying = garden.cosigning.carrying(Level.R1)
    assert carrying is not None
    assert set(evaluate(policy, carrying.note).witnesses) == {"daily"}
    assert garden.cosigning.cosigned(head.note) == carrying.note
    assert said_from_text(garden.said[-1]).rows["daily"]["heard"] == "cosigned"


def test_after_a_restart_those_who_are_read_are_looked_at_though_nothing_is_asked(garden: Garden) -> None:
    house, asked = garden.house, list[tuple[str, ...]]()

    class Recorded:
        def ask(self, note: str, named: Sequence[Witness], history: History) -> Sequence[Answer]:
            asked.append(tuple(each.name for each in named))
            return ()

    key = str(SigningKey("mirror.example/m1", KeyKind.COSIGNATURE, b"m" * 32).verifier)
    house.run(
        watching.name_witness, Witness("library", key, "https://m.example", Role.MIRROR, "The Library"), "ada"
    )
    house.suspended("mallory")
    assert house.worker.head is not None
    kept = Kept(lambda: "", lambda _: None)
    again = Cosigning(house.store, Recorded(), [house.signer.verifier_key], house.clock, kept)
    garden.cosigning = again
    with garden.asking():
        again.look_from(house.worker.head)
        until(lambda: asked)
    assert asked == [("library",)]
    assert again.asked_since(house.now) is None


def test_a_witness_that_is_no_longer_named_carries_nothing(garden: Garden) -> None:
    house = garden.house
    house.work()
    assert house.worker.head is not None
    with listening(garden.door, "127.0.0.1", garden.port):
        garden.cosigning.gather(house.worker.head)
        house.run(watching.remove_witness, "daily", "ada")
        garden.cosigning.gather(house.worker.head)
    assert garden.cosigning.carrying(Level.R1) is None


def test_r2_needs_the_quorum_of_witnesses_and_any_mirror(garden: Garden) -> None:
    makers = {name: SigningKey(name, KeyKind.COSIGNATURE, name.encode().ljust(32)) for name in "abmn"}
    watch = Watch()
    for name, key in makers.items():
        role = Role.MIRROR if name in "mn" else Role.WITNESS
        watch = with_witness(watch, Witness(name, str(key.verifier), "https://w.example", role, name))
    watch = with_quorum(watch, 2)
    garden.house.work()
    assert garden.house.worker.head is not None
    policies = {
        level: policy_from(watching.policy_at(level, garden.house.trusted.logs, watch)) for level in Level
    }
    for signers, carried in (
        ("", "R0"), ("a", "R0"), ("mn", "R0"), ("am", "R0"), ("ab", "R0 R1"), ("abn", "R0 R1 R2"),
    ):  # fmt: skip
        note = garden.house.worker.head.note
        for name in signers:
            note = cosign(note, makers[name], 1_790_000_000)
        assert [level for level in Level if _holds(policies[level], note)] == carried.split(), signers


def policy_from(policy: Policy) -> Policy:
    """Read a policy back from its own file, as a gate does."""
    return parse_policy(policy.to_bytes())


def _holds(policy: Policy, note: str) -> bool:
    try:
        return bool(evaluate(policy, note))
    except Unverified:
        return False


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"rows": 1}', '{"rows": {}, "evidence": 3}'])
def test_a_damaged_memory_of_what_was_said_says_nothing(text: str) -> None:
    assert said_from_text(text).rows == {}


# --- urgent acts, which do not wait -----------------------------------------------------------------------


def acted_urgently(garden: Garden, demand: Demand) -> UrgentEntry:
    house = garden.house
    house.run(watching.set_level, Measure.SUSPEND, demand, "ada")
    token = house.urgent_token("bea")
    house.platform.urgent(token, Urgent.THREAT_TO_LIFE, house.account("mad-max"), Measure.SUSPEND)
    house.worker.enter_urgent(PLATFORM)
    house.work()
    assert house.standing("mad-max") == {Measure.SUSPEND}, "it asked nobody"
    [entry] = house.all(UrgentEntry)
    return entry


def below(garden: Garden) -> list[bool]:
    return [each.below_level for each in garden.house.all(UrgentEntry)]


def ask_witness(garden: Garden) -> None:
    head = garden.house.worker.head
    assert head is not None
    with listening(garden.door, "127.0.0.1", garden.port):
        garden.cosigning.gather(head)


def counted(garden: Garden) -> int:
    since = garden.house.now.replace(year=2000)
    with garden.house.store.read() as view:
        return view.count_lines(since, garden.house.now.replace(year=2100)).get(("urgent", "below-level"), 0)


def test_an_urgent_act_that_is_covered_in_time_is_followed_no_longer(garden: Garden) -> None:
    entry = acted_urgently(garden, Demand(Level.R1, 3_600))
    ask_witness(garden)
    garden.house.wait(minutes=5)
    with garden.house.store.read() as view:
        job = view.find_job(f"urgent-level:{entry.id}")
    assert job is not None
    assert job.state == "done"
    garden.house.wait(hours=2)
    assert (below(garden), counted(garden)) == ([False], 0)
    assert "gap" not in garden.house.log_kinds()


def test_below_its_level_an_urgent_act_is_counted_after_a_day_and_may_still_be_lifted(garden: Garden) -> None:
    house = garden.house
    acted_urgently(garden, Demand(Level.R1))
    house.wait(hours=23)
    assert below(garden) == [False]
    house.wait(hours=1, seconds=1)
    house.wait(minutes=5)
    assert (below(garden), counted(garden)) == ([True], 1)
    assert house.standing("mad-max") == set(), "nobody confirmed it, and the lift waited for nobody"
    assert "gap" not in house.log_kinds(), "no fallback was declared"
    ask_witness(garden)
    house.wait(minutes=5)
    assert (below(garden), counted(garden)) == ([False], 1), "covered at last, and counted all the same"


def test_where_a_fallback_was_declared_the_log_admits_an_urgent_acts_gap_once(garden: Garden) -> None:
    house = garden.house
    acted_urgently(garden, Demand(Level.R1, 3_600))
    for _ in range(3):
        house.wait(minutes=30, seconds=1)
    house.wait(hours=3)
    assert (below(garden), counted(garden)) == ([True], 1)
    assert house.log_kinds().count("gap") == 1
    assert house.standing("mad-max") == {Measure.SUSPEND}


def test_an_urgent_act_whose_measure_asks_for_nobody_is_not_followed(garden: Garden) -> None:
    entry = acted_urgently(garden, Demand(Level.R0))
    with garden.house.store.read() as view:
        assert view.find_job(f"urgent-level:{entry.id}") is None
