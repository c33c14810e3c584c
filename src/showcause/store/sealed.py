"""Personal text: stored as ciphertext in `sealed`, opened only with its owner's key, which is kept elsewhere."""

import json
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from showcause.domain.errors import NotFound
from showcause.store import rows
from showcause.store.journal import check_code
from showcause.store.keys import KeyStore
from showcause.store.models import SealedRow

AT_ONCE = 500
"""So many owners are named in one statement: SQLite bounds its arguments."""


def seal(
    alias: str,
    keys: KeyStore,
    owner: str,
    purpose: str,
    value: Any,
    *,
    now: datetime,
    expires: datetime | None,
) -> str:
    """Store a JSON value under its owner's key; return the sealed id.

    Raises: Forgotten, KeyMissing; TypeError when the value is not JSON.
    """
    made = row_of(keys, owner, purpose, value, now=now, expires=expires)
    rows.insert(alias, SealedRow, vars(made))
    return made.id


def row_of(
    keys: KeyStore, owner: str, purpose: str, value: Any, *, now: datetime, expires: datetime | None
) -> SealedRow:
    """Return the row that holds a JSON value under its owner's key, not yet stored.

    Raises: as `seal`.
    """
    id = secrets.token_hex(16)
    plaintext = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    nonce, ciphertext = keys.encrypt(owner, plaintext, _bound_to(id, owner, check_code("purpose", purpose)))
    return SealedRow(
        id=id, owner=owner, purpose=purpose, nonce=nonce, ciphertext=ciphertext, created=now, expires=expires
    )


def unseal(alias: str, keys: KeyStore, id: str) -> Any:
    """Return the JSON value that was sealed.

    Raises: NotFound, Forgotten, KeyMissing.
    """
    row = rows.select(alias, SealedRow, id, lock=False)
    if row is None:
        raise NotFound(
            f"there is no sealed value {id}", "It was never written, or its purpose ended and it was dropped."
        )
    return value_in(keys, row)


def value_in(keys: KeyStore, row: Mapping[str, Any]) -> Any:
    """Return the JSON value that a row holds.

    Raises: Forgotten, KeyMissing.
    """
    bound_to = _bound_to(row["id"], row["owner"], row["purpose"])
    return json.loads(keys.decrypt(row["owner"], bytes(row["nonce"]), bytes(row["ciphertext"]), bound_to))


def owner_of_sealed(alias: str, id: str) -> str:
    """Return whose key opens a sealed value.

    Raises: NotFound.
    """
    owner = SealedRow.objects.using(alias).filter(id=id).values_list("owner", flat=True).first()
    if owner is None:
        raise NotFound(f"there is no sealed value {id}")
    return str(owner)


def drop(alias: str, id: str) -> None:
    """Delete one sealed value; harmless to repeat."""
    SealedRow.objects.using(alias).filter(id=id).delete()


def drop_expired(alias: str, now: datetime) -> int:
    """Delete the sealed values whose purpose has ended; return how many."""
    return SealedRow.objects.using(alias).filter(expires__lte=now).delete()[0]


def drop_forgotten(alias: str, owners: Collection[str]) -> int:
    """Empty what forgotten owners had sealed: unreadable already, and now gone; return how many.

    The rows stay, empty, so that whoever asks for one hears that its person was forgotten, and nothing else.
    """
    emptied = 0
    several = list(owners)
    for at in range(0, len(several), AT_ONCE):
        held = SealedRow.objects.using(alias).filter(owner__in=several[at : at + AT_ONCE]).exclude(nonce=b"")
        emptied += held.update(nonce=b"", ciphertext=b"")
    return emptied


def _bound_to(id: str, owner: str, purpose: str) -> bytes:
    return f"{id}|{owner}|{purpose}".encode()
