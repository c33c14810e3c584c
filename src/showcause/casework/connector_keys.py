"""The key with which a connector confirms what it did: on the public record before anything is confirmed with it.

Its entry is of the kind `key`, about the platform. A key that was replaced, because its file was lost or stolen, has an
entry too; what was confirmed before stays the old key's.
"""

from datetime import datetime
from typing import Final

from showcause.casework.log.publishing import leaf_with_document
from showcause.casework.ports import Ids
from showcause.casework.reading import person, platform
from showcause.domain.errors import BadInput
from showcause.domain.people import SYSTEM
from showcause.domain.site import ConnectedPlatform
from showcause.store.tx import Tx
from showcause.transparency.errors import LogError
from showcause.transparency.jcs import Json
from showcause.transparency.keys import KeyKind, parse_verifier_key
from showcause.transparency.leaf import Kind

FORMAT: Final = "showcause/v1 connector key"


def introduce(
    tx: Tx, now: datetime, ids: Ids, name: str, key: str, by: str | None = None
) -> ConnectedPlatform:
    """Log the public key with which a platform's connector confirms from now on; the same one again changes nothing.

    `key` is its text (`name+id+key`); its name is the connector's, which is the platform's. `by` is None where the
    machine itself made it.

    Raises: NotFound; BadInput for a key of another name or kind.
    """
    held = platform(tx, name)
    if held.key == key:
        return held
    _check(name, key)
    who = person(tx, by) if by is not None else None
    changed = tx.update(held, verb="key", actor=who.id if who else SYSTEM, key=key)
    document: Json = {"format": FORMAT, "connector": name, "platform": name, "key": key}
    event = "connector-key-replaced" if held.key else "connector-key"
    leaf_with_document(tx, now, ids, Kind.KEY, document, about=held.id, by=who, event=event)
    return changed


def _check(name: str, key: str) -> None:
    try:
        parsed = parse_verifier_key(key)
    except LogError as error:
        raise BadInput(f"the connector's key: {error.message}") from None
    if parsed.name != name or parsed.kind is not KeyKind.ED25519:
        raise BadInput("a connector confirms with an Ed25519 key (kind 01) that has the connector's name")
