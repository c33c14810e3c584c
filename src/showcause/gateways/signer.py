"""The log's signer: a key, and a memory of its own that no restored backup can turn back.

A signature is for ever. Before one leaves, in this order: the head continues the last signed one, proven by a
consistency proof; the head is in the signer's state file, flushed, file and folder; only then the signature exists
outside. A crash in between costs nothing: Ed25519 over a checkpoint without a time is deterministic, so the same head
gets the same bytes again.

Two files, both outside every backup of the database:

    the key     text of Go's note package, mode 0600, locked while a signer is open: one process signs
    the state   origin, size, root and time of the last signed head, and of the one before it

The state file has two blocks of 4 KB, each a line of JSON and its checksum. The older one is overwritten in place
and flushed, one flush for a signature instead of the three of a new file, a rename and a folder. A write that a power
cut tore has a wrong checksum; then the other slot holds, and the signature that the torn one announced was never given
away. A state file that is gone, or has no whole slot, is not an empty one: with it went the knowledge of what was
promised, so nothing is signed. `recover` sets it from the newest checkpoint that anybody kept.
"""

import errno
import fcntl
import hashlib
import json
import os
import stat
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from showcause.casework.ports import Clock, Head
from showcause.domain.errors import AlreadyExists, Broken, ClockBehind, Fenced, Misconfigured
from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.encoding import from_hex
from showcause.transparency.errors import LogError
from showcause.transparency.keys import KeyKind, SigningKey, check_name, parse_signing_key
from showcause.transparency.merkle import EMPTY_ROOT, verify_consistency
from showcause.transparency.note import Note, Signature, open_note

FORMAT: Final = "showcause/v1 signer"
SLOT: Final = 4096
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NEWER: Final = (
    "The database is older than what was signed, or another one: nothing is signed. Put back a database that is at "
    "least as new and run `showcause log unfence`; if there is none, this log ends here: open a new one, with a new "
    "origin, whose first leaf names this one's last checkpoint."
)


@dataclass(frozen=True, slots=True)
class State:
    """What the signer remembers of the last head that it signed, and when."""

    origin: str
    head: Head
    time: datetime


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
    _write(key_file, key.private_text().encode() + b"\n")
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
        self._lock = _lock(key_file)
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

    def last(self) -> Head:
        """Return the last head that was signed; before the first signature, the empty log."""
        return self._state.head

    def sign(self, head: Head, proof: Sequence[bytes]) -> str:
        """Return the signed note for a head that continues the last signed one, after the state file has it.

        Raises: Fenced; ClockBehind; Broken when the state could not be written, then never again from this object.
        """
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
            text = Checkpoint(self.origin, head.size, head.root).text
            return str(
                Note(text, (Signature(self.origin, self._verifier.id, self._secret.sign(text.encode())),))
            )

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


def read_key(path: Path) -> SigningKey:
    """Read a signing key from a file that nobody else may read.

    Raises: Misconfigured.
    """
    text = _read_private(path, "key")
    try:
        key = parse_signing_key(text.strip("\n"))
    except LogError as error:
        raise Misconfigured(f"the key file {path.name} is damaged: {error.message}") from None
    if key.kind is not KeyKind.ED25519:
        raise Misconfigured(f"the key in {path.name} is a witness' key and signs no checkpoints")
    return key


def read_state(path: Path) -> State:
    """Read what was signed last: the newer one of the slots that are whole.

    Raises: Misconfigured.
    """
    text = _read_private(path, "state")
    found = [state for at in (0, SLOT) if (state := _slot_state(text[at : at + SLOT]))]
    if not found or len(text) != 2 * SLOT or len({state.origin for state in found}) != 1:
        raise Misconfigured(
            f"the signer's state {path.name} is damaged",
            "Keep the file for inspection, and set the state again from the newest checkpoint that anybody kept.",
        )
    return max(found, key=lambda state: (state.head.size, state.time))


def _slot_state(text: str) -> State | None:
    line, _, checksum = text.rstrip("\n ").rpartition(" ")
    if not line or hashlib.sha256(line.encode()).hexdigest() != checksum:
        return None
    try:
        value = json.loads(line)
        if value.pop("f") != FORMAT or value.keys() != {"origin", "size", "root", "time"}:
            return None
        head = Head(int(value["size"]), from_hex(value["root"], "the root", 32))
        Checkpoint(value["origin"], head.size, head.root)
        return State(value["origin"], head, datetime.fromisoformat(value["time"]).astimezone(UTC))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def slot_bytes(state: State) -> bytes:
    """Write a state as one slot: a line of JSON with its checksum, filled up with spaces to a block."""
    value = {
        "f": FORMAT,
        "origin": state.origin,
        "size": state.head.size,
        "root": state.head.root.hex(),
        "time": state.time.isoformat(),
    }
    line = json.dumps(value)
    text = f"{line} {hashlib.sha256(line.encode()).hexdigest()}".encode()
    return text.ljust(SLOT - 1) + b"\n"


def make_state(path: Path, state: State) -> None:
    """Write a new state file, both slots alike, and return only when file and folder are on the disk."""
    _write(path, 2 * slot_bytes(state))


def older_slot(path: Path, state: State) -> int:
    """Return where the slot begins that does not hold this state, to be overwritten next."""
    return SLOT if _slot_state(_read_private(path, "state")[:SLOT]) == state else 0


def write_slot(path: Path, at: int, state: State) -> None:
    """Write a state over the slot that begins at `at`, and return only when it is on the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        if os.pwrite(handle, slot_bytes(state), at) != SLOT:
            raise OSError(errno.ENOSPC, "short write")
        os.fdatasync(handle)
    finally:
        os.close(handle)


def _write(path: Path, data: bytes) -> None:
    out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if os.write(out, data) != len(data):
            raise OSError(errno.ENOSPC, "short write")
        os.fsync(out)
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise
    finally:
        os.close(out)
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_private(path: Path, what: str) -> str:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Misconfigured(
                f"others may read or change the signer's {what} {path.name}", f"Run `chmod 600 {path}`."
            )
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Misconfigured(f"the signer's {what} {path.name} is missing", _MISSING[what]) from None
    except (OSError, UnicodeError) as error:
        raise Misconfigured(f"the signer's {what} {path.name} cannot be read: {error}") from None


_MISSING: Final = {
    "key": "Run `showcause init` for a new log, or put the key back from where you keep it.",
    "state": "It is no part of a backup. Nothing is signed until it is set again from the newest checkpoint that "
    "anybody kept (`showcause log recover`).",
}


def _lock(key_file: Path) -> int:
    try:
        handle = os.open(key_file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise Misconfigured(f"the signer's key {key_file.name} is missing", _MISSING["key"]) from None
    except OSError as error:
        raise Misconfigured(f"the signer's key {key_file.name} cannot be opened: {error}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise Misconfigured(
            "another process signs for this log", "Only one may: stop the other `showcause serve` first."
        ) from None
    return handle


def _same_origin(wanted: str, found: str, what: str) -> None:
    if wanted != found:
        raise Misconfigured(
            f"the signer's {what} belongs to the log {found}, not to {wanted}",
            "An origin is a log's name for ever; use the files that were made for this one.",
        )
