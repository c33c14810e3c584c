"""A house all of whose memory is on the disk, so that any process can close its eyes and another one go on.

Founded once for each database and copied for every site; only the clock is told to it from outside.
"""

import functools
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from showcause.casework.log import public_log
from showcause.casework.log.fsck import fsck
from showcause.casework.worker import Worker
from showcause.casework.worker import World as Outside
from showcause.connectors.gate import Gate
from showcause.connectors.memory import Memory
from showcause.connectors.simulator import Simulator
from showcause.connectors.simulator_world import World
from showcause.store.config import open_store
from tests.crash.children import in_child
from tests.crash.mortal import (
    MortalKeys,
    MortalSigner,
    MortalSimulator,
    MortalSpool,
    MortalStore,
    PublishingStore,
    Tell,
    TellingRunner,
)
from tests.crash.points import Fuse
from tests.databases import MASTER, fresh_memory, postgres_template, sqlite_template
from tests.house import CONNECTOR_KEY, ORIGIN, PLATFORM, House, fresh_id, opened_house

if TYPE_CHECKING:
    from tests.services.postgres import PostgresServer

MODERATORS = ("bea", "cleo", "dan")
CLAUSES = ("integrity.spam", "integrity.evasion", "safety.threats", "privacy.private-information")


@dataclass(frozen=True)
class Place:
    """Where a site lies: the folder of its files, and its database."""

    folder: Path
    url: str


@dataclass
class DurableHouse(House):
    """A house opened again from what is on the disk. `tell` hears what was acknowledged."""

    fuse: Fuse = field(default_factory=Fuse)
    tell: Tell = lambda _what, _about: None

    def __post_init__(self) -> None:
        for part in (MortalKeys, MortalStore, MortalSigner, MortalSpool, MortalSimulator, TellingRunner):
            part.fuse = self.fuse
        self.store = MortalStore(
            self.store.database, MortalKeys(self.store.keys.path, MASTER), clock=self.clock
        )
        self.runner = TellingRunner(self.store, fresh_id, self.clock)
        self.runner.tell = self.tell
        self.log_policy = (self.folder / "policy").read_text()
        self.signer = MortalSigner(self.folder / "log.key", self.folder / "signer.json", ORIGIN, self.clock)
        self.signer.tell = self.tell
        self.urgent_key = Ed25519PrivateKey.from_private_bytes((self.folder / "urgent.key").read_bytes())
        self.world = World(self.clock, self.folder / "world.db")
        self.platform = self.connector()
        self.worker = Worker(self.runner, Outside({PLATFORM: self.platform}, self.signer))

    def connector(self, memory_file: str = "gate.db") -> Simulator:
        """Return the connector as a fresh process opens it."""
        memory = Memory(self.folder / memory_file, b"g" * 32)
        gate = Gate(PLATFORM, PLATFORM, self.log_policy, memory, key=CONNECTOR_KEY)
        issuer = self.urgent_key.public_key().public_bytes_raw()
        spool = MortalSpool(self.folder / "spool", b"s" * 32, issuer)
        return MortalSimulator(self.world, gate, spool, self.clock)

    @property
    def public(self) -> Path:
        """Return the public log's folder."""
        return self.folder / "public"

    def token(self, handle: str) -> bytes:
        """Return the token of the urgent lane that was issued to somebody when the site was founded."""
        return (self.folder / f"token-{handle}").read_bytes()

    def round(self) -> None:
        """Do once what the service does: the urgent lane first, then reports, what is due, and the public log."""
        self.worker.enter_urgent(PLATFORM)
        self.worker.poll(PLATFORM)
        self.worker.run_due()
        head = self.worker.head
        if head is not None:
            self.tell("head", [head.size, head.root.hex()])
            public_log.publish(
                PublishingStore(self.store.database, self.store.keys, self.clock),
                self.public,
                head,
                self.signer.verifier_key,
                self.now,
            )


def opened(place: Place, now: datetime, fuse: Fuse | None = None, tell: Tell | None = None) -> DurableHouse:
    """Open a site as a fresh process does."""
    store = open_store(place.url, place.folder / "keys.db", MASTER)
    more: dict[str, Any] = {"tell": tell} if tell else {}
    return DurableHouse(store, place.folder, MODERATORS, now, fuse=fuse or Fuse(), **more)


def _found(place: Place) -> None:
    """Found a site and keep on the disk what a fresh process needs to open it."""
    store = open_store(place.url, place.folder / "keys.db", MASTER)
    house = House(store, place.folder, MODERATORS, clauses=CLAUSES)
    for name in ("rita", "boris"):
        house.account(name)
    (place.folder / "urgent.key").write_bytes(house.urgent_key.private_bytes_raw())
    (place.folder / "policy").write_text(house.log_policy)
    for handle in MODERATORS:
        (place.folder / f"token-{handle}").write_bytes(house.urgent_token(handle))
    house.work()
    store.close()


@functools.cache
def _warm() -> None:
    """Let this process read and compile all that its children then have: one decision, there and back, in memory."""
    with (
        tempfile.TemporaryDirectory() as folder,
        fresh_memory() as store,
        opened_house(store, Path(folder)) as house,
    ):
        house.suspended(rung="suspend-7d")
        house.wait(days=7, seconds=1)
        house.wait(seconds=1)
        assert fsck(store).sound


class Sites:
    """Makes sites on one kind of database, each a copy of one that was founded once."""

    def __init__(self, folder: Path, server: "PostgresServer | None" = None) -> None:
        self.folder, self.server = folder, server
        _warm()
        first = folder / "founded"
        first.mkdir(parents=True)
        if server is None:
            shutil.copyfile(sqlite_template(), first / "showcause.db")
            self.founded = Place(first, f"sqlite:///{first / 'showcause.db'}")
        else:
            self.name = server.create(template=postgres_template(server))
            self.founded = Place(first, server.dsn(self.name))
        in_child(lambda: _found(self.founded))

    @contextmanager
    def fresh(self) -> Iterator[Place]:
        """Make a site, and drop its database at the end."""
        folder = self.folder / f"site-{secrets.token_hex(4)}"
        shutil.copytree(self.founded.folder, folder)
        if self.server is None:
            yield Place(folder, f"sqlite:///{folder / 'showcause.db'}")
        else:
            name = _copied(self.server, self.name)
            yield Place(folder, self.server.dsn(name))
            self.server.drop(name)
        shutil.rmtree(folder)


def _copied(server: "PostgresServer", template: str) -> str:
    """Copy a database; the server may take a moment to notice that its last user has gone."""
    for _ in range(100):
        try:
            return server.create(template=template)
        except psycopg.errors.ObjectInUse:
            time.sleep(0.05)
    raise AssertionError("somebody is still connected to the template")
