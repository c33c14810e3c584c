"""What the contract suite needs of a platform beside its connector: people on it, and ways to break it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from showcause.connectors.gate import Gate
from showcause.connectors.gated import GatedPlatform
from showcause.connectors.memory import Memory
from showcause.connectors.simulator import Simulator
from showcause.connectors.simulator_world import World, WorldRefused
from showcause.connectors.tokens import issue_token
from showcause.connectors.urgent import UrgentSpool
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from showcause.transparency.keys import KeyKind, SigningKey
from tests.contracts.connector.receipts import Issuer

CONNECTOR = "contract-main"
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
TOKENS = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
KEY = SigningKey(CONNECTOR, KeyKind.ED25519, b"\x08" * 32)
"""What the connector confirms with."""


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def token(*categories: Urgent, expires: datetime = UNTIL) -> bytes:
    """Issue a token for some categories, or for threats to life."""
    return issue_token(TOKENS, "a" * 32, "b" * 32, categories or (Urgent.THREAT_TO_LIFE,), expires)


class Peer(Protocol):
    """A platform under test, its connector, and the log that the connector trusts."""

    issuer: Issuer
    loses: str
    """What `leave_a_room` takes, as a restoration names it."""

    def connect(self, *, observe: bool = False) -> "GatedPlatform":
        """Return a connector over the same files as any before it, as after a restart."""

    def person(self) -> Subject:
        """Return a new account that has rooms and a name."""

    def somebody_else(self) -> Subject:
        """Return a new account that has nothing to do with the first."""

    def nobody(self) -> Subject:
        """Return an account that the platform never had."""

    def can_write(self, person: Subject) -> bool:
        """Tell whether a person can write on the platform."""

    def notices(self, person: Subject) -> list[str]:
        """Return the notices that a person can read there."""

    def leave_a_room(self, person: Subject) -> None:
        """Take something from a person that no reversal brings back."""

    def by_hand(self, person: Subject, measure: Measure) -> None:
        """Restrict somebody as an administrator does, past every log."""

    def file_report(self, about: Subject, reason: str) -> None:
        """Report an account, as a third person."""

    def delete_report(self, reason: str) -> None:
        """Delete the report with this reason."""

    def lying(self) -> AbstractContextManager[None]:
        """Answer success to acts and do nothing."""

    def limiting(self, seconds: float) -> AbstractContextManager[None]:
        """Answer that one must wait."""

    def failing(self) -> AbstractContextManager[None]:
        """Answer with an error of the server."""

    def silent(self) -> AbstractContextManager[None]:
        """Do what is asked and never answer."""


def gate_and_spool(folder: Path, platform: str, issuer: Issuer, *, observe: bool) -> tuple[Gate, UrgentSpool]:
    """Return the gate and the spool over the files of a folder."""
    memory = Memory(folder / "gate.db", b"\x01" * 32)
    gate = Gate(CONNECTOR, platform, issuer.policy, memory, observe=observe, key=KEY)
    return gate, UrgentSpool(folder / "urgent", b"\x02" * 32, TOKENS.public_key().public_bytes_raw())


class SimulatorPeer:
    """The simulator, persistent in a folder."""

    loses = "rooms"

    def __init__(self, folder: Path) -> None:
        self.issuer, self._folder, self._people = Issuer(CONNECTOR), folder, 0
        self.world = World(now, folder / "world.db")
        self.world.register("reporter")
        self._connectors: list[Simulator] = []

    def connect(self, *, observe: bool = False) -> Simulator:
        gate, spool = gate_and_spool(self._folder, "garden", self.issuer, observe=observe)
        made = Simulator(World(now, self._folder / "world.db"), gate, spool, now)
        self._connectors.append(made)
        return made

    def person(self) -> Subject:
        self._people += 1
        ref = f"person-{self._people}"
        self.world.register(ref, f"Person {self._people}")
        for room in ("general", "kitchen"):
            self.world.join(ref, room)
        return Subject("garden", SubjectKind.ACCOUNT, ref)

    somebody_else = person

    def nobody(self) -> Subject:
        return Subject("garden", SubjectKind.ACCOUNT, "nobody-1")

    def can_write(self, person: Subject) -> bool:
        try:
            self.world.post(person.ref, "general", "hello")
        except WorldRefused:
            return False
        return True

    def notices(self, person: Subject) -> list[str]:
        return self.world.inbox(person.ref)

    def leave_a_room(self, person: Subject) -> None:
        self.world.leave(person.ref, "kitchen")

    def by_hand(self, person: Subject, measure: Measure) -> None:
        self.world.impose(person.kind, person.ref, measure)

    def file_report(self, about: Subject, reason: str) -> None:
        self.world.report("reporter", about.kind, about.ref, reason)

    def delete_report(self, reason: str) -> None:
        for row in self.world.reports_after(0, 10_000):
            if row["reason"] == reason:
                self.world.delete_report(row["seq"])

    @contextmanager
    def _faulty(self, **changes: object) -> Iterator[None]:
        for connector in self._connectors:
            for name, value in changes.items():
                setattr(connector.faults, name, value)
        yield
        for connector in self._connectors:
            connector.faults = type(connector.faults)()

    def lying(self) -> AbstractContextManager[None]:
        return self._faulty(lies=True)

    def limiting(self, seconds: float) -> AbstractContextManager[None]:
        return self._faulty(rate_limited=seconds)

    def failing(self) -> AbstractContextManager[None]:
        return self._faulty(error_500=True)

    def silent(self) -> AbstractContextManager[None]:
        return self._faulty(hangs=True)
