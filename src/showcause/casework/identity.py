"""Identification data that a country's law demands of whoever hosts what people write: sealed, expiring, never open.

Off unless the operator sets a number of days. What is kept are the network addresses from which an author sent
something, each with its first and last minute, in one value sealed under the author's own key. It ends so many days
after the last use of each address, and is erased then, by a timer. Two roles alone may read it, and each reading is an
entry of the log. Until its end its person cannot be forgotten, and is told so with the date: a law that demands
the data stands before the wish (GDPR Art. 17(3)(b)).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final

from showcause.casework import unsealing
from showcause.casework.ports import Ids
from showcause.casework.reading import person, register
from showcause.domain.errors import BadInput, NotPermitted
from showcause.domain.people import SYSTEM, Role
from showcause.domain.subject import Subject, SubjectKind, SubjectRecord
from showcause.store.tx import Tx

JOB: Final = "identity-ends"
MAY_READ: Final = frozenset({Role.SENIOR, Role.AUDITOR})
MOST_KEPT: Final = 1_000
"""Addresses of one author; the ones that were used last are kept."""
OFTEN: Final = timedelta(hours=1)
"""So often the last use of an address is noted anew at most."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An address from which something was sent, first and last."""

    address: str
    first: datetime
    last: datetime


def keep(tx: Tx, now: datetime, ids: Ids, account: Subject, address: str, days: int) -> SubjectRecord:
    """Keep the network address from which an author sent something, for so many days; with none, keep nothing.

    Raises: BadInput for what is no network address; Forgotten.
    """
    record = register(tx, account)
    if days <= 0:
        return record
    if account.kind is not SubjectKind.ACCOUNT:
        raise BadInput("only an account sends something")
    address, kept = _checked(address), _living(_held(tx, record), now, days)
    known = next((each for each in kept if each.address == address), None)
    if known is not None and now - known.last < OFTEN and record.identity is not None:
        return record
    seen = Seen(address, known.first if known else now, now)
    others = sorted((each for each in kept if each is not known), key=lambda each: each.last)
    if record.identity is None:
        _set_timer(tx, record, now + timedelta(days=days))
    return _seal(tx, record, [*others, seen][-MOST_KEPT:], days)


def end(tx: Tx, now: datetime, ids: Ids, record_id: str) -> None:
    """Erase what has expired of an author's identification data; what is left has a timer of its own. Repeatable."""
    record = tx.get(SubjectRecord, record_id)
    if record.identity is None or record.identity_days <= 0:
        return
    left = _living(_held(tx, record), now, record.identity_days)
    if left:
        _seal(tx, record, left, record.identity_days)
        _set_timer(tx, record, min(each.last for each in left) + timedelta(days=record.identity_days))
    else:
        tx.drop_sealed(record.identity)
        gone = {"identity": None, "identity_until": None, "identity_days": 0}
        tx.update(record, verb="identity", actor=SYSTEM, **gone)


def read(tx: Tx, now: datetime, ids: Ids, record_id: str, by: str) -> tuple[Seen, ...]:
    """Open an author's identification data; the reading leaves an `unseal` leaf.

    Raises: NotPermitted for who is neither senior nor auditor; then nothing is opened.
    """
    who = person(tx, by)
    if not who.active or not MAY_READ.intersection(who.roles):
        raise NotPermitted(
            "this person's role does not allow reading identification data",
            "A senior moderator or an auditor may, for an authority that asks for it; each reading is public.",
        )
    record = tx.get(SubjectRecord, record_id)
    unsealing.log_reading(tx, now, ids, "identity", record.id, record.id, who)
    return tuple(_held(tx, record))


def _seal(tx: Tx, record: SubjectRecord, seen: list[Seen], days: int) -> SubjectRecord:
    until = max(each.last for each in seen) + timedelta(days=days)
    value = {"seen": [[each.address, each.first.isoformat(), each.last.isoformat()] for each in seen]}
    sealed = tx.seal(record.owner, "identity", value, expires=until)
    if record.identity is not None:
        tx.drop_sealed(record.identity)
    kept = {"identity": sealed, "identity_until": until, "identity_days": days}
    return tx.update(record, verb="identity", actor=SYSTEM, **kept)


def _set_timer(tx: Tx, record: SubjectRecord, due: datetime) -> None:
    """Set the one timer of an author's data; when it has come it is set again for what is left."""
    tx.job(JOB, f"{JOB}:{record.id}:{int(due.timestamp())}", record.id, due=due)


def _held(tx: Tx, record: SubjectRecord) -> list[Seen]:
    if record.identity is None:
        return []
    held: Any = tx.unseal(record.identity)
    return [
        Seen(address, datetime.fromisoformat(first), datetime.fromisoformat(last))
        for address, first, last in held["seen"]
    ]


def _living(seen: list[Seen], now: datetime, days: int) -> list[Seen]:
    return [each for each in seen if each.last + timedelta(days=days) > now]


def _checked(address: str) -> str:
    try:
        return str(ip_address(address))
    except ValueError:
        raise BadInput("this is no network address") from None
