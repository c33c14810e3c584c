"""The port to those who watch the log: a signed head out, their signatures back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from showcause.domain.witness import Witness


class Heard(StrEnum):
    """What came of asking one of them."""

    COSIGNED = "cosigned"
    UNREACHED = "unreached"
    REFUSED = "refused"
    FORKED = "forked"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one of them said.

    `note` is the checkpoint with the log's signature and theirs, both checked, where they cosigned; where two
    histories were seen it is the evidence, if they gave one. `seen` is the time that they state, in POSIX seconds.
    """

    name: str
    heard: Heard
    says: str
    note: str = ""
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """The newest checkpoint of this log that one of them holds, signed by this log; empty where none could be read."""

    name: str
    note: str = ""
    says: str = ""


class Heads(Protocol):
    """Reads what those who watch hold."""

    def newest(self, named: Sequence[Witness]) -> Sequence[Held]:
        """Read each, all at once and in bounded time. A note that this log did not sign is none."""


class Knowing(Protocol):
    """Asks those who watch whether they know a key of the log."""

    def ask(self, named: Sequence[Witness]) -> Mapping[str, bool | None]:
        """Ask each, all at once and in bounded time; None where that could not be seen."""


class History(Protocol):
    """What our own log can prove of itself."""

    def root(self, size: int) -> bytes:
        """Return the root at a size. Raises: LogError beyond what is committed."""

    def proof(self, old: int, new: int) -> Sequence[bytes]:
        """Return the proof that one size continues another. Raises: LogError."""


class Watchers(Protocol):
    """Asks those who watch."""

    def ask(self, note: str, named: Sequence[Witness], history: History) -> Sequence[Answer]:
        """Ask each about a signed head, all at once and in bounded time. An answer that is not verified is none."""
