"""Reading a log's files from where it publishes them, and asking ourselves about its newest checkpoint.

For who cannot or will not be reached: a laptop behind a router witnesses as well as a server does.
"""

import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from typing import IO, Final
from urllib.parse import urlsplit

from showcause.transparency.bundles import MAX_ENTRY
from showcause.transparency.checkpoint import parse_checkpoint
from showcause.transparency.errors import LogError, Malformed, Missing
from showcause.transparency.export import CHECKPOINT
from showcause.transparency.merkle import consistency_proof
from showcause.transparency.note import open_note
from showcause.transparency.tiles import WIDTH, Read, node_reader, rows_of_files
from showcause.witness.asking import write
from showcause.witness.cosigning import NOTHING_SEEN, Answer, Cosigner

MOST_BYTES: Final = WIDTH * (MAX_ENTRY + 2)
SECONDS: Final = 20.0


class NotReached(LogError):
    """The log's files could not be read now."""

    code = "not-reached"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A log is where it is: being sent elsewhere is an answer that we do not follow."""

    def redirect_request(self, req: object, fp: IO[bytes], code: int, *more: object) -> None:
        """Follow nothing."""


_OPENER: Final = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))


def over_http(url: str) -> Read:
    """Return what reads a log's files below an address; a file that is not there is None.

    Raises: Malformed for an address that is none. What it returns raises NotReached.
    """
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise Malformed("a log's address begins with https:// or http://")
    base = url.rstrip("/")

    def read(path: str) -> bytes | None:
        try:
            with _OPENER.open(f"{base}/{path}", timeout=SECONDS) as answer:  # the scheme was checked
                data: bytes = answer.read(MOST_BYTES + 1)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == HTTPStatus.NOT_FOUND:
                return None
            raise NotReached(f"{path} was answered with {error.code}") from None
        except (OSError, ValueError) as error:
            raise NotReached(f"{path} could not be read: {type(error).__name__}") from None
        if len(data) > MOST_BYTES:
            raise Malformed(f"{path} is larger than any file of a log")
        return data

    return read


def ask_ourselves(cosigner: Cosigner, origin: str, read: Read) -> Answer:
    """Read a log's newest checkpoint and the proof that it continues what we know, and judge it like anybody's.

    A tree that has not grown is cosigned again: a log that stands still is not one that is withheld.

    Raises: NotReached, Missing, Unverified, Malformed.
    """
    note = read(CHECKPOINT)
    if note is None:
        raise Missing("the log publishes no checkpoint")
    opened = open_note(note, cosigner.memory.keys_of(origin))
    size = parse_checkpoint(opened.text).size
    seen = cosigner.memory.seen(origin) or NOTHING_SEEN
    hash_at = node_reader(rows_of_files(read, size))
    proof = consistency_proof(seen.size, size, hash_at) if seen.size < size else ()
    return cosigner.add_checkpoint(write(seen.size, proof, note.decode()))


Say = Callable[[str], None]


def visit_all(cosigner: Cosigner, say: Say, opened: Callable[[str], Read] = over_http) -> int:
    """Visit every watched log that says where it is; return how many were cosigned, and say what was found."""
    cosigned = 0
    for log in cosigner.memory.watched():
        if not log.url:
            continue
        try:
            answer = ask_ourselves(cosigner, log.origin, opened(log.url))
        except LogError as error:
            say(f"{log.origin}: not cosigned: {error.message}")
            continue
        if answer.status is HTTPStatus.OK:
            cosigned += 1
        else:
            say(f"{log.origin}: not cosigned ({answer.status}): {answer.body.strip()}")
    return cosigned
