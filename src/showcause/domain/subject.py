"""Whom or what a decision is about, and the text checks that every name and text passes on its way in.

A `Subject` is one value: platform, kind, and the platform's own reference. The reference names a person or a person's
work, so it lives only in memory, in orders to the platform and in the sealed store; every stored record carries a
`SubjectRecord`'s random id instead.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from showcause.domain.errors import BadInput


class SubjectKind(StrEnum):
    ACCOUNT = "account"
    CONTENT = "content"
    SPACE = "space"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class Subject:
    """A platform's account, piece of content, space (room, group) or media file, by its own reference."""

    platform: str
    kind: SubjectKind
    ref: str

    def __post_init__(self) -> None:
        check_name("platform", self.platform, 64)
        check_name("subject reference", self.ref, 512)


@dataclass(frozen=True, slots=True)
class Reach:
    """Numbers that the platform supplies about an account's audience; never a list of names."""

    followers: int = 0
    members: int = 0
    gained_today: int = 0
    live_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """What the house keeps of a subject: a random id, whose key seals it, and its reach in numbers.

    `owner` is the person whose data it is: an account owns itself, content belongs to its author. `ref` is the id of
    the sealed reference, `contact` that of a sealed e-mail address, for an account that its platform cannot reach.
    `snapshots` are the sealed ids of the last states of the subject that its platform pushed, the newest last.
    `identity` is the sealed id of identification data that a law demands for `identity_days` after each use, and until
    `identity_until` at the latest.
    """

    id: str
    platform: str
    kind: SubjectKind
    owner: str
    ref: str
    reach: Reach = Reach()
    author: str | None = None
    contact: str | None = None
    snapshots: tuple[str, ...] = ()
    identity: str | None = None
    identity_until: datetime | None = None
    identity_days: int = 0
    revision: int = 0


HIGH_REACH = 10_000


def is_high_reach(reach: Reach, now: datetime, threshold: int = HIGH_REACH) -> bool:
    """Tell whether an account's reach adds a reviewer.

    The public formula: followers plus members of spaces it runs plus ten times the followers gained today reaches the
    threshold, or the account is live at an event now. High reach never removes a rule.
    """
    live = reach.live_until is not None and now < reach.live_until
    return live or reach.followers + reach.members + 10 * reach.gained_today >= threshold


_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_unseen(char: str) -> bool:
    """Tell whether a character is a control or turns the direction of what follows; line breaks and tabs are not."""
    return char in _BIDI or (char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cs"))


def check_name(what: str, value: object, most: int) -> str:
    """Return a short single-line name unchanged.

    Raises: BadInput for anything but a non-empty string of at most `most` characters without control characters,
    surrogates or bidirectional overrides.
    """
    text = check_text(what, value, most)
    if not text.strip():
        raise BadInput(f"the {what} is empty")
    if "\n" in text or "\t" in text:
        raise BadInput(f"the {what} must be one line")
    return text


def check_text(what: str, value: object, most: int) -> str:
    """Return a text unchanged; line breaks and tabs are allowed.

    Raises: BadInput for other types, too many characters, control characters or bidirectional overrides.
    """
    if not isinstance(value, str):
        raise BadInput(f"the {what} must be text, not {type(value).__name__}")
    if len(value) > most:
        raise BadInput(f"the {what} has {len(value)} characters; at most {most} are accepted")
    for at, char in enumerate(value):
        if char in _BIDI:
            raise BadInput(f"the {what} holds a bidirectional control character at position {at + 1}")
        if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cs"):
            raise BadInput(f"the {what} holds a control character at position {at + 1}")
    return value
