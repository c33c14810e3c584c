"""Changing the keys that the log signs with: each change is an entry, and the entry comes before the signature.

A rotation is planned: the old key is good, and nobody has it but us. It overlaps: from the entry that names the coming
key until the entry that ends the old one, each checkpoint carries both signatures, so that whoever pins either of them
goes on verifying and has the time to change. A key that was stolen is not rotated: see `succession.py`.

What is written here is the record. The machine's key files and pinned trust follow it: the coming key is made, named
here, pinned, and only then signs; the old one is ended here, and only then destroyed. So no key signs that the log
does not name.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from showcause.casework.log import ledger
from showcause.casework.log.keys import ABOUT, FORMAT, Change, KeyBook, NotSaid, after, key_book
from showcause.casework.log.publishing import acting, check_founded, leaf_with_document
from showcause.casework.ports import Ids
from showcause.casework.reading import setting
from showcause.domain.errors import BadInput, Fenced, IllegalStep, LogInconsistent
from showcause.domain.people import Role
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.jcs import Json
from showcause.transparency.kinds import Kind

OVERLAP: Final = "rotation-days"
DEFAULT_OVERLAP: Final = timedelta(days=14)


def overlap(view: View) -> timedelta:
    """Return how long both keys must sign before the old one may end."""
    days = setting(view, OVERLAP)
    return timedelta(days=int(days)) if days else DEFAULT_OVERLAP


def earliest_end(view: View) -> datetime | None:
    """Return when the rotation that goes on may end, or None when none does."""
    book = book_of(view)
    return datetime.fromisoformat(book.row(book.coming).since) + overlap(view) if book.coming else None


def book_of(view: View) -> KeyBook:
    """Return what the log says of its keys. Raises: LogInconsistent when it does not say it rightly."""
    try:
        return key_book(view)
    except NotSaid as error:
        raise LogInconsistent(f"the log's entries about its keys: {error}") from None


def begin(tx: Tx, now: datetime, ids: Ids, key: str, by: str) -> KeyBook:
    """Name the coming key: it signs beside the present one from now on.

    Raises: IllegalStep while a rotation goes on; BadInput for what is no key of this log; Fenced; NotPermitted.
    """
    book = _opened(tx)
    if book.coming:
        raise IllegalStep(
            "a rotation goes on already",
            "End it with `showcause log rotate finish`, or with `cancel`.",
        )
    signing = [book.principal, key, *book.signing[1:]]
    return _change(tx, now, ids, book, Change.ROTATION_BEGINS, signing, key, by)


def finish(tx: Tx, now: datetime, ids: Ids, by: str) -> KeyBook:
    """End the old key: only the one that was coming signs from now on.

    Raises: IllegalStep when no rotation goes on, and before both have signed for long enough; Fenced; NotPermitted.
    """
    book, due = _opened(tx), earliest_end(tx)
    if due is None:
        raise IllegalStep("no rotation goes on", "`showcause log rotate begin` begins one.")
    if now < due:
        raise IllegalStep(
            f"both keys sign until {due:%Y-%m-%d %H:%M} UTC at least",
            f"Whoever pins the old key needs the time to change; the setting {OVERLAP} says how many days.",
        )
    signing = [book.coming, *(each for each in book.signing if each not in (book.principal, book.coming))]
    return _change(tx, now, ids, book, Change.ROTATION_ENDS, signing, "", by)


def cancel(tx: Tx, now: datetime, ids: Ids, by: str) -> KeyBook:
    """Give the coming key up: only the present one goes on signing.

    Raises: IllegalStep when no rotation goes on; Fenced; NotPermitted.
    """
    book = _opened(tx)
    if not book.coming:
        raise IllegalStep("no rotation goes on", "`showcause log rotate begin` begins one.")
    signing = [each for each in book.signing if each != book.coming]
    return _change(tx, now, ids, book, Change.ROTATION_CANCELLED, signing, "", by)


def add_second(tx: Tx, now: datetime, ids: Ids, key: str, by: str) -> KeyBook:
    """Name a key of another kind, ML-DSA-44, that signs beside the first from now on.

    Raises: IllegalStep when there is one; BadInput for what is no such key of this log; Fenced; NotPermitted.
    """
    book = _opened(tx)
    if book.second:
        raise IllegalStep("a second key signs already", "`showcause log second-key --end` ends it.")
    return _change(tx, now, ids, book, Change.SECOND_BEGINS, [*book.signing, key], book.coming, by)


def end_second(tx: Tx, now: datetime, ids: Ids, by: str) -> KeyBook:
    """End the key of another kind.

    Raises: IllegalStep when there is none; Fenced; NotPermitted.
    """
    book = _opened(tx)
    if not book.second:
        raise IllegalStep("no second key signs", "`showcause log second-key` adds one.")
    signing = [each for each in book.signing if each != book.second]
    return _change(tx, now, ids, book, Change.SECOND_ENDS, signing, book.coming, by)


def _opened(tx: Tx) -> KeyBook:
    check_founded(tx)
    tx.one_at_a_time("keys of the log")
    if tx.log.state().fenced:
        raise Fenced("the log is fenced: its keys stay as they are")
    return book_of(tx)


def _change(
    tx: Tx,
    now: datetime,
    ids: Ids,
    book: KeyBook,
    event: Change,
    signing: Sequence[str],
    coming: str,
    by: str,
) -> KeyBook:
    """Write the entry, if it follows from the ones before; return what is known after it."""
    who = acting(tx, by, Role.OPERATOR)
    document: dict[str, Json] = {
        "format": FORMAT,
        "origin": book.origin,
        "event": str(event),
        "key": signing[0],
        "signing": list(signing),
        "from": ledger.minute(now),
    }
    if coming:
        document["coming"] = coming
    try:
        changed = after(book, tx.log.state().size, document)
    except NotSaid as error:
        raise BadInput(f"this cannot be what signs next: {error}") from None
    leaf_with_document(tx, now, ids, Kind.KEY, document, about=ABOUT, by=who, event=str(event))
    return changed
