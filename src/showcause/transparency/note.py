"""Signed notes: a text and the signatures under it.

Nothing in a note may be used before `open_note` gave it back; `parse_note` only takes it apart.
Source: c2sp.org/signed-note.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from showcause.transparency.encoding import b64, from_b64
from showcause.transparency.errors import Malformed, Unverified
from showcause.transparency.keys import COSIGNING, SigningKey, VerifierKey, check_name

MAX_NOTE = 64 * 1024
MAX_SIGNATURES = 64
_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who claims to have signed, by name and key id, and the bytes."""

    name: str
    key_id: bytes
    data: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {b64(self.key_id + self.data)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart; `text` ends in a newline and is not to be believed yet."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n" + "".join(str(signature) for signature in self.signatures)


@dataclass(frozen=True, slots=True)
class Verified:
    """One known key whose signature holds, and the time it states if it is a cosignature (POSIX seconds)."""

    key: VerifierKey
    time: int | None


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A text that at least one known key signed, and all known keys that did."""

    text: str
    by: tuple[Verified, ...]


def parse_note(note: str | bytes) -> Note:
    """Take a note apart without believing it.

    Raises: Malformed for anything but text, blank line and signature lines within 64 KiB and 64 signatures.
    """
    whole = _text(note)
    text, blank, block = whole.rpartition("\n\n")
    if not blank or not block.endswith("\n"):
        raise Malformed("a signed note is a text, a blank line and signature lines, each ended by a newline")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Malformed(f"a note has at most {MAX_SIGNATURES} signatures here")
    return Note(text + "\n", tuple(_signature(line) for line in lines))


def open_note(note: str | bytes, keys: Iterable[VerifierKey]) -> OpenedNote:
    """Give the text if known keys signed it; signatures of unknown keys are passed over.

    Raises: Malformed; Unverified when no known key signed, or when one bad signature of a known key is
    among them.
    """
    parsed = parse_note(note)
    known = {(key.name, key.id): key for key in keys}
    found: dict[tuple[str, bytes], Verified] = {}
    for signature in parsed.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        if not key.verifies(parsed.text.encode(), signature.data):
            raise Unverified(
                f"the signature of {key.name} does not fit the text", "Keep the file: it may be evidence."
            )
        found.setdefault((key.name, key.id), Verified(key, key.time_of(signature.data)))
    if not found:
        raise Unverified(
            "no key that is trusted here signed this note", "Compare the log's key with your policy."
        )
    return OpenedNote(parsed.text, tuple(found.values()))


def signature_of(text: str, key: SigningKey, time: int | None = None) -> Signature:
    """Sign a note text; deterministic for kind 0x01; cosignatures need the time in POSIX seconds.

    Raises: Malformed for a text that no note can carry.
    """
    if not text.endswith("\n"):
        raise Malformed("a note text ends in a newline")
    data = _text(text).encode()
    return Signature(key.name, key.verifier.id, key.sign(data, time))


def sign_note(text: str, keys: Sequence[SigningKey]) -> str:
    """Write a note of this text, signed in the given order by its author's keys, of which kind 0x06 states no time."""
    times = (0 if key.kind in COSIGNING else None for key in keys)
    signed = (signature_of(text, key, time) for key, time in zip(keys, times, strict=True))
    note = str(Note(text, tuple(signed)))
    parse_note(note)
    return note


def cosign(note: str, key: SigningKey, time: int) -> str:
    """Add a witness' cosignature (0x04, 0x06) of this time, in POSIX seconds, below the signatures that a note has.

    The caller has checked the note and its consistency with what the witness saw before.
    """
    parsed = parse_note(note)
    return str(Note(parsed.text, (*parsed.signatures, signature_of(parsed.text, key, time))))


def _text(note: str | bytes) -> str:
    try:
        data = note.encode() if isinstance(note, str) else note
        if len(data) > MAX_NOTE:
            raise Malformed(f"a note has at most {MAX_NOTE} bytes here")
        text = data.decode()
    except UnicodeError:
        raise Malformed("a note is UTF-8 text") from None
    if any(c < " " and c != "\n" for c in text):
        raise Malformed("a note has no control characters but newlines")
    return text


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise Malformed("a signature line is: dash, name, base64")
    data = from_b64(encoded, "a signature")
    if len(data) < 5:
        raise Malformed("a signature is longer than its key id")
    return Signature(check_name(name), data[:4], data[4:])
