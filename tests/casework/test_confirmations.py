"""What connectors signed: kept, committed to by the effect's leaf, and refused when it does not fit."""

from dataclasses import replace
from pathlib import Path

import pytest

from showcause.casework import connector_keys, enforcing, founding, urgent
from showcause.casework.log.fsck import fsck
from showcause.casework.worker import World as Outside
from showcause.connectors.gate import Gate
from showcause.connectors.memory import Memory
from showcause.connectors.simulator import MEASURES, Simulator
from showcause.connectors.urgent import UrgentSpool
from showcause.domain.decision import Cause, Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import BadInput, ConfirmationRefused
from showcause.domain.lifecycle import EnforcementState
from showcause.domain.logbook import LeafNote
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.site import ConnectedPlatform, Document, Mode
from showcause.domain.urgent import UrgentEntry
from showcause.transparency import confirmation
from showcause.transparency.confirmation import Basis, Event, Ordered
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.transparency.leaf import Leaf, Slot, decode
from tests.house import CONNECTOR_KEY, PLATFORM, House

S = EnforcementState
THIEF = SigningKey(PLATFORM, KeyKind.ED25519, b"t" * 32)


def order_of(house: House, decision: Decision) -> Enforcement:
    [found] = house.all(Enforcement, decision=decision.id)
    return found


def effects_of(house: House, order: Enforcement) -> list[Leaf]:
    """Return the leaves of what came of an order, oldest first."""
    with house.store.read() as view:
        found = [note.id for note in view.find(LeafNote, about=order.id)]
        return [decode(view.log.leaf(view.log.index_of(id_) or 0) or b"") for id_ in found]


def said_of(house: House, order: Enforcement) -> list[tuple[object, Event | None]]:
    """Return what each effect of an order says, and what the confirmation that it commits to says."""
    found: list[tuple[object, Event | None]] = []
    for leaf in effects_of(house, order):
        facts = house.opened(leaf, Slot.FACTS)
        note = facts["text"]
        assert note is None or note in order.confirmations
        found.append(
            (facts["event"], confirmation.opened(str(note), CONNECTOR_KEY.verifier).event if note else None)
        )
    return found


def signing_with(
    house: House, key: SigningKey | None, name: str = PLATFORM, memory: str = "gate.db"
) -> Simulator:
    """Return a connector that signs with another key, and let the worker use it."""
    gate = Gate(name, name, house.log_policy, Memory(house.folder / memory, b"g" * 32), key=key)
    issuer = house.urgent_key.public_key().public_bytes_raw()
    made = Simulator(house.world, gate, UrgentSpool(house.folder / "spool", b"s" * 32, issuer), house.clock)
    house.worker.world = Outside({PLATFORM: house.platform} | {name: made}, house.signer)
    return made


def sound(house: House) -> bool:
    report = fsck(house.store)
    assert report.findings == []
    return report.sound


def lift(house: House, decision: Decision) -> None:
    """Let a measure end by its date."""
    house.now = max(house.now, order_of(house, decision).until or house.now)
    house.wait(seconds=1)
    house.wait(seconds=1)


def test_the_public_log_names_the_connectors_key(house: House) -> None:
    [platform] = house.all(ConnectedPlatform)
    [document] = [each for each in house.all(Document, kind="key") if connector_keys.FORMAT in each.text]
    assert platform.key == str(CONNECTOR_KEY.verifier)
    assert platform.key in document.text
    size = house.log_size()
    house.run(connector_keys.introduce, PLATFORM, platform.key)
    assert house.log_size() == size, "the same key again is no news"


@pytest.mark.parametrize(
    "key",
    [
        SigningKey("elsewhere", KeyKind.ED25519, b"c" * 32).verifier,
        SigningKey(PLATFORM, KeyKind.COSIGNATURE, b"c" * 32).verifier,
        "no key",
    ],
)
def test_a_key_of_another_name_or_kind_is_not_a_connectors(house: House, key: object) -> None:
    with pytest.raises(BadInput):
        house.run(connector_keys.introduce, PLATFORM, str(key))


def test_an_order_and_its_lift_each_commit_to_what_the_connector_signed(house: House) -> None:
    decision = house.suspended(rung="suspend-7d")
    order = order_of(house, decision)
    [note] = order.confirmations
    said = confirmation.opened(note, CONNECTOR_KEY.verifier)
    assert (said.platform, said.about) == (PLATFORM, Ordered(order.number, decision.leaf))
    assert (said.measure, said.basis) == ("suspend", Basis.READ_BACK)
    assert said.time == int((order.applied_at or house.now).timestamp())
    lift(house, decision)
    assert said_of(house, order_of(house, decision)) == [("applied", Event.IMPOSED), ("lifted", Event.LIFTED)]
    assert sound(house)


def test_an_order_that_failed_or_is_stuck_has_the_connectors_word_for_that(house: House) -> None:
    house.platform.faults.down = True
    decision = house.suspended(rung="suspend-7d")
    for _ in range(60):
        house.wait(seconds=60)
    assert said_of(house, order_of(house, decision)) == [("failed", Event.FAILED)]
    house.platform.faults.down = False
    house.run(enforcing.retry, order_of(house, decision).id, "bea")
    house.wait(seconds=1)
    assert said_of(house, order_of(house, decision))[1:] == [("applied", Event.IMPOSED)]
    assert sound(house)


def test_what_another_key_signed_is_refused_and_somebody_has_to_look(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    signing_with(house, THIEF)
    decision = house.suspended()
    order = order_of(house, decision)
    assert (order.state, order.failure) == (S.FAILED, "confirmation-refused")
    assert order.confirmations == ()
    assert said_of(house, order) == [("failed", None)], "nothing is claimed"
    assert "confirmation-refused" in caplog.text
    signing_with(house, CONNECTOR_KEY)
    house.run(enforcing.retry, order.id, "bea")
    house.wait(seconds=1)
    assert said_of(house, order_of(house, decision))[1:] == [("applied", Event.STANDING)]
    assert sound(house)


def test_a_connector_that_signs_nothing_any_more_is_refused(house: House) -> None:
    signing_with(house, None)
    assert order_of(house, house.suspended()).failure == "confirmation-refused"


@pytest.mark.parametrize("what", ["number", "decision", "measure", "event", "platform"])
def test_a_confirmation_of_anything_else_than_this_order_is_refused(house: House, what: str) -> None:
    house.platform.faults.down = True
    decision = house.suspended()
    order = order_of(house, decision)
    true = confirmation.read(house.confirmed(order))
    wrong = {
        "number": {"about": Ordered(order.number + 1, decision.leaf)},
        "decision": {"about": Ordered(order.number, "0" * 32)},
        "measure": {"measure": "lock"},
        "event": {"event": Event.LIFTED},
        "platform": {"platform": "elsewhere"},
    }[what]
    note = confirmation.signed(replace(true, **wrong), CONNECTOR_KEY)  # type: ignore[arg-type]  # fields by name
    with pytest.raises(ConfirmationRefused):
        house.run(enforcing.confirm, order.id, note)
    assert order_of(house, decision).state is S.PENDING
    house.run(enforcing.confirm, order.id, confirmation.signed(true, CONNECTOR_KEY))
    assert sound(house)


def test_an_urgent_act_commits_to_what_was_signed_before_it_had_a_number(house: House) -> None:
    who, token = house.account("mad-max"), house.urgent_token("bea")
    spooled = house.platform.urgent(token, Urgent.THREAT_TO_LIFE, who, Measure.SUSPEND)
    house.worker.enter_urgent(PLATFORM)
    house.work()
    order = order_of(house, house.all(Decision, cause=Cause.URGENT)[0])
    [note] = order.confirmations
    assert confirmation.opened(note, CONNECTOR_KEY.verifier).about == confirmation.Urgent(spooled)
    [entry] = house.all(UrgentEntry)
    house.run(urgent.lift, entry.id, "cleo")
    house.wait(seconds=1)
    assert said_of(house, order_of(house, house.all(Decision, cause=Cause.URGENT)[0])) == [
        ("applied", Event.IMPOSED),
        ("lifted", Event.LIFTED),
    ]
    assert sound(house)


def test_an_urgent_act_that_was_signed_by_nobody_is_confirmed_as_an_order(house: House) -> None:
    who, token = house.account("mad-max"), house.urgent_token("bea")
    house.platform.urgent(token, Urgent.THREAT_TO_LIFE, who, Measure.SUSPEND, "an-id-of-my-own")
    house.worker.enter_urgent(PLATFORM)
    order = order_of(house, house.all(Decision, cause=Cause.URGENT)[0])
    assert (order.state, order.attempts) == (S.PENDING, 1), "it stands: ending it would be a lift"
    house.wait(seconds=1)
    house.wait(seconds=1)
    order = order_of(house, house.all(Decision, cause=Cause.URGENT)[0])
    assert said_of(house, order) == [("applied", Event.STANDING)]
    assert len([act for act in house.world.acts() if act["changed"]]) == 1
    assert sound(house)


def test_a_replaced_key_signs_from_its_entry_on_and_the_old_words_stay_good(house: House) -> None:
    first = house.suspended("sam")
    new = SigningKey(PLATFORM, KeyKind.ED25519, b"n" * 32)
    signing_with(house, new)
    house.run(connector_keys.introduce, PLATFORM, str(new.verifier))
    second = order_of(house, house.suspended("tom"))
    assert confirmation.opened(second.confirmations[0], new.verifier).event is Event.IMPOSED
    assert order_of(house, first).state is S.APPLIED
    assert sound(house)


def test_a_site_from_before_there_were_keys_is_sound_and_signs_from_then_on(
    house: House, tmp_path: Path
) -> None:
    house.run(founding.connect_platform, "old-place", "simulator", MEASURES, "ada", mode=Mode.ENFORCE)
    old = SigningKey("old-place", KeyKind.ED25519, b"o" * 32)
    signing_with(house, None, "old-place", "old-gate.db")
    one, two = (replace(house.account(name), platform="old-place") for name in ("sam", "tom"))
    before = house.decide(house.case_of(house.report(one)), clause="integrity.spam@1", rung="suspend")
    assert (order_of(house, before).state, order_of(house, before).confirmations) == (S.APPLIED, ())
    assert sound(house)
    house.run(connector_keys.introduce, "old-place", str(old.verifier))
    signing_with(house, old, "old-place", "old-gate.db")
    after = house.decide(house.case_of(house.report(two)), clause="integrity.spam@1", rung="suspend")
    assert len(order_of(house, after).confirmations) == 1
    assert sound(house)
