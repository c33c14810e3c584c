"""Confirmations against effects: every effect of an order commits to what the connector signed, under its logged key.

Which key a connector has, the log says: entries of the kind `key` about its platform. What was logged before the first
of them needs no confirmation. Where a person was forgotten, what the effect says is gone; what the record keeps of the
confirmation names nobody, and is checked all the same.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from showcause.casework.connector_keys import FORMAT
from showcause.casework.log import ledger
from showcause.casework.log.confirmations import UNASKED, check, showing
from showcause.casework.log.finding import Finding
from showcause.casework.outcomes import item_facts
from showcause.domain.campaign import Campaign, CampaignItem, CampaignOutcome
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import Forgotten, KeyMissing, NotFound
from showcause.domain.logbook import LeafNote
from showcause.domain.site import ConnectedPlatform, Document
from showcause.domain.urgent import UrgentEntry
from showcause.store.view import View
from showcause.transparency.errors import LogError
from showcause.transparency.jcs import parse
from showcause.transparency.keys import VerifierKey, parse_verifier_key
from showcause.transparency.kinds import Kind, Slot
from showcause.transparency.leaf import decode

OPEN: Final = frozenset({"pending", "lifting"})
"""What a campaign's effect says of an order that had not come to its end: nothing is confirmed of that."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A connector's key and the place of its entry; one that waits without a place comes after all others."""

    place: float
    key: VerifierKey


@dataclass(slots=True)
class Records:
    """What the comparison needs of the records, by id, and which confirmations hold."""

    enforcements: Mapping[str, Enforcement]
    leaves: Mapping[str, str]
    spools: Mapping[str, str]
    keys: Mapping[str, Sequence[Logged]]
    sound: set[tuple[str, str]] = field(default_factory=set)

    def check(self, note: str, key: VerifierKey, enforcement: Enforcement, event: str | None) -> None:
        """Check a confirmation. Raises: LogError."""
        leaf, spool = self.leaves[enforcement.decision], self.spools.get(enforcement.decision, "")
        check(note, key, enforcement, leaf, event, spool)
        self.sound.add((enforcement.id, note))


def compare(view: View, effects: Iterable[LeafNote]) -> Iterator[Finding]:
    """Yield every effect whose confirmation is missing, another's or not kept, and every kept one that does not hold.

    `effects` are the notes of all entries of the kind effect.
    """
    platforms = view.find(ConnectedPlatform)
    keys = {each.name: list(_logged(view, each)) for each in platforms}
    for each in platforms:
        if each.key != (str(keys[each.name][-1].key) if keys[each.name] else ""):
            yield Finding(f"platform {each.name}", "key", "has another connector's key than the log says")
    leaves = {each.id: each.leaf for each in view.find(Decision)}
    records = Records(
        # One whose decision vanished is found elsewhere.
        {each.id: each for each in view.find(Enforcement) if each.decision in leaves},
        leaves,
        {each.decision: each.spool for each in view.find(UrgentEntry)},
        keys,
    )
    outcomes = {outcome.id: outcome for outcome in view.find(CampaignOutcome)}
    for note in effects:
        if note.id in outcomes:
            yield from _campaign(view, records, outcomes[note.id])
        elif note.about in records.enforcements:
            yield from _effect(view, records, note)
    yield from _kept(records)


def _logged(view: View, platform: ConnectedPlatform) -> Iterator[Logged]:
    """Yield the keys that the log names for a platform's connector, oldest first."""
    waiting = dict(view.log.waiting())
    for note in view.find(LeafNote, about=platform.id):
        if note.kind != Kind.KEY:
            continue
        index = view.log.index_of(note.id)
        data = view.log.leaf(index) if index is not None else waiting.get(note.id)
        if (key := _key(view, data)) is not None:
            yield Logged(math.inf if index is None else index, key)


def _key(view: View, data: bytes | None) -> VerifierKey | None:
    """Return the key that a leaf's document names; None where that cannot be read, which others find."""
    try:
        digest = decode(data or b"").doc
        document = view.first(Document, digest=digest) if digest else None
        value = parse(document.text.encode(), "a connector's key", 4096) if document else None
        named = value.get("key") if isinstance(value, dict) and value.get("format") == FORMAT else None
        return parse_verifier_key(named) if isinstance(named, str) else None
    except LogError:
        return None


def _effect(view: View, records: Records, note: LeafNote) -> Iterator[Finding]:
    facts, enforcement = _facts(view, note), records.enforcements[note.about]
    if facts is not None:
        said, event = facts.get("text"), str(facts.get("event"))
        if isinstance(said, str) and said not in enforcement.confirmations:
            yield Finding(f"leaf {note.id}", "confirmation", "commits to one that the record does not have")
        yield from _holds(view, records, enforcement, note.id, event, said)


def _holds(
    view: View, records: Records, enforcement: Enforcement, leaf_id: str, event: str, said: object
) -> Iterator[Finding]:
    """Yield what is wrong with the confirmation that one leaf commits to for one order."""
    where, keys = f"leaf {leaf_id}", records.keys.get(enforcement.platform, ())
    if keys and (said is None or len(keys) > 1):
        place = view.log.index_of(leaf_id)
        keys = [each for each in keys if place is None or each.place < place]
    if said is None:
        if keys and event not in UNASKED | OPEN and enforcement.ended_by != "accepted":
            yield Finding(where, "unconfirmed", f"says {event} of enforcement {enforcement.id} without one")
        return
    try:
        records.check(str(said), keys[-1].key, enforcement, None if event in OPEN else event)
    except IndexError:
        yield Finding(where, "confirmation", "commits to one of a connector whose key is not in the log")
    except LogError as error:
        yield Finding(where, "confirmation", f"commits to one that does not hold: {error.message}")


def _campaign(view: View, records: Records, outcome: CampaignOutcome) -> Iterator[Finding]:
    """Check the confirmation of every item of a campaign's one effect."""
    decision = view.get(Campaign, outcome.campaign).decision
    orders = {each.restriction: each for each in records.enforcements.values() if each.decision == decision}
    items = view.find(CampaignItem, campaign=outcome.campaign)
    for item, (event, digest) in zip(items, view.unseal(outcome.sealed), strict=False):
        if (enforcement := orders.get(item.restriction)) is None:
            continue
        try:
            said = _committed(view, outcome, item, enforcement, event, digest)
        except Forgotten:
            continue
        if said == "":
            where = f"leaf {outcome.id}"
            yield Finding(
                where, "confirmation", f"commits to one of {enforcement.id} that the record does not have"
            )
        else:
            yield from _holds(view, records, enforcement, outcome.id, event, said)


def _committed(
    view: View,
    outcome: CampaignOutcome,
    item: CampaignItem,
    enforcement: Enforcement,
    event: str,
    digest: str,
) -> str | None:
    """Return the confirmation that an item of a campaign's effect commits to, None for none; empty for another one."""
    for said in (showing(enforcement, event), *enforcement.confirmations, None):
        facts = item_facts(outcome.made_at, item, enforcement, event, said)
        made = ledger.commitment(view, f"{outcome.id}:{item.index}", item.owner, Slot.FACTS, facts)
        if made.digest.hex() == digest:
            return said
    return ""


def _kept(records: Records) -> Iterator[Finding]:
    """Check what the record keeps and no effect told: of people who were forgotten, for the most part."""
    for enforcement in records.enforcements.values():
        for said in enforcement.confirmations:
            if (enforcement.id, said) in records.sound:
                continue
            keys = records.keys.get(enforcement.platform, ())
            if not any(_is_by(records, said, each.key, enforcement) for each in keys):
                where = f"enforcement {enforcement.id}"
                yield Finding(
                    where, "confirmation", "has one that no logged key of its connector signed for it"
                )


def _is_by(records: Records, said: str, key: VerifierKey, enforcement: Enforcement) -> bool:
    try:
        records.check(said, key, enforcement, None)
    except LogError:
        return False
    return True


def _facts(view: View, note: LeafNote) -> Mapping[str, Any] | None:
    try:
        for part in note.parts:
            if Slot.FACTS in part.slots:
                facts: Mapping[str, Any] = view.unseal(part.sealed)["slots"][Slot.FACTS]
                return facts
    except (Forgotten, KeyMissing, NotFound):
        pass
    return None
