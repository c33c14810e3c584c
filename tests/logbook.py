"""A log for tests: a store, a signer with files of its own, a clock that is set by hand, and leaves to put in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from showcause.casework.log import ledger
from showcause.casework.log.signing import SignedHead, sign_head
from showcause.casework.ports import Head
from showcause.gateways.signer import FileSigner, make_key
from showcause.store.store import Store
from showcause.transparency import leaf as leaves
from showcause.transparency.jcs import Json
from showcause.transparency.keys import parse_verifier_key
from showcause.transparency.kinds import DOCUMENTED, SLOTS, Slot
from showcause.transparency.merkle import EMPTY_ROOT, in_memory, leaf_hash, root_of
from showcause.transparency.policy import Policy

ORIGIN = "log.example/garden"
START = datetime(2026, 3, 2, 10, 0, 30, tzinfo=UTC)
EMPTY = Head(0, EMPTY_ROOT)
SUBJECT = {"platform": "garden", "kind": "account", "ref": "@rose:garden.example"}
ORDERS: list[Json] = [[1, "suspend", None]]


def secret(*words: object) -> bytes:
    """32 bytes that follow from words."""
    return sha256("/".join(map(str, words)).encode()).digest()


def leaf(name: str, kind: str = "recusal", **more: object) -> ledger.Encoded:
    """A leaf whose id and digests follow from its name."""
    made = leaves.Leaf(
        kind,
        secret(name, "id").hex()[:32],
        secret("rules").hex(),
        secret("policies").hex(),
        tuple(secret(name, slot) for slot in SLOTS),
        doc=secret(name, "doc").hex() if kind in DOCUMENTED else None,
        **more,  # type: ignore[arg-type]
    )
    return ledger.Encoded(made.id, leaves.encode(made))


@dataclass
class Clock:
    """Says what it was set to."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def go(self, **by: float) -> None:
        """Let time pass; negative numbers turn it back."""
        self.now += timedelta(**by)


@dataclass
class Files:
    """Where a signer keeps its key and its state."""

    folder: Path

    @property
    def key(self) -> Path:
        return self.folder / "log.key"

    @property
    def state(self) -> Path:
        return self.folder / "log.state"

    def make(self, origin: str = ORIGIN) -> str:
        """Make key and state of a new log."""
        return make_key(origin, secret(origin, "seed"), self.key, self.state)

    def open(self, clock: Clock, origin: str = ORIGIN) -> FileSigner:
        """Open the signer."""
        return FileSigner(self.key, self.state, origin, clock)


@dataclass
class Book:
    """A log being written and signed."""

    store: Store
    files: Files
    clock: Clock = field(default_factory=Clock)
    written: int = 0

    def __post_init__(self) -> None:
        self.files.make()
        self.signer = self.files.open(self.clock)

    @property
    def policy(self) -> Policy:
        """Trusts this log, and asks for no witness."""
        return Policy((parse_verifier_key(self.signer.verifier_key),))

    def write(self, n: int = 1, prefix: str = "leaf") -> list[ledger.Encoded]:
        """Append n leaves in one transaction, as the runner does."""
        made = [leaf(f"{prefix} {self.written + at}") for at in range(n)]
        self.written += n
        with self.store.transaction(self.clock()) as tx:
            for each in made:
                tx.draft(each)
            ledger.append(tx)
        return made

    def decide(self, name: str = "decision", person: str = "rose", actor: str = "ada") -> str:
        """Append the leaf of a decision with one order, its fields under the keys of two people; return its id."""
        id_ = secret(name).hex()[:32]
        with self.store.transaction(self.clock()) as tx:
            draft = ledger.Draft(
                leaves.Kind.DECISION,
                id_,
                secret(name, "decision").hex()[:32],
                tx.keys.owner(person),
                tx.keys.owner(actor),
                {
                    Slot.FACETS: {"measures": ["suspend"], "ground": "INCOMPATIBLE_CONTENT"},
                    Slot.SUBJECT: dict(SUBJECT),
                    Slot.FACTS: {"minute": "2026-03-02T10:00:00Z", "orders": ORDERS, "event": "restrict"},
                    Slot.ACTOR: {"proposer": "ada", "approver": "ben"},
                },
                numbers=leaves.Numbers("garden", 1, 1),
            )
            ledger.draft(tx, draft)
            ledger.append(tx)
        return id_

    def sign(self) -> SignedHead:
        """Sign the head."""
        head = sign_head(self.store, self.signer)
        assert head is not None, "an empty log has no head to sign"
        return head

    @property
    def size(self) -> int:
        """How many leaves have a place."""
        with self.store.read() as view:
            return view.log.state().size

    @property
    def fenced(self) -> bool:
        """Whether the log is fenced."""
        with self.store.read() as view:
            return view.log.state().fenced

    def data(self) -> list[bytes]:
        """All leaves that have a place."""
        with self.store.read() as view:
            return list(view.log.leaves(0, view.log.state().size))


def opened_book(store: Store, folder: Path) -> Iterator[Book]:
    """Open a log on a store; for fixtures."""
    book = Book(store, Files(folder))
    yield book
    book.signer.close()


def heads(n: int) -> list[Head]:
    """The heads of a log of 0 to n leaves."""
    hashes = [leaf_hash(f"entry {at}".encode()) for at in range(n)]
    return [Head(size, root_of(hashes[:size])) for size in range(n + 1)]


def proof(old: int, new: int) -> tuple[bytes, ...]:
    """The consistency proof between two of `heads`."""
    from showcause.transparency.merkle import consistency_proof

    return consistency_proof(old, new, in_memory([leaf_hash(f"entry {at}".encode()) for at in range(new)]))
