"""A small fictional platform: people, rooms, posts, followers, reports, an inbox, and moderation that really bites.

It is a simulator and no mock: the demo runs on it, whoever is suspended cannot post, and what a suspension
costs is lost. It lives in a SQLite file (or in memory) and keeps a line of every act, so that a killed
process finds it again and a restriction that was applied twice, or by hand, can be told.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from showcause.casework.ports import Clock
from showcause.connectors.small_database import SmallDatabase
from showcause.domain.restriction import Measure
from showcause.domain.subject import SubjectKind

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS account (ref TEXT PRIMARY KEY, display TEXT NOT NULL) STRICT; CREATE TABLE IF NOT
EXISTS follow (follower TEXT, followed TEXT, PRIMARY KEY (follower, followed)) STRICT; CREATE TABLE IF NOT
EXISTS member (room TEXT, account TEXT, PRIMARY KEY (room, account)) STRICT; CREATE TABLE IF NOT EXISTS post (
seq INTEGER PRIMARY KEY AUTOINCREMENT, author TEXT NOT NULL, room TEXT NOT NULL, text TEXT NOT NULL, at TEXT
NOT NULL ) STRICT; CREATE TABLE IF NOT EXISTS standing ( kind TEXT, ref TEXT, measure TEXT, since TEXT NOT
NULL, PRIMARY KEY (kind, ref, measure) ) STRICT; CREATE TABLE IF NOT EXISTS act ( seq INTEGER PRIMARY KEY
AUTOINCREMENT, what TEXT NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL, measure TEXT NOT NULL, by TEXT NOT
NULL, changed INTEGER NOT NULL, at TEXT NOT NULL ) STRICT; CREATE TABLE IF NOT EXISTS report ( seq INTEGER
PRIMARY KEY AUTOINCREMENT, reporter TEXT NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL, reason TEXT NOT
NULL, hint TEXT, evidence TEXT NOT NULL, at TEXT NOT NULL ) STRICT; CREATE TABLE IF NOT EXISTS inbox ( seq
INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, text TEXT NOT NULL, reference TEXT NOT NULL UNIQUE )
STRICT;
"""

STOPS_WRITING: Final = (Measure.SUSPEND, Measure.LOCK)
STOPS_JOINING: Final = (*STOPS_WRITING, Measure.LIMIT)


class WorldRefused(Exception):
    """What the platform tells a person who may not do something."""


class World:
    """The platform itself, as its users and its own administrators use it.

    Of a hundred followers, `followers_lost` leave when an account is suspended.
    """

    def __init__(self, clock: Clock, path: Path | str = ":memory:", followers_lost: int = 0) -> None:
        self._clock, self.followers_lost = clock, followers_lost
        self._file = SmallDatabase(path, _SCHEMA)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let many things happen at once: all of them are kept, or none is."""
        with self._file.changing():
            yield

    # --- what people do ------------------------------------------------------------------------------------

    def register(self, ref: str, display: str | None = None) -> None:
        """Open an account."""
        self._do("INSERT OR IGNORE INTO account VALUES (?, ?)", ref, display or ref)

    def rename(self, ref: str, display: str) -> None:
        """Change an account's display name."""
        self._check(ref, STOPS_WRITING)
        self._do("UPDATE account SET display = ? WHERE ref = ?", display, ref)

    def follow(self, follower: str, followed: str) -> None:
        """Let one account follow another."""
        self._check(follower, STOPS_JOINING)
        self._do("INSERT OR IGNORE INTO follow VALUES (?, ?)", follower, followed)

    def join(self, account: str, room: str) -> None:
        """Enter a room."""
        self._check(account, STOPS_JOINING)
        self._check_room(room)
        self._do("INSERT OR IGNORE INTO member VALUES (?, ?)", room, account)

    def leave(self, account: str, room: str) -> None:
        """Leave a room."""
        self._do("DELETE FROM member WHERE room = ? AND account = ?", room, account)

    def post(self, author: str, room: str, text: str) -> str:
        """Write a post and return its reference. Raises: WorldRefused."""
        self._check(author, STOPS_WRITING)
        self._check_room(room)
        sql = "INSERT INTO post VALUES (NULL, ?, ?, ?, ?)"
        number = self._add(sql, author, room, text, self._now())
        return f"post-{number}"

    def read(self, ref: str) -> str | None:
        """Return a post's text as others see it, None when it is hidden or gone."""
        found = self.posted(ref)
        gone = {Measure.HIDE, Measure.REMOVE} & self.standing(SubjectKind.CONTENT, ref)
        return None if found is None or gone else str(found["text"])

    def report(self, reporter: str, kind: SubjectKind, ref: str, reason: str, hint: str | None = None) -> int:
        """File a report and return its number; suspended people may, locked ones may not. Raises: WorldRefused."""
        self._check(reporter, (Measure.LOCK,))
        evidence = self.posted(ref) if kind is SubjectKind.CONTENT else self.profile(ref)
        sql = "INSERT INTO report VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)"
        return self._add(sql, reporter, kind, ref, reason, hint, json.dumps(evidence), self._now())

    def inbox(self, account: str) -> list[str]:
        """Return the notices that a person can read, oldest first. Raises: WorldRefused when locked."""
        self._check(account, (Measure.LOCK,))
        return [
            text
            for (text,) in self._file.rows("SELECT text FROM inbox WHERE account = ? ORDER BY seq", account)
        ]

    # --- what the platform's own staff and its interface do ------------------------------------------------

    def impose(self, kind: SubjectKind, ref: str, measure: Measure, by: str = "hand") -> None:
        """Put a measure on something; `by` is an order's key, or `hand` for an administrator's own click."""
        with self._file.changing():
            values = (kind, ref, measure, self._now())
            changed = self._do("INSERT OR IGNORE INTO standing VALUES (?, ?, ?, ?)", *values)
            self._log("impose", kind, ref, measure, by, changed)
            if changed:
                self._effects(ref, measure)

    def free(self, kind: SubjectKind, ref: str, measure: Measure, by: str = "hand") -> None:
        """End a measure. What it cost stays lost."""
        with self._file.changing():
            sql = "DELETE FROM standing WHERE kind = ? AND ref = ? AND measure = ?"
            self._log("free", kind, ref, measure, by, self._do(sql, kind, ref, measure))

    def notify(self, account: str, text: str, reference: str) -> str:
        """Put a notice into somebody's inbox, once per reference, and return its name."""
        self._do("INSERT OR IGNORE INTO inbox VALUES (NULL, ?, ?, ?)", account, text, reference)
        (number,) = self._file.rows("SELECT seq FROM inbox WHERE reference = ?", reference)[0]
        return f"notice-{number}"

    def delete_report(self, number: int) -> None:
        """Delete a report, as an administrator may at any time."""
        self._do("DELETE FROM report WHERE seq = ?", number)

    # --- what can be looked at -----------------------------------------------------------------------------

    def exists(self, kind: SubjectKind, ref: str) -> bool:
        """Tell whether the platform knows a subject."""
        if kind is SubjectKind.ACCOUNT:
            return bool(self._file.rows("SELECT 1 FROM account WHERE ref = ?", ref))
        if kind is SubjectKind.SPACE:
            return bool(self._file.rows("SELECT 1 FROM member WHERE room = ? LIMIT 1", ref))
        return self.posted(ref) is not None

    def profile(self, ref: str) -> dict[str, Any]:
        """Return what an account has: display name, followers, following, rooms, posts."""
        display = self._file.rows("SELECT display FROM account WHERE ref = ?", ref)
        return {
            "display_name": display[0][0] if display else "",
            "followers": self._list("SELECT follower FROM follow WHERE followed = ? ORDER BY 1", ref),
            "following": self._list("SELECT followed FROM follow WHERE follower = ? ORDER BY 1", ref),
            "rooms": self._list("SELECT room FROM member WHERE account = ? ORDER BY 1", ref),
            "posts": self._list("SELECT 'post-' || seq FROM post WHERE author = ? ORDER BY seq", ref),
        }

    def posted(self, ref: str) -> dict[str, Any] | None:
        """Return a post: author, room, text, at; None if there is none."""
        rows = self._file.rows("SELECT author, room, text, at FROM post WHERE 'post-' || seq = ?", ref)
        return dict(zip(("author", "room", "text", "at"), rows[0], strict=True)) if rows else None

    def followers(self, ref: str) -> int:
        """Return how many follow an account."""
        return int(self._file.rows("SELECT count(*) FROM follow WHERE followed = ?", ref)[0][0])

    def standing(self, kind: SubjectKind, ref: str) -> frozenset[Measure]:
        """Return the measures that stand on something."""
        rows = self._file.rows("SELECT measure FROM standing WHERE kind = ? AND ref = ?", kind, ref)
        return frozenset(Measure(measure) for (measure,) in rows)

    def all_standing(self) -> list[tuple[SubjectKind, str, Measure, datetime]]:
        """Return every measure that stands, oldest first."""
        rows = self._file.rows("SELECT kind, ref, measure, since FROM standing ORDER BY since, kind, ref")
        return [(SubjectKind(k), r, Measure(m), datetime.fromisoformat(s)) for k, r, m, s in rows]

    def reports_after(self, number: int, most: int) -> list[dict[str, Any]]:
        """Return reports above a number, in order, at most so many."""
        names = ("seq", "reporter", "kind", "ref", "reason", "hint", "evidence", "at")
        rows = self._file.rows("SELECT * FROM report WHERE seq > ? ORDER BY seq LIMIT ?", number, most)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def acts(self) -> list[dict[str, Any]]:
        """Return every act since the beginning: what, kind, ref, measure, by, changed, at."""
        names = ("seq", "what", "kind", "ref", "measure", "by", "changed", "at")
        return [
            dict(zip(names, row, strict=True)) for row in self._file.rows("SELECT * FROM act ORDER BY seq")
        ]

    def _effects(self, ref: str, measure: Measure) -> None:
        if measure is Measure.SUSPEND and self.followers_lost:
            leaving = self._list("SELECT follower FROM follow WHERE followed = ? ORDER BY 1", ref)
            for follower in leaving[: len(leaving) * self.followers_lost // 100]:
                self._do("DELETE FROM follow WHERE follower = ? AND followed = ?", follower, ref)
        if measure is Measure.REMOVE:
            self._do("UPDATE post SET text = '' WHERE 'post-' || seq = ?", ref)

    def _check(self, account: str, stopping: tuple[Measure, ...]) -> None:
        if not self.exists(SubjectKind.ACCOUNT, account):
            raise WorldRefused("there is no such account")
        if hit := self.standing(SubjectKind.ACCOUNT, account) & set(stopping):
            raise WorldRefused(f"your account is under: {', '.join(sorted(hit))}")

    def _check_room(self, room: str) -> None:
        if Measure.BLOCK_SPACE in self.standing(SubjectKind.SPACE, room):
            raise WorldRefused("this room is blocked")

    def _log(self, what: str, kind: SubjectKind, ref: str, measure: Measure, by: str, changed: int) -> None:
        self._do(
            "INSERT INTO act VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
            what,
            kind,
            ref,
            measure,
            by,
            changed,
            self._now(),
        )

    def _now(self) -> str:
        return self._clock().astimezone(UTC).isoformat()

    def _do(self, sql: str, *values: object) -> int:
        return self._file.run(sql, *values).rowcount

    def _add(self, sql: str, *values: object) -> int:
        return int(self._file.run(sql, *values).lastrowid or 0)

    def _list(self, sql: str, *values: object) -> list[str]:
        return [str(value) for (value,) in self._file.rows(sql, *values)]
