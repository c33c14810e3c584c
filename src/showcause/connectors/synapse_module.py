"""Showcause's module for Synapse: a single file that a Matrix server runs in its own interpreter.

Copy it to where Synapse finds Python modules, as `showcause_synapse.py`; it needs nothing but Synapse itself. It asks
Showcause before a message of the server's own users is published, and sends what happened as events.

It never keeps the homeserver waiting beyond its own limit: a question is asked in another thread, with a deadline, and
events wait in a queue of bounded length, from which a thread of its own sends them in batches and again until they are
taken. What does not fit is dropped, counted and said.

Source: Synapse's manual, "Writing a module", spam checker and third-party rules callbacks; tried with 1.163.
"""

import contextlib
import http.client
import importlib
import json
import logging
import re
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

logger = logging.getLogger("showcause_synapse")

MOST_TEXT: Final = 20_000
MOST_QUEUED: Final = 20_000
MOST_LINES: Final = 500
MOST_BYTES: Final = 500_000
MOST_ASKING: Final = 6
"""So many questions are under way at once; a further one counts as one that nobody answered."""
IDLE: Final = 5
"""So many connections are kept open."""
PAUSE: Final = 0.2
"""Seconds in which events gather before they are sent together."""
LONGEST_PAUSE: Final = 30.0
SEND_SECONDS: Final = 30.0
RENAME_SECONDS: Final = 60.0
MOST_RENAMES: Final = 1_000
LINK: Final = re.compile(r"https?://", re.IGNORECASE)
MENTION: Final = re.compile(r"@[^\s:]{1,255}:[^\s]{1,255}")
SAYS: Final = {
    "en": (
        "Not sent: a rule keeps this back until a person has looked at it. {says} "
        "Why, and what happens next: {link} (case {number})",
        "Not sent: it could not be checked just now. Try again in a moment.",
    ),
    "fr": (
        "Non envoyé : une règle le retient jusqu’à ce qu’une personne l’ait vu. {says} "
        "Pourquoi, et ce qui va se passer : {link} (dossier {number})",
        "Non envoyé : la vérification est impossible pour l’instant. Réessayez dans un moment.",
    ),
}
"""What somebody reads whose message is not sent: because of a rule, or because nobody answered."""


class Unreachable(Exception):
    """Showcause did not answer in time, or not in a form that can be understood."""


@dataclass(frozen=True)
class Config:
    """The module's settings in `homeserver.yaml`.

    `address` is where Showcause's API is, `key_file` holds its key with the scope `events`. `notices` is the account by
    which letters are written here: they are not asked about. `ask` says whether messages are asked about at all,
    `within_ms` how long one may wait for that, `when_unreachable` whether it is then sent (`open`) or not (`closed`).
    """

    address: str
    key_file: Path
    notices: str = ""
    ask: bool = True
    within_ms: int = 300
    when_unreachable: str = "open"
    language: str = "en"

    @classmethod
    def read(cls, given: dict[str, Any]) -> "Config":
        """Return the settings. Raises: ValueError, which names the one at fault."""
        unknown = set(given) - set(cls.__dataclass_fields__)
        if unknown:
            raise ValueError(f"showcause: there is no setting {min(unknown)!r}")
        for needed in ("address", "key_file"):
            if not isinstance(given.get(needed), str):
                raise ValueError(f"showcause: {needed} is missing")
        made = cls(**{**given, "key_file": Path(given["key_file"])})
        parts = urlsplit(made.address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
            raise ValueError("showcause: address is https://host, or http://127.0.0.1:PORT on this machine")
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(
                "showcause: plain http is for this machine alone; the key would be read on the way"
            )
        within: object = made.within_ms
        if not isinstance(within, int) or not 50 <= within <= 10_000:
            raise ValueError("showcause: within_ms is a number from 50 to 10000")
        if made.when_unreachable not in ("open", "closed"):
            raise ValueError("showcause: when_unreachable is open or closed")
        if made.language not in SAYS:
            raise ValueError(f"showcause: language is {' or '.join(SAYS)}")
        return made


class House:
    """Showcause's API, as this module needs it. Threads share it."""

    def __init__(self, config: Config) -> None:
        parts = urlsplit(config.address)
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname or "", parts.port
        self._key_file, self._idle = config.key_file, deque[http.client.HTTPConnection](maxlen=IDLE)

    def post(self, path: str, body: bytes, kind: str, seconds: float) -> tuple[int, Any, float]:
        """Send something and return status, answer and how long to wait before the next one.

        Raises: Unreachable. What is sent may be sent again: each event has its own id.
        """
        until = time.monotonic() + seconds
        errors = (OSError, http.client.HTTPException, ValueError)
        if (known := self._kept()) is not None:
            with contextlib.suppress(*errors):  # it may have been closed meanwhile
                return self._once(known, path, body, kind, until)
        try:
            return self._once(self._new(until), path, body, kind, until)
        except errors as error:
            raise Unreachable(type(error).__name__) from None

    def _once(
        self, to: http.client.HTTPConnection, path: str, body: bytes, kind: str, until: float
    ) -> tuple[int, Any, float]:
        try:
            if to.sock is None:
                to.connect()
            to.sock.settimeout(max(0.001, _left(until)))
            headers = {"Authorization": f"Bearer {self._key()}", "Content-Type": kind}
            to.request("POST", path, body, headers)
            to.sock.settimeout(max(0.001, _left(until)))
            answer = to.getresponse()
            told = json.loads(answer.read() or b"null")
        except BaseException:
            to.close()
            raise
        self._idle.append(to)
        wait = answer.headers.get("Retry-After", "")
        return answer.status, told, float(wait) if wait.isdecimal() else 0.0

    def _kept(self) -> http.client.HTTPConnection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _new(self, until: float) -> http.client.HTTPConnection:
        made = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return made(self._host, self._port, timeout=max(0.001, _left(until)))

    def _key(self) -> str:
        return self._key_file.read_text(encoding="ascii").strip()


class Sender:
    """The queue of what happened, and the thread that sends it."""

    def __init__(self, house: House, most: int = MOST_QUEUED) -> None:
        self.dropped, self.refused, self.sent = 0, 0, 0
        self._house, self._most = house, most
        self._queue = deque[bytes]()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ending, self._hurried = False, False

    def add(self, event: dict[str, Any]) -> None:
        """Put an event into the queue, and return at once."""
        line = json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")
        with self._changed:
            if len(self._queue) >= self._most:
                self.dropped += 1
                if self.dropped & (self.dropped - 1) == 0:  # the first, second, fourth, eighth …
                    logger.error(
                        "%d events were dropped: Showcause takes none, the queue is full", self.dropped
                    )
                return
            self._queue.append(line)
            self._changed.notify()
            if self._thread is None:  # not earlier: Synapse forks after it loaded its modules
                self._thread = threading.Thread(target=self._run, name="showcause", daemon=True)
                self._thread.start()

    def end(self, seconds: float = 3.0) -> None:
        """Send what is left, for so many seconds at most."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(seconds)

    def hurry(self) -> None:
        """Send what waits now: somebody answers again."""
        if self._queue:
            with self._changed:
                self._hurried = True
                self._changed.notify()

    def waiting(self) -> int:
        """Return how many events were not taken yet."""
        with self._changed:
            return len(self._queue)

    def _run(self) -> None:
        pause = PAUSE
        while True:
            with self._changed:
                while not self._queue and not self._ending:
                    self._changed.wait()
                if not self._queue:
                    return
                if not self._ending and len(self._queue) < MOST_LINES:
                    self._changed.wait(PAUSE)
                some = self._next()
            wait = self._send(some)
            pause = PAUSE if wait is None else min(max(2 * pause, wait), LONGEST_PAUSE)
            if wait is not None:
                with self._changed:
                    if self._ending:
                        return
                    self._changed.wait_for(lambda: self._ending or self._hurried, pause)
                    self._hurried = False

    def _next(self) -> list[bytes]:
        some, size = list[bytes](), 0
        for line in self._queue:
            if some and (len(some) == MOST_LINES or size + len(line) > MOST_BYTES):
                break
            some.append(line)
            size += len(line) + 1
        return some

    def _send(self, some: list[bytes]) -> float | None:
        """Send some events; return None when they were taken, else how long to wait before they are sent again."""
        try:
            status, told, wait = self._house.post(
                "/api/v1/events", b"\n".join(some), "application/x-ndjson", SEND_SECONDS
            )
        except Unreachable as error:
            logger.warning("Showcause did not take %d events: %s", len(some), error)
            return PAUSE
        if status != 200:
            code = told.get("code") if isinstance(told, dict) else None
            logger.warning("Showcause did not take %d events: %s (%s)", len(some), code, status)
            return max(wait, PAUSE)
        with self._changed:
            for _ in some:
                self._queue.popleft()
            self.sent += len(some)
        self._say_refused(told)
        return None

    def _say_refused(self, told: Any) -> None:
        lines = told.get("lines", []) if isinstance(told, dict) else []
        codes = sorted({str(each.get("outcome")) for each in lines} - {"new", "known"})
        if codes:
            self.refused += int(told.get("refused", 0))
            logger.error("Showcause refused %s events: %s", told.get("refused"), ", ".join(codes))


class Showcause:
    """The module. Name it under `modules:` in homeserver.yaml as `showcause_synapse.Showcause`."""

    def __init__(self, config: Config, api: Any) -> None:
        self.config, self._api = config, api
        self.house = House(config)
        self.sender = Sender(self.house)
        self._asking = threading.BoundedSemaphore(MOST_ASKING)
        self._renamed: dict[str, tuple[str, float]] = {}
        with contextlib.suppress(ImportError):  # elsewhere than in Synapse there is no reactor
            reactor: Any = importlib.import_module("twisted.internet.reactor")
            reactor.addSystemEventTrigger("before", "shutdown", self.sender.end)
        if config.ask:
            api.register_spam_checker_callbacks(check_event_for_spam=self.check_event_for_spam)
        api.register_third_party_rules_callbacks(
            on_new_event=self.on_new_event,
            on_profile_update=self.on_profile_update,
            on_user_deactivation_status_changed=self.on_user_deactivation_status_changed,
        )

    @staticmethod
    def parse_config(given: dict[str, Any]) -> Config:
        """Read the settings; Synapse calls it before anything starts."""
        return Config.read(given)

    # --- before a message is published ---

    async def check_event_for_spam(self, event: Any) -> Any:
        """Let a message pass, or refuse it with the case in which a person looks at it."""
        if event.type != "m.room.message" or not self._is_ours(event.sender):
            return "NOT_SPAM"
        try:
            told = await self._api.defer_to_thread(self._ask, described(event))
            if told is not None and told.get("answer") == "hold":
                return self._refusal(told.get("kept"))
        except Exception:  # a fault of ours must not become one of the homeserver's
            logger.exception("a message could not be asked about")
            told = None
        if told is None:
            return "NOT_SPAM" if self.config.when_unreachable == "open" else self._refusal(None)
        return "NOT_SPAM"

    def _is_ours(self, sender: str) -> bool:
        return bool(self._api.is_mine(sender)) and sender != self.config.notices

    def _ask(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """Return what Showcause says of an event; None where it says nothing."""
        if not self._asking.acquire(blocking=False):
            logger.warning("not asked about %s: too many questions are under way", event["id"])
            return None
        try:
            within = self.config.within_ms
            body = json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")
            status, told, _ = self.house.post(
                f"/api/v1/events/ask?within={within}", body, "application/json", within / 1000 + 0.1
            )
        except Unreachable as error:
            logger.warning("nothing was said about %s: %s", event["id"], error)
            return None
        finally:
            self._asking.release()
        if status != 200 or not isinstance(told, dict):
            code = told.get("code") if isinstance(told, dict) else None
            logger.warning("nothing was said about %s: %s (%s)", event["id"], code, status)
            return None
        self.sender.hurry()
        return told

    def _refusal(self, kept: dict[str, Any] | None) -> tuple[Any, dict[str, Any]]:
        by_rule, unsure = SAYS[self.config.language]
        if kept is None:
            return _forbidden(), {"error": unsure}
        says = str(kept.get("says", {}).get(self.config.language, ""))
        text = by_rule.format(says=says, link=kept["link"], number=kept["number"])
        more = {
            "org.showcause.case": kept["number"],
            "org.showcause.link": kept["link"],
            "org.showcause.rule": kept["rule"],
            "org.showcause.clause": kept["clause"],
        }
        return _forbidden(), {"error": text, **more}

    # --- what happened ---

    async def on_new_event(self, event: Any, state: Any) -> None:
        """Send what was published, joined, left or renamed. A message that was asked about is known already."""
        if event.sender == self.config.notices or self._is_echo(event):
            return
        if (made := described(event)) is not None:
            self.sender.add(made)

    async def on_profile_update(self, user_id: str, profile: Any, by_admin: bool, deactivation: bool) -> None:
        """Send that somebody changed their name."""
        if deactivation:
            return
        name = str(getattr(profile, "display_name", None) or "")
        if len(self._renamed) >= MOST_RENAMES:
            self._renamed.clear()
        self._renamed[user_id] = name, time.monotonic()
        data = {
            "kind": "rename",
            "actor": {"id": user_id},
            "content": {"text": cut(name)},
            "by_admin": by_admin,
        }
        self.sender.add({"id": f"rename {secrets.token_hex(16)}", "time": _now(), "data": data})

    async def on_user_deactivation_status_changed(
        self, user_id: str, deactivated: bool, by_admin: bool
    ) -> None:
        """Send that an account was closed, or opened again."""
        kind = "deactivate" if deactivated else "reactivate"
        data = {"kind": kind, "actor": {"id": user_id}, "by_admin": by_admin}
        self.sender.add({"id": f"{kind} {secrets.token_hex(16)}", "time": _now(), "data": data})

    def _is_echo(self, event: Any) -> bool:
        """Tell whether a change of membership only carries a new name into one more room."""
        if event.type != "m.room.member" or event.content.get("membership") != "join":
            return False
        name, at = self._renamed.get(event.state_key, ("", 0.0))
        shown = event.content.get("displayname") or ""
        return shown == name and "replaces_state" in event.unsigned and time.monotonic() - at < RENAME_SECONDS


# --- from Matrix to the fields of the declaration -------------------------------------------------------------


KINDS: Final = {
    "m.room.message": "message",
    "m.room.encrypted": "message",
    "m.sticker": "message",
    "m.reaction": "reaction",
    "m.room.redaction": "redaction",
    "m.room.create": "create-room",
    "m.room.name": "room-name",
    "m.room.topic": "room-topic",
}
MEMBERSHIPS: Final = {"join": "join", "leave": "leave", "invite": "invite", "ban": "ban", "knock": "knock"}


def described(event: Any) -> Any:
    """Return what Showcause is told of a Matrix event, the same whenever it is asked; None for what it is not told."""
    content = event.content
    data: dict[str, Any] = {"actor": {"id": event.sender}, "room": {"id": event.room_id}}
    if event.type == "m.room.member":
        kind, target = MEMBERSHIPS.get(str(content.get("membership"))), event.state_key
        if kind is None:
            return None
        data["kind"] = "kick" if kind == "leave" and target != event.sender else kind
        data["target"] = {"id": target}
        if content.get("displayname"):
            data["content"] = {"text": cut(content["displayname"])}
    elif event.type in KINDS:
        data["kind"] = KINDS[event.type]
        data["content"] = {"id": f"{event.room_id}/{event.event_id}", **_content(event.type, content)}
    else:
        return None
    sent = datetime.fromtimestamp(event.origin_server_ts / 1000, UTC).isoformat()
    return {"id": event.event_id, "time": sent, "data": data}


def _content(type_: str, content: Any) -> dict[str, Any]:
    if type_ == "m.room.encrypted":
        return {"encrypted": True}
    relation = content.get("m.relates_to")
    relation = relation if hasattr(relation, "get") else {}
    edits = relation.get("rel_type") == "m.replace"
    new = content.get("m.new_content")
    said = new if edits and hasattr(new, "get") else content
    texts = [said.get(each) for each in ("body", "name", "topic")] + [relation.get("key")]
    text = next((each for each in texts if isinstance(each, str) and each), "")
    made: dict[str, Any] = {
        "text": cut(text),
        "length": len(text),
        "links": len(LINK.findall(text[:MOST_TEXT])),
        "mentions": len(MENTION.findall(text[:MOST_TEXT])),
        "edit": edits,
        "media": False,
        "encrypted": False,
    }
    sealed = said.get("file")
    file = said.get("url") or (sealed.get("url") if hasattr(sealed, "get") else None)
    if isinstance(file, str):
        made |= {"media": True, "file": cut(file)[:500]}
    if isinstance(said.get("msgtype"), str):
        made["type"] = cut(said["msgtype"])[:100]
    return made


def cut(text: Any) -> str:
    """Return a text that is no longer than what is told of one, and that UTF-8 can write."""
    return str(text)[:MOST_TEXT].encode("utf-8", "replace").decode()


def _forbidden() -> Any:
    """Return Synapse's code for what is not allowed, as Synapse wants it."""
    try:
        return importlib.import_module("synapse.api.errors").Codes.FORBIDDEN
    except ImportError:
        return "M_FORBIDDEN"


def _left(until: float) -> float:
    return until - time.monotonic()


def _now() -> str:
    return datetime.now(UTC).isoformat()
