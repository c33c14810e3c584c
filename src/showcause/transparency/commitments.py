"""Salted commitments to fields, and the openings that are handed out.

    disclosure d   = base64url(JCS([base64url(salt), field, value]))
    field digest   = SHA-256(ASCII(d))
    slot digest    = SHA-256("showcause/v1 slot" 00 slot name 00 all field digests in the slot's order)
    salt(field)    = HKDF-SHA256(slot seed, info = "showcause/v1 salt" 00 field), 32 bytes

A field can be opened alone: whoever has its disclosure and the digests of its neighbours recomputes the
slot's digest. Without the salt a digest tells nothing even about guessable values, so whoever destroys the
seed has erased the fields. Seeds come from outside and are never handed out.

Source: RFC 9901 (SD-JWT disclosures), RFC 5869 (HKDF).
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from showcause.transparency.encoding import b64url, from_b64url
from showcause.transparency.errors import Malformed, Unverified
from showcause.transparency.jcs import MAX_INTEGER, Json, canonical, parse_canonical
from showcause.transparency.leaf import FIELDS, Slot

SEED: Final = 32
MAX_DISCLOSURE: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Opening:
    """Some fields of one slot laid open, and the digests of all of them: enough to be checked alone."""

    slot: Slot
    disclosed: Mapping[str, str]
    digests: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Commitment:
    """All fields of one slot with their salts: SECRET until opened field by field; only `digest` is public."""

    slot: Slot
    disclosures: tuple[str, ...]

    @property
    def digests(self) -> tuple[bytes, ...]:
        """The digests of the fields, in the slot's order."""
        return tuple(field_digest(disclosure) for disclosure in self.disclosures)

    @property
    def digest(self) -> bytes:
        """What stands in the leaf."""
        return digest_of(self.slot, self.digests)

    def opening(self, fields: Iterable[str] | None = None) -> Opening:
        """Lay open these fields, or all.

        Raises: Malformed for a field that the slot has not.
        """
        disclosures = dict(zip(FIELDS[self.slot], self.disclosures, strict=True))
        wanted = disclosures.keys() if fields is None else set(fields)
        if strange := set(wanted) - disclosures.keys():
            raise Malformed(f"slot {self.slot} has no field {min(strange)!r}")
        return Opening(self.slot, {f: d for f, d in disclosures.items() if f in wanted}, self.digests)


def commit(slot: Slot, seed: bytes, values: Mapping[str, Json]) -> Commitment:
    """Commit to all fields of a slot under its seed of 32 random bytes; fields without a value are null.

    Raises: Malformed for a wrong seed, a field that the slot has not, or a value that is no canonical JSON.
    """
    if len(seed) != SEED:
        raise Malformed(f"a slot's seed is {SEED} bytes long")
    if not FIELDS[slot]:
        raise Malformed(f"slot {slot} has no fields: give it a random digest")
    if strange := values.keys() - set(FIELDS[slot]):
        raise Malformed(f"slot {slot} has no field {min(strange)!r}")
    key = _extract(seed)
    return Commitment(slot, tuple(_disclosure(_salt(key, f), f, values.get(f)) for f in FIELDS[slot]))


def salt(seed: bytes, field: str) -> bytes:
    """Derive the salt of a field from its slot's seed: 32 bytes. Source: RFC 5869 with an empty salt."""
    return _salt(_extract(seed), field)


def field_digest(disclosure: str) -> bytes:
    """Hash a disclosure as it is handed over."""
    return sha256(disclosure.encode("ascii")).digest()


def digest_of(slot: Slot, digests: Sequence[bytes]) -> bytes:
    """Hash all field digests of a slot, in its order, into the slot's digest."""
    return sha256(b"showcause/v1 slot\x00" + slot.encode() + b"\x00" + b"".join(digests)).digest()


def check(opening: Opening, slot_digest: bytes) -> dict[str, Json]:
    """Give the opened fields' values, proven to be those that the slot's digest commits to.

    Raises: Malformed; Unverified when the digest does not fit.
    """
    fields = FIELDS[opening.slot]
    if not fields or len(opening.digests) != len(fields) or any(len(d) != 32 for d in opening.digests):
        raise Malformed(f"this is not an opening of slot {opening.slot}")
    if digest_of(opening.slot, opening.digests) != slot_digest:
        raise Unverified(f"the opening of slot {opening.slot} belongs to another leaf")
    values: dict[str, Json] = {}
    for field, disclosure in opening.disclosed.items():
        if field not in fields:
            raise Malformed(f"slot {opening.slot} has no field {field[:40]!r}")
        if not disclosure.isascii() or field_digest(disclosure) != opening.digests[fields.index(field)]:
            raise Unverified(f"the opened field {field} of slot {opening.slot} is not what was committed to")
        values[field] = _value(disclosure, field)
    return values


def opening_to_json(opening: Opening) -> dict[str, Json]:
    """Give the opening as a JSON object."""
    return {
        "slot": str(opening.slot),
        "disclosed": dict(opening.disclosed),
        "digests": [b64url(digest) for digest in opening.digests],
    }


def opening_from_json(value: Json) -> Opening:
    """Read an opening; what it says is not checked yet, see `check`.

    Raises: Malformed.
    """
    if not isinstance(value, dict) or value.keys() != {"slot", "disclosed", "digests"}:
        raise Malformed("an opening has exactly slot, disclosed and digests")
    slot, disclosed, digests = value["slot"], value["disclosed"], value["digests"]
    if not isinstance(slot, str) or slot not in _SLOT_NAMES:
        raise Malformed("an opening names one of the seven slots")
    if not isinstance(disclosed, dict) or not isinstance(digests, list) or len(digests) > 32:
        raise Malformed("an opening discloses fields and lists digests")
    texts = {field: d for field, d in disclosed.items() if isinstance(d, str) and len(d) <= MAX_DISCLOSURE}
    names = [d for d in digests if isinstance(d, str)]
    if len(texts) != len(disclosed) or len(names) != len(digests):
        raise Malformed("disclosures and digests are texts of bounded length")
    return Opening(Slot(slot), texts, tuple(from_b64url(d, "a field digest", 32) for d in names))


def moment(time: datetime) -> str:
    """Write an aware UTC time of whole seconds as YYYY-MM-DDTHH:MM:SSZ, the only form of a time here.

    Raises: Malformed for other zones and fractions, rather than round a deadline.
    """
    if time.tzinfo is None or time.utcoffset() != UTC.utcoffset(None) or time.microsecond:
        raise Malformed("a time in the log is in UTC and in whole seconds")
    return time.replace(tzinfo=None).isoformat() + "Z"


def order_entry(number: int, measure: str, until: datetime | None) -> list[Json]:
    """Give one entry of the field `orders` of slot facts: number, measure and end (None: without end).

    Raises: Malformed for a number out of bounds or an end that `moment` refuses.
    """
    if not 1 <= number <= MAX_INTEGER:
        raise Malformed("order numbers begin at 1")
    return [number, measure, None if until is None else moment(until)]


_SLOT_NAMES: Final = frozenset(str(slot) for slot in Slot)


def _extract(seed: bytes) -> bytes:
    return hmac.digest(bytes(32), seed, "sha256")


def _salt(key: bytes, field: str) -> bytes:
    return hmac.digest(key, b"showcause/v1 salt\x00" + field.encode() + b"\x01", "sha256")


def _disclosure(salt: bytes, field: str, value: Json) -> str:
    text = b'["%s","%s",%s]' % (
        b64url(salt).encode(),
        field.encode(),
        b"null" if value is None else canonical(value),
    )
    if len(text) > MAX_DISCLOSURE * 3 // 4:
        raise Malformed(
            f"the value of field {field} is too long to be opened", "Commit to its digest instead."
        )
    return b64url(text)


def _value(disclosure: str, field: str) -> Json:
    parts = parse_canonical(from_b64url(disclosure, "a disclosure"), "a disclosure", MAX_DISCLOSURE)
    if not isinstance(parts, list) or len(parts) != 3 or parts[1] != field or not isinstance(parts[0], str):
        raise Malformed(f"the disclosure of field {field} is not [salt, field, value]")
    from_b64url(parts[0], "a salt", 32)
    return parts[2]
