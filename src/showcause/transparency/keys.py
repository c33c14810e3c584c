"""Names and Ed25519 keys of signed notes, and their text forms.

Two kinds are known: 0x01 signs the note's text; 0x04 is a witness' cosignature, which signs a time and the
text. A key of one kind never doubles as the other: the kind goes into the key id.

Source: c2sp.org/signed-note (key names, key ids, verifier keys), c2sp.org/tlog-cosignature (0x04). The
private text form is the one of Go's `golang.org/x/mod/sumdb/note`.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from typing import assert_never

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from showcause.transparency.encoding import MAX_SIZE, b64, from_b64, from_hex
from showcause.transparency.errors import Malformed

MAX_NAME = 255
_PRIVATE = "PRIVATE+KEY+"


class KeyKind(IntEnum):
    """The signature type byte of signed-note."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


def check_name(name: str) -> str:
    """Give the key name back if a signature line can carry it.

    Raises: Malformed for an empty or overlong name, spaces, control characters and `+`.
    """
    bad = any(c.isspace() or c < " " or c == "+" or 0xD800 <= ord(c) <= 0xDFFF for c in name)
    if not name or bad or len(name.encode("utf-8", "replace")) > MAX_NAME:
        raise Malformed("a key name is 1 to 255 bytes long and has no space, control character or +")
    return name


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under its name: what one is configured to trust."""

    name: str
    kind: KeyKind
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != 32:
            raise Malformed("an Ed25519 public key is 32 bytes long")

    @property
    def id(self) -> bytes:
        """The four bytes that tell which key made a signature; a hint, not a proof."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64(bytes([self.kind]) + self.public)}"

    def time_of(self, signature: bytes) -> int | None:
        """Read the time (POSIX seconds) that a cosignature claims; None for plain signatures. Verify first."""
        match self.kind:
            case KeyKind.ED25519:
                return None
            case KeyKind.COSIGNATURE:
                return int.from_bytes(signature[:8], "big")
            case _:
                assert_never(self.kind)

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Tell whether the signature (without key id) is this key's over the note text."""
        time = self.time_of(signature)
        length = 64 if time is None else 72
        if len(signature) != length or (time is not None and time > MAX_SIZE):
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature[-64:], _message(text, time))
        except (InvalidSignature, ValueError):
            return False
        return True


def parse_verifier_key(text: str) -> VerifierKey:
    """Read `name+hex8+base64` and check that the key id belongs to the key.

    Raises: Malformed, also for kinds other than 0x01 and 0x04.
    """
    name, key_id, encoded = _three(text, "verifier key")
    kind, public = _material(encoded, "verifier key")
    key = VerifierKey(name, kind, public)
    if from_hex(key_id, "the key id", 4) != key.id:
        raise Malformed(
            f"the key id of {name} does not belong to its key", "Copy the whole verifier key again."
        )
    return key


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key under its name; its repr never shows the seed."""

    name: str
    kind: KeyKind
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.seed) != 32:
            raise Malformed("an Ed25519 seed is 32 bytes long")

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(self.name, self.kind, public)

    def private_text(self) -> str:
        """Write the SECRET text form; it goes into a file that only the signer can read, and nowhere else."""
        return f"{_PRIVATE}{self.name}+{self.verifier.id.hex()}+{b64(bytes([self.kind]) + self.seed)}"

    def sign(self, text: bytes, time: int | None = None) -> bytes:
        """Sign a note text; a cosignature needs the time in POSIX seconds, a plain signature must have none.

        Raises: Malformed when time and kind do not fit.
        """
        if (time is not None) != (self.kind is KeyKind.COSIGNATURE) or not 0 <= (time or 0) <= MAX_SIZE:
            raise Malformed("cosignatures carry a time, and only they do")
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(_message(text, time))
        return signature if time is None else time.to_bytes(8, "big") + signature


def parse_signing_key(text: str) -> SigningKey:
    """Read what `private_text` wrote.

    Raises: Malformed; the message never repeats the text.
    """
    if not text.startswith(_PRIVATE):
        raise Malformed("this is not the text of a private key")
    name, key_id, encoded = _three(text.removeprefix(_PRIVATE), "private key")
    kind, seed = _material(encoded, "private key")
    key = SigningKey(name, kind, seed)
    if from_hex(key_id, "the key id", 4) != key.verifier.id:
        raise Malformed("the key id does not belong to the private key")
    return key


def _message(text: bytes, time: int | None) -> bytes:
    return text if time is None else b"cosignature/v1\ntime %d\n" % time + text


def _three(text: str, what: str) -> tuple[str, str, str]:
    parts = text.split("+", 2)
    if len(text) > 1024 or len(parts) != 3:
        raise Malformed(f"a {what} has three parts: name+id+key")
    return parts[0], parts[1], parts[2]


def _material(encoded: str, what: str) -> tuple[KeyKind, bytes]:
    data = from_b64(encoded, f"the {what}")
    if not data or data[0] not in (KeyKind.ED25519, KeyKind.COSIGNATURE):
        raise Malformed(
            f"the {what} is of a kind that we do not know", "Known: 01 Ed25519, 04 Ed25519 cosignature."
        )
    return KeyKind(data[0]), data[1:]
