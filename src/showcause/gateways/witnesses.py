"""Asking those who watch the log to cosign its head, each by its own protocol, and believing only what verifies.

A witness is asked: `POST <url>/add-checkpoint` with the size that it saw last, the proof that our head continues it,
and our head. If it saw another size, it says which (409), and is asked once more with the proof from there; so an
answer that got lost costs one more question and nothing else. Whoever cannot be asked is read instead:
`GET <url>/<SHA-256 of the log's name>/checkpoint` gives what a mirror, or a witness that reads our files, cosigned.
A mirror that takes entries is fed before it is read; see `feeding`.

Their word is worth their signature and no more: a size is only a hint where to begin the proof, and a cosignature
counts after it was verified against the key that the operator named. Somebody who cannot be reached is a warning.
Somebody who saw another history is an alarm: another tree of the very size that we told (409 to that size), a tree
that our proof does not continue (422), or a head that we signed and do not have. A 422 to a head that was told from
nothing contradicts nothing: it is a refusal.

Source: c2sp.org/tlog-witness, c2sp.org/tlog-cosignature.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus
from time import monotonic
from typing import Final

from showcause.casework.ports.witnesses import Answer, Heard, History
from showcause.domain.errors import ShowcauseError, Unavailable
from showcause.domain.witness import Witness
from showcause.gateways.calling_out import Reply
from showcause.gateways.feeding import Feeding
from showcause.gateways.questions import TRIES, Exchange, ask, size_of
from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.errors import LogError, Unverified
from showcause.transparency.keys import VerifierKey, parse_verifier_key
from showcause.transparency.note import MAX_NOTE, Note, open_note, parse_note

log = logging.getLogger("showcause.witnesses")

SECONDS_FOR_ALL: Final = 25.0
"""Two questions of ten seconds each, and a little: whoever takes longer is not waited for, however many they are."""


class HttpWatchers:
    """Asks over HTTP. What size each saw last is kept in memory; forgotten, it costs one more question.

    `feeding` pushes to the mirrors that take entries; without it they are only read.
    """

    def __init__(self, outside: Exchange, *log_keys: str, feeding: Feeding | None = None) -> None:
        self._outside, self._keys = outside, tuple(parse_verifier_key(each) for each in log_keys)
        self._feeding = feeding
        self._last: dict[str, int] = {}
        self._complaints: dict[str, Heard] = {}

    def ask(self, note: str, named: Sequence[Witness], history: History) -> Sequence[Answer]:
        """Ask each at once; whoever does not answer in time was not reached."""
        answers: dict[str, Answer] = {}

        def ask_one(each: Witness) -> None:
            answers[each.name] = self._ask(each, note, history)

        asking = [threading.Thread(target=ask_one, args=(each,), daemon=True) for each in named]
        end = monotonic() + SECONDS_FOR_ALL
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(max(0.0, end - monotonic()))
        late = "it did not answer in time"
        return [answers.get(each.name) or Answer(each.name, Heard.UNREACHED, late) for each in named]

    def _ask(self, witness: Witness, note: str, history: History) -> Answer:
        try:
            key = parse_verifier_key(witness.key)
            if witness.is_read:
                fed = self._feed(witness)
                if fed is not None and fed.heard is Heard.FORKED:
                    return fed
                return _with_complaint(self._read(witness, key, history), fed)
            return self._submit(witness, key, note, history)
        except Unavailable as error:
            return Answer(witness.name, Heard.UNREACHED, error.message)
        except LogError as error:
            return Answer(witness.name, Heard.REFUSED, error.message)
        except Exception as error:  # a thread that dies says nothing: whatever is wrong here is said
            log.exception("asking witness %s failed", witness.name)
            return Answer(witness.name, Heard.UNREACHED, type(error).__name__)

    # --- asking ---------------------------------------------------------------------------------------------

    def _submit(self, witness: Witness, key: VerifierKey, note: str, history: History) -> Answer:
        tree = _tree(note)
        old = min(self._last.get(witness.name, 0), tree.size)
        for _ in range(TRIES):
            reply = ask(self._outside, witness.url, old, _proof(history, old, tree.size), note)
            if reply.status == HTTPStatus.UNPROCESSABLE_ENTITY and not old:
                says = "it refuses a head that it has nothing to compare with"
                return Answer(witness.name, Heard.REFUSED, says)
            if reply.status != HTTPStatus.CONFLICT:
                return self._judge(witness, key, note, reply)
            if 0 < old == tree.size and reply.body in (b"", b"%d\n" % old):
                says = f"it saw another tree of the very same size, {old}"
                return Answer(witness.name, Heard.FORKED, says, note)
            old = size_of(reply)
            if old > tree.size:
                says = f"it says that it saw {old} entries; we signed {tree.size}"
                return Answer(witness.name, Heard.REFUSED, says)
        return Answer(witness.name, Heard.REFUSED, "it names another size each time")

    def _judge(self, witness: Witness, key: VerifierKey, note: str, reply: Reply) -> Answer:
        match reply.status:
            case HTTPStatus.OK:
                cosigned, seen = _cosigned(note, reply.body, key)
                self._last[witness.name] = _tree(note).size
                return Answer(witness.name, Heard.COSIGNED, "it cosigned", cosigned, seen)
            case HTTPStatus.UNPROCESSABLE_ENTITY:
                says = "it refuses our proof: it, or we, saw another history"
                return Answer(witness.name, Heard.FORKED, says, note)
            case HTTPStatus.NOT_FOUND:
                return Answer(witness.name, Heard.REFUSED, "it does not watch this log")
            case HTTPStatus.FORBIDDEN:
                return Answer(witness.name, Heard.REFUSED, "it does not know this log's key")
            case HTTPStatus.TOO_MANY_REQUESTS:
                return Answer(witness.name, Heard.UNREACHED, "it asks to be asked less often")
            case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return Answer(witness.name, Heard.UNREACHED, f"it answered {status}")
            case status:
                return Answer(witness.name, Heard.REFUSED, f"it answered {status}")

    # --- feeding and reading --------------------------------------------------------------------------------

    def _feed(self, witness: Witness) -> Answer | None:
        """Feed a mirror that takes entries; return what it said. Short of an alarm that is a warning, and said once."""
        if self._feeding is None or not witness.submit:
            return None
        try:
            answer = self._feeding.feed(witness)
        except (ShowcauseError, LogError) as error:  # also an address that may not be called
            answer = Answer(witness.name, Heard.UNREACHED, error.message)
        if answer.heard is not Heard.COSIGNED and self._complaints.get(witness.name) != answer.heard:
            log.warning("mirror %s: %s", witness.name, answer.says)
        self._complaints[witness.name] = answer.heard
        return answer

    def _read(self, witness: Witness, key: VerifierKey, history: History) -> Answer:
        place = sha256(self._keys[0].name.encode()).hexdigest()
        reply = self._outside.exchange(
            "GET", f"{witness.url.rstrip('/')}/{place}/checkpoint", None, {}, MAX_NOTE
        )
        if reply.status == HTTPStatus.NOT_FOUND:
            return Answer(witness.name, Heard.REFUSED, "it has not cosigned this log yet")
        if reply.status != HTTPStatus.OK:
            return Answer(witness.name, Heard.UNREACHED, f"it answered {reply.status}")
        parsed = parse_note(reply.body)
        opened = open_note(reply.body, [*self._keys, key])
        by = {each.key for each in opened.by}
        if key not in by or by.isdisjoint(self._keys):
            raise Unverified("its checkpoint is not signed by both this log and itself")
        first = {(each.name, each.key_id): each for each in reversed(parsed.signatures)}
        lines = (first.get((each.name, each.id)) for each in (*self._keys, key))
        note = str(Note(parsed.text, tuple(each for each in lines if each is not None)))
        tree = parse_checkpoint(parsed.text)
        if not _is_ours(tree, history):
            says = f"it holds a head of {tree.size} entries that we signed and do not have"
            return Answer(witness.name, Heard.FORKED, says, note)
        if not (seen := next(each.time for each in opened.by if each.key == key)):
            raise Unverified("its cosignature states no time")
        return Answer(witness.name, Heard.COSIGNED, "it cosigned", note, seen)


def _with_complaint(read: Answer, fed: Answer | None) -> Answer:
    """Return what was read of a mirror; where that is nothing, with what it said when it was fed."""
    if fed is None or fed.heard is Heard.COSIGNED or read.heard is Heard.COSIGNED:
        return read
    return replace(read, says=f"{read.says}; when it was fed: {fed.says}")


def _proof(history: History, old: int, new: int) -> Sequence[bytes]:
    return history.proof(old, new) if 0 < old < new else ()


def _cosigned(note: str, lines: bytes, key: VerifierKey) -> tuple[str, int]:
    """Return our note with the witness' one signature that was checked, and the time that it states.

    Raises: Malformed; Unverified for a signature that does not fit, is of another key, or states no time.
    """
    ours = parse_note(note)
    answered = parse_note(note.encode() + lines)
    opened = open_note(note.encode() + lines, [key])
    if opened.text != ours.text or not (seen := opened.by[0].time):
        raise Unverified("its cosignature states no time")
    mine = next(each for each in answered.signatures if (each.name, each.key_id) == (key.name, key.id))
    return str(Note(ours.text, (*ours.signatures, mine))), seen


def _tree(note: str) -> Checkpoint:
    return parse_checkpoint(parse_note(note).text)


def _is_ours(tree: Checkpoint, history: History) -> bool:
    try:
        return history.root(tree.size) == tree.root
    except LogError:
        return False
