"""The connector to a Matrix server (Synapse), over its admin API.

What it offers, and what it costs: suspending (read-only) and locking are given back; a lock waits until the
statement was served, because a locked person reads nothing; redaction destroys and says so; media are
quarantined and rooms blocked, reversibly. Deactivation and shadow bans are not offered. Answers of success
are read back.

Source: Synapse's admin API (`/_synapse/admin`), read and tried with 1.163.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from showcause.casework.ports import (
    Capability,
    CapabilityCard,
    Check,
    Clock,
    Delivery,
    Found,
    PlatformState,
    Progress,
    ReportBatch,
    Restored,
    Snapshot,
)
from showcause.connectors.cleaning import clean
from showcause.connectors.comparison import compare_items
from showcause.connectors.gate import Gate
from showcause.connectors.gated import GatedPlatform
from showcause.connectors.matrix_api import ADMIN, SynapseApi, in_form, path
from showcause.connectors.matrix_doctor import examine
from showcause.connectors.matrix_events import evidence_of, is_redacted, room_and_event, server_and_media
from showcause.connectors.matrix_notices import NoticeChannel
from showcause.connectors.matrix_reports import ReportPoller
from showcause.connectors.urgent import UrgentSpool
from showcause.domain.errors import NotFound, PlatformUnavailable, Unsupported
from showcause.domain.restriction import Measure
from showcause.domain.subject import Reach, Subject, SubjectKind

_LOST: Final = ("redacted events", "what others did meanwhile, such as removing the person from a room")
MEASURES: Final = {
    Measure.SUSPEND: Capability((SubjectKind.ACCOUNT,), True),
    Measure.LOCK: Capability((SubjectKind.ACCOUNT,), True, needs_service_first=True),
    Measure.HIDE: Capability(
        (SubjectKind.MEDIA,), True, loses="copies on other servers and devices stay as they are"
    ),
    Measure.REMOVE: Capability(
        (SubjectKind.CONTENT,), False, loses="the content of the event; redaction is final"
    ),
    Measure.BLOCK_SPACE: Capability((SubjectKind.SPACE,), True, loses="members who left meanwhile"),
}
REDACTION_SECONDS: Final = 10.0
REACH_ROOMS: Final = 50
_PAGE: Final = 100


class MatrixPlatform(GatedPlatform):
    """One Synapse server behind the port."""

    def __init__(self, api: SynapseApi, gate: Gate, spool: UrgentSpool, clock: Clock) -> None:
        super().__init__(gate, spool, clock)
        self._api = api
        self._card = CapabilityCard(gate.platform, MEASURES, "server-notice", False, _LOST)
        self._poller = ReportPoller(api, gate.platform)
        self._notices = NoticeChannel(api, gate.memory)

    @property
    def card(self) -> CapabilityCard:
        """Return what a Synapse server offers."""
        return self._card

    @in_form()
    def reports(self, cursor: str | None) -> ReportBatch:
        """Return the reports of events and users after a cursor. Reports of rooms cannot be listed on Synapse."""
        return self._poller.poll(cursor)

    @in_form()
    def snapshot(self, subject: Subject) -> Snapshot:
        """Return what the subject has now: of an account rooms, profile and flags; of media the facts, never a copy."""
        return Snapshot(self._clock(), self._items(subject))

    @in_form()
    def compare(self, subject: Subject, snapshot: Snapshot) -> Restored:
        """Return which rooms and which parts of the profile are there again."""
        had = {name: value for name, value in snapshot.items.items() if name != "flags"}
        return compare_items(had, self._items(subject))

    @in_form()
    def state_of(self, subject: Subject) -> PlatformState:
        """Return which measures stand on the server now; a shadow ban, which we never set, shows as a limit."""
        try:
            measures = frozenset(self._measures(subject))
        except NotFound:
            return PlatformState(False, frozenset(), self._clock())
        return PlatformState(True, measures, self._clock())

    def restricted(self, progress: Progress | None = None) -> Iterator[Found]:
        """Yield every suspended, locked or shadow-banned local account. One call an account: lists lack `suspended`."""
        for done, total, user in self._users():
            subject = Subject(self._card.platform, SubjectKind.ACCOUNT, user)
            try:
                with in_form():
                    measures = self._measures(subject)
                yield from (Found(subject, measure) for measure in measures)
            except NotFound:
                continue
            finally:
                if progress:
                    progress(done, total)

    @in_form()
    def reach(self, subject: Subject) -> Reach | None:
        """Return how many members the rooms have that an account founded, counted in its first 50 rooms."""
        if subject.kind is not SubjectKind.ACCOUNT:
            return None
        rooms = [self._room(room) for room in self._rooms(subject.ref)[:REACH_ROOMS]]
        own = [room for room in rooms if room.get("creator") == subject.ref]
        return Reach(members=sum(int(room.get("joined_members") or 0) for room in own))

    @in_form()
    def deliver(self, subject: Subject, text: str, reference: str) -> Delivery:
        """Send a server notice once per reference; bounced where the person cannot read it."""
        try:
            return self._notices.deliver(subject.ref, self.state_of(subject), text, reference)
        except Unsupported as error:
            return Delivery(False, self._card.notice_channel, bounced=error.message)

    def doctor(self) -> list[Check]:
        """Return what this Synapse needs to work with us, each point with its remedy."""
        return [*examine(self._api, self._notices, self._clock), *self._own_checks()]

    def _measures(self, subject: Subject) -> list[Measure]:
        match subject.kind:
            case SubjectKind.ACCOUNT:
                return _account_measures(self._user(subject.ref))
            case SubjectKind.CONTENT:
                return [Measure.REMOVE] if is_redacted(self._event(subject.ref)) else []
            case SubjectKind.MEDIA:
                return [Measure.HIDE] if self._media(subject.ref).get("quarantined_by") else []
            case SubjectKind.SPACE:
                self._room(subject.ref)
                answer = self._api.get(path(ADMIN + "/v1/rooms/{}/block", subject.ref))
                return [Measure.BLOCK_SPACE] if answer.get("block") else []

    def _impose(self, subject: Subject, measure: Measure, key: str) -> None:
        if measure is Measure.REMOVE:
            self._redact(subject, key)
        else:
            self._set(subject, measure, True)

    def _free(self, subject: Subject, measure: Measure) -> None:
        self._set(subject, measure, False)

    def _set(self, subject: Subject, measure: Measure, on: bool) -> None:
        match measure:
            case Measure.SUSPEND:
                self._api.put(path(ADMIN + "/v1/suspend/{}", subject.ref), {"suspend": on})
            case Measure.LOCK:
                self._api.put(path(ADMIN + "/v2/users/{}", subject.ref), {"locked": on})
            case Measure.BLOCK_SPACE:
                self._api.put(path(ADMIN + "/v1/rooms/{}/block", subject.ref), {"block": on})
            case Measure.HIDE:
                verb = "quarantine" if on else "unquarantine"
                where = path(ADMIN + "/v1/media/{}/{}/{}", verb, *server_and_media(subject.ref))
                self._api.post(where, {})
            case Measure.REMOVE | Measure.LABEL | Measure.LIMIT:
                raise Unsupported(f"a Matrix server cannot switch {measure} on and off")

    def _redact(self, subject: Subject, key: str) -> None:
        """Redact one event through its sender's own account, and wait until the server is through with it."""
        memory = self.gate.memory
        redaction = memory.note(key)
        if not redaction or not self._is_known(redaction):
            event, (room, _) = self._event(subject.ref), room_and_event(subject.ref)
            sent = int(event["origin_server_ts"])
            body = {"rooms": [room], "before_ts": sent, "after_ts": sent, "limit": 10}
            answer = self._api.post(path(ADMIN + "/v1/user/{}/redact", str(event["sender"])), body)
            redaction = memory.note(key, str(answer["redact_id"]))
        self._await_redaction(redaction, key)

    def _await_redaction(self, redaction: str, key: str) -> None:
        deadline = time.monotonic() + REDACTION_SECONDS
        while (status := self._redaction(redaction)).get("status") in ("active", "scheduled"):
            if time.monotonic() > deadline:
                raise PlatformUnavailable("the Matrix server is still redacting")
            time.sleep(0.1)
        if status.get("status") != "complete" or status.get("failed_redactions"):
            self.gate.memory.note(key, "")
            raise PlatformUnavailable(
                "the Matrix server could not redact the event",
                "If its sender is of another server, the connector's account needs the power to redact in that room.",
            )

    def _redaction(self, redaction: str) -> Mapping[str, Any]:
        return self._api.get(path(ADMIN + "/v1/user/redact_status/{}", redaction))

    def _is_known(self, redaction: str) -> bool:
        try:
            return self._redaction(redaction).get("status") in ("active", "scheduled", "complete")
        except NotFound:
            return False

    def _items(self, subject: Subject) -> dict[str, Any]:
        match subject.kind:
            case SubjectKind.ACCOUNT:
                user = self._user(subject.ref)
                flags = {
                    name: bool(user.get(name))
                    for name in ("suspended", "locked", "deactivated", "shadow_banned")
                }
                return {
                    "display_name": clean(user.get("displayname"), 500),
                    "avatar": clean(user.get("avatar_url"), 500),
                    "rooms": self._rooms(subject.ref),
                    "flags": flags,
                }
            case SubjectKind.CONTENT:
                return evidence_of(self._event(subject.ref))
            case SubjectKind.MEDIA:
                media = self._media(subject.ref)
                return {
                    name: media.get(name) for name in ("media_type", "media_length", "created_ts", "sha256")
                }
            case SubjectKind.SPACE:
                room = self._room(subject.ref)
                return {"name": clean(room.get("name"), 500), "members": int(room.get("joined_members") or 0)}

    def _user(self, user: str) -> Mapping[str, Any]:
        return self._api.get(path(ADMIN + "/v2/users/{}", user))

    def _rooms(self, user: str) -> list[str]:
        found = self._api.get(path(ADMIN + "/v1/users/{}/joined_rooms", user)).get("joined_rooms")
        return sorted(str(room) for room in found) if isinstance(found, list) else []

    def _room(self, room: str) -> Mapping[str, Any]:
        return self._api.get(path(ADMIN + "/v1/rooms/{}", room))

    def _event(self, ref: str) -> Mapping[str, Any]:
        room, event = room_and_event(ref)
        found = self._api.get(path(ADMIN + "/v1/rooms/{}/context/{}", room, event), {"limit": 0}).get("event")
        if not isinstance(found, dict):
            raise NotFound("the Matrix server does not know the event")
        return found

    def _media(self, ref: str) -> Mapping[str, Any]:
        found = self._api.get(path(ADMIN + "/v1/media/{}/{}", *server_and_media(ref))).get("media_info")
        return found if isinstance(found, dict) else {}

    def _users(self) -> Iterator[tuple[int, int, str]]:
        """Yield (how many so far, of how many, user). Deactivated ones are listed too, so that no page shifts."""
        seen: set[str] = set()
        while True:
            query: dict[str, str | int] = {
                "from": len(seen), "limit": _PAGE, "guests": "false", "deactivated": "true", "locked": "true",
            }  # fmt: skip
            answer = self._api.get(ADMIN + "/v2/users", query)
            users = [user for user in answer.get("users") or [] if isinstance(user, dict)]
            fresh = [user for user in users if user.get("name") not in seen]
            for user in fresh:
                seen.add(str(user["name"]))
                if not user.get("deactivated"):
                    yield len(seen), int(answer.get("total") or len(seen)), str(user["name"])
            if not fresh:
                return


def _account_measures(user: Mapping[str, Any]) -> list[Measure]:
    flags = (("suspended", Measure.SUSPEND), ("locked", Measure.LOCK), ("shadow_banned", Measure.LIMIT))
    return [measure for flag, measure in flags if user.get(flag)]
