"""Which keys the log signs with, since when and until when, as its own entries of the kind `key` say.

The first entry names the first key. Each later entry of this kind names the whole list that signs from then on, so
that whoever reads only the newest one knows it, and whoever reads all of them sees every change:

    format    showcause/v1 key
    origin    the log's name, which every key of it has
    event     rotation-begins, rotation-ends, rotation-cancelled, second-key-begins, second-key-ends
    key       the principal key, Ed25519
    signing   all keys that sign from this entry on, the principal one first
    coming    during a rotation, the key that will be the principal one
    from      the minute of the change
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from showcause.domain.logbook import LeafNote
from showcause.domain.site import Document
from showcause.store.view import View
from showcause.transparency.errors import LogError
from showcause.transparency.jcs import parse
from showcause.transparency.keys import KeyKind, parse_verifier_key
from showcause.transparency.kinds import Kind
from showcause.transparency.leaf import decode

FORMAT: Final = "showcause/v1 key"
ABOUT: Final = "log"
"""What the notes of these entries are about, but for the first one: the log itself."""
MOST: Final = 64 * 1024


class Change(StrEnum):
    """What an entry of the kind `key` says happened."""

    FOUNDED = "found"
    ROTATION_BEGINS = "rotation-begins"
    ROTATION_ENDS = "rotation-ends"
    ROTATION_CANCELLED = "rotation-cancelled"
    SECOND_BEGINS = "second-key-begins"
    SECOND_ENDS = "second-key-ends"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key: the entry that named it, and the one that named its end; the times are minutes, empty for the first."""

    key: str
    entry: int
    since: str = ""
    ended_entry: int | None = None
    until: str = ""

    @property
    def kind(self) -> KeyKind:
        """Return what kind of key it is."""
        return parse_verifier_key(self.key).kind

    @property
    def since_moment(self) -> datetime | None:
        """Return the time from which it signs, None for the first key."""
        return datetime.fromisoformat(self.since) if self.since else None

    @property
    def until_moment(self) -> datetime | None:
        """Return the time until which it signed, None while it signs."""
        return datetime.fromisoformat(self.until) if self.until else None

    @property
    def id(self) -> str:
        """Return the key's id, as it stands in its text."""
        return self.key.split("+")[1]


@dataclass(frozen=True, slots=True)
class KeyBook:
    """All keys that the log ever named, oldest first; what signs now, the principal one first; which one is coming.

    `change` is the newest entry's word, `changed_entry` where it stands.
    """

    origin: str = ""
    rows: tuple[KeyRow, ...] = ()
    signing: tuple[str, ...] = ()
    coming: str = ""
    changed_entry: int = -1
    change: Change = Change.FOUNDED

    @property
    def principal(self) -> str:
        """Return the key that the log is known by."""
        return self.signing[0] if self.signing else ""

    @property
    def second(self) -> str:
        """Return the key of another kind that signs, too, or nothing."""
        return next((each for each in self.signing if _kind(each) is KeyKind.ML_DSA_44), "")

    def row(self, key: str) -> KeyRow:
        """Return what is known of a key; a key that came twice is the last one."""
        return next(each for each in reversed(self.rows) if each.key == key)

    def ended(self) -> Sequence[KeyRow]:
        """Return the keys that sign no more, the one that ended last at the end."""
        return sorted(
            (each for each in self.rows if each.ended_entry is not None), key=lambda row: row.ended_entry or 0
        )


class NotSaid(ValueError):
    """An entry of the kind `key` does not say what such an entry must."""


def after(book: KeyBook, entry: int, document: Mapping[str, Any]) -> KeyBook:
    """Return what is known after one more entry.

    Raises: NotSaid when its document is none of this form, or does not follow from what was before.
    """
    try:
        return _changed(book, entry, document)
    except (KeyError, TypeError, ValueError, LogError) as error:
        raise NotSaid(str(error)) from None


def _changed(book: KeyBook, entry: int, document: Mapping[str, Any]) -> KeyBook:
    if document["format"] != FORMAT:
        raise NotSaid("its document has another form")
    origin, event = str(document["origin"]), Change(document.get("event", Change.FOUNDED))
    if (event is Change.FOUNDED) != (not book.rows) or book.origin not in ("", origin):
        raise NotSaid("a log is founded once, by its first entry of this kind, and keeps its name")
    signing = tuple(document["signing"]) if book.rows else (str(document["key"]),)
    coming, when = str(document.get("coming", "")), str(document.get("from", ""))
    for each in signing:
        if parse_verifier_key(each).name != origin:
            raise NotSaid("it names a key of another log")
    if signing != tuple(expected(book, event, signing, coming)) or document["key"] != signing[0]:
        raise NotSaid(f"these keys do not follow from the ones before by {event}")
    rows = [
        replace(each, ended_entry=entry, until=when)
        if each.key in book.signing and each.key not in signing and each.ended_entry is None
        else each
        for each in book.rows
    ]
    rows += [KeyRow(each, entry, when) for each in signing if each not in book.signing]
    return KeyBook(origin, tuple(rows), signing, coming, entry, event)


def expected(book: KeyBook, event: Change, signing: Sequence[str], coming: str) -> Sequence[str]:
    """Return what must sign after an event; nothing where the event cannot follow.

    `signing` and `coming` are what the entry names; of them only a new key is taken from there.
    """
    second = [book.second] if book.second else []
    match event:
        case Change.FOUNDED:
            return signing if len(signing) == 1 and _kind(signing[0]) is KeyKind.ED25519 else ()
        case Change.ROTATION_BEGINS:
            fits = coming and not book.coming and _kind(coming) is KeyKind.ED25519
            return [book.principal, coming, *second] if fits and coming != book.principal else ()
        case Change.ROTATION_ENDS:
            return [book.coming, *second] if book.coming and not coming else ()
        case Change.ROTATION_CANCELLED:
            return [book.principal, *second] if book.coming and not coming else ()
        case Change.SECOND_BEGINS:
            new = [each for each in signing if _kind(each) is KeyKind.ML_DSA_44]
            return [*book.signing, *new] if not second and len(new) == 1 and coming == book.coming else ()
        case Change.SECOND_ENDS:
            return [each for each in book.signing if each not in second] if second else ()


def key_book(view: View, size: int | None = None) -> KeyBook:
    """Return what the log says of its keys, or said when it had so many entries.

    Raises: NotSaid when it does not say it rightly.
    """
    book = KeyBook()
    for entry, document in key_entries(view):
        if size is None or entry < size:
            book = after(book, entry, document)
    return book


def key_entries(view: View) -> Iterable[tuple[int, Mapping[str, Any]]]:
    """Yield the entries of the kind `key` by index, each with its document; an empty one where that is missing.

    They are found without reading the whole log: the first entry of every log is one, the others are about `ABOUT`.
    """
    later = (view.log.index_of(note.id) for note in view.find(LeafNote, about=ABOUT))
    for place in sorted({0, *(each for each in later if each is not None)}):
        data = view.log.leaf(place)
        leaf = decode(data) if data is not None else None
        if leaf is not None and leaf.kind == Kind.KEY and leaf.doc is not None:
            yield place, document_of(view, leaf.doc)


def document_of(view: View, digest: str) -> Mapping[str, Any]:
    """Return a document's content, empty where it is missing or none."""
    found = view.first(Document, digest=digest)
    value = parse(found.text.encode(), "a document of a key", MOST) if found else None
    return value if isinstance(value, dict) else {}


def as_file(book: KeyBook) -> str:
    """Write the keys for the public: a tlog-policy that trusts what signs now, and says the rest beside it."""
    lines = [
        f"# The keys of {book.origin}: a policy that any program for c2sp.org/tlog-policy reads, without a witness.",
        "# Pin it, and compare it with what you hear elsewhere; whoever serves a log can serve another file.",
    ]
    for key in book.signing:
        row, what = book.row(key), " It takes the place of the first one." if key == book.coming else ""
        lines += [f"# {_since(row)}.{what}", f"log {key}"]
    for row in book.ended():
        lines.append(
            f"# {_since(row)}; until {row.until} (entry {row.ended_entry}), and no longer: {row.key}"
        )
    return "".join(f"{line}\n" for line in [*lines, "quorum none"])


def _since(row: KeyRow) -> str:
    return (
        f"Since {row.since} (entry {row.entry})" if row.since else f"Since the log began (entry {row.entry})"
    )


def _kind(key: str) -> KeyKind:
    return parse_verifier_key(key).kind
