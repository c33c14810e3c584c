"""Leaves: what each act commits to, whose key salts it, and how leaves join the tree as a transaction's last step.

A verb drafts; the runner appends every draft under the log's state row after all other writes, so that index, leaf,
tree head and peaks commit together with what they record. Signing comes later and reads only what was committed.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from showcause.casework.log.tree import rows_of
from showcause.casework.reading import setting
from showcause.domain.errors import LogInconsistent
from showcause.domain.logbook import LeafNote, LeafPart
from showcause.store.logrows import LogState
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency import commitments, merkle, tiles
from showcause.transparency.errors import LogError
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import SLOTS, Kind, Leaf, Numbers, Slot, encode

HOUSE = "house"
"""The lookup name of the owner whose key salts what belongs to no person."""

PERSONS: Mapping[Slot, str] = {
    Slot.FACETS: "person",
    Slot.SUBJECT: "person",
    Slot.CONTENT: "person",
    Slot.FACTS: "person",
    Slot.EVIDENCE: "person",
    Slot.ACTOR: "actor",
}
"""Whose data each slot is: the person concerned, or the moderator who acted. `reserved` is nobody's."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A leaf to be: its kind, what it is about, the fields by slot, and the two owners whose keys salt them.

    Slots that are not given get a random digest, so that their absence does not show.
    """

    kind: Kind
    id: str
    about: str
    person: str
    actor: str
    values: Mapping[Slot, Mapping[str, Json]]
    numbers: Numbers | None = None
    re: str | None = None
    doc: str | None = None


@dataclass(slots=True)
class Encoded:
    """A leaf ready to append."""

    id: str
    data: bytes
    hash: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.hash = merkle.leaf_hash(self.data)


@dataclass(frozen=True, slots=True)
class Digests:
    """The digests of the rules and policies in force, which stand in every leaf (hex)."""

    rules: str
    policies: str


def house(tx: Tx) -> str:
    """Return the owner id of the house, whose key salts what belongs to no person."""
    return tx.keys.owner(HOUSE)


def draft(tx: Tx, item: Draft) -> None:
    """Commit to a draft's fields, seal them for later openings, and queue its leaf for the end of the transaction."""
    tx.draft(encode_draft(tx, item))
    tx.insert(_note_of(tx, item), verb="log", actor="system")


def encode_draft(tx: Tx, item: Draft) -> Encoded:
    """Return a draft's leaf, its slots salted from the owners' keys."""
    digests = digests_in_force(tx)
    slots = tuple(_slot_digest(tx, item, slot) for slot in SLOTS)
    leaf = Leaf(
        item.kind,
        item.id,
        digests.rules,
        digests.policies,
        slots,
        numbers=item.numbers,
        re=item.re,
        doc=item.doc,
    )
    return Encoded(item.id, encode(leaf))


def owner_of_slot(item: Draft, slot: Slot) -> str:
    """Return the owner whose key salts and seals a slot of a draft."""
    return item.actor if PERSONS[slot] == "actor" else item.person


def commitment(
    view: View, leaf_id: str, owner: str, slot: Slot, values: Mapping[str, Json]
) -> commitments.Commitment:
    """Return the commitment to a slot's fields, from the seed that the owner's key gives for this leaf and slot."""
    return commitments.commit(slot, view.keys.seed(owner, leaf_id, slot), values)


def _slot_digest(tx: Tx, item: Draft, slot: Slot) -> bytes:
    if slot not in item.values:
        return secrets.token_bytes(32)
    return commitment(tx, item.id, owner_of_slot(item, slot), slot, item.values[slot]).digest


def _note_of(tx: Tx, item: Draft) -> LeafNote:
    by_owner: dict[str, dict[str, Mapping[str, Json]]] = {}
    for slot, values in item.values.items():
        by_owner.setdefault(owner_of_slot(item, slot), {})[slot] = values
    parts = tuple(
        LeafPart(owner, tx.seal(owner, "leaf", {"leaf": item.id, "slots": slots}), tuple(slots))
        for owner, slots in by_owner.items()
    )
    return LeafNote(item.id, item.kind, item.about, parts)


def open_slots(
    view: View, note: LeafNote, wanted: Mapping[Slot, tuple[str, ...] | None]
) -> list[commitments.Opening]:
    """Return openings of some fields of a leaf; None opens a whole slot.

    Raises: Forgotten when the owner's key was destroyed.
    """
    openings = []
    for part in note.parts:
        for slot in (s for s in wanted if s in part.slots):
            values = view.unseal(part.sealed)["slots"][slot]
            openings.append(commitment(view, note.id, part.owner, slot, values).opening(wanted[slot]))
    return openings


NOTHING = hashlib.sha256(b"").hexdigest()
"""The digest of no rules or no policies."""


def digests_in_force(tx: Tx) -> Digests:
    """Return the digests of the rules and policies in force."""
    return Digests(setting(tx, "rules-digest") or NOTHING, setting(tx, "policies-digest") or NOTHING)


def peaks_of(state: LogState) -> merkle.Peaks:
    """Return the tree's right edge as it stands in the state row; an empty log has none.

    Raises: LogInconsistent when it does not belong to the size.
    """
    try:
        peaks = merkle.Peaks.from_bytes(state.peaks) if state.peaks else merkle.Peaks()
    except LogError as error:
        raise LogInconsistent(f"the log's right edge is damaged: {error.message}") from None
    if peaks.size != state.size:
        raise LogInconsistent(f"the log has {state.size} entries, but the right edge of {peaks.size}")
    return peaks


def append(tx: Tx) -> int | None:
    """Append a transaction's drafted leaves: index, tiles, head and peaks, under the lock of the log's state row.

    Returns the index of the first one; None when there was none, or when the log is fenced: then they wait without an
    index, durable, until the fence is gone.
    """
    leaves: list[Encoded] = tx.drafts
    if not leaves:
        return None
    state = tx.log.lock()
    if state.fenced:
        tx.log.queue_fenced([(leaf.id, leaf.data) for leaf in leaves])
        return None
    hashes = [leaf.hash for leaf in leaves]
    peaks = peaks_of(state).append(hashes)
    tx.log.append(
        state.size,
        [(leaf.data, leaf.hash, leaf.id) for leaf in leaves],
        _tiles(tx, state.size, hashes),
        LogState(peaks.size, peaks.root(), peaks.to_bytes()),
    )
    return state.size


def _tiles(tx: Tx, start: int, hashes: list[bytes]) -> list[tuple[int, int, bytes, bytes]]:
    """Return the tiles (level, n, hashes, root) that these leaves complete."""
    made: list[tuple[int, int, bytes, bytes]] = []
    level, row, rows = 0, hashes, rows_of(tx.log)
    while (start + len(row)) // tiles.WIDTH > start // tiles.WIDTH:
        first = start // tiles.WIDTH
        edge = start % tiles.WIDTH
        whole = [*(rows(level, start - edge, edge) if edge else ()), *row]
        full = [whole[at : at + tiles.WIDTH] for at in range(0, len(whole) - tiles.WIDTH + 1, tiles.WIDTH)]
        roots = [tiles.subtree_root(part) for part in full]
        made += [(level, first + at, b"".join(part), roots[at]) for at, part in enumerate(full)]
        level, start, row = level + 1, first, roots
    return made


def minute(moment: datetime) -> str:
    """Return a moment in the log's form, cut to the minute."""
    return commitments.moment(moment.replace(second=0, microsecond=0))
