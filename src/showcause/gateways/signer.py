"""The log's signer: a key, and a memory of its own that no restored backup can turn back.

A signature is for ever. Before one leaves, in this order: the head continues the last signed one, proven by a
consistency proof; the head is in the signer's state file, flushed, file and folder; only then the signature exists
outside. A crash in between costs nothing: Ed25519 over a checkpoint without a time is deterministic, so the same head
gets the same bytes again. ML-DSA-44 is not: after a restart its signature over the same head is another one, equally
valid, and nothing compares the two.

All files are outside every backup of the database:

    the keys    text of Go's note package, mode 0600; one to three of them (see `signer_keys`), and each checkpoint is
                signed with all. The principal one is locked while a signer is open: one process signs
    the state   origin, size, root and time of the last signed head, and of the one before it

A state file that is gone, or has no whole slot, is not an empty one: with it went the knowledge of what was
promised, so nothing is signed. `recover` sets it from the newest checkpoint that anybody kept.
"""

import errno
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from showcause.casework.ports import Clock, Head
from showcause.domain.errors import AlreadyExists, Broken, ClockBehind, Fenced, Misconfigured
from showcause.gateways.signer_files import (
    SLOT,
    State,
    lock,
    make_state,
    older_slot,
    read_state,
    write_new,
    write_slot,
)
from showcause.gateways.signer_keys import KeyFiles, read_key
from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.errors import LogError
from showcause.transparency.keys import SEED, KeyKind, SigningKey, VerifierKey, check_name
from showcause.transparency.merkle import EMPTY_ROOT, verify_consistency
from showcause.transparency.note import open_note, sign_note

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
    keys = KeyFiles(key_file).signing()
    try:
        checkpoint = parse_checkpoint(open_note(note, [key.verifier for key in keys]).text)
    except LogError as error:
        raise Misconfigured(f"this checkpoint is not of this log: {error.message}") from None
    head = Head(checkpoint.size, checkpoint.root)
    make_state(state_file, State(keys[0].name, head, now))
    return head


class FileSigner:
    """Signs with keys in files. Opening it takes the principal key's lock, which is held until `close`."""

    def __init__(self, key_file: Path, state_file: Path, origin: str, clock: Clock) -> None:
        """Open keys and state and keep every other signer out.

        Raises: Misconfigured for files that are missing, too open, damaged or of another log, and while another
        process has the key.
        """
        self._files, self._state_file, self._clock = KeyFiles(key_file), state_file, clock
        self._turn = threading.Lock()
        self._failed = False
        self._keys: tuple[SigningKey, ...] = ()
        self._verifiers: tuple[VerifierKey, ...] = ()
        self._signed: tuple[Head | None, str] = (None, "")
        self._lock = lock(key_file)
        try:
            self._files.clean()
            self._read_keys()
            self._state = read_state(state_file)
            self._next_slot = older_slot(state_file, self._state)
            _same_origin(origin, self.origin, "key")
            _same_origin(origin, self._state.origin, "state")
        except BaseException:
            self.close()
            raise

    @property
    def origin(self) -> str:
        """Return the log's name, which is also each key's."""
        return self._keys[0].name

    @property
    def verifier_key(self) -> str:
        """Return the text of the principal public key, as policies pin it."""
        return str(self._verifiers[0])

    @property
    def verifier_keys(self) -> Sequence[str]:
        """Return the texts of all keys that sign, the principal one first."""
        return tuple(str(key) for key in self._verifiers)

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
            if head != self._signed[0]:
                text = Checkpoint(self.origin, head.size, head.root).text
                self._signed = head, sign_note(text, self._keys)
            return self._signed[1]

    def learn(self, note: str) -> bool:
        """Remember a head that one of these keys signed and the state no longer knows; tell whether it was news.

        Whoever shows a larger signed head proves that the state was turned back: from then on nothing is signed that
        does not continue it.

        Raises: LogError for a note that no key of these signed; Broken when the state cannot be written.
        """
        checkpoint = parse_checkpoint(open_note(note, self._verifiers).text)
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

    # --- changing the keys ----------------------------------------------------------------------------------

    def prepare_key(self, kind: str) -> str:
        """Return the public text of a key of this kind that is made now, or was, and that signs nothing yet.

        Raises: Misconfigured; Broken.
        """
        with self._changing():
            made = self._files.prepare(self.origin, KeyKind[kind], secrets.token_bytes(SEED))
        return str(made.verifier)

    def adopt_key(self) -> Sequence[str]:
        """Sign with the prepared key, too, from now on; return all keys that sign. Raises: Misconfigured; Broken."""
        with self._changing():
            self._files.adopt()
        return self.verifier_keys

    def promote_key(self) -> Sequence[str]:
        """Put the coming key in the principal one's place and destroy that; return all keys that sign.

        Raises: Misconfigured when none is coming; Broken.
        """
        with self._changing(), self._lock_of(self._files.coming):
            self._files.promote()
        return self.verifier_keys

    def drop_key(self, key: str) -> Sequence[str]:
        """Destroy a key that is not the principal one; return all keys that sign. Raises: Broken."""
        with self._changing():
            self._files.drop(key)
        return self.verifier_keys

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._turn:
            if self._failed or self._lock < 0:
                raise Broken("this signer is closed or failed to write", "Restart `showcause serve`.")
            try:
                yield
                self._read_keys()
            except OSError as error:
                self._failed = True
                raise Broken(
                    f"the signer's keys cannot be written: {errno.errorcode.get(error.errno or 0, 'error')}",
                    "Free disk space or repair the disk, then run the same command again.",
                ) from error

    @contextmanager
    def _lock_of(self, coming: Path) -> Iterator[None]:
        """Lock the file that becomes the principal one before it does; the lock on the old one goes last."""
        if not coming.exists():
            raise Misconfigured("no key is coming that could take the place of the log's key")
        old, self._lock = self._lock, lock(coming)
        try:
            yield
        finally:
            os.close(old)

    def _read_keys(self) -> None:
        self._keys = self._files.signing()
        self._verifiers = tuple(key.verifier for key in self._keys)
        self._signed = (None, "")  # the same head gets the signatures of other keys now

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
