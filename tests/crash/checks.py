"""What must be so after a kill: at once, before anything was repaired; after the worker did its rounds; at the end."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from showcause.casework.log.fsck import KnownHead, fsck, verify_public
from showcause.casework.log.public_log import published
from showcause.casework.ports import Head
from showcause.domain.appeal import Appeal
from showcause.domain.case import Case
from showcause.domain.decision import Decision, Outcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.lifecycle import DecisionState, EnforcementState, ServiceState, UrgentState
from showcause.domain.logbook import LeafNote
from showcause.domain.report import Report
from showcause.domain.site import Letter
from showcause.domain.statement import Statement
from showcause.domain.subject import SubjectRecord
from showcause.domain.urgent import UrgentEntry
from showcause.store import jobs
from showcause.store.tables import TABLES
from showcause.store.view import View
from showcause.transparency.kinds import Kind
from tests.crash.durable import DurableHouse
from tests.databases import raw
from tests.house import PLATFORM

ACKNOWLEDGED = {cls.__name__: cls for cls in (Report, Case, Decision, Statement, Appeal, UrgentEntry)}
STANDING = (EnforcementState.APPLIED, EnforcementState.DRIFTED)


@dataclass
class Told:
    """What a site ever acknowledged: records with their revision, urgent acts, signed heads."""

    records: dict[tuple[str, str], int] = field(default_factory=dict)
    urgent: set[str] = field(default_factory=set)
    heads: dict[int, str] = field(default_factory=dict)

    def hear(self, lines: Iterable[bytes]) -> None:
        """Take in what a victim told."""
        for line in lines:
            what, about = json.loads(line)
            match what:
                case "record":
                    cls, id_, revision = about
                    self.records[cls, id_] = max(revision, self.records.get((cls, id_), 0))
                case "urgent":
                    self.urgent.add(about)
                case "head":
                    size, root = about
                    assert self.heads.setdefault(size, root) == root, (
                        f"two heads were signed for {size} entries"
                    )
                case _:
                    assert what == "alive", line


def at_once(house: DurableHouse, told: Told) -> None:
    """Check what holds at every instant, also in the ruins that a kill left."""
    with house.store.read() as view:
        size = view.log.state().size
        assert house.signer.last().size <= size, "the signer is ahead of the database"
        assert max(told.heads, default=0) <= house.signer.last().size, "the signer forgot what it signed"
        _nothing_acknowledged_is_lost(house, view, told)
        _nothing_was_imposed_unlogged(house, view)
        _nothing_was_imposed_twice(house, view)
        _journal_tells_of_every_change(house, view)
    _public_log_is_whole(house)


def recover(house: DurableHouse) -> None:
    """Let the service go on until nothing is due: leases end, undo delays pass, what waits for a retry is retried."""
    house.now += timedelta(minutes=6)
    house.worker.run_due()  # before anybody visits the platform: what was asked for must not miss what was begun
    for _ in range(4):
        house.now += timedelta(minutes=6)
        house.round()


def after_recovery(house: DurableHouse, told: Told) -> None:
    """Check what the service brings in order by itself after a kill."""
    at_once(house, told)
    with house.store.read() as view:
        _platform_agrees_with_the_record(house, view)
        _what_people_reported_there_was_taken(house, view)
        _whoever_was_decided_about_was_told(house, view)
        due = [job for job in jobs.with_state(view.alias, jobs.READY, 10_000) if job.due <= house.now]
        assert due == [], f"jobs were left lying: {due}"
        dead = jobs.with_state(view.alias, jobs.DEAD)
        assert dead == [], f"jobs died: {dead}"
    assert list(house.platform.spooled()) == []
    gate = house.platform.gate.memory
    assert gate.gaps() == [], f"numbers never came to the connector: {gate.gaps()}"
    assert gate.unfinished() == 0
    _log_is_sound(house, told)


def until_all_jobs_end(house: DurableHouse) -> None:
    """Let months pass, deadline by deadline, until nothing waits any more."""
    for _ in range(300):
        with house.store.read() as view:
            waiting = jobs.with_state(view.alias, jobs.READY, 10_000)
        if not waiting:
            return
        house.now = max(house.now + timedelta(seconds=1), min(job.due for job in waiting))
        house.round()
    raise AssertionError(f"jobs never end: {waiting}")


def _nothing_acknowledged_is_lost(house: DurableHouse, view: View, told: Told) -> None:
    for (name, id_), revision in told.records.items():
        if name in ACKNOWLEDGED:
            found: Any = view.first(ACKNOWLEDGED[name], id=id_)
            assert found is not None, f"the {name} {id_} was acknowledged and is lost"
            assert found.revision >= revision, f"a change of the {name} {id_} was acknowledged and is lost"
    entered = {entry.spool for entry in view.find(UrgentEntry)}
    spooled = {entry.id for entry in house.platform.spooled()}
    assert told.urgent <= entered | spooled, "an urgent act was acknowledged and is lost"
    assert all(size <= view.log.state().size for size in told.heads)


def _nothing_was_imposed_unlogged(house: DurableHouse, view: View) -> None:
    spooled = {entry.id for entry in house.platform.spooled()}
    entered = {entry.spool: entry for entry in view.find(UrgentEntry)}
    for act in house.world.acts():
        if act["what"] != "impose" or act["by"] in spooled:
            continue
        by = entered.get(act["by"]) or view.first(Enforcement, id=act["by"])
        assert by is not None, f"nothing explains {act}"
        logged = view.log.index_of(view.get(Decision, by.decision).leaf)
        assert logged is not None, f"imposed without an entry in the log: {act}"
    effects = {note.about: note.id for note in reversed(view.find(LeafNote, kind=Kind.EFFECT))}
    for enforcement in view.find(Enforcement):
        if enforcement.id in effects:
            cause = view.log.index_of(view.get(Decision, enforcement.decision).leaf)
            effect = view.log.index_of(effects[enforcement.id])
            assert cause is not None
            assert effect is not None
            assert cause < effect


def _nothing_was_imposed_twice(house: DurableHouse, view: View) -> None:
    changed = [act for act in house.world.acts() if act["changed"]]
    imposed = Counter(act["by"] for act in changed if act["what"] == "impose")
    assert all(count == 1 for count in imposed.values()), f"a restriction was applied twice: {imposed}"
    standing: set[tuple[str, str, str]] = set()
    for act in changed:
        about = (act["kind"], act["ref"], act["measure"])
        assert (about in standing) is (act["what"] == "free")
        standing ^= {about}


def _journal_tells_of_every_change(house: DurableHouse, view: View) -> None:
    """Each record has a line for its birth and for each of its revisions."""
    with raw(house.store) as db:
        lines = Counter(
            record for (record,) in db.run("SELECT record FROM journal WHERE revision IS NOT NULL")
        )
        for table in TABLES:
            for id_, revision in db.run(f"SELECT id, revision FROM {table.name}"):
                assert lines[id_] == revision + 1, f"the journal of {table.kind} {id_} has a hole"
        owners = {owner for (owner,) in db.run("SELECT DISTINCT owner FROM sealed")}
    assert all(view.keys.has(owner) for owner in owners), "a row came to the disk before its key"


def _platform_agrees_with_the_record(house: DurableHouse, view: View) -> None:
    subjects = {s.id: s for s in view.find(SubjectRecord)}
    wanted = {(e.subject, e.measure) for e in view.find(Enforcement, state=STANDING)}
    there = {(kind, ref, measure) for kind, ref, measure, _ in house.world.all_standing()}
    for subject, measure in wanted:
        ref = _ref(view, subject)
        assert (subjects[subject].kind, ref, measure) in there, f"{measure} should stand and does not"
    assert len(there) == len(wanted), (
        f"on the platform {len(there)} measures stand, in the record {len(wanted)}"
    )
    unsure = view.find(Enforcement, state=(EnforcementState.FAILED, EnforcementState.STUCK))
    assert unsure == [], f"the platform was never down, but orders failed: {unsure}"


def _ref(view: View, subject: str) -> str:
    from showcause.casework.reading import subject_of

    return subject_of(view, subject).ref


def _what_people_reported_there_was_taken(house: DurableHouse, view: View) -> None:
    for row in house.world.reports_after(0, 10_000):
        key = view.keyed_hash(f"{PLATFORM}:{PLATFORM}:{row['seq']}")
        taken = view.count(Report, external_key=key)
        assert taken == 1, f"the platform's report {row['seq']} was taken {taken} times"


def _whoever_was_decided_about_was_told(house: DurableHouse, view: View) -> None:
    for decision in view.find(Decision, outcome=Outcome.RESTRICT, state=DecisionState.IN_FORCE):
        statement = view.first(Statement, decision=decision.id)
        assert statement is not None, f"the decision {decision.id} has no statement"
        assert statement.state is ServiceState.SERVED, f"{statement.id} is {statement.state}"
    for decision in view.find(Decision, state=DecisionState.PROPOSED):
        lost = decision.commit_at is not None and decision.commit_at < house.now
        assert not lost, f"the decision {decision.id} was approved and never took force"
    assert view.find(Letter, state=ServiceState.DRAFTED) == [], "letters were left lying"
    assert view.find(UrgentEntry, state=UrgentState.SPOOLED) == []


def _public_log_is_whole(house: DurableHouse) -> None:
    """Whoever copies the folder in this moment can verify it."""
    if published(house.public) is not None:
        report = verify_public(house.public, house.trusted)
        assert report.sound, report


def _log_is_sound(house: DurableHouse, told: Told) -> None:
    heads = [
        KnownHead(f"signed at {size}", Head(size, bytes.fromhex(root))) for size, root in told.heads.items()
    ]
    heads.append(KnownHead("signer", house.signer.last()))
    if (public := published(house.public)) is not None:
        heads.append(KnownHead("public", Head(public.size, public.root)))
    found = fsck(house.store, heads)
    assert found.sound, found.findings
    assert not found.fenced
    assert found.waiting == 0
