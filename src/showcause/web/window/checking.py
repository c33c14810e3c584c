"""Finding an entry by what somebody holds: an index, an id, or a proof, which is checked and never kept."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from showcause.domain.errors import BadInput
from showcause.transparency.errors import LogError
from showcause.transparency.policy import Policy
from showcause.transparency.proof import MAGIC
from showcause.transparency.receipt import from_file
from showcause.transparency.verify import VerifiedLeaf, verify_receipt
from showcause.web.window.keys import verify_before
from showcause.web.window.record import Record

MOST: Final = 64 * 1024
_INDEX: Final = re.compile(r"[0-9]{1,15}")
_ID: Final = re.compile(r"[0-9a-f]{32}")
_REFERENCE: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{1,4}){2,6}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """An entry named by its index, or by its id."""

    index: int | None = None
    leaf: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference number from a letter: it opens nothing here."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One opened field: `item` when it belongs to one item of many; its value as text."""

    slot: str
    field: str
    value: str
    item: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """A proof that holds: what it proves, what it opens, and how it stands to the public log.

    `history` is `same`, `other`, `newer` (than the public head), or `none` (no public head yet).
    """

    verified: VerifiedLeaf
    opened: tuple[Opened, ...]
    history: str


def read(text: str, known: Record | None, policy: Policy) -> Place | Reference | Checked:
    """Tell what somebody gave: where to look, or what their proof shows.

    Raises: BadInput for what is none of these; LogError, with the reason, for a proof that does not hold.
    """
    given = text.strip()
    if not given:
        raise BadInput("nothing was given")
    if len(text.encode()) > MOST:
        raise BadInput(
            f"the text is larger than {MOST // 1024} KiB", "`showcause verify` takes larger files."
        )
    if _INDEX.fullmatch(given):
        return Place(index=int(given))
    if _ID.fullmatch(given.lower()):
        return Place(leaf=given.lower())
    if _REFERENCE.fullmatch(given):
        return Reference()
    if given.startswith((MAGIC, "{")):
        return check(as_file(text), known, policy)
    raise BadInput("this is neither an index, an id, a proof nor a reference number")


def as_file(text: str) -> bytes:
    """Return the file that was pasted: browsers send line ends of their own and people cut the last one."""
    lines = text.replace("\r\n", "\n").strip("\n \t")
    return (lines + "\n" if lines.startswith(MAGIC) else lines).encode()


def check(data: bytes, known: Record | None, policy: Policy) -> Checked:
    """Check a proof against the pinned trust, then against the public log. Raises: LogError.

    A key of this log that has ended since is believed for what it signed before it did.
    """
    receipt = from_file(data)
    try:
        verified = verify_receipt(receipt, policy)
    except LogError:
        before = verify_before(receipt, known, policy) if known else None
        if before is None:
            raise
        verified = before
    opened = [*_opened(verified.opened, False), *_opened(verified.item.opened if verified.item else {}, True)]
    return Checked(verified, tuple(opened), _history(verified, known))


def _history(verified: VerifiedLeaf, known: Record | None) -> str:
    """Compare the head that the proof carries with the public log: two signed histories would be evidence."""
    tree = verified.checkpoint
    if known is None or known.head.tree.origin != tree.origin:
        return "none"
    if tree.size > known.size:
        return "newer"
    try:
        return "same" if known.root_at(tree.size) == tree.root else "other"
    except LogError:
        return "none"


def _opened(fields: Mapping[Any, Mapping[str, Any]], item: bool) -> list[Opened]:
    return [
        Opened(str(slot), field, _value(value), item)
        for slot, values in fields.items()
        for field, value in values.items()
    ]


def _value(value: Any) -> str:
    """Write an opened value; characters that could deceive a reader are shown as escapes."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
