"""Gathering cosignatures: beside signing and never in its way.

Whoever waits for cosignatures says so (`want`); a thread of its own asks, one head at a time, each for a bounded time.
An order that waits for a level asks for the newest head; the public head is asked about once when it advances and, if
it stands still, again in every interval, so that a log that stands still differs from one that is withheld. Nobody is
asked about other heads: the time of a cosignature would tell strangers when something was decided.

For each level the newest head is kept that carries it. All of it is in memory: lost, it is asked for again. What is
written down is what each witness said last, for the doctor, and the evidence of whoever saw another history.
"""

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from showcause.casework.log.signing import SignedHead
from showcause.casework.log.tree import Nodes
from showcause.casework.log.watching import policy_at, watch_of
from showcause.casework.ports import Clock
from showcause.casework.ports.witnesses import Answer, Heard, Watchers
from showcause.domain.witness import Level, Watch
from showcause.store.config import Store
from showcause.transparency.checkpoint import parse_checkpoint
from showcause.transparency.errors import LogError
from showcause.transparency.keys import VerifierKey, parse_verifier_key
from showcause.transparency.merkle import consistency_proof, root_at
from showcause.transparency.note import Note, Signature, parse_note
from showcause.transparency.policy import evaluate

log = logging.getLogger("showcause.witnesses")

PAUSE: Final = 2.0
"""Seconds between two questions, however many orders wait."""
READ_EVERY: Final = 60.0
"""Seconds between two looks at those who cannot be asked and have to be read."""
MOST_HEADS: Final = 32
MOST_EVIDENCE: Final = 16


@dataclass(frozen=True, slots=True)
class Kept:
    """Where what each witness said last is written down: read at the start, replaced after every round."""

    read: Callable[[], str]
    write: Callable[[str], None]


class History:
    """What the committed rows prove of our own log."""

    def __init__(self, store: Store) -> None:
        self._store, self._nodes = store, Nodes()

    def root(self, size: int) -> bytes:
        """Return the root at a size."""
        with self._store.read() as view:
            return root_at(size, self._nodes.reader(view.log))

    def proof(self, old: int, new: int) -> Sequence[bytes]:
        """Return the proof that one size continues another."""
        with self._store.read() as view:
            return consistency_proof(old, new, self._nodes.reader(view.log))


class Cosigning:
    """One site's cosignatures. `want` and the questions may come from any thread; `gather` runs in one at a time."""

    def __init__(
        self, store: Store, watchers: Watchers, log_keys: Sequence[str], clock: Clock, kept: Kept
    ) -> None:
        self._store, self._watchers, self._clock, self._kept = store, watchers, clock, kept
        self._keys: tuple[VerifierKey, ...] = tuple(parse_verifier_key(each) for each in log_keys)
        self._history = History(store)
        self._turn = threading.Lock()
        self._wanted: SignedHead | None = None
        self._before: SignedHead | None = None
        self._wake = threading.Event()
        self._found: dict[str, dict[tuple[str, bytes], Signature]] = {}
        self._asked: tuple[SignedHead, datetime] | None = None
        self.rounds = 0
        self._best: dict[Level, SignedHead] = {}

    # --- for whoever waits ----------------------------------------------------------------------------------

    def want(self, head: SignedHead) -> None:
        """Have a signed head asked about soon, if it is not older than what is to be asked about already."""
        if self._wanted is None or head.size >= self._wanted.size:
            self._wanted = head
        self._wake.set()

    def look_from(self, head: SignedHead) -> None:
        """Look by and by at those who are read, though nothing was asked since the start; `head` was before it."""
        self._before = head
        self._wake.set()

    def carrying(self, level: Level) -> SignedHead | None:
        """Return the newest head that carries a level, or None so far."""
        return self._best.get(level)

    def asked_since(self, since: datetime) -> SignedHead | None:
        """Return the newest head that all were asked about at or after a time, whatever they said."""
        if self._asked is None or self._asked[1] < since:
            return None
        head = self._asked[0]
        return replace(head, note=self.cosigned(head.note))

    def cosigned(self, note: str) -> str:
        """Return a note with every cosignature of its head that was gathered, the log's own signatures first."""
        parsed = parse_note(note)
        known = {(each.name, each.key_id) for each in parsed.signatures}
        more = self._found.get(parsed.text, {})
        fresh = tuple(more[place] for place in more if place not in known)
        same = tuple(more.get((each.name, each.key_id), each) for each in parsed.signatures)
        return str(Note(parsed.text, (*same, *fresh)))

    # --- asking ---------------------------------------------------------------------------------------------

    def gather(self, head: SignedHead, *, only_read: bool = False) -> Sequence[Answer]:
        """Ask all about a head, or only read what others cosigned, and keep what was verified."""
        with self._turn:
            with self._store.read() as view:
                watch = watch_of(view)
            named = [each for each in watch.witnesses if each.is_read or not only_read]
            answers = self._watchers.ask(head.note, named, self._history) if named else ()
            now = self._clock()
            for answer in answers:
                if answer.heard is Heard.COSIGNED:
                    self._keep(answer.note)
            self._weigh(watch)
            if not only_read:
                self._asked = (head, now)
            if named:
                self._write_down(answers, now, watch)
            self.rounds += 1
            return answers

    def run(self, ending: threading.Event) -> None:
        """Ask whatever is wanted until told to end, and read by and by what others cosigned meanwhile."""
        last: SignedHead | None = None
        while not ending.is_set():
            self._wake.wait(READ_EVERY)
            self._wake.clear()
            wanted, self._wanted = self._wanted, None
            if wanted is not None and (last is None or wanted.size >= last.size):
                last = wanted
            last = last or self._before
            if ending.is_set() or last is None:
                continue
            try:
                self.gather(last, only_read=wanted is None)
            except (
                Exception
            ):  # whatever is wrong with witnesses or the database: orders wait, and we ask again
                log.exception("asking witnesses failed")
            ending.wait(PAUSE)

    def wake(self) -> None:
        """Let `run` look whether it is to end."""
        self._wake.set()

    def _keep(self, note: str) -> None:
        parsed = parse_note(note)
        more = {(each.name, each.key_id): each for each in parsed.signatures}
        # A new mapping each time: whoever reads meanwhile keeps the old one.
        self._found[parsed.text] = {**self._found.pop(parsed.text, {}), **more}
        while len(self._found) > MOST_HEADS:
            del self._found[next(iter(self._found))]

    def _weigh(self, watch: Watch) -> None:
        """Keep the newest head that carries each level; a level that was raised meanwhile is weighed anew."""
        best: dict[Level, SignedHead] = {}
        for level in (Level.R1, Level.R2):
            if not watch.reaches(level):
                continue
            policy = policy_at(level, self._keys, watch)
            held = self._best.get(level)
            for note in [str(Note(text, tuple(lines.values()))) for text, lines in self._found.items()] + (
                [held.note] if held else []
            ):
                try:
                    tree = evaluate(policy, note).checkpoint
                except LogError:
                    continue
                if level not in best or tree.size > best[level].size:
                    best[level] = SignedHead(tree.size, tree.root, note)
        self._best = best

    def _write_down(self, answers: Sequence[Answer], now: datetime, watch: Watch) -> None:
        said = said_from_text(self._kept.read())
        rows = {each.name: dict(said.rows[each.name]) for each in watch.witnesses if each.name in said.rows}
        for each in answers:
            before = said.rows.get(each.name, {})
            good = each.heard is Heard.COSIGNED
            if each.heard is Heard.FORKED:
                log.critical("witness %s saw another history of this log: %s", each.name, each.says)
            elif not good and before.get("heard") != each.heard:
                log.warning("witness %s: %s", each.name, each.says)
            rows[each.name] = {
                "heard": str(each.heard), "says": each.says, "asked": now.isoformat(),
                "seen": each.seen if good else before.get("seen", 0),
                "size": _size(each.note) if good else before.get("size", 0),
            }  # fmt: skip
        evidence = [*said.evidence]
        for each in answers:
            new = {"name": each.name, "note": each.note, "says": each.says}
            if each.heard is Heard.FORKED and new not in evidence and len(evidence) < MOST_EVIDENCE:
                evidence.append(new)
        self._kept.write(json.dumps({"rows": rows, "evidence": evidence}, ensure_ascii=False, sort_keys=True))


@dataclass(frozen=True, slots=True)
class Said:
    """What each witness said last, by name, and the evidence of other histories."""

    rows: Mapping[str, Mapping[str, Any]]
    evidence: Sequence[Mapping[str, str]]


def said_from_text(text: str) -> Said:
    """Read what was written down; nothing, or something damaged, says nothing."""
    try:
        value = json.loads(text)
        return Said(dict(value["rows"]), list(value["evidence"]))
    except (ValueError, KeyError, TypeError):
        return Said({}, ())


def _size(note: str) -> int:
    return parse_checkpoint(parse_note(note).text).size
