"""The signer's two files: the key, which one process locks, and the state, of which a write never harms both halves.

The state file has two blocks of 4 KB, each a line of JSON and its checksum. The older one is overwritten in place and
flushed: one flush for a signature instead of the three of a new file, a rename and a folder. A write that a power cut
tore has a wrong checksum; then the other block holds, and the signature that the torn one announced was never given
away.
"""

import errno
import fcntl
import hashlib
import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from showcause.casework.ports import Head
from showcause.domain.errors import Misconfigured, SignerTaken
from showcause.transparency.checkpoint import Checkpoint
from showcause.transparency.encoding import from_hex

FORMAT: Final = "showcause/v1 signer"
SLOT: Final = 4096


@dataclass(frozen=True, slots=True)
class State:
    """What the signer remembers of the last head that it signed, and when."""

    origin: str
    head: Head
    time: datetime


def read_state(path: Path) -> State:
    """Read what was signed last: the newer one of the slots that are whole.

    Raises: Misconfigured.
    """
    text = read_private(path, "state")
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
    write_new(path, 2 * slot_bytes(state))


def older_slot(path: Path, state: State) -> int:
    """Return where the slot begins that does not hold this state, to be overwritten next."""
    return SLOT if _slot_state(read_private(path, "state")[:SLOT]) == state else 0


def write_slot(path: Path, at: int, state: State) -> None:
    """Write a state over the slot that begins at `at`, and return only when it is on the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        if os.pwrite(handle, slot_bytes(state), at) != SLOT:
            raise OSError(errno.ENOSPC, "short write")
        os.fdatasync(handle)
    finally:
        os.close(handle)


def write_new(path: Path, data: bytes) -> None:
    """Write a new file for its owner alone, and return only when file and folder are on the disk."""
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
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Return only when what happened to the names in a folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_private(path: Path, what: str) -> str:
    """Return the text of a file that nobody else may read.

    Raises: Misconfigured.
    """
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


def lock(key_file: Path) -> int:
    """Keep every other signer out until the returned handle is closed; the lock lies on the principal key's file.

    Raises: Misconfigured when the file is missing; SignerTaken.
    """
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
        raise SignerTaken("another process signs for this log") from None
    if os.fstat(handle).st_ino != key_file.stat().st_ino:  # another key took this one's place meanwhile
        os.close(handle)
        raise SignerTaken("another process changes this log's keys", "Try again.")
    return handle
