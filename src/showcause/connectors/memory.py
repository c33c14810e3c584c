"""What a connector remembers between two breaths: which orders it accepted, which landed, which were lifted.

One small SQLite file per connector, apart from the site's database and outside its backups: a restored
database must not make the connector forget what it did. Subjects stand in it as keyed hashes only.
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

from showcause.connectors.small_database import SmallDatabase
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS accepted (
    key TEXT PRIMARY KEY,
    subject BLOB,
    measure TEXT NOT NULL,
    until TEXT NOT NULL,
    number INTEGER UNIQUE CHECK (number >= 1),
    state TEXT NOT NULL CHECK (state IN ('accepted', 'landed', 'lifted')),
    urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX IF NOT EXISTS accepted_by_subject ON accepted (subject, measure);
CREATE TABLE IF NOT EXISTS void (number INTEGER PRIMARY KEY CHECK (number >= 1)) STRICT;
CREATE TABLE IF NOT EXISTS confirmed (key TEXT PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS told (reference BLOB PRIMARY KEY, answer TEXT NOT NULL) STRICT;
"""

_SELECT: Final = (
    "SELECT key, subject, measure, until, number, state, urgent FROM accepted WHERE {} ORDER BY number"
)
_GAPS: Final = """
SELECT before + 1, number - 1 FROM (
    SELECT number, LAG(number, 1, 0) OVER (ORDER BY number) AS before
    FROM (SELECT number FROM accepted WHERE number IS NOT NULL UNION SELECT number FROM void)
) WHERE number > before + 1 ORDER BY number LIMIT ?
"""


class State(StrEnum):
    """How far an accepted order came: written down, seen on the platform, given back."""

    ACCEPTED = "accepted"
    LANDED = "landed"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True)
class Accepted:
    """One order in memory. `until` is text, empty for an open end; `number` is None until an urgent act has entered.

    `urgent` marks an act of the urgent lane, whose key is the spool's id.
    """

    key: str
    subject: bytes | None
    measure: Measure
    until: str
    number: int | None
    state: State = State.ACCEPTED
    urgent: bool = False


class Memory:
    """A connector's durable memory. Safe between threads and between processes."""

    def __init__(self, path: Path | str, key: bytes) -> None:
        if len(key) != 32:
            raise ValueError("the memory's key is 32 bytes long")
        self._key, self._file = key, SmallDatabase(path, _SCHEMA)
        self.changing = self._file.changing

    def digest(self, subject: Subject) -> bytes:
        """Return the keyed hash under which a subject is remembered: 32 bytes."""
        text = "\x00".join((subject.platform, subject.kind, subject.ref))
        return hmac.digest(self._key, b"showcause gate subject\x00" + text.encode(), sha256)

    def write(self, order: Accepted) -> None:
        """Write down an order that was not known before. Raises: StoreBusy, StoreFull."""
        values = (
            order.key,
            order.subject,
            order.measure,
            order.until,
            order.number,
            order.state,
            order.urgent,
        )
        self._file.run("INSERT INTO accepted VALUES (?, ?, ?, ?, ?, ?, ?, '')", *values)

    def by_number(self, number: int) -> Accepted | None:
        """Return the order that was accepted under a number."""
        return self._one("number = ?", number)

    def by_key(self, key: str) -> Accepted | None:
        """Return the order that was accepted under a key."""
        return self._one("key = ?", key)

    def mark(self, subject: Subject, measure: Measure) -> int:
        """Return the highest number ever accepted for a subject and measure, 0 if none: the high-water mark."""
        sql = "SELECT coalesce(max(number), 0) FROM accepted WHERE subject = ? AND measure = ?"
        return int(self._file.rows(sql, self.digest(subject), measure)[0][0])

    def standing(self, subject: Subject, measure: Measure) -> list[Accepted]:
        """Return the orders for a subject and measure that landed and were not lifted."""
        return self._many("subject = ? AND measure = ? AND state = 'landed'", self.digest(subject), measure)

    def unfinished(self) -> int:
        """Return how many orders were accepted and never seen on the platform."""
        return int(self._file.rows("SELECT count(*) FROM accepted WHERE state = 'accepted'")[0][0])

    def is_void(self, number: int) -> bool:
        """Tell whether a number was cancelled."""
        return bool(self._file.rows("SELECT 1 FROM void WHERE number = ?", number))

    def gaps(self, most: int = 100) -> list[tuple[int, int]]:
        """Return the ranges (first, last) of numbers that never came, at most so many."""
        return [(int(first), int(last)) for first, last in self._file.rows(_GAPS, most)]

    def note(self, key: str, text: str | None = None) -> str:
        """Keep or read the platform's own name for the work on an order, such as the id of a running redaction."""
        if text is not None:
            with self.changing() as db:
                db.execute("UPDATE accepted SET note = ? WHERE key = ?", (text, key))
        rows = self._file.rows("SELECT note FROM accepted WHERE key = ?", key)
        return str(rows[0][0]) if rows else ""

    def told(self, reference: str, answer: str | None = None) -> str | None:
        """Keep or read the platform's name for the message delivered under a reference, None if none was."""
        key = self._told(reference)
        if answer is not None:
            with self.changing() as db:
                db.execute("INSERT OR REPLACE INTO told VALUES (?, ?)", (key, answer))
        rows = self._file.rows("SELECT answer FROM told WHERE reference = ?", key)
        return str(rows[0][0]) if rows else None

    def confirmed(self, key: str, note: str | None = None) -> str:
        """Keep or read what was last confirmed under a key, signed; empty if nothing was. It names nobody."""
        if note is not None:
            with self.changing() as db:
                db.execute("INSERT OR REPLACE INTO confirmed VALUES (?, ?)", (key, note))
            return note
        rows = self._file.rows("SELECT note FROM confirmed WHERE key = ?", key)
        return str(rows[0][0]) if rows else ""

    def forget(self, subject: Subject, references: Collection[str] = ()) -> None:
        """Cut a subject's orders loose from it; their numbers stay used, so no old receipt can be replayed.

        What was delivered under `references` is told no more, either.
        """
        told = [(self._told(each),) for each in references]
        with self.changing() as db:
            db.execute(
                "UPDATE accepted SET subject = NULL, state = 'lifted', note = '' WHERE subject = ?",
                (self.digest(subject),),
            )
            db.executemany("DELETE FROM told WHERE reference = ?", told)
        self._file.settle()

    def _told(self, reference: str) -> bytes:
        return hmac.digest(self._key, b"showcause gate told\x00" + reference.encode(), sha256)

    def _one(self, where: str, *values: object) -> Accepted | None:
        found = self._many(where, *values)
        return found[0] if found else None

    def _many(self, where: str, *values: object) -> list[Accepted]:
        rows = self._file.rows(_SELECT.format(where), *values)
        return [Accepted(k, s, Measure(m), u, n, State(t), bool(x)) for k, s, m, u, n, t, x in rows]
