"""The log's signer: a key, and a memory of its own that no restored backup can turn back.

A signature is for ever. Before one leaves, in this order: the head continues the last signed one, proven by a
consistency proof; the head is in the signer's state file, flushed, file and folder; only then the signature exists
outside. A crash in between costs nothing: Ed25519 over a checkpoint without a time is deterministic, so the same head
gets the same bytes again.

Two files, both outside every backup of the database:

    the key     text of Go's note package, mode 0600, locked while a signer is open: one process signs
    the state   origin, size, root and time of the last signed head, and of the one before it

A state file that is gone, or has no whole slot, is not an empty one: with it went the knowledge of what was
promised, so nothing is signed. `recover` sets it from the newest checkpoint that anybody kept.
"""

import errno
import os
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from showcause.casework.ports import Clock, Head
from showcause.domain.errors import AlreadyExists, Broken, ClockBehind, Fenced, Misconfigured
from showcause.gateways.signer_files import (
    SLOT,
    State,
    lock,
    make_state,
    older_slot,
    read_key,
    read_state,
    write_new,
    write_slot,
)
from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.errors import LogError
from showcause.transparency.keys import KeyKind, SigningKey, check_name
from showcause.transparency.merkle import EMPTY_ROOT, verify_consistency
from showcause.transparency.note import Note, Signature, open_note

__all__ = ["FileSigner", "State", "make_key", "read_key", "read_state", "recover"]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NEWER: Final = (
    "The database is older than what was signed, or another one: nothing is signed. Put back a database that is at "
    "least as new and run `showcause log unfence`; if there is none, this log ends here: open a new one, with a new "
    "origin, whose first leaf names this one's last checkpoint."
)


def make_key(origin: str, seed: bytes, key_file: Path, state_file: Path) -> str:
    """Write the key of a new log and the state of nothing signed yet; return the verifier key's text.

    `origin` is the log's name for ever; `seed` is 32 random bytes.

    Raises: Misconfigured for a name that no key can have; AlreadyExists when either file is there.
    """
    try:
        key = SigningKey(check_name(origin), KeyKind.ED25519, seed)
    except LogError as error:
        raise Misconfigured(
            error.message, "Choose a host name, with a path if need be: log.example.org."
        ) from None
    for path in (key_file, state_file):
        if path.exists():
            raise AlreadyExists(
                f"{path.name} is there already", "A log's key is made once; keep the files you have."
            )
    # The state first: a key without a state refuses to sign, a state without a key hurts nobody.
    make_state(state_file, State(origin, Head(0, EMPTY_ROOT), EPOCH))
    write_new(key_file, key.private_text().encode() + b"\n")
    return str(key.verifier)


def recover(key_file: Path, state_file: Path, note: str, now: datetime) -> Head:
    """Set a lost state from the newest checkpoint of this log that anybody kept; return its head.

    Raises: AlreadyExists when the state is there; Misconfigured when this key did not sign the note.
    """
    if state_file.exists():
        raise AlreadyExists("the signer's state is there already", "Nothing to recover.")
    key = read_key(key_file)
    try:
        checkpoint = parse_checkpoint(open_note(note, [key.verifier]).text)
    except LogError as error:
        raise Misconfigured(f"this checkpoint is not of this log: {error.message}") from None
    head = Head(checkpoint.size, checkpoint.root)
    make_state(state_file, State(key.name, head, now))
    return head


class FileSigner:
    """Signs with a key in a file. Opening it takes the key's lock, which is held until `close`."""

    def __init__(self, key_file: Path, state_file: Path, origin: str, clock: Clock) -> None:
        """Open key and state and keep every other signer out.

        Raises: Misconfigured for files that are missing, too open, damaged or of another log, and while another
        process has the key.
        """
        self._state_file, self._clock = state_file, clock
        self._turn = threading.Lock()
        self._failed = False
        self._lock = lock(key_file)
        try:
            self._key = read_key(key_file)
            self._state = read_state(state_file)
            self._next_slot = older_slot(state_file, self._state)
            self._verifier = self._key.verifier
            self._secret = Ed25519PrivateKey.from_private_bytes(self._key.seed)
            _same_origin(origin, self._key.name, "key")
            _same_origin(origin, self._state.origin, "state")
        except BaseException:
            self.close()
            raise

    @property
    def origin(self) -> str:
        """Return the log's name, which is also the key's."""
        return self._key.name

    @property
    def verifier_key(self) -> str:
        """Return the text of the public key, as policies pin it."""
        return str(self._verifier)

    @property
    def verifier_keys(self) -> Sequence[str]:
        """Return the texts of all keys that sign, the principal one first."""
        return (self.verifier_key,)

    def last(self) -> Head:
        """Return the last head that was signed; before the first signature, the empty log."""
        return self._state.head

    def signed_at(self) -> datetime:
        """Return when it was signed."""
        return self._state.time

    def sign(self, head: Head, proof: Sequence[bytes]) -> str:
        """Return the signed note for a head that continues the last signed one, after the state file has it.

        Raises: Malformed for what is no head; Fenced; ClockBehind; Broken when the state could not be written, then
        never again from this object.
        """
        text = Checkpoint(self.origin, head.size, head.root).text  # before anything is remembered of it
        with self._turn:
            if self._failed or self._lock < 0:
                raise Broken(
                    "this signer is closed or failed to write its state", "Restart `showcause serve`."
                )
            now = self._clock()
            self._refuse_past(now)
            self._refuse_other_history(head, proof)
            if head != self._state.head:
                self._remember(State(self.origin, head, now))
            return str(
                Note(text, (Signature(self.origin, self._verifier.id, self._secret.sign(text.encode())),))
            )

    def learn(self, note: str) -> bool:
        """Remember a head that this key signed and the state no longer knows; tell whether it was news.

        Whoever shows a larger signed head proves that the state was turned back: from then on nothing is signed that
        does not continue it.

        Raises: LogError for a note that this key did not sign; Broken when the state cannot be written.
        """
        checkpoint = parse_checkpoint(open_note(note, [self._verifier]).text)
        with self._turn:
            if checkpoint.origin != self.origin or checkpoint.size <= self._state.head.size:
                return False
            time = max(self._clock(), self._state.time)
            self._remember(State(self.origin, Head(checkpoint.size, checkpoint.root), time))
            return True

    def close(self) -> None:
        """Let another process sign."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _refuse_past(self, now: datetime) -> None:
        if now < self._state.time:
            raise ClockBehind(
                f"the clock says {now:%Y-%m-%d %H:%M:%S} UTC; the last signature was made at "
                f"{self._state.time:%Y-%m-%d %H:%M:%S} UTC"
            )

    def _refuse_other_history(self, head: Head, proof: Sequence[bytes]) -> None:
        last = self._state.head
        if head.size < last.size:
            raise Fenced(f"the database has {head.size} entries, but {last.size} were signed", NEWER)
        if head.size == last.size and head.root != last.root:
            raise Fenced(
                f"the database has another history than what was signed at {last.size} entries", NEWER
            )
        try:
            verify_consistency(last.size, last.root, head.size, head.root, proof)
        except LogError as error:
            raise Fenced(f"the database does not continue what was signed: {error.message}", NEWER) from None

    def _remember(self, state: State) -> None:
        try:
            write_slot(self._state_file, self._next_slot, state)
        except OSError as error:
            # After a failed flush nobody knows what is on the disk: trying again here could answer falsely.
            self._failed = True
            raise Broken(
                f"the signer's state cannot be written: {errno.errorcode.get(error.errno or 0, 'error')}",
                "Free disk space or repair the disk, then restart `showcause serve`; nothing was signed.",
            ) from error
        self._state, self._next_slot = state, SLOT - self._next_slot


def _same_origin(wanted: str, found: str, what: str) -> None:
    if wanted != found:
        raise Misconfigured(
            f"the signer's {what} belongs to the log {found}, not to {wanted}",
            "An origin is a log's name for ever; use the files that were made for this one.",
        )
