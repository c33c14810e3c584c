"""What every command of power leaves behind: a public document, its leaf, and the setting that changed.

A document is plain and names nobody. Who acted stands in the leaf's slot `actor`, salted under that person's own key.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from showcause.casework.log import ledger
from showcause.casework.ports import Ids
from showcause.casework.reading import person, setting
from showcause.domain.errors import BadInput, NotFound, NotPermitted
from showcause.domain.people import SYSTEM, Moderator, Role
from showcause.domain.site import Document, Setting
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.jcs import Json, canonical
from showcause.transparency.leaf import DOCUMENTED, Kind, Slot

NOT_IN_JOURNAL: Final = frozenset({"contact", "witnesses", "receipt-levels"})
"""Settings whose old value could name a person, or is a table, and so is not kept in the journal."""


def store_document(tx: Tx, now: datetime, ids: Ids, kind: str, value: Json) -> Document:
    """Store a public document as canonical JSON under its SHA-256; the same one again is the one that is there.

    Whatever stands in it is public for ever and must name nobody.
    """
    if kind not in DOCUMENTED:
        raise BadInput(f"leaves of the kind {kind[:32]!r} have no public document")
    text = canonical(value)
    digest = hashlib.sha256(text).hexdigest()
    known = tx.first(Document, digest=digest, kind=str(kind))
    if known is not None:
        return known
    return tx.insert(
        Document(ids(), digest, str(kind), text.decode(), made_at=now), verb="publish", actor=SYSTEM
    )


def is_published(tx: Tx, kind: Kind, value: Json) -> bool:
    """Tell whether this very document was published before."""
    return tx.first(Document, digest=hashlib.sha256(canonical(value)).hexdigest(), kind=str(kind)) is not None


def leaf_with_document(
    tx: Tx,
    now: datetime,
    ids: Ids,
    kind: Kind,
    value: Json,
    *,
    about: str,
    by: Moderator | None,
    event: str,
    approver: str | None = None,
) -> Document:
    """Store a document and draft its leaf; who acted is committed under their own key, the house's if nobody did."""
    document = store_document(tx, now, ids, kind, value)
    values: Mapping[Slot, Mapping[str, Json]] = {
        Slot.FACTS: {"minute": ledger.minute(now), "event": event},
        Slot.ACTOR: {"proposer": by.id if by else SYSTEM, "approver": approver},
    }
    house = ledger.house(tx)
    item = ledger.Draft(
        kind, ids(), about, person=house, actor=by.owner if by else house, values=values, doc=document.digest
    )
    ledger.draft(tx, item)
    return document


def put_setting(tx: Tx, now: datetime, ids: Ids, name: str, value: str, by: Moderator | None) -> Setting:
    """Write a setting whose value was checked, with its leaf; `by` is None where the law itself sets it."""
    changed = store_setting(tx, now, ids, name, value, by.id if by else SYSTEM)
    document: Json = {"format": "showcause/v1 setting", "name": name, "value": value}
    leaf_with_document(tx, now, ids, Kind.SETTING, document, about=changed.id, by=by, event="setting")
    return changed


def store_setting(tx: Tx, now: datetime, ids: Ids, name: str, value: str, actor: str) -> Setting:
    """Write a setting's row without a leaf of its own, for a verb whose own leaf tells it."""
    tx.one_at_a_time(f"setting {name}")
    held = tx.first(Setting, name=name)
    if held is None:
        made = Setting(ids(), name, value, changed_at=now, changed_by=actor)
        return tx.insert(made, verb="set", actor=actor)
    if name not in NOT_IN_JOURNAL:
        tx.note("set-from", actor, held.id, "setting", name=name, old=held.value)
    return tx.update(held, verb="set", actor=actor, value=value, changed_at=now, changed_by=actor)


def acting(view: View, by: str, *roles: Role) -> Moderator:
    """Return who acts, by handle or id, if they work here in one of these roles.

    Raises: NotFound, NotPermitted.
    """
    who = person(view, by)
    if not who.active:
        raise NotPermitted("this person no longer works here")
    if not set(roles).intersection(who.roles):
        raise NotPermitted(f"this needs the role {' or '.join(roles)}")
    return who


def check_founded(view: View) -> None:
    """Check that the site was founded.

    Raises: NotFound.
    """
    if setting(view, "origin") is None:
        raise NotFound("this site was not founded yet", "Run `showcause init --origin`.")
