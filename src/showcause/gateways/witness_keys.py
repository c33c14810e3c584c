"""Seeing whether those who watch the log know its coming key, before the old one ends.

A witness is shown the public checkpoint with the coming key's signature alone, as a question that changes nothing for
it: 403 is its word for "no key that I know signed this", and an answer about sizes comes only after that was checked.
Whoever is read has to show a checkpoint under which the coming key's signature was kept, as ours do.

Source: c2sp.org/tlog-witness.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from hashlib import sha256
from http import HTTPStatus
from time import monotonic
from typing import Final

from showcause.domain.errors import Unavailable
from showcause.domain.witness import Witness
from showcause.gateways.questions import Exchange
from showcause.transparency.checkpoint import parse_checkpoint
from showcause.transparency.errors import LogError, Unverified
from showcause.transparency.keys import VerifierKey, parse_verifier_key
from showcause.transparency.note import MAX_NOTE, Note, open_note, parse_note

log = logging.getLogger("showcause.witnesses")

SECONDS_FOR_ALL: Final = 15.0
KNOWN: Final = frozenset({HTTPStatus.OK, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})
UNKNOWN: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


def signed_alone(note: str, key: VerifierKey) -> str:
    """Return a note with one key's signature and no other.

    Raises: Unverified when that key did not sign it.
    """
    opened, parsed = open_note(note, [key]), parse_note(note)
    mine = next(each for each in parsed.signatures if (each.name, each.key_id) == (key.name, key.id))
    return str(Note(opened.text, (mine,)))


class HttpKnowing:
    """Asks over HTTP, with a checkpoint that the key signed."""

    def __init__(self, outside: Exchange, key: str, note: str) -> None:
        """Take the key's own signature out of a note. Raises: Unverified when it is not there."""
        self._outside, self._key = outside, parse_verifier_key(key)
        self._note = signed_alone(note, self._key)

    def ask(self, named: Sequence[Witness]) -> Mapping[str, bool | None]:
        """Ask each at once; of whoever does not answer in time nothing is known."""
        found: dict[str, bool | None] = {}

        def ask(each: Witness) -> None:
            try:
                found[each.name] = self._read(each) if each.is_read else self._submit(each)
            except (Unavailable, LogError):
                found[each.name] = None
            except Exception:  # a thread that dies says nothing: whatever is wrong here is said
                log.exception("asking witness %s failed", each.name)

        asking = [threading.Thread(target=ask, args=(each,), daemon=True) for each in named]
        end = monotonic() + SECONDS_FOR_ALL
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(max(0.0, end - monotonic()))
        return {each.name: found.get(each.name) for each in named}

    def _submit(self, witness: Witness) -> bool | None:
        size = parse_checkpoint(parse_note(self._note).text).size
        body, headers = f"old {size}\n\n{self._note}", {"Content-Type": "text/plain; charset=utf-8"}
        url = f"{witness.url.rstrip('/')}/add-checkpoint"
        status = self._outside.exchange("POST", url, body.encode(), headers, MAX_NOTE).status
        return True if status in KNOWN else False if status in UNKNOWN else None

    def _read(self, witness: Witness) -> bool | None:
        place = sha256(self._key.name.encode()).hexdigest()
        url = f"{witness.url.rstrip('/')}/{place}/checkpoint"
        reply = self._outside.exchange("GET", url, None, {}, MAX_NOTE)
        if reply.status == HTTPStatus.NOT_FOUND:
            return False
        if reply.status != HTTPStatus.OK:
            return None
        try:
            open_note(reply.body, [self._key])
        except Unverified:
            return False
        return True
