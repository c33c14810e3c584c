"""What a platform tells of an account or a piece of content: its reach, a contact address, and how it is now.

A snapshot is what a subject has at a moment, as its platform sees it. The latest two are kept, sealed under their
owner's key: what an account had before a restriction, and what came back after.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from showcause.casework.ports import Ids, Snapshot
from showcause.casework.reading import register
from showcause.domain.errors import BadInput
from showcause.domain.mail import check_address
from showcause.domain.people import SYSTEM
from showcause.domain.subject import Reach, Subject, SubjectKind, SubjectRecord
from showcause.store.tx import Tx
from showcause.store.view import View

MOST_SNAPSHOT: Final = 64 * 1024
"""Bytes of a snapshot as JSON."""
KEPT: Final = 2
MOST_ADDRESS: Final = 254
UNCHANGED: Final = "\x00"
"""Stands for a contact address that a platform did not speak of."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a platform tells of a subject. An author counts on first sight only: whose data a thing is never changes.

    `contact` is an e-mail address, None to drop the one that is kept, or `UNCHANGED`.
    """

    subject: Subject
    author: Subject | None = None
    reach: Reach | None = None
    contact: str | None = UNCHANGED
    snapshot: Mapping[str, Any] | None = None


def tell(tx: Tx, now: datetime, ids: Ids, told: Told) -> SubjectRecord:
    """Register a subject, or note what its platform says of it now.

    Raises: BadInput for a contact that is no address or not an account's, or a snapshot that is too large.
    """
    if told.author is not None and told.subject.kind is SubjectKind.ACCOUNT:
        raise BadInput("an account is its own author", "Name an author only for what somebody made.")
    record = register(tx, told.subject, told.author, told.reach)
    if told.contact != UNCHANGED:
        record = keep_contact(tx, now, ids, record.id, told.contact)
    if told.snapshot is not None:
        record = push_snapshot(tx, now, ids, record.id, told.snapshot)
    return record


def tell_all(tx: Tx, now: datetime, ids: Ids, told: Sequence[Told]) -> None:
    """Do what `tell` does for several, all or none. Raises: as `tell`."""
    for each in told:
        tell(tx, now, ids, each)


def keep_contact(tx: Tx, now: datetime, ids: Ids, subject_id: str, address: str | None) -> SubjectRecord:
    """Keep the e-mail address of an account, sealed under its owner's key; None drops it.

    Raises: BadInput; NotFound; Forgotten.
    """
    record = tx.get(SubjectRecord, subject_id)
    if record.kind is not SubjectKind.ACCOUNT:
        raise BadInput("only an account has a contact address")
    if record.contact is not None and address == tx.unseal(record.contact)["address"]:
        return record
    sealed = (
        tx.seal(record.owner, "contact", {"address": check_address(address)}) if address is not None else None
    )
    if record.contact is not None:
        tx.drop_sealed(record.contact)
    return tx.update(record, verb="contact", actor=SYSTEM, contact=sealed)


def push_snapshot(
    tx: Tx, now: datetime, ids: Ids, subject_id: str, items: Mapping[str, Any]
) -> SubjectRecord:
    """Keep how a subject is now; of earlier snapshots only the last stays.

    Raises: BadInput when it is too large; NotFound; Forgotten.
    """
    record = tx.get(SubjectRecord, subject_id)
    size = len(json.dumps(dict(items), ensure_ascii=False, separators=(",", ":")).encode())
    if size > MOST_SNAPSHOT:
        raise BadInput(f"the snapshot has {size} bytes; at most {MOST_SNAPSHOT} are accepted")
    sealed = tx.seal(record.owner, "snapshot", {"taken_at": now.isoformat(), "items": dict(items)})
    kept = (*record.snapshots, sealed)
    for each in kept[:-KEPT]:
        tx.drop_sealed(each)
    return tx.update(record, verb="snapshot", actor=SYSTEM, snapshots=kept[-KEPT:])


def latest_snapshot(view: View, subject_id: str, since: datetime | None = None) -> Snapshot | None:
    """Return the last snapshot that a platform pushed, not older than `since`; None if there is none.

    Raises: NotFound; Forgotten.
    """
    record = view.get(SubjectRecord, subject_id)
    if not record.snapshots:
        return None
    held = view.unseal(record.snapshots[-1])
    taken_at = datetime.fromisoformat(held["taken_at"])
    return Snapshot(taken_at, held["items"]) if since is None or taken_at >= since else None
