"""Taking events in: each line is read, hashed where it is personal, and given its place, or refused with a reason.

A line that is refused keeps no other from being taken. What is answered as taken is on the disk.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from showcause.domain.errors import BadInput, KeyMissing
from showcause.rules.arriving import HINTS, Arrival, Reason, Refusal, door
from showcause.rules.declared import Declaration
from showcause.store.events import MOST_AT_ONCE, EventLog, Fate, Offered, Place
from showcause.store.store import Store
from showcause.stream.opening import secret
from showcause.stream.standing import standing

MOST_LINES: Final = MOST_AT_ONCE
NONCE: Final = 12
Clock: TypeAlias = Callable[[], datetime]
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Answer(NamedTuple):
    """What became of one line. `outcome` is `new`, `known`, or the code of a refusal."""

    line: int
    outcome: str
    sequence: int | None = None
    at: int | None = None
    detail: str = ""
    hint: str = ""
    dropped: tuple[str, ...] = ()

    @property
    def moment(self) -> datetime | None:
        """Return its time in the order of events."""
        return None if self.at is None else moment_of(self.at)

    @property
    def taken(self) -> bool:
        """Tell whether the event is in the log, now or since before."""
        return self.outcome in (Fate.NEW, Fate.KNOWN)


@dataclass
class Intake:
    """Takes the events of a store's platforms."""

    store: Store
    log: EventLog
    _whole: bool = field(default=False, init=False)

    @cached_property
    def key(self) -> bytes:
        """Return what makes the hashes that stand for personal values."""
        return secret(self.store, "people")

    @cached_property
    def _seal(self) -> AESGCM:
        return AESGCM(secret(self.store, "sealed"))

    def check(self) -> None:
        """Check that the log has all that was judged; once it has, it stays so. Raises: EventsMissing."""
        if not self._whole:
            standing(self.store, self.log).check()
            self._whole = True

    def take(
        self,
        platform: str,
        declared: Declaration,
        lines: Sequence[bytes],
        now: datetime,
        within: timedelta | None = None,
    ) -> list[Answer]:
        """Take some lines, each one event, and answer each in its order.

        With `within` somebody waits so long for what the rules say of them before they act.

        Raises: BadInput for too many; ClockBehind; EventsMissing; StoreBusy, StoreFull: then none was taken.
        """
        self.check()
        if len(lines) > MOST_LINES:
            raise BadInput(f"{len(lines)} events at once; at most {MOST_LINES} are taken")
        arrive = door(platform, declared.schema, self.key).arrive
        read = [arrive(each) for each in lines]
        whole = [each for each in read if isinstance(each, Arrival)]
        until = None if within is None else logical(now + within)
        offered = [self._offered(platform, declared, each, until) for each in whole]
        places = iter(self.log.append(offered, now) if offered else ())
        return [
            _refused(number, each) if isinstance(each, Refusal) else _placed(number, each, next(places))
            for number, each in enumerate(read, 1)
        ]

    def names(self, sealed: bytes | None) -> dict[str, str]:
        """Return what the fields that name somebody held, by their paths; nothing where the event was emptied.

        Raises: KeyMissing when it was sealed with another key.
        """
        if sealed is None:
            return {}
        try:
            opened: dict[str, str] = json.loads(self._seal.decrypt(sealed[:NONCE], sealed[NONCE:], b"event"))
        except InvalidTag:
            raise KeyMissing("whom an event names does not open with the key that is here") from None
        return opened

    def _offered(self, platform: str, declared: Declaration, each: Arrival, until: int | None) -> Offered:
        named = {path: each.hidden[path] for path in declared.named if path in each.hidden}
        sealed = None
        if named:
            nonce = secrets.token_bytes(NONCE)
            text = json.dumps(named, ensure_ascii=False).encode()
            sealed = nonce + self._seal.encrypt(nonce, text, b"event")
        return Offered(platform, each.id, each.happened_at, each.body, sealed, until)


def logical(moment: datetime) -> int:
    """Return the microseconds of a moment, as logical times count them."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment_of(at: int) -> datetime:
    """Return the moment of a logical time."""
    return EPOCH + timedelta(microseconds=at)


def lines_of(body: bytes) -> list[bytes]:
    """Return the lines of a body of NDJSON; empty ones are none."""
    return [each for each in body.split(b"\n") if each.strip()]


def counts(answers: Iterable[Answer]) -> dict[str, int]:
    """Return how many events were new, known and refused."""
    made = {"new": 0, "known": 0, "refused": 0}
    for each in answers:
        made[each.outcome if each.taken else "refused"] += 1
    return made


def _refused(line: int, refusal: Refusal) -> Answer:
    return Answer(line, refusal.reason, detail=refusal.detail, hint=refusal.hint)


def _placed(line: int, arrival: Arrival, place: Place) -> Answer:
    match place.fate:
        case Fate.NEW | Fate.KNOWN:
            return Answer(line, place.fate, place.sequence, place.at, dropped=arrival.dropped)
        case Fate.DIFFERS:
            said = "an event with this id and other content was taken before"
            return Answer(line, Reason.DIFFERS, detail=said, hint=HINTS[Reason.DIFFERS])
        case Fate.FORGOTTEN:
            said = "an event with this id was taken, and its people were forgotten since"
            return Answer(line, Reason.FORGOTTEN, detail=said, hint=HINTS[Reason.FORGOTTEN])
