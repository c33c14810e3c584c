"""Feeding mirrors: pushing to whoever keeps a copy of the log what the public may see of it, and nothing beyond.

A mirror is told the published head (`add-checkpoint`), then asked with no entries at all (`add-entries`): either it has
everything, or it says which entry it lacks first. From there on entries are sent from the published files, at most 32
packages in a request, until it has them, or until our time is over; then it goes on the next time. An answer that got
lost, a request that broke off and a mirror that was restarted all cost one more question and nothing else.

What a mirror says is a place to go on from, and is believed no further: its cosignature is read where it serves it.

Source: c2sp.org/tlog-mirror.
"""

import gzip
import threading
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from typing import Final

from showcause.casework.ports.witnesses import Answer, Heard
from showcause.domain.witness import Witness
from showcause.gateways.calling_out import Reply
from showcause.gateways.questions import TRIES, Exchange, ask, size_of
from showcause.transparency.bundles import decode_bundle, read_bundle
from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.export import CHECKPOINT
from showcause.transparency.merkle import HashAt, consistency_proof
from showcause.transparency.note import parse_note
from showcause.transparency.subtrees import subtree_proof
from showcause.transparency.tiles import ENTRIES, WIDTH, Read, Tile, node_reader, rows_of_files
from showcause.transparency.uploads import (
    MIRROR_INFO,
    MOST_INFO,
    PACKAGES_A_REQUEST,
    MirrorInfo,
    Package,
    Span,
    Upload,
    parse_mirror_info,
)

SECONDS: Final = 8.0
"""After so long no further request is begun for one mirror: whoever reads its checkpoint afterwards has a time, too."""
AGAIN: Final = 3600.0
"""Seconds after which a mirror that has everything is told the same head again, so that its signature stays fresh."""
MOST_UNPACKED: Final = 4 * 1024 * 1024
"""So many bytes of entries make a request full, before they are packed; one package is always sent."""
MOST_PACKED: Final = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Published:
    """The log as the public sees it now."""

    note: str
    tree: Checkpoint
    read: Read
    hash_at: HashAt

    def package(self, span: Span, end: int) -> Package:
        """Return what is sent of a span to a mirror that expects `end` entries. Raises: Missing, Malformed."""
        tile = Tile(ENTRIES, span.first // WIDTH, min(WIDTH, self.tree.size - span.first))
        entries = decode_bundle(read_bundle(self.read, tile), tile.width)
        proof = subtree_proof(span.first, span.end, end, self.hash_at)
        return Package(tuple(entries[span.start - span.first : span.end - span.first]), proof)


class Feeding:
    """Pushes over HTTP. `published` reads the files of the public log. What it remembers may be forgotten."""

    def __init__(self, outside: Exchange, published: Read) -> None:
        self._outside, self._read = outside, published
        self._last: dict[str, int] = {}
        self._fed: dict[str, tuple[str, float]] = {}
        self._turn, self._busy = threading.Lock(), set[str]()

    def feed(self, mirror: Witness) -> Answer:
        """Bring one mirror up to what is published, as far as that goes in bounded time; each once at a time.

        Raises: Unavailable when it is not reached; LogError for an answer, or a file of ours, that is not of the form.
        """
        with self._turn:
            if mirror.name in self._busy:
                return Answer(mirror.name, Heard.UNREACHED, "it is still being fed")
            self._busy.add(mirror.name)
        try:
            return self._feed(mirror, monotonic() + SECONDS)
        finally:
            with self._turn:
                self._busy.discard(mirror.name)

    def _feed(self, mirror: Witness, until: float) -> Answer:
        data = self._read(CHECKPOINT)
        if data is None:
            return Answer(mirror.name, Heard.UNREACHED, "nothing is published yet")
        note = data.decode()
        text = parse_note(note).text
        fed, when = self._fed.get(mirror.name, ("", 0.0))
        if fed == text and monotonic() < when + AGAIN:
            return Answer(mirror.name, Heard.COSIGNED, "it has everything")
        tree = parse_checkpoint(text)
        log = _Published(note, tree, self._read, node_reader(rows_of_files(self._read, tree.size)))
        answer = self._tell(mirror, log) or self._send(mirror, log, until)
        if answer.heard is Heard.COSIGNED:
            self._fed[mirror.name] = (text, monotonic())
        return answer

    def _tell(self, mirror: Witness, log: _Published) -> Answer | None:
        """Tell a mirror the head; return why it does not take it."""
        size = log.tree.size
        old = min(self._last.get(mirror.name, 0), size)
        for _ in range(TRIES):
            proof = consistency_proof(old, size, log.hash_at) if old else ()
            reply = ask(self._outside, mirror.submit, old, proof, log.note)
            if reply.status == HTTPStatus.OK:
                self._last[mirror.name] = size
                return None
            if reply.status != HTTPStatus.CONFLICT:
                return _refused(mirror, reply, log.note)
            old = size_of(reply)
            if old > size:
                # Somebody showed it a newer head that we signed: it takes entries up to ours all the same.
                return None
        return Answer(mirror.name, Heard.REFUSED, "it names another size each time")

    def _send(self, mirror: Witness, log: _Published, until: float) -> Answer:
        """Send what a mirror lacks, until it has everything or time is over."""
        size, stands, still = log.tree.size, MirrorInfo(log.tree.size, log.tree.size), 0
        while monotonic() < until:
            reply = self._post(mirror, _body(log, stands))
            if reply.status == HTTPStatus.OK and stands.size == size:
                return Answer(mirror.name, Heard.COSIGNED, "it has everything")
            if reply.status == HTTPStatus.OK:
                stands = MirrorInfo(size, size)
                continue
            if reply.status not in (HTTPStatus.ACCEPTED, HTTPStatus.CONFLICT) or not _is_info(reply):
                return _refused(mirror, reply, "")
            before, stands = stands, parse_mirror_info(reply.body)
            if stands.size > size:
                says = f"it waits for {stands.size} entries; we published {size}"
                return Answer(mirror.name, Heard.REFUSED, says)
            still = 0 if stands.next > before.next else still + 1
            if still > TRIES:
                return Answer(mirror.name, Heard.REFUSED, f"it does not go on from entry {stands.next}")
        return Answer(mirror.name, Heard.UNREACHED, f"it has {stands.next} of {size} entries so far")

    def _post(self, mirror: Witness, body: bytes) -> Reply:
        headers = {"Content-Type": "application/octet-stream", "Content-Encoding": "gzip"}
        url = f"{mirror.submit.rstrip('/')}/add-entries"
        return self._outside.exchange(
            "POST", url, gzip.compress(body, 6, mtime=0), headers, MOST_INFO, MOST_PACKED
        )


def _is_info(reply: Reply) -> bool:
    return reply.type.partition(";")[0].strip().lower() == MIRROR_INFO


def _body(log: _Published, stands: MirrorInfo) -> bytes:
    """Write a request from where a mirror stands on."""
    upload = Upload(log.tree.origin, min(stands.next, stands.size), stands.size, stands.ticket)
    parts, length = [upload.to_bytes()], 0
    for span in upload.spans():
        if len(parts) > PACKAGES_A_REQUEST or length > MOST_UNPACKED:
            break
        parts.append(log.package(span, upload.end).to_bytes())
        length += len(parts[-1])
    return b"".join(parts)


def _refused(mirror: Witness, reply: Reply, note: str) -> Answer:
    """Say what a mirror's refusal means; `note` is the head that was told, where that was what it refused."""
    match reply.status:
        case HTTPStatus.UNPROCESSABLE_ENTITY if note:
            says = "it refuses our proof: it, or we, saw another history"
            return Answer(mirror.name, Heard.FORKED, says, note)
        case HTTPStatus.UNPROCESSABLE_ENTITY:
            says = "it refuses what our published files hold: `showcause log fsck`"
            return Answer(mirror.name, Heard.REFUSED, says)
        case HTTPStatus.NOT_FOUND:
            return Answer(mirror.name, Heard.REFUSED, "it does not mirror this log")
        case HTTPStatus.FORBIDDEN:
            return Answer(mirror.name, Heard.REFUSED, "it does not know this log's key")
        case status if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Answer(mirror.name, Heard.UNREACHED, f"it answered {status} and is asked again later")
        case status:
            return Answer(mirror.name, Heard.REFUSED, f"it answered {status}")
