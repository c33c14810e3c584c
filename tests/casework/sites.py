"""A site for tests: a runner with a clock that is set by hand, founded, with people and a platform."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

from showcause.casework import founding
from showcause.casework.log import ledger
from showcause.casework.ports import Ids
from showcause.connectors.simulator import MEASURES
from showcause.domain.logbook import LeafNote
from showcause.domain.people import SYSTEM, Role
from showcause.domain.site import Document, Mode, Setting
from showcause.store.store import Store
from showcause.store.tx import Tx
from showcause.transparency.commitments import check
from showcause.transparency.jcs import Json, parse
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.transparency.leaf import Leaf, Slot, decode

P = ParamSpec("P")
R = TypeVar("R")

START = datetime(2026, 3, 2, 10, 0, 30, tzinfo=UTC)
ORIGIN = "log.example.org/showcause"
EVERYTHING = (Role.MODERATOR, Role.SENIOR, Role.POLICY, Role.OPERATOR)


def log_key(name: str = ORIGIN) -> str:
    """Return the text of a verifier key of this name."""
    return str(SigningKey(name, KeyKind.ED25519, bytes(range(32))).verifier)


def new_id() -> str:
    """Return a fresh id."""
    return secrets.token_hex(16)


@dataclass
class Site:
    """A store and the hour; runs one use case at a time, as the runner does."""

    store: Store
    now: datetime = START

    def run(
        self, verb: Callable[Concatenate[Tx, datetime, Ids, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run one use case in one transaction, its leaves last."""
        with self.store.transaction(self.now) as tx:
            result = verb(tx, self.now, new_id, *args, **kwargs)
            ledger.append(tx)
        return result

    def wait(self, for_: timedelta) -> None:
        """Let time pass."""
        self.now += for_

    @property
    def size(self) -> int:
        """Return how many leaves the log has."""
        with self.store.read(self.now) as view:
            return view.log.state().size

    def leaves(self, since: int = 0) -> list[Leaf]:
        """Return the leaves from an index on."""
        with self.store.read(self.now) as view:
            return [decode(data) for data in view.log.leaves(since, view.log.state().size)]

    def document(self, leaf: Leaf) -> dict[str, Any]:
        """Return the public document that a leaf commits to."""
        with self.store.read(self.now) as view:
            held = view.first(Document, digest=leaf.doc)
        assert held is not None, "the leaf commits to a document that nobody has"
        value: Json = parse(held.text.encode(), "document", 1_000_000)
        assert isinstance(value, dict)
        return value

    def opened(self, leaf: Leaf, slot: Slot) -> dict[str, Json]:
        """Return what a slot of a leaf commits to, checked against the leaf itself."""
        with self.store.transaction(self.now) as tx:
            [opening] = ledger.open_slots(tx, tx.get(LeafNote, leaf.id), {slot: None})
        return check(opening, leaf.slots[list(Slot).index(slot)])

    def find(self, cls: type[R], **equals: Any) -> list[R]:
        """Return records."""
        with self.store.read(self.now) as view:
            return view.find(cls, **equals)

    def setting(self, name: str) -> str | None:
        """Return a setting's value."""
        found = self.find(Setting, name=name)
        return found[0].value if found else None


def found(store: Store) -> Site:
    """Found a site and add its first person, Ada, who has every role that acts."""
    site = Site(store)
    site.run(founding.found, origin=ORIGIN, contact="desk@example.org", tier="small", log_key=log_key())
    site.run(founding.add_moderator, "ada", EVERYTHING, SYSTEM)
    return site


def staffed(store: Store) -> Site:
    """Found a site with two people, Ada and Ben, who have every role that acts."""
    site = found(store)
    site.run(founding.add_moderator, "ben", EVERYTHING, "ada")
    return site


def connect(site: Site, name: str = "example", mode: Mode = Mode.ENFORCE) -> None:
    """Connect a platform that can take every measure."""
    site.run(founding.connect_platform, name, "simulator", MEASURES, "ada", mode)
