"""What the house and its signer say to each other, each a line of JSON over a socket between two processes.

    ask      see `Ask`; nothing but heads, proofs, notes and public keys crosses the wire
    answer   {"ok": {...}}, or {"refused": code, "message": ..., "hint": ...} where the signer says no

The key never crosses it, and no name of a person can. Both sides bound what they read, and whoever hears something
else than this ends the conversation.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from io import BufferedRWPair
from typing import Any, Final

from showcause.domain.errors import Broken, ClockBehind, Fenced, Misconfigured, ShowcauseError, SignerTaken
from showcause.transparency.errors import LogError, Malformed

MAX_LINE: Final = 256 * 1024
"""A note has 64 KiB and a proof 64 hashes: this holds both, written as JSON."""

REFUSALS: Final[Mapping[str, type[ShowcauseError]]] = {
    each.code: each for each in (Fenced, ClockBehind, Misconfigured, SignerTaken, Broken)
}
"""What the signer can answer instead of a result."""


class Ask(StrEnum):
    """What the house can ask."""

    TAKE = "take"
    """Be the one who signs, until the connection ends; answered with the log's name and keys."""
    LAST = "last"
    """The head that was signed last, and when; anybody who reaches the socket may ask."""
    SIGN = "sign"
    """A signature for a head with its consistency proof; only to who took the turn."""
    LEARN = "learn"
    """Remember a signed head that somebody else kept; only to who took the turn."""
    PREPARE = "prepare"
    """Make a key of a kind that signs nothing yet; this one and those below only to who took the turn."""
    ADOPT = "adopt"
    """Let the prepared key sign, too."""
    PROMOTE = "promote"
    """Put the coming key in the principal one's place, and destroy that."""
    DROP = "drop"
    """Destroy a key that is not the principal one."""


def write(wire: BufferedRWPair, message: Mapping[str, Any]) -> None:
    """Send one message. Raises: OSError when nobody listens any more."""
    wire.write(json.dumps(message).encode() + b"\n")
    wire.flush()


def read(wire: BufferedRWPair) -> dict[str, Any] | None:
    """Receive one message, None when the other side has gone.

    Raises: Malformed for more than a line of the largest length, half a line, and what is no JSON object; OSError.
    """
    line = wire.readline(MAX_LINE)
    if not line:
        return None
    if not line.endswith(b"\n"):
        raise Malformed("a message is cut off or too long")
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise Malformed("a message is no JSON") from None
    if not isinstance(message, dict):
        raise Malformed("a message is a JSON object")
    return message


def refusal(error: ShowcauseError | LogError) -> dict[str, str]:
    """Write an error as an answer."""
    return {"refused": error.code, "message": error.message, "hint": error.hint}


def result(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Read an answer.

    Raises: what the signer said instead of a result; Malformed for what is no answer.
    """
    match answer:
        case {"ok": dict(value)}:
            return value
        case {"refused": str(code), "message": str(message), "hint": str(hint)}:
            if code in REFUSALS:
                raise REFUSALS[code](message, hint)
            raise LogError(message, hint)
        case _:
            raise Malformed("the signer's answer is none")
