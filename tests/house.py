"""A whole house for tests: a founded site on a real store, the simulator behind a real gate, a signer and a worker.

The clock stands still until a test moves it; ids are random. Nothing of ours is replaced.
"""

import functools
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from showcause.casework import connector_keys, deciding, desk, founding, intake, policies, staffing
from showcause.casework.catalogue import Catalogue, default_folder, load
from showcause.casework.log import ledger
from showcause.casework.ports import Ids, IncomingReport
from showcause.casework.runner import Runner
from showcause.casework.weighing import Proposal
from showcause.casework.worker import Worker
from showcause.casework.worker import World as Outside
from showcause.connectors.gate import Gate
from showcause.connectors.memory import Memory
from showcause.connectors.simulator import MEASURES, Faults, Simulator
from showcause.connectors.simulator_world import World
from showcause.connectors.tokens import issue_token
from showcause.connectors.urgent import UrgentSpool
from showcause.domain.case import Case
from showcause.domain.decision import Act, Decision, Finding, GroundRef, Outcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.logbook import LeafNote
from showcause.domain.people import SYSTEM, Role
from showcause.domain.policy import Clause, Urgent
from showcause.domain.report import Report
from showcause.domain.restriction import Measure, Restriction
from showcause.domain.sentences import Arg
from showcause.domain.site import Mode
from showcause.domain.statement import Statement
from showcause.domain.subject import Subject, SubjectKind
from showcause.gateways.inspecting import ProcessInspector
from showcause.gateways.signer import FileSigner, make_key
from showcause.store.journal import Line
from showcause.store.store import Store
from showcause.store.tx import Tx
from showcause.transparency.commitments import check
from showcause.transparency.confirmation import Basis, Confirmation, Event, Ordered, signed
from showcause.transparency.jcs import Json
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.transparency.leaf import Leaf, Slot, decode, slot_digest
from showcause.transparency.policy import Policy, parse_policy

P = ParamSpec("P")
R = TypeVar("R")

ORIGIN = "log.example/showcause"
PLATFORM = "plaza"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CONNECTOR_KEY = SigningKey(PLATFORM, KeyKind.ED25519, b"c" * 32)
"""What the platform's connector confirms with."""


@functools.cache
def shipped() -> Catalogue:
    """Return the catalogue that is shipped, read once."""
    return load(default_folder())


def fresh_id() -> str:
    """Return a fresh record id."""
    return secrets.token_hex(16)


@dataclass
class House:
    """A running site; `run` runs a verb, `work` does what is due, `wait` lets time pass and then works.

    In memory, or if it is `copied` into a SQLite file, it is founded once for each process: all of a kind have one log.
    """

    store: Store
    folder: Path
    moderators: tuple[str, ...]
    now: datetime = NOON
    clauses: tuple[str, ...] = ("integrity.spam", "integrity.evasion", "safety.threats")
    copied: bool = False
    runner: Runner = field(init=False)
    worker: Worker = field(init=False)
    world: World = field(init=False)
    platform: Simulator = field(init=False)
    signer: FileSigner = field(init=False)
    log_policy: str = field(init=False)
    urgent_key: Ed25519PrivateKey = field(init=False)

    def __post_init__(self) -> None:
        self.runner = Runner(self.store, fresh_id, self.clock)
        like = self._like() if self.copied or self.store.database.in_memory else None
        if kept := _FOUNDED.get(like):
            kept.restore(self.store, self.folder)
            self.log_policy, self.urgent_key = kept.policy, kept.urgent_key
        else:
            self._found()
            if like is not None:
                _FOUNDED[like] = Founded.keep(self)
        self.open()

    def open(self) -> None:
        """Open what lies in the folder, as a process does that begins."""
        self.signer = FileSigner(self.folder / "log.key", self.folder / "signer.json", ORIGIN, self.clock)
        self.world = World(self.clock, self.folder / "world.db")
        self.platform = self.connector()
        self.worker = Worker(self.runner, Outside({PLATFORM: self.platform}, self.signer, ProcessInspector()))

    def _found(self) -> None:
        """Found the site by the verbs by which anybody does."""
        verifier = make_key(
            ORIGIN, secrets.token_bytes(32), self.folder / "log.key", self.folder / "signer.json"
        )
        self.log_policy, self.urgent_key = f"log {verifier}\nquorum none\n", Ed25519PrivateKey.generate()
        self.run(
            founding.found, origin=ORIGIN, contact="appeals@site.example", tier="micro", log_key=verifier
        )
        self.run(staffing.add_moderator, "ada", (Role.OPERATOR, Role.MODERATOR), SYSTEM)
        for clause in (each for each in shipped().clauses if each.id in self.clauses):
            self.run(policies.approve, self.run(policies.propose, clause, "ada").id, "ada")
        for handle in self.moderators:
            self.run(staffing.add_moderator, handle, (Role.MODERATOR, Role.POLICY), "ada")
        self.run(founding.connect_platform, PLATFORM, "simulator", MEASURES, "ada", mode=Mode.ENFORCE)
        self.run(connector_keys.introduce, PLATFORM, str(CONNECTOR_KEY.verifier), "ada")

    def _like(self) -> tuple[object, ...]:
        """Return what a site depends on that is founded on SQLite; also the tables, of which pages need more."""
        with _records(self.store) as here:
            tables = here.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return self.moderators, self.clauses, self.now, tables

    def is_as_founded(self) -> bool:
        """Tell whether this is a house in memory in which, and on whose platform, nothing has happened yet."""
        if not self.store.database.in_memory or self.platform.faults != Faults():
            return False
        like = self._like()
        if like not in _FOUNDED:
            return False
        with _records(self.store) as here:
            lines = [
                each.execute("SELECT count(*) FROM journal").fetchone()
                for each in (here, _FOUNDED[like].records)
            ]
        return lines[0] == lines[1] and not self.world._file.rows("SELECT 1 FROM account")

    def clock(self) -> datetime:
        """Return the time that the test set."""
        return self.now

    def connector(self, memory_file: str = "gate.db") -> Simulator:
        """Return a connector as a fresh process would open it; another memory file is another connector's."""
        issuer = self.urgent_key.public_key().public_bytes_raw()
        memory = Memory(self.folder / memory_file, b"g" * 32)
        gate = Gate(PLATFORM, PLATFORM, self.log_policy, memory, key=CONNECTOR_KEY)
        return Simulator(self.world, gate, UrgentSpool(self.folder / "spool", b"s" * 32, issuer), self.clock)

    @property
    def trusted(self) -> Policy:
        """Return the pinned trust of connectors and readers."""
        return parse_policy(self.log_policy.encode())

    def run(
        self, verb: Callable[Concatenate[Tx, datetime, Ids, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run one use case."""
        return self.runner.run(verb, *args, **kwargs)

    def work(self) -> int:
        """Do everything that is due now."""
        return self.worker.run_due()

    def wait(self, **span: float) -> int:
        """Let time pass, then do everything that is due."""
        self.now += timedelta(**span)
        return self.work()

    # --- short ways to say common things ---------------------------------------------------------------------

    def account(self, ref: str) -> Subject:
        """Return an account of the platform, registered there."""
        self.world.register(ref)
        return Subject(PLATFORM, SubjectKind.ACCOUNT, ref)

    def post(self, author: str, text: str) -> Subject:
        """Write a post as somebody and return it."""
        self.account(author)
        return Subject(PLATFORM, SubjectKind.CONTENT, self.world.post(author, "square", text))

    def report(
        self, about: Subject, by: str = "rita", reason: str = "look at this", author: str | None = None
    ) -> Report:
        """Report something as somebody; the report is filed."""
        incoming = IncomingReport(
            external_key=fresh_id(),
            subject=about,
            author=self.account(author) if author else None,
            reporter=self.account(by),
            reason=reason,
            received_at=self.now,
            evidence={"shown": reason},
        )
        return self.run(intake.submit, incoming)

    def case_of(self, report: Report) -> Case:
        """Return the case that a report was filed into."""
        with self.store.read() as view:
            return view.get(Case, view.get(Report, report.id).case or "")

    def propose(
        self,
        case: Case,
        clause: str = "integrity.spam@1",
        preset: str = "",
        rung: str = "",
        by: str = "bea",
        facts: dict[str, Arg] | None = None,
        evidence: tuple[str, ...] = ("the posts themselves", "the times at which they came"),
        grounds: tuple[GroundRef, ...] = (),
        interim: Act | None = None,
    ) -> Decision:
        """Claim a case and propose a restriction from a preset."""
        chosen = self.clause(clause)
        reason = chosen.preset(preset) if preset else chosen.presets[0]
        assert reason is not None
        step = chosen.rung(rung or reason.rung)
        assert step is not None
        act = Act(case.subject, step.measure, step.duration, step.name)
        proposal = Proposal(
            Outcome.RESTRICT,
            (Finding(clause, reason.elements, reason.id, grounds),),
            (act,),
            facts if facts is not None else self.facts_for(clause),
            evidence,
            interim=interim,
        )
        self.run(desk.claim, case.id, by)
        return self.run(deciding.propose, case.id, by, proposal)

    def clause(self, ref: str) -> Clause:
        """Return a clause of the shipped catalogue."""
        found = shipped().clause(ref)
        assert found is not None, ref
        return found

    def facts_for(self, ref: str) -> dict[str, Arg]:
        """Return something for every fact that a clause asks for."""
        samples: dict[str, Arg] = {
            "text": "as seen",
            "number": 3,
            "duration": 3600,
            "day": "2026-11-21",
            "minute": "2026-11-21T10:00:00Z",
            "list": ("one signal", "another signal"),
        }
        return {slot.id: samples[slot.kind] for slot in self.clause(ref).slots if slot.required}

    def decide(self, case: Case, *, second: str = "cleo", **how: object) -> Decision:
        """Propose, approve, let the undo delay pass, and carry the decision out."""
        proposed = self.propose(case, **how)  # type: ignore[arg-type]
        if proposed.approver is None:
            self.run(deciding.approve, proposed.id, second)
        self.wait(seconds=31)
        self.wait(seconds=1)
        with self.store.read() as view:
            return view.get(Decision, proposed.id)

    def suspended(self, ref: str = "spam-sam", **how: object) -> Decision:
        """Return a decision that suspended an account, carried out and served."""
        how.setdefault("clause", "integrity.spam@1")
        how.setdefault("rung", "suspend")
        return self.decide(self.case_of(self.report(self.account(ref))), **how)  # type: ignore[arg-type]

    def statement_of(self, decision: Decision) -> Statement:
        """Return the statement of a decision."""
        with self.store.read() as view:
            found = view.first(Statement, decision=decision.id)
        assert found is not None
        return found

    def restrictions_of(self, decision: Decision) -> list[Restriction]:
        """Return the restrictions of a decision."""
        with self.store.read() as view:
            return view.find(Restriction, decision=decision.id)

    def all(self, cls: type[R], **equals: Any) -> list[R]:
        """Return the records of a class."""
        with self.store.read() as view:
            return view.find(cls, **equals)

    def standing(self, ref: str, kind: SubjectKind = SubjectKind.ACCOUNT) -> frozenset[Measure]:
        """Return the measures that stand on the platform itself."""
        return self.world.standing(kind, ref)

    def journal(self, record: str) -> list[Line]:
        """Return the journal's lines about a record."""
        with self.store.read() as view:
            return view.journal(record)

    def log_size(self) -> int:
        """Return how many entries the log has."""
        with self.store.read() as view:
            return view.log.state().size

    def log_kinds(self) -> list[str]:
        """Return the kinds of all entries, in order."""
        with self.store.read() as view:
            return [decode(leaf).kind for leaf in view.log.leaves(0, view.log.state().size)]

    def opened(self, leaf: Leaf, slot: Slot) -> dict[str, Json]:
        """Return what a slot of a leaf commits to, checked against the leaf itself."""
        [opening] = self.run(
            lambda tx, now, ids: ledger.open_slots(tx, tx.get(LeafNote, leaf.id), {slot: None})
        )
        return check(opening, slot_digest(leaf, slot))

    def confirmed(self, order: Enforcement, event: Event = Event.IMPOSED) -> str:
        """Return what the platform's connector signs about an order."""
        with self.store.read() as view:
            about = Ordered(order.number, view.get(Decision, order.decision).leaf)
        time = int(self.now.timestamp())
        said = Confirmation(PLATFORM, PLATFORM, about, order.measure, event, time, Basis.READ_BACK)
        return signed(said, CONNECTOR_KEY)

    def urgent_token(self, handle: str, *categories: Urgent) -> bytes:
        """Issue a token of the urgent lane to a moderator, for a month."""
        who = self.run(lambda tx, now, ids: _id_of(tx, handle))
        end = self.now + timedelta(days=30)
        return issue_token(self.urgent_key, fresh_id(), who, categories or tuple(Urgent), end)


def _id_of(tx: Tx, handle: str) -> str:
    from showcause.casework.reading import person

    return str(person(tx, handle).id)


@dataclass(frozen=True)
class Founded:
    """A site as it was just after it was founded, kept so that the next test need not found it again."""

    records: sqlite3.Connection
    keys: sqlite3.Connection
    files: dict[str, bytes]
    policy: str
    urgent_key: Ed25519PrivateKey

    @classmethod
    def keep(cls, house: House, files: Sequence[str] = ("log.key", "signer.json")) -> "Founded":
        """Copy what a house on SQLite with its keys in memory consists of; some of it are files."""
        records, keys = (sqlite3.connect(":memory:", check_same_thread=False) for _ in range(2))
        with _records(house.store) as there:
            there.backup(records)
        with house.store.keys._use() as there:
            there.backup(keys)
        held = {name: (house.folder / name).read_bytes() for name in files}
        return cls(records, keys, held, house.log_policy, house.urgent_key)

    def restore(self, store: Store, folder: Path) -> None:
        """Make a fresh store, and a folder, what the copied house was."""
        with _records(store) as here:
            self.records.backup(here)
        with store.keys._use() as here:
            self.keys.backup(here)
        for name, data in self.files.items():
            (folder / name).touch(mode=0o600)
            (folder / name).write_bytes(data)


_FOUNDED: dict[tuple[object, ...] | None, Founded] = {}


@contextmanager
def _records(store: Store) -> Iterator[sqlite3.Connection]:
    wrapper = store.database.connection()
    wrapper.ensure_connection()
    yield wrapper.connection


@contextmanager
def opened_house(
    store: Store, folder: Path, moderators: tuple[str, ...] = ("bea", "cleo", "dan"), **more: Any
) -> Iterator[House]:
    """Open a house on a store; with no further moderators it is in single-operator mode."""
    house = House(store, folder, moderators, **more)
    yield house
    house.signer.close()
