"""Each day old events are moved to the history, files whose time is over go, and what forgetting left is overwritten.

One file at a time: whoever calls can do something else between two, or end.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import duckdb

from showcause.casework.event_schemas import declared_of, digest_of
from showcause.domain.errors import Broken, StoreBusy, StoreFull
from showcause.domain.site import ConnectedPlatform
from showcause.rules.declared import Declaration
from showcause.store.events import EventLog
from showcause.store.store import Store
from showcause.stream.moving import Moving
from showcause.stream.opening import folder_of, history_of, is_there, open_beside

log = logging.getLogger("showcause.history")


@dataclass
class Keeping:
    """The history of one site. Events stay in the log for `days`, files for `history_days`; 0 is for ever.

    `moved` counts events, `left` files.
    """

    store: Store
    clock: Callable[[], datetime]
    days: int
    history_days: int
    moved: int = 0
    left: int = 0
    _done: date | None = field(default=None, init=False)
    _shrunk: int = field(default=0, init=False)
    _stopped: set[str] = field(default_factory=set, init=False)

    def step(self) -> bool:
        """Do the next thing that is due today; False when nothing is.

        What keeps one platform's events from being moved is logged, once a day. Raises: StoreFull, StoreBusy,
        StoreUnusable.
        """
        today = self.clock().astimezone(UTC).date()
        if self._done == today or folder_of(self.store) is None or not is_there(self.store):
            return False
        events = open_beside(self.store)
        try:
            if self._step(events, datetime.combine(today, time(), UTC)):
                return True
        except (duckdb.Error, OSError) as error:
            raise StoreFull(f"the history cannot be written: {type(error).__name__}") from error
        finally:
            events.close()
        self._done, self._stopped = today, set()
        return False

    def _step(self, events: EventLog, midnight: datetime) -> bool:
        moving, keep = Moving(history_of(events)), timedelta(days=self.days)
        moving.history.clock = self.clock
        if self.days and self._move(moving, midnight - keep):
            return True
        moving.finish()
        if self.history_days:
            gone = moving.let_go(midnight - timedelta(days=self.history_days))
            self.left += len(gone)
            for each in gone:
                log.info("%s left the history, with %d events", each.file, each.rows)
        try:
            events.scrub(if_small=True)
            if self.moved > self._shrunk:
                events.shrink(if_small=True)
                self._shrunk = self.moved
        except StoreBusy as error:
            log.warning("the room of old events is not overwritten and given back yet: %s", error.code)
        return False

    def _move(self, moving: Moving, before: datetime) -> bool:
        """Move one file of some platform's events; False when none are due."""
        for name, (declared, schema) in self._declared().items():
            if name in self._stopped:
                continue
            try:
                piece = moving.move(name, declared, schema, before)
            except Broken as error:
                log.error("the events of %s are not moved to the history: %s", name, error.message)
                self._stopped.add(name)
                continue
            if piece is not None:
                self.moved += piece.rows
                log.info("%d events of %s were moved to %s", piece.rows, name, piece.file)
                return True
        return False

    def _declared(self) -> Mapping[str, tuple[Declaration, str]]:
        """Return what the events of each platform hold, with the digest of that."""
        found = {}
        with self.store.read(self.clock()) as view:
            for each in view.find(ConnectedPlatform):
                declared = declared_of(view, each.name, None)
                if declared is not None:
                    found[each.name] = declared, digest_of(view, each.name)
        return found
