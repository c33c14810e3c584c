"""Keys of programs: made and revoked by an operator, each a `right` leaf without a public document.

The text of a key is shown once. Stored is its SHA-256: the text has 256 random bits, so a plain digest tells nothing,
and a lookup by digest takes the same time whatever was presented.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from showcause.casework.log import ledger
from showcause.casework.log.publishing import acting, check_founded
from showcause.casework.ports import Ids
from showcause.casework.reading import platform as connected
from showcause.domain.api_key import ApiKey, Scope
from showcause.domain.errors import AlreadyExists, BadInput, NotFound
from showcause.domain.people import Moderator, Role
from showcause.domain.subject import check_name
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.leaf import Kind, Slot

PREFIX: Final = "sck_"
FORM: Final = re.compile(r"sck_[A-Za-z0-9_-]{43}")
MOST_NAME: Final = 64


def add(
    tx: Tx,
    now: datetime,
    ids: Ids,
    name: str,
    scopes: Iterable[Scope],
    platform: str | None,
    by: str,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; return it with its text, which nobody can be told again.

    Raises: NotPermitted for who is no operator; BadInput; NotFound for a platform that is not connected;
    AlreadyExists when a key of this name is in use.
    """
    check_founded(tx)
    who = acting(tx, by, Role.OPERATOR)
    given = tuple(sorted({Scope(scope) for scope in scopes}))
    _check(tx, now, name, given, platform, expires_at)
    text = PREFIX + urlsafe_b64encode(bytes.fromhex(ids() + ids())).decode().rstrip("=")
    made = ApiKey(ids(), name, platform, given, digest_of(text), now, who.id, expires_at)
    tx.insert(made, verb="add", actor=who.id)
    _tell(tx, now, ids, made, who, "add-key")
    return made, text


def revoke(tx: Tx, now: datetime, ids: Ids, name_or_id: str, by: str) -> ApiKey:
    """Make a key worthless; revoking it again changes nothing.

    Raises: NotPermitted for who is no operator; NotFound.
    """
    who, held = acting(tx, by, Role.OPERATOR), find(tx, name_or_id)
    if held.revoked_at is not None:
        return held
    gone = tx.update(held, verb="revoke", actor=who.id, revoked_at=now)
    _tell(tx, now, ids, gone, who, "revoke-key")
    return gone


def find(view: View, name_or_id: str) -> ApiKey:
    """Return a key by its id, or the one of a name that is not revoked, else the last that was.

    Raises: NotFound.
    """
    named = [each for each in view.find(ApiKey) if name_or_id in (each.id, each.name)]
    usable = [each for each in named if each.revoked_at is None]
    if not named:
        raise NotFound(f"there is no API key {name_or_id[:64]!r}", "`showcause apikey list` names them.")
    return (usable or named)[-1]


def known(view: View, text: str) -> ApiKey | None:
    """Return the key with this text, whether or not it may still be used; None if there is none."""
    if FORM.fullmatch(text) is None:
        return None
    digest = digest_of(text)
    found = view.first(ApiKey, digest=digest)
    return found if found is not None and hmac.compare_digest(found.digest, digest) else None


def digest_of(text: str) -> str:
    """Return the digest under which a key's text is known (hex)."""
    return hashlib.sha256(text.encode()).hexdigest()


def _check(
    tx: Tx,
    now: datetime,
    name: str,
    scopes: tuple[Scope, ...],
    platform: str | None,
    expires_at: datetime | None,
) -> None:
    check_name("name of a key", name, MOST_NAME)
    if not scopes:
        raise BadInput(f"a key has at least one scope: {', '.join(Scope)}")
    if platform is not None:
        connected(tx, platform)
    elif set(scopes) != {Scope.METRICS}:
        raise BadInput(
            "a key without a platform reads numbers and nothing else", "Name the platform: `--platform`."
        )
    if expires_at is not None and expires_at <= now:
        raise BadInput("a key ends in the future")
    if any(each.name == name and each.revoked_at is None for each in tx.find(ApiKey)):
        raise AlreadyExists(f"a key named {name!r} is in use", "Revoke it first, or choose another name.")


def _tell(tx: Tx, now: datetime, ids: Ids, key: ApiKey, by: Moderator, event: str) -> None:
    """Log that a key was made or revoked; its text and digest are not part of the record that is opened."""
    item = ledger.Draft(
        Kind.RIGHT,
        ids(),
        key.id,
        person=ledger.house(tx),
        actor=by.owner,
        values={
            Slot.SUBJECT: {"kind": "api-key", "ref": key.name},
            Slot.FACTS: {
                "minute": ledger.minute(now),
                "event": event,
                "text": {
                    "id": key.id,
                    "scopes": [str(scope) for scope in key.scopes],
                    "platform": key.platform,
                    "expires": ledger.minute(key.expires_at) if key.expires_at else None,
                },
            },
            Slot.ACTOR: {"proposer": by.id},
        },
    )
    ledger.draft(tx, item)
