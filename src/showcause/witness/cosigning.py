"""Judging a checkpoint, and cosigning it: the whole of what a witness promises.

In this order, which is the specification's: the log is known; one of its keys signed; the sizes fit; what was cosigned
last is what the asker thinks; the new tree continues it. Only then the new tree is written down, flushed, and cosigned.
Checking and writing down are one transaction, so that two askers at once cannot turn it back.

A signed checkpoint that is not shown to continue what the same log signed before is kept as evidence of a fork. Since
anybody may send a good checkpoint with a bad proof, it is dropped again once the same tree is shown to continue ours.

Source: c2sp.org/tlog-witness.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.errors import Inconsistent, LogError, Malformed
from showcause.transparency.keys import SigningKey, VerifierKey
from showcause.transparency.merkle import EMPTY_ROOT, verify_consistency
from showcause.transparency.note import Note, open_note, parse_note, signature_of
from showcause.witness.asking import Asked, parse
from showcause.witness.memory import Memory, Seen

TEXT: Final = "text/plain; charset=utf-8"
SIZE: Final = "text/x.tlog.size"
NOTHING_SEEN: Final = Seen(0, EMPTY_ROOT, "", 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the asker gets: a status of HTTP, a body, and its type."""

    status: HTTPStatus
    body: str
    type: str = TEXT


class Cosigner:
    """One witness at work. `clock` returns POSIX seconds."""

    def __init__(self, memory: Memory, clock: Callable[[], int]) -> None:
        self.memory, self._clock = memory, clock

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer the question of a log, or of ourselves after we read its files."""
        try:
            asked = parse(body)
            origin = parse_note(asked.note).text.partition("\n")[0]
        except Malformed as error:
            return Answer(HTTPStatus.BAD_REQUEST, f"{error.message}\n")
        keys = self.memory.keys_of(origin)
        if not keys:
            return Answer(HTTPStatus.NOT_FOUND, "this log is not watched here\n")
        try:
            text = open_note(asked.note, keys).text
        except LogError as error:
            return Answer(HTTPStatus.FORBIDDEN, f"{error.message}\n")
        try:
            return self._judge(asked, parse_checkpoint(text), keys)
        except Malformed as error:  # signed by the log all the same: an empty tree has one root
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, f"{error.message}\n")

    def latest(self, origin: str) -> str | None:
        """Return the largest checkpoint of a log that was cosigned here, with both signatures, or None."""
        seen = self.memory.seen(origin)
        return seen.note if seen else None

    def _judge(self, asked: Asked, tree: Checkpoint, keys: tuple[VerifierKey, ...]) -> Answer:
        if asked.old > tree.size:
            return Answer(HTTPStatus.BAD_REQUEST, "the old size exceeds the checkpoint's\n")
        with self.memory.changing():
            seen = self._known(tree.origin)
            if asked.old != seen.size:
                return Answer(HTTPStatus.CONFLICT, f"{seen.size}\n", SIZE)
            try:
                verify_consistency(seen.size, seen.root, tree.size, tree.root, asked.proof)
            except Inconsistent as error:
                if seen.size and (tree.size, tree.root) != (seen.size, seen.root):
                    self.memory.keep_fork(tree.origin, asked.note, seen.note, error.message, self._clock())
                return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, f"{error.message}\n")
            return self._accept(asked.note, tree, keys)

    def _known(self, origin: str) -> Seen:
        """Return the largest tree of a log that is known."""
        return self.memory.seen(origin) or NOTHING_SEEN

    def _accept(self, note: str, tree: Checkpoint, keys: tuple[VerifierKey, ...]) -> Answer:
        """Write a tree down that continues what is known, and cosign it; called while the memory is changing."""
        now = self._clock()
        kept, ours = cosigned(note, keys, self.memory.keys, now)
        self.memory.keep(tree.origin, Seen(tree.size, tree.root, kept, now))
        return Answer(HTTPStatus.OK, ours)


def cosigned(
    note: str, theirs: Sequence[VerifierKey], ours: Sequence[SigningKey], now: int
) -> tuple[str, str]:
    """Return a note with the log's signatures and ours, and nobody else's; and our lines alone."""
    parsed = parse_note(note)
    known = {(key.name, key.id) for key in theirs}
    kept = tuple(each for each in parsed.signatures if (each.name, each.key_id) in known)
    lines = tuple(signature_of(parsed.text, key, now) for key in ours)
    return str(Note(parsed.text, (*kept, *lines))), "".join(str(each) for each in lines)
