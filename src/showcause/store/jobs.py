"""Jobs: outbox, timers and retries in one table.

A job is written in the transaction of what it follows from. A worker leases it, calls the outside, and closes it in
the transaction that stores the effect: if its lease was lost meanwhile, both roll back together. Jobs of one lane are
done strictly in the order in which they were written; the first unfinished one holds up the rest, also while it waits
for its next attempt. One exception: what gives back does not wait behind a restriction that only waits itself, since
a log that is not signed holds up restrictions and never their end. A dead job holds up nothing: its record says
`failed` or `stuck`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.models import Exists, OuterRef, Q, QuerySet

from showcause.domain.errors import Stale
from showcause.store import rows
from showcause.store.failures import told_as_ours
from showcause.store.journal import check_code, check_codes
from showcause.store.models import JobRow

if TYPE_CHECKING:
    from showcause.store.store import Store
    from showcause.store.tx import Tx

LEASE = timedelta(seconds=120)
READY, DONE, DEAD, VOID = "ready", "done", "dead", "void"
GIVES_BACK, RESTRICTS = "lift", "apply"
"""The kinds of jobs of which the first overtakes the second while that waits for its next attempt."""
REMEMBERED = ("campaign-effects",)
"""The kinds of jobs whose end is looked up later: they stay. There are a few for each campaign."""
LANES = "lanes"
"""What a writer of one lane holds together with others, and a writer of thousands of lanes alone."""


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to do. `key` travels outside as the idempotency key; `attempts` counts failures so far."""

    seq: int
    kind: str
    key: str
    record: str
    lane: str
    args: Mapping[str, Any]
    due: datetime
    state: str
    lease: datetime | None
    attempts: int
    error: str


_FIELDS = ("seq", "kind", "key", "record", "lane", "args", "due", "state", "lease", "attempts", "error")


@dataclass(frozen=True, slots=True)
class Jobs:
    """What a worker does with the jobs of one store."""

    store: "Store"

    def claim(
        self, now: datetime, kinds: Collection[str] | None = None, n: int = 1, lease: timedelta = LEASE
    ) -> list[Job]:
        """Lease up to `n` due jobs, earliest first; nobody else gets them until the lease ends.

        Raises: StoreBusy.
        """
        with self.store.read() as view:
            if not _any_due(view.alias, now) or not _eligible(view.alias, now, kinds).exists():
                return []
        with self.store.transaction(now) as tx:
            due = _eligible(tx.alias, now, kinds)
            if tx.postgres:
                due = due.select_for_update(skip_locked=True, of=("self",))
            jobs = [Job(**{**row, "lease": now + lease}) for row in due.values(*_FIELDS)[:n]]
            leased = JobRow.objects.using(tx.alias).filter(seq__in=[job.seq for job in jobs], state=READY)
            leased.update(lease=now + lease)
        return jobs

    def finish(self, tx: "Tx", job: Job) -> None:
        """Close a job in the transaction that stores its effect.

        Raises: Stale when the lease was lost, so that the effect rolls back with it.
        """
        self._close(tx, job, DONE, "")

    def dead(self, job: Job, error_code: str = "", tx: "Tx | None" = None) -> None:
        """Give a job up, best in the transaction in which its record becomes `failed` or `stuck`.

        Raises: Stale when the lease was lost.
        """
        if tx is not None:
            self._close(tx, job, DEAD, error_code)
            return
        with self.store.transaction() as own:
            self._close(own, job, DEAD, error_code)

    def fail(self, job: Job, now: datetime, error_code: str, backoff: timedelta) -> None:
        """Put a job back for another attempt after `backoff`; without effect when the lease was lost."""
        with self.store.transaction(now) as tx:
            _mine(tx.alias, job).update(
                lease=None,
                attempts=job.attempts + 1,
                due=now + backoff,
                error=check_code("error code", error_code),
            )

    def release(self, job: Job) -> None:
        """Put a job back untouched, so that another worker may have it at once."""
        with self.store.transaction() as tx:
            _mine(tx.alias, job).update(lease=None)

    def forget_ended(self, before: datetime, after: int = 0, n: int = 500) -> int:
        """Delete those of the next `n` jobs after a sequence number that ended well and were due before a moment.

        A dead job stays, and so does one that is looked up later. Return the number after which to go on; 0 where all
        that come next are younger, so that the next look begins anew.
        """
        with self.store.read() as view:
            look = JobRow.objects.using(view.alias).filter(seq__gt=after).order_by("seq")
            seen = list(look.values_list("seq", "kind", "state", "due")[:n])
        old = [seq for seq, kind, state, due in seen if _is_forgotten(kind, state) and due < before]
        if old:
            with self.store.transaction() as tx:
                JobRow.objects.using(tx.alias).filter(seq__in=old).delete()
        return seen[-1][0] if len(seen) == n and any(due < before for *_, due in seen) else 0

    def _close(self, tx: "Tx", job: Job, state: str, error_code: str) -> None:
        with told_as_ours():
            closed = _mine(tx.alias, job).update(
                state=state, lease=None, error=check_code("error code", error_code)
            )
        if not closed:
            raise Stale(
                f"the lease of job {job.key} was lost",
                "Nothing was stored; whoever holds the job finishes it.",
            )


def _is_forgotten(kind: str, state: str) -> bool:
    return state in (DONE, VOID) and kind not in REMEMBERED


def add(
    tx: "Tx", kind: str, key: str, record: str, *, due: datetime, lane: str, args: Mapping[str, Any] | None
) -> bool:
    """Write a job; return False, writing nothing, when the key was used before.

    Raises: BadInput when it holds anything but ids and codes.
    """
    made = _row(kind, key, record, lane, due, args or {})
    if lane:
        # The lane's order is the order of `seq`: nobody may take an earlier number and commit it later.
        tx.one_at_a_time(LANES, shared=True)
        tx.one_at_a_time(f"lane {lane}")
    tx.one_at_a_time(f"job {key}")
    if rows.exists(tx.alias, JobRow, "key", key):
        return False
    rows.insert(tx.alias, JobRow, vars(made))
    return True


def add_all(tx: "Tx", several: Iterable[tuple[str, str, str, str]], *, due: datetime) -> None:
    """Write jobs (kind, key, record, lane), in this order; all lanes are held at once instead of each of them.

    Raises: AlreadyExists when one of the keys was used before; BadInput as `add`.
    """
    made = [_row(kind, key, record, lane, due, {}) for kind, key, record, lane in several]
    tx.one_at_a_time(LANES)
    rows.insert_all(tx.alias, JobRow, [vars(each) for each in made])


def _row(kind: str, key: str, record: str, lane: str, due: datetime, args: Mapping[str, Any]) -> JobRow:
    return JobRow(
        kind=check_code("job", kind),
        key=check_code("job", key),
        record=check_code("job", record),
        lane=check_code("job", lane),
        args=check_codes("job", args),
        due=due,
        state=READY,
        lease=None,
        attempts=0,
        error="",
    )


def hurry(tx: "Tx", error_code: str, now: datetime, *, lane: str = "", record: str = "") -> int:
    """Make jobs due now that wait for one thing, because it has come; return how many there were.

    They are those of a lane, or those about a record. One that is leased just now is left alone.
    """
    waiting = JobRow.objects.using(tx.alias).filter(state=READY, lease=None, error=error_code, due__gt=now)
    about = {"lane": lane} if lane else {"record": record}
    with told_as_ours():
        return waiting.filter(**about).update(due=now)


def cancel(tx: "Tx", key: str) -> bool:
    """Make a job void; return False when it is done, dead, unknown, or leased just now."""
    waiting = JobRow.objects.using(tx.alias).filter(key=key, state=READY, lease=None)
    return bool(waiting.update(state=VOID))


def cancel_all(tx: "Tx", keys: Collection[str]) -> None:
    """Make those of these jobs void that are waiting."""
    JobRow.objects.using(tx.alias).filter(key__in=keys, state=READY, lease=None).update(state=VOID)


def with_state(alias: str, state: str, limit: int = 100) -> list[Job]:
    """Return jobs in a state, oldest first."""
    found = JobRow.objects.using(alias).filter(state=state).order_by("seq").values(*_FIELDS)
    return [Job(**row) for row in found[:limit]]


def about(alias: str, record: str, kind: str, limit: int = 100) -> list[Job]:
    """Return the jobs of one kind about a record, newest first."""
    found = JobRow.objects.using(alias).filter(record=record, kind=kind).order_by("-seq").values(*_FIELDS)
    return [Job(**row) for row in found[:limit]]


def find(alias: str, key: str) -> Job | None:
    """Return the job with a key."""
    row = JobRow.objects.using(alias).filter(key=key).values(*_FIELDS).first()
    return Job(**row) if row else None


def _any_due(alias: str, now: datetime) -> bool:
    """Tell whether any job is ready and due at all; most of the time none is, and then this is all that is asked."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(_ANY_DUE, [JobRow._meta.get_field("due").get_db_prep_value(now, connection)])
        return cursor.fetchone() is not None


_ANY_DUE = f"SELECT 1 FROM {JobRow._meta.db_table} WHERE state = 'ready' AND due <= %s LIMIT 1"  # noqa: S608 - our own table


def _eligible(alias: str, now: datetime, kinds: Collection[str] | None) -> QuerySet[JobRow]:
    ready = JobRow.objects.using(alias).filter(state=READY)
    earlier = ready.filter(lane=OuterRef("lane"), seq__lt=OuterRef("seq"))
    in_the_way = earlier.exclude(kind=RESTRICTS, due__gt=now, lease=None)
    at_work = ready.filter(lane=OuterRef("lane"), lease__gte=now)
    first = ~Exists(earlier) | (Q(kind=GIVES_BACK) & ~Exists(in_the_way))
    due = (
        ready.filter(due__lte=now)
        .filter(Q(lease=None) | Q(lease__lt=now))
        .filter(Q(lane="") | (first & ~Exists(at_work)))
    )
    return (due if kinds is None else due.filter(kind__in=list(kinds))).order_by("due", "seq")


def _mine(alias: str, job: Job) -> QuerySet[JobRow]:
    return JobRow.objects.using(alias).filter(seq=job.seq, state=READY, lease=job.lease)
