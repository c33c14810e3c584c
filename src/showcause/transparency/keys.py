"""Names and keys of signed notes, and their text forms.

Three kinds are known: 0x01 signs the note's text; 0x04 is a witness' cosignature, which signs a time and the
text; 0x06 is a cosignature that quantum computers do not break, over a checkpoint's origin, size and root, its
cosigner's name and a time, which may be 0 where nothing is said of when. A key of one kind never doubles as
another: the kind goes into the key id.

Source: c2sp.org/signed-note (key names, key ids, verifier keys), c2sp.org/tlog-cosignature (0x04, 0x06). The
private text form is the one of Go's `golang.org/x/mod/sumdb/note`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from typing import Final, assert_never

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from showcause.transparency.checkpoint import parse_checkpoint
from showcause.transparency.encoding import MAX_SIZE, b64, from_b64, from_hex
from showcause.transparency.errors import Malformed

MAX_NAME = 255
MAX_KEY_TEXT = 4096
SEED = 32
_PRIVATE = "PRIVATE+KEY+"
_TIME = 8


class KeyKind(IntEnum):
    """The signature type byte of signed-note."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    ML_DSA_44 = 0x06


@dataclass(frozen=True, slots=True)
class Form:
    """The bytes of one kind: of its public key, of its bare signature, and whether a time stands before that."""

    public: int
    signature: int
    timed: bool


FORMS: Final[Mapping[KeyKind, Form]] = {
    KeyKind.ED25519: Form(32, 64, False),
    KeyKind.COSIGNATURE: Form(32, 64, True),
    KeyKind.ML_DSA_44: Form(1312, 2420, True),
}
COSIGNING: Final = frozenset(kind for kind, form in FORMS.items() if form.timed)
"""The kinds of keys that witnesses sign with."""


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
        if len(self.public) != FORMS[self.kind].public:
            raise Malformed(f"a public key of kind {self.kind:02x} is {FORMS[self.kind].public} bytes long")

    @property
    def id(self) -> bytes:
        """The four bytes that tell which key made a signature; a hint, not a proof."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64(bytes([self.kind]) + self.public)}"

    def time_of(self, signature: bytes) -> int | None:
        """Read the time (POSIX seconds) that a cosignature claims; None for plain signatures. Verify first."""
        return int.from_bytes(signature[:_TIME], "big") if FORMS[self.kind].timed else None

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Tell whether the signature (without key id) is this key's over the note text."""
        form, time = FORMS[self.kind], self.time_of(signature)
        length = form.signature + (_TIME if form.timed else 0)
        if len(signature) != length or (time is not None and time > MAX_SIZE):
            return False
        try:
            message = _message(self.kind, self.name, text, time)
            _verify(self.kind, self.public, signature[-form.signature :], message)
        except (InvalidSignature, ValueError, Malformed):
            return False
        return True


def parse_verifier_key(text: str) -> VerifierKey:
    """Read `name+hex8+base64` and check that the key id belongs to the key.

    Raises: Malformed, also for kinds that we do not know.
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
        if len(self.seed) != SEED:
            raise Malformed(f"the seed of a key is {SEED} bytes long")

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        public = _private(self.kind, self.seed).public_key().public_bytes_raw()
        return VerifierKey(self.name, self.kind, public)

    def private_text(self) -> str:
        """Write the SECRET text form; it goes into a file that only the signer can read, and nowhere else."""
        return f"{_PRIVATE}{self.name}+{self.verifier.id.hex()}+{b64(bytes([self.kind]) + self.seed)}"

    def sign(self, text: bytes, time: int | None = None) -> bytes:
        """Sign a note text; a cosignature needs the time in POSIX seconds, a plain signature must have none.

        Signing again gives the same bytes, but for kind 0x06, whose signatures are all valid.

        Raises: Malformed when time and kind do not fit, or when kind 0x06 is to sign what is no checkpoint.
        """
        if (time is not None) != FORMS[self.kind].timed or not 0 <= (time or 0) <= MAX_SIZE:
            raise Malformed("cosignatures carry a time, and only they do")
        signature = _private(self.kind, self.seed).sign(_message(self.kind, self.name, text, time))
        return signature if time is None else time.to_bytes(_TIME, "big") + signature


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


def _private(kind: KeyKind, seed: bytes) -> Ed25519PrivateKey | MLDSA44PrivateKey:
    match kind:
        case KeyKind.ED25519 | KeyKind.COSIGNATURE:
            return Ed25519PrivateKey.from_private_bytes(seed)
        case KeyKind.ML_DSA_44:
            return MLDSA44PrivateKey.from_seed_bytes(seed)
        case _:
            assert_never(kind)


def _verify(kind: KeyKind, public: bytes, signature: bytes, message: bytes) -> None:
    match kind:
        case KeyKind.ED25519 | KeyKind.COSIGNATURE:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        case KeyKind.ML_DSA_44:
            MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
        case _:
            assert_never(kind)


def _message(kind: KeyKind, name: str, text: bytes, time: int | None) -> bytes:
    match kind:
        case KeyKind.ED25519:
            return text
        case KeyKind.COSIGNATURE:
            return b"cosignature/v1\ntime %d\n" % (time or 0) + text
        case KeyKind.ML_DSA_44:
            return _subtree(name.encode(), text, time or 0)
        case _:
            assert_never(kind)


def _subtree(name: bytes, text: bytes, time: int) -> bytes:
    """Return the `cosigned_message` of a whole tree; lines beyond a checkpoint's third are not part of it."""
    tree = parse_checkpoint(text.decode())
    origin = tree.origin.encode()
    if len(origin) > MAX_NAME:
        raise Malformed(f"an origin of more than {MAX_NAME} bytes cannot be cosigned by this kind of key")
    parts = (
        b"subtree/v1\n\0",
        bytes([len(name)]) + name,
        time.to_bytes(8, "big"),
        bytes([len(origin)]) + origin,
        (0).to_bytes(8, "big"),
        tree.size.to_bytes(8, "big"),
        tree.root,
    )
    return b"".join(parts)


def _three(text: str, what: str) -> tuple[str, str, str]:
    parts = text.split("+", 2)
    if len(text) > MAX_KEY_TEXT or len(parts) != 3:
        raise Malformed(f"a {what} has three parts: name+id+key")
    return parts[0], parts[1], parts[2]


def _material(encoded: str, what: str) -> tuple[KeyKind, bytes]:
    data = from_b64(encoded, f"the {what}")
    if not data or data[0] not in FORMS:
        raise Malformed(
            f"the {what} is of a kind that we do not know",
            "Known: 01 Ed25519, 04 Ed25519 cosignature, 06 ML-DSA-44 cosignature.",
        )
    return KeyKind(data[0]), data[1:]
