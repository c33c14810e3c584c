"""What repeated requests were answered with: keyed digests and the ids of records, never a request or an answer.

A row is written in the transaction of the use case that it is about, so that there is never one without the other.
"""

from dataclasses import dataclass
from datetime import datetime

from showcause.store import rows
from showcause.store.failures import told_as_ours
from showcause.store.models import ReplyRow
from showcause.store.view import View

AT_A_TIME = 100
"""So many old rows go with each new one, so that no request pays for a whole day."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept: the digest of the request, the ids of the records that it made, and when."""

    digest: str
    records: tuple[str, ...]
    at: datetime


def find(view: View, key: str) -> Kept | None:
    """Return what is kept under a key, however old it is."""
    with told_as_ours():
        found = rows.find(view.alias, ReplyRow, [("key", "=", key)], newest=False, limit=1)
    return Kept(found[0]["digest"], tuple(found[0]["records"]), found[0]["at"]) if found else None


def keep(view: View, key: str, digest: str, records: tuple[str, ...]) -> None:
    """Keep what a request made.

    Raises: AlreadyExists when the key is taken.
    """
    with told_as_ours():
        values = {"key": key, "digest": digest, "records": list(records), "at": view.now}
        rows.insert(view.alias, ReplyRow, values)


def drop(view: View, key: str) -> None:
    """Drop what is kept under a key."""
    with told_as_ours():
        ReplyRow.objects.using(view.alias).filter(key=key).delete()


def drop_until(view: View, moment: datetime) -> None:
    """Drop some of what was kept up to a moment, the oldest first."""
    with told_as_ours():
        old = rows.find(view.alias, ReplyRow, [("at", "<=", moment)], newest=False, limit=AT_A_TIME)
        if old:
            ReplyRow.objects.using(view.alias).filter(key__in=[each["key"] for each in old]).delete()
