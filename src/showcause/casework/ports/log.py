"""The port to the log's signer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Head:
    """A state of the log: how many entries it has, and their root (32 bytes)."""

    size: int
    root: bytes


class Signer(Protocol):
    """Signs heads of one log. The key may live in another process."""

    @property
    def origin(self) -> str:
        """Return the log's name, which is also the key's."""

    @property
    def verifier_key(self) -> str:
        """Return the text of the principal public key, an Ed25519 one, as policies pin it."""

    @property
    def verifier_keys(self) -> Sequence[str]:
        """Return all keys that sign now, one to three, the principal one first: each checkpoint carries each."""

    def last(self) -> Head:
        """Return the last head that was signed; before the first signature, the empty log."""

    def sign(self, head: Head, proof: Sequence[bytes]) -> str:
        """Return the signed checkpoint note for a head, after writing the head durably to the signer's own file.

        `proof` is the consistency proof from the last signed head to this one. Signing the same head again
        gives the same bytes.

        Raises: Fenced when the head is smaller or different, or does not continue what was signed;
        ClockBehind; Broken when the own file cannot be written.
        """


class KeyRing(Protocol):
    """Changes the keys of one log; only who has the turn to sign may. Kinds are ED25519 and ML_DSA_44."""

    @property
    def verifier_keys(self) -> Sequence[str]:
        """Return all keys that sign now, the principal one first."""

    def prepare_key(self, kind: str) -> str:
        """Return the public text of a key that was made and signs nothing yet; the same one until it is adopted."""

    def adopt_key(self) -> Sequence[str]:
        """Let the prepared key sign, too; return all that do."""

    def promote_key(self) -> Sequence[str]:
        """Put the coming key in the principal one's place, which is destroyed; return all that sign."""

    def drop_key(self, key: str) -> Sequence[str]:
        """Destroy a key that is not the principal one; return all that sign."""
