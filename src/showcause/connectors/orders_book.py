"""What a platform that fetches its orders is asked, and what it said: the connector's own small database.

Two processes have it open: the worker's connector asks, the API hands out and takes answers. An errand is written
before it can be fetched, and an answer before it is acknowledged. Names and texts are sealed with the connector's key
and erased with the answer; everything else in it is ids, codes, numbers and keyed hashes.
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from showcause.casework.ports import Confirmation, Errand, Result, Verb
from showcause.connectors.small_database import SmallDatabase
from showcause.domain.errors import BadInput
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS errand (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    verb TEXT NOT NULL CHECK (verb IN ('restrict', 'lift', 'tell', 'look')),
    key TEXT NOT NULL,
    subject BLOB NOT NULL,
    measure TEXT NOT NULL,
    rank INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'withdrawn', 'answered', 'closed')),
    seen INTEGER NOT NULL DEFAULT 0,
    asked_at TEXT NOT NULL,
    content BLOB,
    result TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    retry_after REAL,
    answered_at TEXT NOT NULL DEFAULT '',
    has BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS errand_by_key ON errand (verb, key, seq);
CREATE INDEX IF NOT EXISTS errand_by_state ON errand (state, rank, seq);
CREATE INDEX IF NOT EXISTS errand_by_subject ON errand (subject, measure, seq);
CREATE TABLE IF NOT EXISTS told (
    subject BLOB PRIMARY KEY, name BLOB NOT NULL, there INTEGER NOT NULL, standing TEXT NOT NULL, has BLOB,
    has_at TEXT NOT NULL, at TEXT NOT NULL, seq INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS visit (one INTEGER PRIMARY KEY CHECK (one = 1), at TEXT NOT NULL) STRICT;
"""
_FIELDS: Final = (
    "seq, id, verb, key, subject, measure, state, seen, result, reason, retry_after, answered_at, has"
)
_AAD, _NONCE, _KEPT = b"showcause/v1 errand\x00", 12, timedelta(days=30)


class State(StrEnum):
    """How far an errand came: to be fetched; taken back before its answer; answered; the answer was made use of."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Row:
    """One errand as it stands. `seen` tells whether the platform ever fetched it."""

    seq: int
    id: str
    verb: Verb
    key: str
    subject: bytes
    measure: str
    state: State
    seen: bool
    result: str
    reason: str
    retry_after: float | None
    answered_at: str
    has: bytes | None


@dataclass(frozen=True, slots=True)
class Told:
    """What the platform said last of a subject; `has` is None unless it said so since the last act was asked."""

    there: bool
    standing: frozenset[Measure]
    has: Mapping[str, Any] | None
    at: datetime


class Book:
    """Errands and answers of one connector. Safe between threads and between processes."""

    def __init__(self, path: Path | str, key: bytes) -> None:
        self._file = SmallDatabase(path, _SCHEMA)
        self._key = hmac.digest(key, b"showcause errands", sha256)
        self._cipher = AESGCM(self._key)

    def digest(self, *words: str) -> bytes:
        """Return the keyed hash under which a subject or a reference is remembered."""
        return hmac.digest(self._key, b"showcause errand\x00" + "\x00".join(words).encode(), sha256)

    def of(self, subject: Subject) -> bytes:
        """Return the keyed hash of a subject."""
        return self.digest(subject.platform, subject.kind, subject.ref)

    # --- asking ---------------------------------------------------------------------------------------------

    def ask(self, key: str, wanted: Errand, now: datetime) -> Row:
        """Write down an errand that can be fetched from then on, and drop old ones; its id is made here."""
        rank = 0 if wanted.verb is Verb.LIFT else 1 if wanted.urgent or wanted.verb is Verb.LOOK else 2
        with self._file.changing() as db:
            old = (now - _KEPT).isoformat()
            db.execute(
                "DELETE FROM errand WHERE state IN ('closed', 'withdrawn') AND asked_at < ? "
                "AND NOT (verb = 'tell' AND result = 'done')", (old,),
            )  # fmt: skip
            db.execute("DELETE FROM told WHERE standing = '' AND at < ?", (old,))
            db.execute(
                "INSERT INTO errand (id, verb, key, subject, measure, rank, state, asked_at, content) "
                "VALUES (?, ?, ?, ?, ?, ?, 'open', ?, ?)",
                (secrets.token_hex(16), wanted.verb, key, self.of(wanted.subject), wanted.measure or "", rank,
                 now.isoformat(), self._seal(_content(wanted))),
            )  # fmt: skip
            [row] = self._rows("verb = ? AND key = ? ORDER BY seq DESC LIMIT 1", wanted.verb, key)
        return row

    def newest(self, verb: Verb, key: str) -> Row | None:
        """Return the errand that was asked last under a key."""
        found = self._rows("verb = ? AND key = ? ORDER BY seq DESC LIMIT 1", verb, key)
        return found[0] if found else None

    def get(self, errand_id: str) -> Row | None:
        """Return one errand."""
        found = self._rows("id = ?", errand_id)
        return found[0] if found else None

    def close(self, verb: Verb, key: str) -> None:
        """Note that the answers under a key were made use of."""
        sql = "UPDATE errand SET state = 'closed' WHERE verb = ? AND key = ? AND state = 'answered'"
        self._file.run(sql, verb, key)

    def withdraw(self, key: str, subject: Subject) -> None:
        """Take a restriction back that was not answered yet; one that nobody saw is as if it had never been."""
        sql = (
            "UPDATE errand SET state = 'withdrawn', content = CASE WHEN seen THEN content END "
            "WHERE verb = 'restrict' AND key = ? AND subject = ? AND state = 'open'"
        )
        self._file.run(sql, key, self.of(subject))

    def may_stand(self, subject: Subject, measure: Measure) -> bool:
        """Tell whether a restriction was seen by the platform, taken back, and neither answered nor lifted since."""
        sql = (
            "SELECT 1 FROM errand AS one WHERE subject = ? AND measure = ? AND verb = 'restrict' AND seen = 1 "
            "AND state = 'withdrawn' AND result = '' AND NOT EXISTS (SELECT 1 FROM errand AS other WHERE "
            "other.subject = one.subject AND other.measure = one.measure AND other.verb = 'lift' "
            "AND other.seq > one.seq AND other.result = 'done') LIMIT 1"
        )
        return bool(self._file.rows(sql, self.of(subject), measure))

    def refusals(self, verb: Verb, key: str) -> int:
        """Return how often the platform asked to be asked again."""
        sql = "SELECT count(*) FROM errand WHERE verb = ? AND key = ? AND result = 'later'"
        return int(self._file.rows(sql, verb, key)[0][0])

    # --- the platform's side --------------------------------------------------------------------------------

    def fetch(self, after: str | None, most: int, now: datetime) -> list[Errand]:
        """Return open errands in their order, note that they were seen, and when. Raises: BadInput."""
        rank, seq = _place(after)
        with self._file.changing() as db:
            db.execute("INSERT OR REPLACE INTO visit VALUES (1, ?)", (now.isoformat(),))
            rows = db.execute(
                "SELECT seq, id, verb, rank, asked_at, content FROM errand WHERE state = 'open' "
                "AND (rank, seq) > (?, ?) ORDER BY rank, seq LIMIT ?", (rank, seq, most),
            ).fetchall()  # fmt: skip
            new = [(row[0],) for row in rows]
            db.executemany("UPDATE errand SET seen = 1 WHERE seq = ? AND seen = 0", new)
        return [self._errand(*row) for row in rows]

    def is_waiting(self) -> bool:
        """Tell whether anything can be fetched; a look that nobody notices."""
        return bool(self._file.rows("SELECT 1 FROM errand WHERE state = 'open' LIMIT 1"))

    def answer(self, errand_id: str, said: Confirmation, now: datetime) -> Errand | None:
        """Note an answer, and what it tells of the subject; return the errand, None if it was answered before."""
        with self._file.changing() as db:
            row = self.get(errand_id)
            kept = db.execute(
                "SELECT rank, asked_at, content FROM errand WHERE id = ?", (errand_id,)
            ).fetchone()
            if row is None or row.result or kept[2] is None:
                return None
            errand = self._errand(row.seq, row.id, row.verb, *kept)
            has = None if said.has is None or row.verb is not Verb.LOOK else self._seal(dict(said.has))
            state = State.ANSWERED if row.state is State.OPEN else row.state
            db.execute(
                "UPDATE errand SET state = ?, result = ?, reason = ?, retry_after = ?, answered_at = ?, has = ?, "
                "content = NULL WHERE seq = ?",
                (state, said.result, said.reason or "", said.retry_after, now.isoformat(), has, row.seq),
            )  # fmt: skip
            if said.result is Result.GONE:
                self._note(errand.subject, Told(False, frozenset(), None, now), row.seq)
            elif said.standing is not None:
                self._note(errand.subject, Told(True, said.standing, said.has, now), row.seq)
        return errand

    def told(self, subject: Subject) -> Told | None:
        """Return what the platform said last of a subject."""
        key = self.of(subject)
        rows = self._file.rows(
            "SELECT there, standing, has, has_at, at FROM told WHERE subject = ? AND seq >= 0", key
        )
        if not rows:
            return None
        there, standing, has, has_at, at = rows[0]
        acts = "SELECT max(asked_at) FROM errand WHERE subject = ? AND verb IN ('restrict', 'lift')"
        is_old = has_at < (self._file.rows(acts, key)[0][0] or "")
        measures = frozenset(Measure(each) for each in standing.split())
        had = None if has is None or is_old else self._open(has)
        return Told(bool(there), measures, had, datetime.fromisoformat(at))

    def seen(self, subject: Subject, has: Mapping[str, Any], now: datetime) -> None:
        """Note what a subject has now, said by itself; it says nothing of what stands there."""
        name = {"subject": [subject.platform, subject.kind, subject.ref]}
        self._file.run(
            "INSERT INTO told VALUES (?, ?, 1, '', ?, ?, ?, -1) ON CONFLICT (subject) DO UPDATE SET "
            "has = excluded.has, has_at = excluded.has_at",
            self.of(subject), self._seal(name), self._seal(dict(has)), now.isoformat(), now.isoformat(),
        )  # fmt: skip

    def has(self, row: Row) -> Mapping[str, Any]:
        """Return what the platform said that a subject has, in its answer to a look."""
        return self._open(row.has) if row.has else {}

    def standing(self) -> list[tuple[Subject, frozenset[Measure]]]:
        """Return every subject on which something stands, as far as the platform said."""
        rows = self._file.rows("SELECT name, standing FROM told WHERE standing <> '' ORDER BY rowid")
        return [
            (_subject(self._open(name)["subject"]), frozenset(map(Measure, standing.split())))
            for name, standing in rows
        ]

    def replace(self, found: Mapping[Subject, frozenset[Measure]], now: datetime) -> None:
        """Take the platform's complete list: nothing else stands there."""
        with self._file.changing() as db:
            (seq,) = db.execute("SELECT coalesce(max(seq), 0) FROM errand").fetchone()
            db.execute("UPDATE told SET standing = '', at = ? WHERE standing <> ''", (now.isoformat(),))
            for subject, measures in found.items():
                self._note(subject, Told(True, measures, None, now), seq)

    def forget(self, subject: Subject) -> None:
        """Drop every errand about a subject and what the platform said of it."""
        key = self.of(subject)
        with self._file.changing() as db:
            db.execute("DELETE FROM errand WHERE subject = ?", (key,))
            db.execute("DELETE FROM told WHERE subject = ?", (key,))
        self._file.settle()

    def visited_at(self) -> datetime | None:
        """Return when the platform fetched last."""
        rows = self._file.rows("SELECT at FROM visit")
        return datetime.fromisoformat(rows[0][0]) if rows else None

    def oldest(self) -> datetime | None:
        """Return since when the oldest unanswered errand waits."""
        rows = self._file.rows("SELECT min(asked_at) FROM errand WHERE state = 'open'")
        return datetime.fromisoformat(rows[0][0]) if rows[0][0] else None

    def _note(self, subject: Subject, told: Told, seq: int) -> None:
        """Note what was said, unless an answer to something newer about the subject came first."""
        self._file.run(
            "INSERT INTO told VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE SET "
            "there = excluded.there, standing = excluded.standing, at = excluded.at, seq = excluded.seq, "
            "has = coalesce(excluded.has, told.has), "
            "has_at = CASE WHEN excluded.has IS NULL THEN told.has_at ELSE excluded.has_at END "
            "WHERE excluded.seq >= told.seq",
            self.of(subject), self._seal({"subject": [subject.platform, subject.kind, subject.ref]}), told.there,
            " ".join(sorted(told.standing)), None if told.has is None else self._seal(dict(told.has)),
            told.at.isoformat(), told.at.isoformat(), seq,
        )  # fmt: skip

    def _rows(self, where: str, *values: object) -> list[Row]:
        rows = self._file.rows(f"SELECT {_FIELDS} FROM errand WHERE {where}", *values)  # noqa: S608  # our own words
        return [Row(r[0], r[1], Verb(r[2]), r[3], r[4], r[5], State(r[6]), bool(r[7]), *r[8:]) for r in rows]

    def _errand(self, seq: int, id_: str, verb: str, rank: int, asked_at: str, sealed: bytes) -> Errand:
        kept = self._open(sealed)
        return Errand(
            id_, f"{rank}-{seq}", Verb(verb), _subject(kept["subject"]), datetime.fromisoformat(asked_at),
            Measure(kept["measure"]) if kept["measure"] else None,
            datetime.fromisoformat(kept["until"]) if kept["until"] else None, kept["number"], kept["served"],
            kept["urgent"], kept["receipt"].encode(), kept["text"], kept["reference"],
        )  # fmt: skip

    def _seal(self, value: Mapping[str, Any]) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, json.dumps(value).encode(), _AAD)

    def _open(self, sealed: bytes) -> dict[str, Any]:
        opened: dict[str, Any] = json.loads(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _AAD))
        return opened


def _content(wanted: Errand) -> dict[str, Any]:
    subject, until = wanted.subject, wanted.until
    return {
        "subject": [subject.platform, subject.kind, subject.ref], "measure": wanted.measure,
        "until": None if until is None else until.astimezone(UTC).isoformat(), "number": wanted.number,
        "served": wanted.served, "urgent": wanted.urgent, "receipt": wanted.receipt.decode(),
        "text": wanted.text, "reference": wanted.reference,
    }  # fmt: skip


def _subject(parts: list[str]) -> Subject:
    platform, kind, ref = parts
    return Subject(platform, SubjectKind(kind), ref)


def _place(cursor: str | None) -> tuple[int, int]:
    if not cursor:
        return -1, 0
    rank, _, seq = cursor.partition("-")
    if not (rank.isdecimal() and seq.isdecimal() and len(cursor) <= 24 and cursor.isascii()):
        raise BadInput("this is no cursor of the list of orders", "Leave it out to begin at the first.")
    return int(rank), int(seq)
