"""What a use case may do to the store in one transaction.

New records are inserted, existing ones updated by id and revision; both write their journal line at once. A method
that raises leaves the transaction to be rolled back by whoever opened it; only `AlreadyExists` from `insert` may be
caught and the transaction gone on with.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar, cast

from django.db import connections, transaction

from showcause.domain.errors import Stale
from showcause.domain.subject import Subject
from showcause.store import jobs, journal, mapper, rows, sealed
from showcause.store.failures import told_as_ours
from showcause.store.tables import Table
from showcause.store.view import View

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Move:
    """One record that entered a state, or several of one kind that entered it together: then the first is named."""

    kind: str
    record: str
    before: str
    state: str
    count: int = 1


@dataclass(slots=True)
class Tx(View):
    """One writing transaction. `drafts` collects leaves for the runner, which appends them last.

    `moves` collects what entered a state, for the runner to tell whoever wants to hear of it.
    """

    drafts: list[Any] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)

    def insert(self, record: R, *, verb: str, actor: str) -> R:
        """Store a new record and its journal line; return the record.

        Raises: AlreadyExists when the id or a unique key is taken; IllegalStep unless it is in its start state.
        """
        table = mapper.table_of(type(record))
        row = mapper.to_row(table, record)
        with told_as_ours():
            # A refused insert must not spoil the transaction; SQLite undoes the statement by itself.
            if self.postgres:
                with transaction.atomic(using=self.alias):
                    rows.insert(self.alias, table.model, row)
            else:
                rows.insert(self.alias, table.model, row)
        states = {name: f":{row[name]}" for name in table.machines}
        self._write_line(verb, actor, table.kind, row["rid"], row["revision"], states)
        if "state" in states:
            self.moves.append(Move(table.kind, row["rid"], "", str(row["state"])))
        return record

    def update(self, record: R, *, verb: str, actor: str, **changes: Any) -> R:
        """Change fields of a record, and raise its revision by one, with a journal line; return the new record.

        Raises: Stale when somebody else changed it first; IllegalStep where no arrow leads; Broken for a field that
        never changes.
        """
        table = mapper.table_of(type(record))
        old: Any = record
        new = replace(old, **changes, revision=old.revision + 1)
        values = _changed(table, old, new) | {"revision": new.revision}
        with told_as_ours():
            if not rows.update(self.alias, table.model, old.id, old.revision, values):
                raise Stale(f"the {table.kind} {old.id} was changed by somebody else meanwhile")
        codes: dict[str, journal.Code] = {
            name: f"{getattr(old, name)}:{getattr(new, name)}" for name in table.machines if name in values
        }
        self._write_line(verb, actor, table.kind, old.id, new.revision, codes)
        if "state" in codes:
            self.moves.append(Move(table.kind, old.id, str(old.state), str(new.state)))
        return cast(R, new)

    def note(self, verb: str, actor: str, record_id: str, kind: str, **codes: journal.Code) -> None:
        """Write a journal line of its own; ids and codes only.

        Raises: BadInput for anything else.
        """
        self._write_line(verb, actor, kind, record_id, None, codes)

    def job(
        self,
        kind: str,
        key: str,
        record: str,
        *,
        due: datetime,
        lane: str = "",
        args: Mapping[str, Any] | None = None,
    ) -> bool:
        """Add a job to this transaction; return False, adding nothing, when its key was used before.

        Raises: BadInput when it holds anything but ids and codes.
        """
        with told_as_ours():
            return jobs.add(self, kind, key, record, due=due, lane=lane, args=args)

    def cancel_job(self, key: str) -> bool:
        """Make a waiting job void; return False when it is leased, ended or unknown."""
        with told_as_ours():
            return jobs.cancel(self, key)

    def seal(self, owner: str, purpose: str, value: Any, *, expires: datetime | None = None) -> str:
        """Store a JSON value under its owner's key and return the sealed id.

        Raises: Forgotten, KeyMissing; TypeError when the value is not JSON.
        """
        with told_as_ours():
            return sealed.seal(self.alias, self.keys, owner, purpose, value, now=self.now, expires=expires)

    def owner_of(self, subject: Subject, *, alone: bool = True) -> str:
        """Return the random owner id of a subject, made with its key on first use.

        Until the end of the transaction nobody else gets past this for the same subject; `alone=False` keeps nobody
        out, for thousands of subjects at once, of which PostgreSQL could not hold as many locks.
        """
        name = "\x00".join((subject.platform, subject.kind, subject.ref))
        owner = self.keys.owner(name)
        if alone:
            self.one_at_a_time(f"owner {owner}")
        return owner

    def make_owners(self, subjects: Iterable[Subject]) -> None:
        """Make the owner ids of subjects that have none, with one flush for all their keys."""
        names = {"\x00".join((each.platform, each.kind, each.ref)) for each in subjects}
        self.keys.owners(sorted(names))

    def drop_sealed(self, id: str) -> None:
        """Delete a sealed value that another one replaces."""
        with told_as_ours():
            sealed.drop(self.alias, id)

    def drop_expired(self) -> int:
        """Delete sealed values whose purpose has ended by now; return how many."""
        with told_as_ours():
            return sealed.drop_expired(self.alias, self.now)

    def drop_forgotten(self, owners: Collection[str]) -> int:
        """Empty what forgotten owners had sealed; return how many values."""
        with told_as_ours():
            return sealed.drop_forgotten(self.alias, owners)

    def draft(self, leaf_draft: Any) -> None:
        """Collect a draft of a leaf; the runner appends all of them as the last thing in the transaction."""
        self.drafts.append(leaf_draft)

    def one_at_a_time(self, key: str, *, shared: bool = False) -> None:
        """Wait until no other transaction holds this key, and hold it to the end. SQLite has one writer anyway.

        Those who hold it `shared` keep out only who wants it alone.
        """
        if self.postgres:
            lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
            with told_as_ours(), connections[self.alias].cursor() as cursor:
                cursor.execute(f"SELECT {lock}(hashtextextended(%s, 0))", [key])

    # --- inside ---

    def _locks(self, table: Table) -> bool:
        return self.postgres and bool(table.changes)

    def _write_line(
        self,
        verb: str,
        actor: str,
        kind: str,
        record: str,
        revision: int | None,
        codes: Mapping[str, journal.Code],
    ) -> None:
        with told_as_ours():
            journal.write(self.alias, journal.Line(self.now, verb, actor, kind, record, revision, codes))


def _changed(table: Table, old: object, new: object) -> dict[str, Any]:
    values = {
        name: mapper.column(getattr(new, name))
        for name in table.columns
        if getattr(new, name) != getattr(old, name)
    }
    body = mapper.body_of(table, new)
    if body != mapper.body_of(table, old):
        values |= {"body": body, "body_version": table.version}
    return values
