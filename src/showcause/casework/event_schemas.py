"""What the events of a platform hold: declared by an operator, published, and kept by digest.

A platform without a declaration sends no events: nobody could say which of their fields name people.
"""

import json
from datetime import datetime
from functools import lru_cache

from showcause.casework.log.publishing import acting, check_founded, leaf_with_document, store_setting
from showcause.casework.ports import Ids
from showcause.casework.reading import platform as connected
from showcause.casework.reading import setting
from showcause.domain.errors import NotFound, RecordCorrupt
from showcause.domain.people import Role
from showcause.domain.site import Document
from showcause.rules.declared import Declaration, check_succession, document, read
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.leaf import Kind


def declare(tx: Tx, now: datetime, ids: Ids, platform: str, declared: Declaration, by: str) -> bool:
    """Declare what a platform's events hold from now on, with a leaf; False if that was declared already.

    Raises: NotPermitted for who is no operator; NotFound for a platform that is not connected; BadInput when a field
    would change what it means.
    """
    check_founded(tx)
    who = acting(tx, by, Role.OPERATOR)
    connected(tx, platform)
    name = _name(platform)
    tx.one_at_a_time(f"setting {name}")
    before = declared_of(tx, platform, None)
    if before is not None:
        check_succession(before, declared)
    if before == declared:
        return False
    made = document(platform, declared)
    public = leaf_with_document(tx, now, ids, Kind.SETTING, made, about=ids(), by=who, event="event-schema")
    store_setting(tx, now, ids, name, public.digest, who.id)
    return True


def declared_of(view: View, platform: str, otherwise: Declaration | None) -> Declaration | None:
    """Return what a platform's events hold, `otherwise` where nothing was declared.

    Raises: RecordCorrupt when the document is missing or no schema.
    """
    digest = setting(view, _name(platform))
    if digest is None:
        return otherwise
    found = view.first(Document, digest=digest)
    if found is None:
        raise RecordCorrupt(f"the schema of events of {platform} is missing")
    return _read(found.text)


def digest_of(view: View, platform: str) -> str:
    """Return the digest of the document that says what a platform's events hold, "" where nothing was declared."""
    return setting(view, _name(platform)) or ""


def schema_of(view: View, platform: str) -> Declaration:
    """Return what a platform's events hold. Raises: NotFound where nothing was declared."""
    found = declared_of(view, platform, None)
    if found is None:
        raise NotFound(
            f"nothing is declared about the events of {platform}",
            f"An operator says what they hold: `showcause events schema {platform} schema.yaml`.",
        )
    return found


@lru_cache(maxsize=64)
def _read(text: str) -> Declaration:
    """Return the declaration of a document, which never changes: every event that comes alone asks for it."""
    return read(json.loads(text))


def _name(platform: str) -> str:
    return f"event-schema-{platform}"
