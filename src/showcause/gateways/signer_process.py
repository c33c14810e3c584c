"""The signer as a process of its own: it alone reads the key, and it knows neither database nor network.

Whoever takes over the process that talks to platforms, witnesses and visitors can ask it for signatures, and gets only
what continues the last one. They cannot take the key away, and they cannot turn the signer's memory back, as far as
the machine keeps the two apart: under a user of its own (`showcause signer`) it does.

    a child        one conversation over the socket it was born with; it ends when the other side does
    a service      a socket in the file system; many may ask for the last head, one has the turn to sign

After a write that failed nothing more is signed: the process says so and ends, and whoever starts it again reads from
the disk what is really there.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from io import BufferedRWPair
from pathlib import Path
from typing import Any, Final

from showcause.casework.ports import Head
from showcause.domain.errors import Broken, Misconfigured, ShowcauseError, SignerTaken
from showcause.gateways.signer import FileSigner
from showcause.gateways.signer_wire import Ask, read, refusal, write
from showcause.transparency.encoding import from_hex
from showcause.transparency.errors import LogError, Malformed

MAX_PROOF: Final = 64
MAX_CONVERSATIONS: Final = 16
BACKLOG: Final = 128
"""So many may wait to be answered or turned away."""
SECONDS_TO_ASK: Final = 30
"""Who has not taken the turn is cut off when they say nothing for so long."""
ENDED_BADLY: Final = 70


class Conversation:
    """One who asks. `turn` is shared by all of them: whoever holds it is the only one for whom is signed."""

    def __init__(self, signer: FileSigner, turn: threading.Lock) -> None:
        self._signer, self._turn = signer, turn
        self.has_turn = False

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        """Answer one message. Raises: Broken after which nothing may be signed; Malformed."""
        try:
            return {"ok": self._answer(message)}
        except Broken:
            raise
        except (ShowcauseError, LogError) as error:
            return refusal(error)

    def end(self) -> None:
        """Give the turn back."""
        if self.has_turn:
            self._turn.release()
            self.has_turn = False

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        match message:
            case {"ask": Ask.TAKE}:
                self._take()
                return {"origin": self._signer.origin, "keys": list(self._signer.verifier_keys)}
            case {"ask": Ask.LAST}:
                head, time = self._signer.last(), self._signer.signed_at()
                return {"size": head.size, "root": head.root.hex(), "time": time.isoformat()}
            case {"ask": Ask.SIGN, "size": int(size), "root": str(root), "proof": list(proof)}:
                self._refuse_others()
                head = Head(size, from_hex(root, "the root", 32))
                return {"note": self._signer.sign(head, _hashes(proof))}
            case {"ask": Ask.LEARN, "note": str(note)}:
                self._refuse_others()
                return {"news": self._signer.learn(note)}
            case {"ask": Ask.PREPARE | Ask.ADOPT | Ask.PROMOTE | Ask.DROP}:
                self._refuse_others()
                return self._change_keys(message)
            case _:
                raise Malformed("the signer is not asked like this")

    def _change_keys(self, message: dict[str, Any]) -> dict[str, Any]:
        match message:
            case {"ask": Ask.PREPARE, "kind": "ED25519" | "ML_DSA_44" as kind}:
                return {"key": self._signer.prepare_key(kind)}
            case {"ask": Ask.ADOPT}:
                return {"keys": list(self._signer.adopt_key())}
            case {"ask": Ask.PROMOTE}:
                return {"keys": list(self._signer.promote_key())}
            case {"ask": Ask.DROP, "key": str(key)}:
                return {"keys": list(self._signer.drop_key(key))}
            case _:
                raise Malformed("the signer's keys are not changed like this")

    def _take(self) -> None:
        if not self.has_turn:
            if not self._turn.acquire(blocking=False):
                raise SignerTaken("another process signs for this log")
            self.has_turn = True

    def _refuse_others(self) -> None:
        if not self.has_turn:
            raise SignerTaken("only who took the turn is signed for", "Take the turn first.")


def _hashes(proof: list[Any]) -> tuple[bytes, ...]:
    if len(proof) > MAX_PROOF or not all(isinstance(each, str) for each in proof):
        raise Malformed(f"a proof has at most {MAX_PROOF} hashes")
    return tuple(from_hex(each, "a hash", 32) for each in proof)


def converse(
    signer: FileSigner, connection: socket.socket, turn: threading.Lock, patience: float | None
) -> None:
    """Answer one who asks until they go; silence ends it after so many seconds unless they have the turn.

    Raises: Broken when the signer cannot vouch for its memory any more; it was told to who asked.
    """
    conversation = Conversation(signer, turn)
    connection.settimeout(patience)
    with connection, connection.makefile("rwb") as wire:
        try:
            while (message := read(wire)) is not None:
                _tell(wire, conversation, message)
                connection.settimeout(None if conversation.has_turn else patience)
        except (OSError, Malformed):  # they have gone, or speak another language: either ends it
            return
        finally:
            conversation.end()


def _tell(wire: BufferedRWPair, conversation: Conversation, message: dict[str, Any]) -> None:
    try:
        answer = conversation.answer(message)
    except Broken as error:
        with suppress(OSError):
            write(wire, refusal(error))
        raise
    write(wire, answer)


# --- A child ------------------------------------------------------------------------------------------------


def child() -> None:
    """Sign for the process that started this one, over the socket that is its standard input, until that closes.

    The arguments are key file, state file and origin. What is wrong with them is the first answer.
    """
    key, state, origin = sys.argv[1:4]
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # whoever presses Ctrl-C means the parent, which closes the socket
    connection = socket.socket(fileno=os.dup(0))
    try:
        signer = FileSigner(Path(key), Path(state), origin, _now)
    except ShowcauseError as error:
        with connection, connection.makefile("rwb") as wire:
            read(wire)
            write(wire, refusal(error))
        raise SystemExit(1) from None
    with signer:
        try:
            converse(signer, connection, threading.Lock(), None)
        except Broken:
            raise SystemExit(ENDED_BADLY) from None


def _now() -> datetime:
    return datetime.now(UTC)


# --- A service ----------------------------------------------------------------------------------------------


class SignerService:
    """A signer at a socket in the file system, for its own user and group."""

    def __init__(self, signer: FileSigner, path: Path) -> None:
        """Listen at the path, which then only this user and group can reach.

        Raises: Misconfigured for a place where no socket can be.
        """
        self._signer, self.path = signer, path
        self._turn, self._free = threading.Lock(), threading.Semaphore(MAX_CONVERSATIONS)
        self.broken: Broken | None = None
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # The key is locked by us, so that nobody else listens at a socket that was left here.
            if path.is_socket():
                path.unlink()
            before = os.umask(0o117)
            try:
                self._socket.bind(str(path))
            finally:
                os.umask(before)
            self._socket.listen(BACKLOG)
        except OSError as error:
            self._socket.close()
            raise Misconfigured(
                f"the signer cannot listen at {path}: {error.strerror or error}",
                "Choose a folder that it may write to, and a path of at most 100 characters.",
            ) from None

    def serve(self, ended: Callable[[], bool]) -> None:
        """Answer all who come until told to end; one who says nothing holds nobody up.

        Raises: Broken when the signer cannot vouch for its memory any more.
        """
        self._socket.settimeout(0.2)
        while not ended() and self.broken is None:
            with suppress(TimeoutError):
                connection, _ = self._socket.accept()
                if self._free.acquire(blocking=False):
                    threading.Thread(target=self._converse, args=(connection,), daemon=True).start()
                else:
                    connection.close()
        if self.broken is not None:
            raise self.broken

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()
        self.path.unlink(missing_ok=True)

    def _converse(self, connection: socket.socket) -> None:
        try:
            converse(self._signer, connection, self._turn, SECONDS_TO_ASK)
        except Broken as error:
            self.broken = error
        finally:
            self._free.release()
