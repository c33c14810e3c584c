"""Judging the events of a site: for each platform one stream, or one part of it, by what acts there now.

What acts is read again when the record says that something of it changed, and when something that acts for a time only
is over. Events are judged from the moment on at which the first rule acts: what happened before fills the windows, and
no verdict is made of it. A platform whose record and events do not fit together is judged no further until somebody
looked; the others go on. Where judged events are missing from the log, none is judged until they are back.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from showcause.casework import event_parts
from showcause.casework.event_schemas import declared_of, schema_of
from showcause.casework.reading import setting
from showcause.casework.rulework import running
from showcause.casework.rulework.in_force import DIGEST
from showcause.casework.rulework.reporting import Consequences
from showcause.casework.runner import Runner
from showcause.domain.errors import (
    Broken,
    EventsMissing,
    NotFound,
    Refused,
    Stale,
    StoreFull,
    StoreUnusable,
    Unavailable,
)
from showcause.domain.site import ConnectedPlatform
from showcause.rules.declared import Declaration
from showcause.rules.owners import main_key
from showcause.rules.rule_set import RuleSet
from showcause.store import verdicts
from showcause.store.view import View
from showcause.stream.folding import Stream
from showcause.stream.intake import Intake
from showcause.stream.judging import Judges, judges
from showcause.stream.opening import is_there, open_beside
from showcause.stream.parts import Share
from showcause.stream.standing import standing

log = logging.getLogger("showcause.stream")

MOST_TURNS: Final = 5


@dataclass(frozen=True, slots=True)
class _Known:
    """What the record said when the streams were made, and until when that holds by itself."""

    digest: str
    until: datetime | None


@dataclass
class Judging:
    """The streams of one site. Used by one thread; another process that judges, too, is noticed.

    Of platforms whose events are shared out over `of` processes it judges the part of this `number`, and of no others.

    `note` is told whose events are judged no further, each with the code of what was wrong, whenever that changes.
    """

    runner: Runner
    note: Callable[[Mapping[str, str]], None] = lambda stopped: None
    number: int = 1
    of: int = 1
    _streams: dict[str, Stream] = field(default_factory=dict)
    _known: dict[str, _Known] = field(default_factory=dict)
    _ended: dict[str, str] = field(default_factory=dict)
    _noted: dict[str, str] | None = None
    _missing: bool = False

    @cached_property
    def intake(self) -> Intake:
        """Return the intake, whose log is opened on first use."""
        return Intake(self.runner.store, open_beside(self.runner.store))

    def round(self, turns: int = MOST_TURNS) -> int:
        """Judge what came, at most so many thousand events of each platform; return how many.

        Raises: StoreFull, StoreUnusable.
        """
        if not self._may_judge():
            return 0
        with self.runner.store.read(self.runner.clock()) as view:
            digest = setting(view, DIGEST) or ""
            for each in view.find(ConnectedPlatform):
                if self._is_shared_so(view, each.name):
                    self._renew(view, each.name, digest)
        judged = sum(self._judge(name, turns) for name in tuple(self._streams))
        if self._noted != self._ended:
            self._noted = dict(self._ended)
            self.note(self._noted)
        return judged

    def has_work(self) -> bool:
        """Tell whether any platform's events are shared out over so many processes."""
        with self.runner.store.read(self.runner.clock()) as view:
            return any(self._is_shared_so(view, each.name) for each in view.find(ConnectedPlatform))

    def share_out(self, name: str, of: int, by: str) -> int:
        """Share a platform's events out over so many processes; return from which event on.

        Each process judges first what the furthest one has judged already, so that all stand at one place. No other
        process may judge meanwhile.

        Raises: NotPermitted, NotFound, BadInput; Stale when another process judges.
        """
        with self.runner.store.read(self.runner.clock()) as view:
            event_parts.check(view, name, of, by)
            declared = schema_of(view, name)
            made, _, start = self._judges(view, name, declared)
            there = verdicts.places(view, name)
        if made is None:
            raise NotFound(
                f"nothing judges the events of {name} yet", "Take a rule live first: `showcause rules`."
            )
        parts, last = max(1, len(there)), max((each.sequence for each in there), default=0)
        for number in range(1, parts + 1):
            self._stream(name, declared, made, start, Share(number, parts, main_key(declared))).catch_up(last)
        with self.runner.store.read(self.runner.clock()) as view:
            there = verdicts.places(view, name)
        return self.runner.run(event_parts.share_out, name, there, of, by).sequence

    def _is_shared_so(self, view: View, name: str) -> bool:
        """Tell whether a platform's events are shared out over as many processes as this is one of."""
        place = verdicts.place(view, name)
        if (place.of if place is not None else 1) == self.of:
            return True
        if self._streams.pop(name, None) is not None:
            log.warning("the events of %s are shared out otherwise now", name)
        self._known.pop(name, None)
        return False

    def _may_judge(self) -> bool:
        """Tell whether there are events, and all of those that were judged; say once if there are not."""
        store = self.runner.store
        if not is_there(store) and not standing(store, None).missing:
            return False
        try:
            self.intake.check()
        except EventsMissing as error:
            if not self._missing:
                log.error("no events are judged: %s: %s", error.code, error.message)
            self._missing = True
            return False
        self._missing = False
        return True

    def close(self) -> None:
        """Keep the windows, so that the next start is quick, and close the log."""
        for name, each in self._streams.items():
            if name not in self._ended:
                each.keep()
        if "intake" in self.__dict__:
            self.intake.log.close()

    def _judge(self, name: str, turns: int) -> int:
        judged = 0
        try:
            while turns and name not in self._ended and (some := self._streams[name].turn()):
                judged, turns = judged + some, turns - 1
        except (StoreFull, StoreUnusable):
            raise
        except Broken as error:
            self._ended[name] = error.code
            log.error("the events of %s are not judged any more: %s: %s", name, error.code, error.message)
        except (Unavailable, Stale) as error:
            log.warning("the events of %s wait: %s", name, error.code)
        return judged

    def _renew(self, view: View, name: str, digest: str) -> None:
        """Make a platform's stream anew if what acts there is not what acted when it was made."""
        held = self._known.get(name)
        if held is not None and held.digest == digest and (held.until is None or view.now < held.until):
            return
        declared = declared_of(view, name, None)
        if declared is None:
            return
        try:
            made, until, start = self._judges(view, name, declared)
        except Refused as error:
            log.error("the rules of %s do not fit together: %s", name, error.code)
            made, until, start = None, None, 0
        self._known[name] = _Known(digest, until)
        before = self._streams.get(name)
        if before is not None and made is not None and _alike(before.judges, made):
            return  # something changed elsewhere
        if before is not None:
            before.keep()
            del self._streams[name]
        if made is None:
            return
        self._streams[name] = self._stream(
            name, declared, made, start, Share(self.number, self.of, main_key(declared))
        )

    def _stream(self, name: str, declared: Declaration, made: Judges, start: int, share: Share) -> Stream:
        start = min(start, self.intake.log.head().sequence)
        personal = frozenset(each.path for each in declared.schema if each.sensitive)
        act = Consequences(name, declared.account, declared.content, personal)
        run = self.runner.run
        return Stream(name, made, self.intake, run, act, start=start, share=share, answering=act)

    def _judges(
        self, view: View, name: str, declared: Declaration
    ) -> tuple[Judges | None, datetime | None, int]:
        """Return what acts now, None where nothing ever did, when something of it is over, and after which event."""
        acting = running.acting(view, name)
        start = min((each.entered_after for each in acting.versions.values()), default=0)
        until = min((each.expires_at for each in acting.versions.values() if each.expires_at), default=None)
        if acting.loaded is not None:
            filters = {key: each.where for key, each in acting.loaded.counters.items() if each.where}
            loaded = acting.loaded
            return judges(loaded.platform.schema, loaded.rule_set, filters, acting.made_of), until, start
        if verdicts.reached(view, name) is None:
            return None, None, start
        # Nothing acts any more: events are passed over, so that no later rule judges them.
        return judges(declared.schema, RuleSet(()), {}), None, start


def _alike(one: Judges, other: Judges) -> bool:
    """Tell whether two judge alike."""
    return (one.digest, one.rule_set.counters.digest, one.schema) == (
        other.digest,
        other.rule_set.counters.digest,
        other.schema,
    )
