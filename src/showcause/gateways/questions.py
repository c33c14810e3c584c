"""The question that witnesses and mirrors are asked alike: does this head continue what you saw of the log?

Source: c2sp.org/tlog-witness, "add-checkpoint".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from showcause.gateways.calling_out import MOST_BODY, Reply
from showcause.transparency.encoding import b64
from showcause.transparency.errors import Malformed
from showcause.transparency.note import MAX_NOTE

TRIES: Final = 3
_SIZE: Final = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")


class Exchange(Protocol):
    """What is needed of calling out."""

    def exchange(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        most: int,
        most_body: int = MOST_BODY,
    ) -> Reply:
        """Ask once. Raises: AddressRefused, EndpointUnavailable."""


def ask(outside: Exchange, url: str, old: int, proof: Sequence[bytes], note: str) -> Reply:
    """Ask whether a note's checkpoint continues the tree of `old` entries. Raises: as `Exchange`."""
    body = "".join([f"old {old}\n", *(f"{b64(each)}\n" for each in proof), "\n", note]).encode()
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    return outside.exchange("POST", f"{url.rstrip('/')}/add-checkpoint", body, headers, MAX_NOTE)


def size_of(reply: Reply) -> int:
    """Return the size that somebody says they saw. Raises: Malformed."""
    if not _SIZE.fullmatch(reply.body):
        raise Malformed("it named no size")
    return int(reply.body)
