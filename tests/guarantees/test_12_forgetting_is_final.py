"""Guarantee 12: who was forgotten is in no file any more, and the log holds for everybody else as before.

A story is played with words that stand nowhere else, until nothing of it is open. Before the person is forgotten every
salt and seed of theirs is derived; then every file of the house, its exports, its backups, its log lines and, on
PostgreSQL, every row of every table and the server's own files are searched for words, salts, seeds and keys.
"""

import base64
import logging
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import psycopg
import pytest

from showcause.casework import attachments, forgetting, hearing, orphans, reading, still_needed, subjects
from showcause.casework.log import ledger, public_log, receipts
from showcause.casework.ports import Found, Ids
from showcause.casework.rulework.sampled import dropping
from showcause.casework.tallies import tally
from showcause.domain.decision import Decision
from showcause.domain.errors import Forgotten, NotFound, NotPermitted, StillNeeded
from showcause.domain.logbook import LeafNote
from showcause.domain.report import Report
from showcause.domain.restriction import Measure
from showcause.domain.rule import Backtest
from showcause.domain.subject import SubjectRecord
from showcause.store import backup
from showcause.store.config import open_store
from showcause.store.keys import KeyStore
from showcause.store.tx import Tx
from showcause.stream.forgetting import HASH
from showcause.stream.forgetting import forget as empty_events
from showcause.stream.history_copies import copy_out, named_now
from showcause.stream.intake import Intake
from showcause.stream.moving import Moving
from showcause.stream.opening import file_of, history_of, open_beside
from showcause.transparency import commitments
from showcause.transparency.leaf import FIELDS, Slot
from showcause.transparency.receipt import from_proof
from showcause.transparency.verify import verify_receipt
from tests.casework.rule_life import Life
from tests.databases import MASTER, POSTGRES, postgres_template, raw, sqlite_template
from tests.guarantees.test_12_people_can_be_forgotten import encodings, files_of_the_house
from tests.house import PLATFORM, House, opened_house
from tests.stream.lines import line
from tests.stream.rules import DECLARED

if TYPE_CHECKING:
    from tests.services.postgres import PostgresServer

PERSON, REPORTER, OTHER = "zanzibar-zoe", "quixotic-quinn", "yonder-yves"
WORDS = {
    "the name": PERSON,
    "the e-mail address": "zoe@zeppelin.example",
    "what was reported of them": "perambulating marmalade",
    "the evidence": "effervescent albatross",
    "what they wrote": "ineffable cucumber",
    "their appeal": "unfathomable teapot",
    "their file": "lugubrious trombone",
    "the answer": "magnanimous walrus",
    "an event": "discombobulated ocelot",
    "the id of an event": "perspicacious heron",
}


SERVERS_OWN = re.compile(
    r"(an event|the id of an event|their hash in events) stands in the server's write-ahead log .*"
)
"""What no program of ours reaches: a server's write-ahead log holds what was written, until it is written over. The
guide says so. Its tables are written anew, and hold nothing."""


@contextmanager
def opened(kind: str, folder: Path, server: "PostgresServer | None") -> Iterator[House]:
    """Open a house whose database and keys are files, or whose database is on a real PostgreSQL."""
    if server is not None:
        name = server.create(template=postgres_template(server))
        store = open_store(server.dsn(name), folder / "keys.db", MASTER)
    else:
        (folder / "showcause.db").write_bytes(sqlite_template().read_bytes())
        store = open_store(f"sqlite:///{folder / 'showcause.db'}", folder / "keys.db", MASTER)
    with opened_house(store, folder) as house:
        yield house
    store.close()
    store.keys.close()
    if server is not None:
        server.drop(name)


@pytest.fixture(params=["sqlite", POSTGRES])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A house on each database in turn."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    with opened(request.param, tmp_path, server) as found:
        yield found


@dataclass
class Story:
    """What was done, and what was noted down of the person before they were forgotten."""

    house: House
    record: str = ""
    decisions: list[Decision] = field(default_factory=list)
    others: list[Decision] = field(default_factory=list)
    intake: Intake | None = None
    proofs: dict[str, bytes] = field(default_factory=dict)
    secrets: dict[str, bytes] = field(default_factory=dict)
    sample: str = ""

    def play(self) -> None:
        """Suspend somebody, hide what they wrote, hear their appeals and give everything back; then let time pass."""
        house = self.house
        account = house.account(PERSON)
        told = subjects.Told(
            account, contact=WORDS["the e-mail address"], snapshot={"bio": WORDS["what they wrote"]}
        )
        self.record = house.run(subjects.tell, told).id
        self.happen()
        post = house.post(PERSON, WORDS["what they wrote"])
        report = house.report(account, by=REPORTER, reason=WORDS["what was reported of them"])
        first = house.decide(
            house.case_of(report), rung="suspend", evidence=(WORDS["the evidence"],), facts={}
        )
        case = house.case_of(house.report(post, by=REPORTER, author=PERSON))
        facts = {"words": WORDS["what they wrote"]}
        how: dict[str, object] = {
            "clause": "safety.threats@1",
            "preset": "quoted",
            "facts": facts,
            "evidence": ("seen",),
        }
        self.decisions = [first, house.decide(case, **how)]  # type: ignore[arg-type]  # fields by name
        for each in self.decisions:
            self.give_back(each)
        self.others = [house.suspended(OTHER)]
        house.wait(days=190)
        house.wait(days=190)  # the windows of what gave back have closed, too

    def happen(self) -> None:
        """Take events in that name the person and others, and keep windows made of them."""
        self.intake = Intake(self.house.store, open_beside(self.house.store))
        sent = [
            line(WORDS["the id of an event"], kind=WORDS["an event"], actor={"id": PERSON}),
            line("of another", actor={"id": OTHER}),
            line("one more", actor={"id": PERSON}),
        ]
        self.intake.take(PLATFORM, DECLARED, sent, self.house.now)
        bodies = [each.body for each in self.intake.log.read(0, 9) if each.body is not None]
        assert len(bodies) == 3
        self.secrets["their hash in events"] = HASH.findall(bodies[0])[0]
        assert Moving(history_of(self.intake.log)).move(
            PLATFORM, DECLARED, "ab" * 32, self.house.now + timedelta(days=2)
        )
        later = [
            line(WORDS["the id of an event"] + " later", kind=WORDS["an event"], actor={"id": PERSON}),
            line("of another, later", actor={"id": OTHER}),
        ]
        self.intake.take(PLATFORM, DECLARED, later, self.house.now)
        self.intake.log.keep_snapshot(5, "windows", 0, "digest", b"".join(bodies))
        version = Life(self.house).propose().id
        self.house.run(self._sample, version, HASH.findall(bodies[0])[0].decode())

    def _sample(self, tx: Tx, now: datetime, ids: Ids, version: str, hashed: str) -> None:
        """Keep a sample of events as a backtest does."""
        held = {"sample": [WORDS["the id of an event"]], "accounts": [hashed], "salt": ids()}
        numbers = dict.fromkeys(
            ("first", "last", "events", "hits", "degraded", "accounts", "new", "lost", "unchanged"), 1
        )
        made = Backtest(
            id=ids(), version=version, whole="", since=now, until=now, **numbers, accounts_new=0, accounts_lost=0,
            sealed=tx.seal(ledger.house(tx), "backtest", held, expires=now + timedelta(days=900)),
            digest="ab" * 32, recorded_at=now + timedelta(days=370), recorded_by="ada",
        )  # fmt: skip
        self.sample = tx.insert(made, verb="record", actor="ada").sealed

    def give_back(self, decision: Decision) -> None:
        house, reference = self.house, self.house.statement_of(decision).reference
        sent = [attachments.Sent(WORDS["their file"] + ".txt", WORDS["their file"].encode())]
        appeal = house.run(attachments.lodge_with, reference, WORDS["their appeal"], sent)
        house.run(hearing.claim, appeal.id, "dan")
        house.run(hearing.reverse, appeal.id, "dan", WORDS["the answer"])
        house.work()

    def note_down(self) -> None:
        """Hand out proofs, and derive what only the person's keys give: to know later what to search for."""
        for each in (*self.decisions, *self.others):
            self.proofs[each.id] = self.proof_of(each).encode()
        with self.house.store.read() as view:
            owners = still_needed.whole(view, self.record).owners
            for note in view.find(LeafNote):
                for part in (part for part in note.parts if part.owner in owners):
                    for slot in map(Slot, part.slots):
                        seed = view.keys.seed(part.owner, note.id, slot)
                        self.secrets[f"seed {note.id[:6]} {slot}"] = seed
                        for name in FIELDS[slot]:
                            self.secrets[f"salt {note.id[:6]} {slot} {name}"] = commitments.salt(seed, name)
        with sqlite3.connect(self.house.store.keys.path) as keys:
            for owner, lookup, wrapped in keys.execute("SELECT id, lookup, wrapped FROM owner"):
                if owner in owners:
                    self.secrets |= {f"key {owner[:6]}": wrapped[12:], f"lookup {owner[:6]}": lookup}

    def proof_of(self, decision: Decision) -> str:
        """Return the proof that the person concerned downloads."""
        with self.house.store.read(self.house.now) as view:
            head = self.house.worker.head
            assert head is not None
            owner = view.get(SubjectRecord, decision.subject).owner
            return receipts.person_proof(view, decision.leaf, head.note, owner)

    def forget(self) -> int:
        assert self.intake is not None
        events = partial(empty_events, self.intake, first=dropping(self.house.runner))
        platforms = {PLATFORM: self.house.platform}
        return forgetting.forget(self.house.runner, platforms, self.record, "ada", events)

    def export(self) -> None:
        """Publish the log, export it as `log export` does, and make the backups that our command makes."""
        house, head = self.house, self.house.worker.head
        assert head is not None
        key = house.signer.verifier_key
        public_log.publish(house.store, house.folder / "public", head, key, house.now)
        copy = house.folder / "exported"
        copy.mkdir(exist_ok=True)
        (copy / "checkpoint").write_bytes((house.folder / "public" / "checkpoint").read_bytes())
        public_log.rebuild(house.store, copy, key)
        if house.store.database.vendor == "sqlite":
            backup.back_up(house.store, house.folder / "backup.db")
            events = file_of(house.store)
            assert events is not None
            backup.back_up_events(events, house.folder / "backup-events.db")
        assert self.intake is not None
        files = history_of(self.intake.log)
        assert copy_out(files.folder, house.folder / "backup-history", named_now(files)) == []
        backup.back_up_keys(house.store, house.folder / "backup-keys.db")

    def needles(self) -> dict[str, list[bytes]]:
        """Return what must be nowhere, in every form in which it could stand."""
        found = {what: encodings(word) for what, word in WORDS.items()}
        for what, secret in self.secrets.items():
            whole = [secret, secret.hex().encode(), base64.b64encode(secret).rstrip(b"=")]
            found[what] = [*whole, base64.urlsafe_b64encode(secret).rstrip(b"=")]
        return found


def haystacks(house: House, lines: str) -> Iterator[tuple[str, bytes]]:
    """Yield everything that could hold something: files of the house, log lines, and a server's rows and files."""
    for path in files_of_the_house(house.folder):
        yield path.name, path.read_bytes()
        if path.suffix == ".parquet":
            yield path.name, unpacked(path)
    yield "the log lines", lines.encode()
    if house.store.database.vendor == "postgresql":
        yield from rows_of_postgres(house)


def unpacked(path: Path) -> bytes:
    """Return what a file of the history says, which stands in it packed: rows, and what it says of its columns."""
    with duckdb.connect() as db:
        sources = (f"read_parquet('{path}')", f"parquet_metadata('{path}')", f"parquet_kv_metadata('{path}')")
        found = [db.execute(f"SELECT * FROM {each}").fetchall() for each in sources]
    return repr(found).encode()


def rows_of_postgres(house: House) -> Iterator[tuple[str, bytes]]:
    """Yield every row of every table as text (bytes in hex), and each file of the server that can be read."""
    with psycopg.connect(house.store.url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        names = connection.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables "
            "WHERE schemaname IN ('public', 'showcause_events')"
        ).fetchall()
        for (name,) in names:
            rows = connection.execute(f"SELECT t::text FROM {name} AS t").fetchall()
            yield f"the table {name}", "\n".join(row[0] for row in rows).encode()
        [[data]] = connection.execute("SHOW data_directory").fetchall()
        [[base]] = connection.execute(
            "SELECT 'base/' || oid FROM pg_database WHERE datname = current_database()"
        ).fetchall()
    for folder in (Path(data) / base, Path(data) / "pg_wal"):
        for path in folder.iterdir():
            if path.is_file():
                what = "write-ahead log" if folder.name == "pg_wal" else "file"
                yield f"the server's {what} {path.name}", path.read_bytes()


def places(needles: Mapping[str, list[bytes]], where: Iterator[tuple[str, bytes]]) -> set[str]:
    """Return what stands where."""
    found = set()
    for name, data in where:
        for what, forms in needles.items():
            if any(form in data for form in forms):
                found.add(f"{what} stands in {name}")
    return found


def test_of_a_forgotten_person_no_word_no_salt_and_no_key_is_left(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    story = Story(house)
    story.play()
    story.note_down()
    needles = story.needles()
    assert len(story.secrets) > 100
    events = (("the events", path.read_bytes()) for path in house.folder.glob("events.db*"))
    if house.store.database.vendor == "sqlite":
        assert {name.partition(" stands")[0] for name in places(needles, events)} == {
            "an event",
            "the id of an event",
            "their hash in events",
        }, "they are found while there, and their name is not"
    packed = ((path.name, unpacked(path)) for path in house.folder.rglob("*.parquet"))
    assert {name.partition(" stands")[0] for name in places(needles, packed)} == {
        "an event",
        "the id of an event",
        "their hash in events",
    }, "and in the history"
    with house.store.read() as view:
        assert WORDS["the id of an event"] in view.unseal(story.sample)["sample"]
    keys = (("the keys", path.read_bytes()) for path in house.folder.glob("keys.db*"))
    assert {name.split(" ")[0] for name in places(needles, keys)} == {"key", "lookup"}, (
        "they are found while there"
    )

    assert story.forget() > 0
    house.work()
    house.now += timedelta(days=1)
    house.run(tally)
    house.work()
    story.export()
    lines = "\n".join(record.getMessage() for record in caplog.records)
    left = places(needles, haystacks(house, lines))
    assert {each for each in left if not SERVERS_OWN.fullmatch(each)} == set()
    with house.store.read() as view, pytest.raises(NotFound):
        view.unseal(story.sample)
    assert story.intake is not None
    assert story.intake.log.hours_due() is None, "nothing is left to be done on a server"
    with raw(house.store) as database:
        kept = database.run("SELECT id FROM sealed WHERE owner = ? AND length(ciphertext) > 0", story.record)
    assert kept == []

    # The person's own proof and everybody else's go on verifying; theirs can be made again, and hers cannot.
    for proof in story.proofs.values():
        assert verify_receipt(from_proof(proof), house.trusted).opened[Slot.FACTS]
    assert story.proof_of(story.others[0])
    for decision in story.decisions:
        with pytest.raises(Forgotten):
            story.proof_of(decision)
    assert house.standing(OTHER) == {Measure.SUSPEND}


def test_the_numbers_say_how_many_were_forgotten_and_nothing_says_who(house: House) -> None:
    story = Story(house)
    story.play()
    house.now = house.now.replace(hour=12)
    before = house.log_size()
    story.forget()
    assert house.log_size() == before, "forgetting leaves no entry that could be laid beside a name"
    with raw(house.store) as database:
        [[record, codes]] = database.run("SELECT record, codes FROM journal WHERE verb = 'forget'")
        [[times]] = database.run("SELECT count(*) FROM journal WHERE record = ?", record)
    known = {story.record, *(each.id for each in house.all(SubjectRecord))}
    assert record not in known
    assert times == 1
    assert story.record not in str(codes)
    house.now += timedelta(days=1)
    document = house.run(tally)
    assert document is not None
    assert story.record not in document.text
    assert '"people-forgotten":1' in document.text
    assert story.forget() == 0, "again is harmless"
    with raw(house.store) as database:
        assert database.run("SELECT count(*) FROM journal WHERE verb = 'forget'") == [(1,)]


def test_the_connector_lets_go_too_and_no_old_receipt_opens_its_gate_again(house: House) -> None:
    story = Story(house)
    story.play()
    memory, account = house.platform.gate.memory, house.account(PERSON)
    [number] = [each.number for each in house.restrictions_of(story.decisions[0])]
    assert memory.mark(account, Measure.SUSPEND) == number
    story.forget()
    assert memory.mark(account, Measure.SUSPEND) == 0
    assert memory.digest(account) not in b"".join(path.read_bytes() for path in house.folder.glob("gate.db*"))
    kept = memory.by_number(number)
    assert kept is not None
    assert kept.subject is None


def test_nobody_is_forgotten_while_a_measure_stands_an_appeal_is_possible_or_a_report_waits(
    house: House,
) -> None:
    decision = house.suspended(PERSON)
    record, platforms = decision.subject, {PLATFORM: house.platform}
    until = house.statement_of(decision).window_until
    assert until is not None
    with pytest.raises(StillNeeded) as refused:
        forgetting.forget(house.runner, platforms, record, "ada")
    assert "the measure suspend has not ended" in refused.value.message
    assert f"they may appeal against a decision (until {until:%d %B %Y})" in refused.value.message
    assert f"{until:%d %B %Y}" in refused.value.hint

    waits = house.report(house.account("someone-else"), by=REPORTER)
    with house.store.read(house.now) as view:
        reporter = view.get(Report, waits.id).reporter_subject
    assert reporter is not None
    with pytest.raises(StillNeeded, match="a report by them is not answered"):
        forgetting.forget(house.runner, platforms, reporter, "ada")
    with pytest.raises(NotPermitted):
        forgetting.forget(house.runner, platforms, record, "bea")
    with house.store.read(house.now) as view:
        assert reading.subject_of(view, record).ref == PERSON, "nothing was destroyed"


def test_an_open_appeal_keeps_a_person_known(house: House) -> None:
    decision = house.suspended(PERSON)
    house.wait(days=183)
    appeal = house.run(attachments.lodge_with, house.statement_of(decision).reference, "look again", [])
    house.now += timedelta(days=2)
    with pytest.raises(StillNeeded, match=f"the appeal {appeal.id[:12]} is open"):
        forgetting.forget(house.runner, {PLATFORM: house.platform}, decision.subject, "ada")


def test_a_forgotten_name_is_not_found_and_comes_back_as_somebody_new(house: House) -> None:
    story = Story(house)
    story.play()
    account = house.account(PERSON)
    with house.store.read() as view:
        assert forgetting.named(view, account) == story.record
    story.forget()
    with house.store.read() as view, pytest.raises(NotFound):
        forgetting.named(view, account)
    assert house.run(lambda tx, now, ids: reading.register(tx, account)).id != story.record


def test_a_copy_of_the_keys_from_before_still_holds_them_and_the_list_of_erasures_heals_it(
    house: House, tmp_path: Path
) -> None:
    story = Story(house)
    story.play()
    old = house.folder / "old-keys.db"
    backup.back_up_keys(house.store, old)
    story.forget()
    assert KeyStore(old, MASTER).has(story.record), "so copies of the keys are kept only briefly"
    place = tmp_path / "put-back"
    place.mkdir()
    copied = place / "keys.db"
    copied.write_bytes(old.read_bytes())
    (place / "keys.db.erased").write_bytes(house.store.keys.erasures.read_bytes())
    assert not KeyStore(copied, MASTER).has(story.record)


def test_whom_the_platform_restricts_without_our_cause_would_be_found_again_and_so_is_not_forgotten(
    house: House,
) -> None:
    house.run(orphans.scan, PLATFORM, [Found(house.account(PERSON), Measure.SUSPEND)])
    with house.store.read(house.now) as view:
        record = forgetting.named(view, house.account(PERSON))
    with pytest.raises(StillNeeded, match="still lists a suspend that has no cause on record"):
        forgetting.forget(house.runner, {PLATFORM: house.platform}, record, "ada")
    house.now += timedelta(days=1)
    house.run(orphans.scan, PLATFORM, [])
    assert forgetting.forget(house.runner, {PLATFORM: house.platform}, record, "ada") > 0
