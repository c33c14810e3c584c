"""Polling Synapse's two report lists without losing or doubling any.

Synapse pages by row offset, orders by the time of receipt only, has no "since", and hands out ids again when
the newest reports were deleted before a restart. Therefore:

1. A report is known by (list, id, time of receipt). 2. The offset is a hint. A page counts only if it begins
before what was read already, else we step back: deletions shift everything after them. 3. The last minutes
are read again each time, because a report may appear late (its room's statistics lag, or its transaction
ended after a later one). What was seen in them stands in the cursor. 4. If more stands before the overlap
than did, something appeared further back (the server's clock was set back): the list is read once more from
the beginning, and the caller's keys sort out what it has.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from showcause.casework.ports import IncomingReport, ReportBatch
from showcause.connectors.cleaning import clean
from showcause.connectors.matrix_api import ADMIN, path
from showcause.connectors.matrix_events import content_ref, evidence_of
from showcause.domain.errors import BadInput, NotFound
from showcause.domain.subject import Subject, SubjectKind

OVERLAP_MS: Final = 5 * 60 * 1000
PAGE: Final = 100
BATCH: Final = 100
MAX_SEEN: Final = 20_000
LISTS: Final = ("event", "user")
_log = logging.getLogger(__name__)

Row = Mapping[str, Any]
Key = tuple[int, int]


@dataclass
class Place:
    """How far one list was read.

    `newest` is the latest time of receipt, `offset` how many rows stood before the overlap, `seen` what was
    read in the overlap.
    """

    newest: int = -1
    offset: int = 0
    seen: set[Key] = field(default_factory=set)

    @property
    def again_from(self) -> int:
        """The time of receipt from which everything is read again."""
        return max(-1, self.newest - OVERLAP_MS)

    def to_json(self) -> list[Any]:
        """Return the place as plain values."""
        return [self.newest, self.offset, sorted(self.seen, key=lambda key: key[1])[-MAX_SEEN:]]


class Asks(Protocol):
    """What the poller needs of the server: one GET that gives a JSON object."""

    def get(self, where: str, query: Mapping[str, str | int] | None = None) -> Mapping[str, Any]:
        """Ask for something and return the JSON object. Raises: NotFound, PlatformUnavailable."""


class ReportPoller:
    """Reads both lists from a cursor, which the caller keeps."""

    def __init__(self, api: Asks, platform: str, page: int = PAGE, batch: int = BATCH) -> None:
        self._api, self._platform, self._size, self._batch = api, platform, page, batch

    def poll(self, cursor: str | None) -> ReportBatch:
        """Return what is new since a cursor, oldest first, at most so many of each list. Raises: BadInput (cursor)."""
        places = _places(cursor)
        reports: list[IncomingReport] = []
        more = False
        for name in LISTS:
            rows, places[name], is_cut = self._new_rows(name, places[name])
            reports += [report for row in rows if (report := self._report(name, row)) is not None]
            more = more or is_cut
        text = json.dumps({name: place.to_json() for name, place in places.items()}, separators=(",", ":"))
        return ReportBatch(tuple(reports), text, more)

    def _new_rows(self, name: str, place: Place) -> tuple[list[Row], Place, bool]:
        walk = _Walk(place)
        for offset, row in self._rows(name, place):
            walk.visit(offset, row)
            if walk.before > place.offset and place.newest >= 0:
                return [], Place(), True
            if len(walk.found) == self._batch:
                return walk.found, walk.place(), True
        return walk.found, walk.place(), False

    def _rows(self, name: str, place: Place) -> Iterator[tuple[int, Row]]:
        """Yield (offset, row) from before the overlap to the end; rows may come twice."""
        offset, back, until = place.offset, self._size, place.again_from
        while True:
            rows, total = self._page(name, offset)
            begins_early = bool(rows) and int(rows[0]["received_ts"]) < until
            if offset > 0 and not begins_early:
                offset, back = max(0, min(offset, total) - back), back * 2
                continue
            yield from ((offset + at, row) for at, row in enumerate(rows))
            if not rows or offset + self._size >= total:
                return
            step, until = _overlapping_step(rows)
            offset, back = offset + step, self._size

    def _page(self, name: str, offset: int) -> tuple[list[Row], int]:
        answer = self._api.get(
            f"{ADMIN}/v1/{name}_reports", {"from": offset, "limit": self._size, "dir": "f"}
        )
        rows = answer.get(f"{name}_reports")
        return (rows if isinstance(rows, list) else []), int(answer.get("total") or 0)

    def _report(self, name: str, row: Row) -> IncomingReport | None:
        try:
            return self._event_report(row) if name == "event" else self._user_report(row)
        except BadInput as error:
            _log.warning(
                "report %s %s of the Matrix server names no valid subject: %s", name, row["id"], error.code
            )
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
            _log.warning(
                "a row of the Matrix server's %s reports is out of form: %s", name, type(error).__name__
            )
        return None

    def _event_report(self, row: Row) -> IncomingReport:
        try:
            detail: Row = self._api.get(path(ADMIN + "/v1/event_reports/{}", str(row["id"])))
        except NotFound:
            detail = {}
        is_same = (
            detail.get("received_ts") == row["received_ts"] and detail.get("event_id") == row["event_id"]
        )
        event = detail.get("event_json") if is_same else None
        sender = row.get("sender") or (event or {}).get("sender")
        return IncomingReport(
            external_key=self._key("event", row),
            subject=Subject(
                self._platform, SubjectKind.CONTENT, content_ref(row["room_id"], row["event_id"])
            ),
            author=self._account(sender),
            reporter=self._account(row.get("user_id")),
            reason=clean(row.get("reason")),
            received_at=_moment(row["received_ts"]),
            evidence=evidence_of(event) if isinstance(event, dict) else None,
        )

    def _user_report(self, row: Row) -> IncomingReport:
        return IncomingReport(
            external_key=self._key("user", row),
            subject=Subject(self._platform, SubjectKind.ACCOUNT, str(row["target_user_id"])),
            author=None,
            reporter=self._account(row.get("user_id")),
            reason=clean(row.get("reason")),
            received_at=_moment(row["received_ts"]),
        )

    def _key(self, name: str, row: Row) -> str:
        return f"{self._platform}:{name}:{row['id']}:{row['received_ts']}"

    def _account(self, user: object) -> Subject | None:
        """Return an account beside the report's subject, or None: a name that is none keeps no report out."""
        try:
            return (
                Subject(self._platform, SubjectKind.ACCOUNT, user) if isinstance(user, str) and user else None
            )
        except BadInput:
            return None


class _Walk:
    """What one pass over a list found."""

    def __init__(self, place: Place) -> None:
        self.found: list[Row] = []
        self.before = 0
        self._start = place
        self._newest = place.newest
        self._rows: dict[Key, int] = {}

    def visit(self, offset: int, row: Row) -> None:
        """Take a row in: older than the overlap, seen in it, or new."""
        key = (int(row["id"]), int(row["received_ts"]))
        if key[1] < self._start.again_from:
            self.before = max(self.before, offset + 1)
        elif key not in self._rows:
            self._rows[key] = offset
            if key not in self._start.seen:
                self.found.append(row)
                self._newest = max(self._newest, key[1])

    def place(self) -> Place:
        """Return how far the list is read now."""
        after = Place(self._newest, self.before)
        inside = {key: offset for key, offset in self._rows.items() if key[1] >= after.again_from}
        after.seen = set(inside)
        after.offset = min(inside.values(), default=self.before)
        return after


def _overlapping_step(rows: list[Row]) -> tuple[int, int]:
    """Return how far to go on so that the next page begins with a row known already, and the time that proves it.

    Rows of one millisecond have no order among them, so the next page has to begin before the last
    millisecond.
    """
    last = int(rows[-1]["received_ts"])
    earlier = [at for at, row in enumerate(rows) if int(row["received_ts"]) < last]
    return (earlier[-1], last) if earlier and earlier[-1] > 0 else (len(rows) - 1, last + 1)


def _places(cursor: str | None) -> dict[str, Place]:
    if cursor is None:
        return {name: Place() for name in LISTS}
    try:
        stored = json.loads(cursor)
        return {
            name: Place(int(n), int(o), {(int(i), int(ts)) for i, ts in seen})
            for name in LISTS
            for n, o, seen in [stored[name]]
        }
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            "this is no cursor of the Matrix reports", "Start again without one; keys sort it out."
        ) from error


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
