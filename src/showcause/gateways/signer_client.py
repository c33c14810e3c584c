"""The house's side of the signer's wire: the port `Signer`, answered by another process.

A signer that is gone or does not answer leaves an unknown outcome: it may have remembered a head that nobody has a
signature for. That does no harm, because the same head gets the same signature again; but this process ends, and asks
afresh.
"""

import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from showcause.casework.ports import Head
from showcause.domain.errors import Misconfigured, SignerEnded
from showcause.gateways.signer_wire import Ask, read, result, write
from showcause.transparency.encoding import from_hex
from showcause.transparency.errors import Malformed

SECONDS_TO_ANSWER: Final = 60
"""A flush on a slow disk takes seconds; what takes longer than this will not end well."""


def connect(path: Path) -> socket.socket:
    """Connect with the signer that listens at a path.

    Raises: Misconfigured when none does, or when this user may not ask it.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(SECONDS_TO_ANSWER)
        connection.connect(str(path))
    except OSError as error:
        connection.close()
        raise Misconfigured(
            f"no signer answers at {path}: {error.strerror or error}",
            "Start `showcause signer` there, or empty the setting `signer-socket`.",
        ) from None
    return connection


class SignerClient:
    """Has the turn to sign from its making until `close`; no other process signs meanwhile."""

    def __init__(self, connection: socket.socket, ended: Callable[[], None] = lambda: None) -> None:
        """Take the turn; `ended` is called once the conversation is over.

        Raises: Misconfigured when another process has it, and what the signer says of its files; SignerEnded.
        """
        self._asking, self._ended = Conversation(connection), ended
        try:
            taken = self._asking.ask(Ask.TAKE)
            self._origin, self._keys = str(taken["origin"]), tuple(str(key) for key in taken["keys"])
        except BaseException:
            self.close()
            raise

    @property
    def origin(self) -> str:
        """Return the log's name."""
        return self._origin

    @property
    def verifier_key(self) -> str:
        """Return the text of the principal public key."""
        return self._keys[0]

    @property
    def verifier_keys(self) -> Sequence[str]:
        """Return the texts of all keys that sign."""
        return self._keys

    def last(self) -> Head:
        """Return the last head that was signed."""
        return self._asking.last()[0]

    def sign(self, head: Head, proof: Sequence[bytes]) -> str:
        """Return the signed note for a head.

        Raises: Fenced; ClockBehind; Broken; SignerEnded.
        """
        asked = self._asking.ask(
            Ask.SIGN, size=head.size, root=head.root.hex(), proof=[each.hex() for each in proof]
        )
        return str(asked["note"])

    def learn(self, note: str) -> bool:
        """Let the signer remember a head that its key signed; tell whether it was news.

        Raises: LogError for a note that this key did not sign; Broken; SignerEnded.
        """
        return bool(self._asking.ask(Ask.LEARN, note=note)["news"])

    def prepare_key(self, kind: str) -> str:
        """Return the public text of a key that was made and signs nothing yet."""
        return str(self._asking.ask(Ask.PREPARE, kind=kind)["key"])

    def adopt_key(self) -> Sequence[str]:
        """Let the prepared key sign, too; return all that do."""
        return self._keys_after(Ask.ADOPT)

    def promote_key(self) -> Sequence[str]:
        """Put the coming key in the principal one's place; return all that sign."""
        return self._keys_after(Ask.PROMOTE)

    def drop_key(self, key: str) -> Sequence[str]:
        """Destroy a key that is not the principal one; return all that sign."""
        return self._keys_after(Ask.DROP, key=key)

    def _keys_after(self, what: Ask, **about: Any) -> Sequence[str]:
        self._keys = tuple(str(key) for key in self._asking.ask(what, **about)["keys"])
        return self._keys

    def close(self) -> None:
        """Give the turn back."""
        self._asking.close()
        self._ended()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def last_signed(path: Path) -> tuple[Head, datetime]:
    """Ask a listening signer what it signed last, and when, without taking the turn.

    Raises: Misconfigured; SignerEnded.
    """
    asking = Conversation(connect(path))
    try:
        return asking.last()
    finally:
        asking.close()


class Conversation:
    """One connection: a question, then its answer, from one thread at a time."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(SECONDS_TO_ANSWER)
        self._connection, self._wire = connection, connection.makefile("rwb")
        self._turn = threading.Lock()

    def ask(self, what: Ask, **about: Any) -> dict[str, Any]:
        """Return the signer's result. Raises: what it says instead of one; SignerEnded when it says nothing."""
        with self._turn:
            try:
                write(self._wire, {"ask": what, **about})
                answer = read(self._wire)
            except (OSError, ValueError) as error:
                self.close()
                raise SignerEnded(f"the signer does not answer: {type(error).__name__}") from None
        if answer is None:
            raise SignerEnded("the signer ended in the middle of a question")
        return result(answer)

    def last(self) -> tuple[Head, datetime]:
        """Ask for the last signed head and its time."""
        said = self.ask(Ask.LAST)
        try:
            head = Head(int(said["size"]), from_hex(said["root"], "the root", 32))
            return head, datetime.fromisoformat(said["time"]).astimezone(UTC)
        except (KeyError, TypeError, ValueError, Malformed):
            raise SignerEnded("the signer's answer is none") from None

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self._wire.close()
        self._connection.close()
