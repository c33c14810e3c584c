"""A tiny log that issues receipts for orders, the way the site's own log does, from the formats alone."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from showcause.casework.ports import Order
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject
from showcause.transparency import checkpoint, leaf, merkle, note, policy, receipt
from showcause.transparency.commitments import Commitment, commit, order_entry
from showcause.transparency.jcs import Json
from showcause.transparency.keys import KeyKind, SigningKey

ORIGIN = "log.example/contract"


def secret(*words: object) -> bytes:
    """Return 32 bytes that follow from words."""
    return sha256("/".join(map(str, words)).encode()).digest()


@dataclass
class Issuer:
    """The log behind one connector. Orders get dense numbers; every order is one entry."""

    connector: str
    key: SigningKey = field(default_factory=lambda: SigningKey(ORIGIN, KeyKind.ED25519, secret("key")))
    entries: list[bytes] = field(default_factory=list)
    last: int = 0

    @property
    def policy(self) -> str:
        """Return the pinned policy of whoever trusts this log."""
        return str(policy.Policy((self.key.verifier,)))

    def order(
        self, subject: Subject, measure: Measure, until: datetime | None = None, *, served: bool = False
    ) -> tuple[Order, bytes]:
        """Decide: return an order and the receipt that opens it."""
        self.last += 1
        order = Order(secret(self.last).hex()[:32], subject, measure, until, self.last, served)
        receipt_json = self.issue(order)
        return replace(order, leaf=leaf.decode(self.entries[-1]).id), receipt_json

    def issue(self, order: Order, kind: str = "decision", connector: str | None = None) -> bytes:
        """Log an order and return its receipt."""
        subject, facts = self._commitments(order)
        slots = {leaf.Slot.SUBJECT: subject.digest, leaf.Slot.FACTS: facts.digest}
        entry = leaf.Leaf(
            kind,
            secret(order.key, "leaf", len(self.entries)).hex()[:32],
            secret("rules").hex(),
            secret("policies").hex(),
            tuple(slots.get(slot, secret(order.key, slot)) for slot in leaf.SLOTS),
            leaf.Numbers(connector or self.connector, order.number, 1),
        )
        self.entries.append(leaf.encode(entry))
        return receipt.to_json(self._receipt(subject, facts))

    def _receipt(self, subject: Commitment, facts: Commitment) -> receipt.Receipt:
        hashes = [merkle.leaf_hash(entry) for entry in self.entries]
        tree = checkpoint.Checkpoint(ORIGIN, len(hashes), merkle.root_of(hashes))
        index = len(hashes) - 1
        path = merkle.inclusion_proof(index, len(hashes), merkle.in_memory(hashes))
        openings = (subject.opening(), facts.opening(["orders"]))
        return receipt.Receipt(
            self.entries[index], index, path, note.sign_note(tree.text, [self.key]), openings
        )

    def _commitments(self, order: Order) -> tuple[Commitment, Commitment]:
        platform, kind, ref = order.subject.platform, str(order.subject.kind), order.subject.ref
        subject: dict[str, Json] = {"platform": platform, "kind": kind, "ref": ref}
        facts: dict[str, Json] = {"orders": [order_entry(order.number, order.measure, order.until)]}
        return (
            commit(leaf.Slot.SUBJECT, secret(order.key, "subject"), subject),
            commit(leaf.Slot.FACTS, secret(order.key, "facts"), facts),
        )
