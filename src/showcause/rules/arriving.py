"""An event as a platform sends it: read strictly, bounded, brought into the form that is stored, or refused by a code.

A platform sends `{"id": "...", "time": "2024-07-29T10:00:00Z", "data": {...}}`: its own id of the event, by which
sending it again changes nothing; when it happened there, for people to look at (optional; no rule and no window reads
it); and the fields that its schema names. What the schema does not name is not kept, and the answer says what that was.

Fields that the schema marks `sensitive` become keyed hashes here, before anything is stored or counted, so nothing
after this line ever holds the value. The same value has the same hash in every field of one platform, and another on
every other platform.
"""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from sys import intern
from typing import Any, Final, NamedTuple, NoReturn

from pydantic_core import from_json

from showcause.domain.errors import BadInput
from showcause.rules.admitting import Event, admit
from showcause.rules.schema import Schema
from showcause.rules.writing import writer

MOST_BYTES: Final = 64 * 1024
MOST_FIELDS: Final = 1000
MOST_DEPTH: Final = 8
MOST_ID: Final = 200
MARK: Final = "~"
"""What a keyed hash begins with, so that no event's own text is taken for one."""
_ENVELOPE: Final = frozenset({"id", "time", "data"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Reason(StrEnum):
    """Why an event was refused. A code never changes; `HINTS` says what to do."""

    TOO_LARGE = "event-too-large"
    NOT_UTF8 = "event-not-utf8"
    NOT_JSON = "event-not-json"
    NAMED_TWICE = "event-field-twice"
    TOO_DEEP = "event-too-deep"
    TOO_MANY_FIELDS = "event-too-many-fields"
    OUT_OF_FORM = "event-out-of-form"
    BAD_ID = "event-id"
    BAD_TIME = "event-time"
    BAD_VALUE = "event-value"
    DIFFERS = "event-id-reused"
    FORGOTTEN = "event-forgotten"


HINTS: Final[Mapping[Reason, str]] = {
    Reason.TOO_LARGE: f"An event has at most {MOST_BYTES} bytes: send what rules need, and not the whole content.",
    Reason.NOT_UTF8: "Encode the line in UTF-8.",
    Reason.NOT_JSON: "Send one JSON object a line, without line breaks inside.",
    Reason.NAMED_TWICE: "Name each field once: readers differ in which of two they believe.",
    Reason.TOO_DEEP: "A field lies at the top of `data` or in one group of it.",
    Reason.TOO_MANY_FIELDS: "Send the fields that the schema names; others are not kept anyway.",
    Reason.OUT_OF_FORM: 'Send {"id": "...", "time": "...", "data": {...}}; `time` may be left out.',
    Reason.BAD_ID: f"Send your own id of the event as a text of 1 to {MOST_ID} characters.",
    Reason.BAD_TIME: "Write it as in 2024-07-29T10:00:00Z, with the time zone, or leave it out.",
    Reason.BAD_VALUE: "Send what the schema says, or null where it may be missing.",
    Reason.DIFFERS: "The event that was taken first stands. Give a new event an id of its own.",
    Reason.FORGOTTEN: "Its people were forgotten, which is final. Do not send it again.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one event was not taken: a stable code, what is wrong, what to do."""

    reason: Reason
    detail: str

    @property
    def hint(self) -> str:
        """Return what to do next."""
        return HINTS[self.reason]


class Arrival(NamedTuple):
    """One event as it may be stored.

    `happened_at` is the platform's own time in microseconds since 1970, None if it sent none. `body` is the canonical
    text of id, time and fields; equal events have equal bodies. `hidden` is what the sensitive fields held, by path;
    it is never stored as it is. `dropped` are the fields that were not kept.
    """

    id: str
    happened_at: int | None
    event: Event
    body: bytes
    hidden: Mapping[str, str]
    dropped: tuple[str, ...]

    def __repr__(self) -> str:
        """Return what may stand in a line of a log."""
        return f"Arrival(id={self.id!r}, dropped={self.dropped!r})"


class _Refused(Exception):
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Refused(Reason.NAMED_TWICE, "one object names a field twice")
    return made


def _no_constant(name: str) -> NoReturn:
    raise _Refused(Reason.BAD_VALUE, f"{name} is no number of JSON")


_READER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)
_WRITER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class Door:
    """Takes one platform's events. `key` makes the hashes of personal fields: 32 bytes that this house alone has."""

    def __init__(self, platform: str, schema: Schema, key: bytes) -> None:
        self.platform, self.schema, self._key = platform, schema, key
        self._personal = [each for each in schema if each.sensitive]
        self._write = writer(schema)

    def arrive(self, line: bytes) -> Arrival | Refusal:
        """Read one event."""
        try:
            id_, happened_at, data = _envelope(_read(line))
            admitted = admit(self.schema, data)
            if admitted.dropped:
                _check_bounds(data)
        except _Refused as refused:
            return Refusal(refused.reason, refused.detail)
        except BadInput as wrong:
            return Refusal(Reason.BAD_VALUE, wrong.message)
        hidden = self._hide(admitted.event)
        body = self._write(admitted.event, id_, happened_at)
        return Arrival(id_, happened_at, admitted.event, body, hidden, admitted.dropped)

    def _hide(self, event: Event) -> dict[str, str]:
        """Replace what is personal by its hash, and return what it was."""
        hidden = dict[str, str]()
        for each in self._personal:
            holder = event if each.group is None else event[each.group]
            if holder[each.key] is not None:
                hidden[each.path] = holder[each.key]
                holder[each.key] = pseudonym(self._key, self.platform, holder[each.key])
        return hidden


@lru_cache(maxsize=64)
def door(platform: str, schema: Schema, key: bytes) -> Door:
    """Return the door of a platform's events."""
    return Door(platform, schema, key)


def reader(schema: Schema) -> Callable[[bytes], Event]:
    """Return what makes the event of a stored body: every field of the schema is in it, None where it is missing."""
    # The keys are the very objects that generated code asks with, which a dictionary finds without comparing texts.
    top = {intern(each.key): None for each in schema if each.group is None}
    groups = {
        intern(name): {intern(each.key): None for each in schema if each.group == name}
        for name in schema.groups
    }
    whole = {**top, **dict.fromkeys(groups)}

    def read(body: bytes) -> Event:
        data = from_json(body, cache_strings="keys")["data"]
        made = {**whole, **data}
        for name, empty in groups.items():
            made[name] = {**empty, **data[name]} if name in data else empty.copy()
        return made

    return read


def text_of(id_: str, happened_at: int | None, data: Mapping[str, Any]) -> bytes:
    """Return the canonical text of an event whose fields are in the order of their names, without those missing."""
    return _WRITER.encode({"data": data, "id": id_, "time": happened_at}).encode()


def pseudonym(key: bytes, platform: str, text: str) -> str:
    """Return the keyed hash that stands for a sensitive text (in the form NFC) of a platform."""
    return MARK + hmac.digest(key, f"{platform}\x00{text}".encode(), "sha256")[:16].hex()


def _read(line: bytes) -> object:
    if len(line) > MOST_BYTES:
        raise _Refused(Reason.TOO_LARGE, f"the event has {len(line)} bytes")
    try:
        quick: object = from_json(line, allow_inf_nan=False, cache_strings="keys")
    except ValueError:
        return _read_strictly(line)
    return quick if _names_each_once(line, quick) else _read_strictly(line)


def _names_each_once(line: bytes, read: object) -> bool:
    """Tell whether what was read surely names each field once, which the quick reader does not look at.

    Each name in the text has a colon behind it, so there are no more names than colons, and no fewer than were read.
    Colons within texts make this doubtful; then those count that stand right behind a quotation mark.
    """
    data = read.get("data") if isinstance(read, dict) else None
    if not isinstance(read, dict) or not isinstance(data, dict):
        return False
    names = len(read) + len(data)
    for each in data.values():
        if type(each) is dict:
            names += len(each)
    return names == line.count(b":") or (
        names == line.count(b'":') and not any(gap in line for gap in (b" :", b"\t:", b"\r:", b"\n:"))
    )


def _read_strictly(line: bytes) -> object:
    """Read a line with the standard library's reader, and say what is wrong with it."""
    try:
        read: object = _READER.decode(line.decode())
    except UnicodeDecodeError as error:
        raise _Refused(Reason.NOT_UTF8, f"byte {error.start + 1} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _Refused(Reason.NOT_JSON, f"not JSON at character {error.pos + 1}") from None
    except RecursionError:
        raise _Refused(Reason.TOO_DEEP, "nested too deeply to be read") from None
    except ValueError:
        raise _Refused(Reason.BAD_VALUE, "a number has thousands of digits") from None
    return read


def _envelope(sent: object) -> tuple[str, int | None, dict[str, Any]]:
    if not isinstance(sent, dict):
        raise _Refused(Reason.OUT_OF_FORM, "the event is not an object")
    if not _ENVELOPE.issuperset(sent):
        unknown = min(set(sent) - _ENVELOPE)
        raise _Refused(Reason.OUT_OF_FORM, f"beside id, time and data stands {_shown(unknown)}")
    id_, data = sent.get("id"), sent.get("data")
    if not isinstance(id_, str) or not 1 <= len(id_) <= MOST_ID or not id_.isprintable():
        raise _Refused(Reason.BAD_ID, "the id is missing, too long, or no printable text")
    if not isinstance(data, dict):
        raise _Refused(Reason.OUT_OF_FORM, "data is missing or no object")
    return id_, _time(sent.get("time")), data


def _time(text: object) -> int | None:
    if text is None:
        return None
    try:
        if not isinstance(text, str) or len(text) > 40:
            raise ValueError
        told = datetime.fromisoformat(text)
        if told.tzinfo is None or not 1970 <= told.year <= 9000:
            raise ValueError
    except ValueError:
        raise _Refused(Reason.BAD_TIME, "the time is not a moment with a time zone") from None
    return (told - _EPOCH) // timedelta(microseconds=1)


def _check_bounds(data: Mapping[str, Any]) -> None:
    """Refuse what is larger than any schema asks for, before anything walks through it."""
    level: list[Any] = [data]
    fields = 0
    for _ in range(MOST_DEPTH):
        inner: list[Any] = []
        for each in level:
            fields += len(each)
            values = each.values() if isinstance(each, Mapping) else each
            inner += [value for value in values if isinstance(value, dict | list)]
        if fields > MOST_FIELDS:
            raise _Refused(Reason.TOO_MANY_FIELDS, f"the event has more than {MOST_FIELDS} fields")
        if not inner:
            return
        level = inner
    raise _Refused(Reason.TOO_DEEP, f"the event is nested more than {MOST_DEPTH} levels deep")


def _shown(text: str) -> str:
    return ascii(text[:40])
