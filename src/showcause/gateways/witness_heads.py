"""Reading what those who watch the log hold of it: their newest checkpoint, believed only where we signed it.

`GET <url>/<SHA-256 of the log's name>/checkpoint` of each, at once and for a bounded time. What they put beside our
signature does not matter here: that this key signed a head is proven by this key's signature alone, so nobody who
lies, and nobody on the way, can make us believe in a head that we never signed.

Source: c2sp.org/tlog-witness, c2sp.org/tlog-mirror.
"""

import logging
import threading
from collections.abc import Sequence
from hashlib import sha256
from http import HTTPStatus
from time import monotonic
from typing import Final

from showcause.casework.ports.witnesses import Held
from showcause.domain.errors import Unavailable
from showcause.domain.witness import Witness
from showcause.gateways.questions import Exchange
from showcause.transparency.checkpoint import parse_checkpoint
from showcause.transparency.errors import LogError
from showcause.transparency.keys import parse_verifier_key
from showcause.transparency.note import MAX_NOTE, open_note

log = logging.getLogger("showcause.witnesses")

SECONDS_FOR_ALL: Final = 10.0


class HttpHeads:
    """Reads over HTTP; a note that one of the log's keys signed is the log's."""

    def __init__(self, outside: Exchange, *log_keys: str) -> None:
        self._outside, self._keys = outside, tuple(parse_verifier_key(each) for each in log_keys)
        self._origin = self._keys[0].name

    def newest(self, named: Sequence[Witness]) -> Sequence[Held]:
        """Read each at once; of whoever does not answer in time nothing is known."""
        found: dict[str, Held] = {}

        def read(each: Witness) -> None:
            found[each.name] = self._read(each)

        reading = [threading.Thread(target=read, args=(each,), daemon=True) for each in named]
        end = monotonic() + SECONDS_FOR_ALL
        for thread in reading:
            thread.start()
        for thread in reading:
            thread.join(max(0.0, end - monotonic()))
        return [found.get(each.name) or Held(each.name, says="late") for each in named]

    def _read(self, witness: Witness) -> Held:
        place = sha256(self._origin.encode()).hexdigest()
        url = f"{witness.url.rstrip('/')}/{place}/checkpoint"
        try:
            reply = self._outside.exchange("GET", url, None, {}, MAX_NOTE)
            if reply.status != HTTPStatus.OK:
                return Held(witness.name, says=f"status-{reply.status}")
            if parse_checkpoint(open_note(reply.body, self._keys).text).origin != self._origin:
                return Held(witness.name, says="another-log")
            return Held(witness.name, reply.body.decode())
        except (Unavailable, LogError) as error:
            return Held(witness.name, says=getattr(error, "code", type(error).__name__))
        except Exception as error:  # a thread that dies says nothing: whatever is wrong here is said
            log.exception("reading witness %s failed", witness.name)
            return Held(witness.name, says=type(error).__name__)
