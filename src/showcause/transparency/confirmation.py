"""Confirmations: what a connector says it did about one order, signed with the connector's own key.

A confirmation is a signed note (`note`) of exactly eight lines and one signature, of a key of kind 0x01 whose name is
the connector's:

    showcause/v1 confirmation
    connector plaza
    platform plaza
    order 17 of 4f6e65206f662074686f736520696e6b
    measure suspend
    event imposed
    time 1795608000
    basis read-back

    — plaza 8HBDCw…

`order` names the connector's dense number and the id of the decision's leaf; a lift has no number of its own and names
the order that it ends. An act of the urgent lane comes before its decision and is named by its id in the connector's
spool: `urgent 6c6f6e67206265666f726520746865`. `time` is the connector's clock in POSIX seconds. Nothing in it names a
person. The first line keeps the signature from meaning anything else.

It proves that the holder of the key said so, not that it is true; `basis` says what it rests on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from showcause.transparency.encoding import MAX_SIZE
from showcause.transparency.errors import Malformed, Mismatched
from showcause.transparency.jcs import MAX_INTEGER, Json
from showcause.transparency.keys import KeyKind, SigningKey, VerifierKey
from showcause.transparency.note import open_note, parse_note, sign_note

FORMAT: Final = "showcause/v1 confirmation"
MAX_CONFIRMATION: Final = 1024


class Event(StrEnum):
    """What happened.

    IMPOSED: the measure stands, and this call put it there. STANDING: it stood already when the connector looked.
    LIFTED: it is gone, and this call took it away. ABSENT: it was not there when the connector looked. KEPT: the order
    is closed, and another one holds the same measure. UNTOUCHED: the order is closed, and nobody looked, because the
    connector only observes. VOID: the order was cancelled and will not be carried out. FAILED: it was given up and was
    not seen to land. STUCK: the order is closed, and the measure was not seen to be gone. PERMANENT: the order is
    closed, and the platform cannot undo what it did.
    """

    IMPOSED = "imposed"
    STANDING = "standing"
    LIFTED = "lifted"
    ABSENT = "absent"
    KEPT = "kept"
    UNTOUCHED = "untouched"
    VOID = "void"
    FAILED = "failed"
    STUCK = "stuck"
    PERMANENT = "permanent"


class Basis(StrEnum):
    """What it rests on.

    READ_BACK: the connector read the platform's own state. CLAIMED: the platform's own program said so. MEMORY: the
    platform was not asked; it is what the connector itself remembers.
    """

    READ_BACK = "read-back"
    CLAIMED = "claimed"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order: its dense number and the id of its decision's leaf."""

    number: int
    leaf: str

    def __str__(self) -> str:
        return f"order {self.number} of {self.leaf}"


@dataclass(frozen=True, slots=True)
class Urgent:
    """An act of the urgent lane, by its id in the connector's spool."""

    spool: str

    def __str__(self) -> str:
        return f"urgent {self.spool}"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a connector says. `time` is in POSIX seconds. One that was read is not to be believed yet, see `opened`."""

    connector: str
    platform: str
    about: Ordered | Urgent
    measure: str
    event: Event
    time: int
    basis: Basis

    @property
    def text(self) -> str:
        """The canonical text that is signed.

        Raises: Malformed when a part is out of form.
        """
        text = (
            f"{FORMAT}\nconnector {self.connector}\nplatform {self.platform}\n{self.about}\n"
            f"measure {self.measure}\nevent {self.event}\ntime {self.time}\nbasis {self.basis}\n"
        )
        if parsed(text) != self:
            raise Malformed("this is no confirmation: a name, number, id or time is out of form")
        return text


def parsed(text: str) -> Confirmation:
    """Take a confirmation's text apart.

    Raises: Malformed for anything but the canonical text.
    """
    found = _GRAMMAR.fullmatch(text)
    if found is None:
        raise Malformed(f"this is not a {FORMAT} in canonical form")
    connector, platform, number, leaf, spool, measure, event, time, basis = found.groups()
    if int(time) > MAX_SIZE or (number and int(number) > MAX_INTEGER):
        raise Malformed("a confirmation's number or time is out of bounds")
    about = Urgent(spool) if spool else Ordered(int(number), leaf)
    return Confirmation(connector, platform, about, measure, Event(event), int(time), Basis(basis))


def signed(confirmation: Confirmation, key: SigningKey) -> str:
    """Write a confirmation, signed by its connector's key; the same one always has the same bytes.

    Raises: Malformed, also for a key of another name or kind.
    """
    _check_key(key, confirmation.connector)
    return sign_note(confirmation.text, [key])


def read(note: str | bytes) -> Confirmation:
    """Read what somebody says is a confirmation without believing it.

    Raises: Malformed, also when it has any other number of signatures than one.
    """
    if len(note) > MAX_CONFIRMATION:
        raise Malformed(f"a confirmation has at most {MAX_CONFIRMATION} bytes")
    parts = parse_note(note)
    whole = str(parts) if isinstance(note, str) else str(parts).encode()
    if len(parts.signatures) != 1 or whole != note:
        raise Malformed("a confirmation has exactly one signature")
    return parsed(parts.text)


def opened(note: str | bytes, key: VerifierKey) -> Confirmation:
    """Give what a confirmation says, proven to be signed by this key.

    Raises: Malformed; Unverified when the key did not sign it; Mismatched when it says that another connector did.
    """
    confirmation = read(note)
    _check_key(key, key.name)
    open_note(note, [key])
    if confirmation.connector != key.name:
        raise Mismatched(f"{key.name} signed a confirmation that names {confirmation.connector}")
    return confirmation


def of_effect(facts: Mapping[str, Json]) -> str | None:
    """Give the confirmation that an effect's entry commits to, from its opened facts, without believing it.

    None where it is not opened, and where nobody confirmed anything.

    Raises: Malformed; Mismatched when it is about another order or measure than the facts are.
    """
    note, orders = facts.get("text"), facts.get("orders")
    if not isinstance(note, str):
        return None
    said = read(note)
    mine = [said.about.number, said.measure, None] if isinstance(said.about, Ordered) else None
    if mine is not None and isinstance(orders, list) and mine not in orders:
        raise Mismatched("the connector confirmed another order than the entry says")
    return note


def _check_key(key: SigningKey | VerifierKey, name: str) -> None:
    if key.kind is not KeyKind.ED25519 or key.name != name:
        raise Malformed(f"a confirmation of {name} is signed by a key of kind 01 with that name")


_NAME: Final = "[a-z0-9][a-z0-9._:/@-]{0,63}"
_ID: Final = "[0-9a-f]{32}"
_GRAMMAR: Final = re.compile(
    rf"{FORMAT}\nconnector ({_NAME})\nplatform ({_NAME})\n"
    rf"(?:order ([1-9][0-9]{{0,15}}) of ({_ID})|urgent ({_ID}))\n"
    rf"measure ([a-z][a-z-]{{0,31}})\nevent ({'|'.join(Event)})\ntime (0|[1-9][0-9]{{0,18}})\n"
    rf"basis ({'|'.join(Basis)})\n"
)
