"""A small log for the tests, with keys, ids and seeds that follow from words, so that every run has the same bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from showcause.transparency import checkpoint, export, kinds, leaf, merkle, note, policy, receipt, verify
from showcause.transparency.campaign import Item, content_values, item_path
from showcause.transparency.commitments import Commitment, Opening, commit, order_entry
from showcause.transparency.jcs import Json
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.transparency.kinds import Slot

ORIGIN = "log.example/garden"
UNTIL = datetime(2026, 12, 24, 18, 0, 0, tzinfo=UTC)
SEEN = 1_790_000_000


def secret(*words: object) -> bytes:
    """32 bytes that follow from words."""
    return sha256("/".join(map(str, words)).encode()).digest()


LOG_KEY = SigningKey(ORIGIN, KeyKind.ED25519, secret("log key"))
WITNESS_KEY = SigningKey("witness.example/w1", KeyKind.COSIGNATURE, secret("witness key"))
OTHER_KEY = SigningKey("other.example/log", KeyKind.ED25519, secret("other key"))
R0 = policy.Policy((LOG_KEY.verifier,))
R1 = policy.Policy((LOG_KEY.verifier,), {"w1": WITNESS_KEY.verifier}, {}, "w1")


def signed(tree: checkpoint.Checkpoint, *, witnessed: bool = False) -> str:
    """The note over a checkpoint."""
    plain = note.sign_note(tree.text, [LOG_KEY])
    return note.cosign(plain, WITNESS_KEY, SEEN) if witnessed else plain


def plain_leaf(
    name: str,
    kind: str = "decision",
    numbers: leaf.Numbers | None = None,
    slots: Mapping[Slot, bytes] | None = None,
    re: str | None = None,
) -> leaf.Leaf:
    """A leaf whose id, digests and empty slots follow from its name."""
    given = slots or {}
    return leaf.Leaf(
        kind,
        secret(name, "id").hex()[:32],
        secret("rules").hex(),
        secret("policies").hex(),
        tuple(given.get(slot, secret(name, slot)) for slot in kinds.SLOTS),
        numbers,
        re,
        secret(name, "doc").hex() if kind in kinds.DOCUMENTED else None,
    )


@dataclass
class Decision:
    """One restricting decision about one subject, with everything needed to open it."""

    name: str = "d1"
    ref: str = "@spam:example.org"
    measure: str = "suspend"
    until: datetime | None = UNTIL
    number: int = 1
    connector: str = "matrix"
    kind: str = "decision"

    def commitment(self, slot: Slot) -> Commitment:
        values: dict[Slot, dict[str, Json]] = {
            Slot.FACETS: {"measures": [self.measure], "ground": "terms", "deciders": 2},
            Slot.SUBJECT: {"platform": "matrix", "kind": "account", "ref": self.ref},
            Slot.FACTS: {
                "minute": "2026-11-22T09:30Z",
                "orders": [order_entry(self.number, self.measure, self.until)],
            },
        }
        return commit(slot, secret(self.name, slot, "seed"), values[slot])

    def leaf(self) -> leaf.Leaf:
        slots = {slot: self.commitment(slot).digest for slot in (Slot.FACETS, Slot.SUBJECT, Slot.FACTS)}
        return plain_leaf(self.name, self.kind, leaf.Numbers(self.connector, self.number, 1), slots)

    def openings(self) -> tuple[Opening, ...]:
        return (self.commitment(Slot.SUBJECT).opening(), self.commitment(Slot.FACTS).opening(["orders"]))

    def order(self) -> verify.Order:
        return verify.Order(
            "matrix", "account", self.ref, self.measure, self.until, self.number, self.connector
        )


@dataclass
class Campaign:
    """One decision over many items; item i restricts one account by order `first + i`."""

    count: int = 9
    first: int = 1
    name: str = "campaign"

    def part(self, index: int, slot: Slot) -> Commitment:
        entry = order_entry(self.first + index, "hide", None)
        values: dict[Slot, dict[str, Json]] = {
            Slot.SUBJECT: {"platform": "matrix", "kind": "account", "ref": f"@bot{index}:example.org"},
            Slot.CONTENT: {"digest": secret("text").hex()},
            Slot.FACTS: {"orders": [entry]},
        }
        return commit(slot, secret(self.name, index, slot), values[slot])

    def items(self) -> list[Item]:
        own = (Slot.SUBJECT, Slot.CONTENT, Slot.FACTS)
        digests = [tuple(self.part(index, slot).digest for slot in own) for index in range(self.count)]
        return [Item(index, (d[0], d[1], d[2])) for index, d in enumerate(digests)]

    def content(self) -> Commitment:
        return commit(Slot.CONTENT, secret(self.name, "content"), content_values(self.items()))

    def leaf(self) -> leaf.Leaf:
        numbers = leaf.Numbers("matrix", self.first, self.count)
        return plain_leaf(self.name, "decision", numbers, {Slot.CONTENT: self.content().digest})

    def item_receipt(self, index: int) -> receipt.ItemReceipt:
        items = self.items()
        openings = (self.part(index, Slot.SUBJECT).opening(), self.part(index, Slot.FACTS).opening())
        return receipt.ItemReceipt(items[index], item_path(items, index), openings)

    def order(self, index: int) -> verify.Order:
        ref = f"@bot{index}:example.org"
        return verify.Order("matrix", "account", ref, "hide", None, self.first + index, "matrix")


@dataclass
class Log:
    """Entries in memory, the checkpoint over all of them, receipts and files."""

    entries: list[bytes] = field(default_factory=list)
    witnessed: bool = False

    def note(self) -> str:
        root = merkle.root_of(map(merkle.leaf_hash, self.entries))
        return signed(checkpoint.Checkpoint(ORIGIN, len(self.entries), root), witnessed=self.witnessed)

    def path(self, index: int) -> tuple[bytes, ...]:
        hashes = [merkle.leaf_hash(entry) for entry in self.entries]
        return merkle.inclusion_proof(index, len(hashes), merkle.in_memory(hashes))

    def receipt(
        self, index: int, openings: Sequence[Opening] = (), item: receipt.ItemReceipt | None = None
    ) -> receipt.Receipt:
        return receipt.Receipt(
            self.entries[index], index, self.path(index), self.note(), tuple(openings), item
        )

    def files(self) -> dict[str, bytes]:
        return dict(export.files_of(self.entries, self.note()))


def mixed_log(size: int, *, witnessed: bool = False) -> Log:
    """A sound log: decisions of two connectors, their effects, settings and tallies."""
    entries, last, ids = [], {"matrix": 0, "press": 0}, [""]
    for place in range(size):
        name = f"entry {place}"
        connector = "press" if place % 3 else "matrix"
        if place % 5 == 4:
            entries.append(plain_leaf(name, "effect", re=ids[-1]))
        elif place % 7 == 6:
            entries.append(plain_leaf(name, "setting"))
        else:
            count = 1 + place % 4
            entries.append(plain_leaf(name, "decision", leaf.Numbers(connector, last[connector] + 1, count)))
            last[connector] += count
            ids.append(entries[-1].id)
    return Log([leaf.encode(entry) for entry in entries], witnessed)
