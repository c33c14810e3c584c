"""A person's Matrix client, as small as the tests need it. Nothing of the product's own client is used."""

import http.client
import itertools
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

CLIENT = "/_matrix/client/v3"
ADMIN = "/_synapse/admin"
Json = dict[str, Any]


class MatrixRefused(Exception):
    """The server answered with an error: the HTTP status, the Matrix error code, the whole answer."""

    def __init__(self, status: int, answer: Json) -> None:
        super().__init__(f"{status} {answer}")
        self.status, self.answer = status, answer
        self.code = str(answer.get("errcode", ""))


@dataclass
class Matrix:
    """One caller of the server on this port of the loopback interface; without a token, a stranger."""

    port: int
    token: str = field(default="", repr=False)

    def request(self, method: str, path: str, body: Json | None = None) -> str:
        """Send one request and return the answer's text. Raises: MatrixRefused, OSError."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            sent = None if body is None and method in ("GET", "DELETE") else json.dumps(body or {})
            connection.request(method, path, sent, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status >= 400:
            raise MatrixRefused(response.status, _object(text))
        return text

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Send one request and return the JSON object of the answer. Raises: MatrixRefused, OSError."""
        return _object(self.request(method, path, body))


def _object(text: str) -> Json:
    try:
        answer = json.loads(text or "{}")
    except ValueError:
        return {"text": text}
    return answer if isinstance(answer, dict) else {"answer": answer}


_TRANSACTIONS = itertools.count(1)


@dataclass
class MatrixUser(Matrix):
    """A registered person (or administrator), logged in."""

    id: str = ""
    password: str = field(default="", repr=False)

    def login(self) -> None:
        """Log in anew with the password and use the new token from now on."""
        who = {"type": "m.id.user", "user": self.id}
        body = {"type": "m.login.password", "identifier": who, "password": self.password}
        self.token = str(Matrix(self.port).call("POST", f"{CLIENT}/login", body)["access_token"])

    def create_room(self, name: str = "a public room") -> str:
        """Create a public room and return its id."""
        body = {"preset": "public_chat", "visibility": "public", "name": name}
        return str(self.call("POST", f"{CLIENT}/createRoom", body)["room_id"])

    def join(self, room: str) -> None:
        """Join a room by its id."""
        self.call("POST", f"{CLIENT}/join/{quote(room)}")

    def leave(self, room: str) -> None:
        """Leave a room."""
        self.call("POST", f"{CLIENT}/rooms/{quote(room)}/leave")

    def rooms(self) -> list[str]:
        """Return the ids of the rooms that this person is in."""
        return list(self.call("GET", f"{CLIENT}/joined_rooms")["joined_rooms"])

    def send(self, room: str, text: str) -> str:
        """Send a text message and return its event id."""
        path = f"{CLIENT}/rooms/{quote(room)}/send/m.room.message/t{next(_TRANSACTIONS)}"
        return str(self.call("PUT", path, {"msgtype": "m.text", "body": text})["event_id"])

    def event(self, room: str, event: str) -> Json:
        """Return one event as this person sees it (a redacted one has no content)."""
        return self.call("GET", f"{CLIENT}/rooms/{quote(room)}/event/{quote(event)}")

    def messages(self, room: str, limit: int = 50) -> list[Json]:
        """Return the room's newest events, newest first."""
        query = urlencode({"dir": "b", "limit": limit})
        return list(self.call("GET", f"{CLIENT}/rooms/{quote(room)}/messages?{query}")["chunk"])

    def rename(self, name: str) -> None:
        """Change the display name."""
        self.call("PUT", f"{CLIENT}/profile/{quote(self.id)}/displayname", {"displayname": name})

    def profile(self) -> Json:
        """Return the public profile."""
        return self.call("GET", f"{CLIENT}/profile/{quote(self.id)}")

    def sync(self, since: str = "") -> Json:
        """Return what is new since a token, or everything."""
        query = urlencode({"timeout": 0} | ({"since": since} if since else {}))
        return self.call("GET", f"{CLIENT}/sync?{query}")

    def notices(self) -> list[str]:
        """Return the texts of the server notices that this person can read, oldest first."""
        rooms = self.sync().get("rooms", {}).get("join", {}).values()
        events = [event for room in rooms for event in room["timeline"]["events"]]
        events = [each for each in events if each["type"] == "m.room.message" and _from_the_server(each)]
        return [str(each["content"]["body"]) for each in sorted(events, key=lambda e: e["origin_server_ts"])]

    def report_event(self, room: str, event: str, reason: str) -> None:
        """Report one message."""
        self.call("POST", f"{CLIENT}/rooms/{quote(room)}/report/{quote(event)}", {"reason": reason})

    def report_user(self, user: str, reason: str) -> None:
        """Report a person."""
        self.call("POST", f"{CLIENT}/users/{quote(user)}/report", {"reason": reason})

    def report_room(self, room: str, reason: str) -> None:
        """Report a room."""
        self.call("POST", f"{CLIENT}/rooms/{quote(room)}/report", {"reason": reason})

    def event_reports(self) -> list[Json]:
        """As an administrator: return the reports of messages, oldest first."""
        return list(self.call("GET", f"{ADMIN}/v1/event_reports?dir=f&limit=1000")["event_reports"])

    def user_reports(self) -> list[Json]:
        """As an administrator: return the reports of persons, oldest first."""
        return list(self.call("GET", f"{ADMIN}/v1/user_reports?dir=f&limit=1000")["user_reports"])

    def account(self, user: str) -> Json:
        """As an administrator: return the account, with `suspended`, `locked` and `deactivated`."""
        return self.call("GET", f"{ADMIN}/v2/users/{quote(user)}")

    def suspend(self, user: str, suspended: bool = True) -> None:
        """As an administrator, by hand and past every log: suspend an account, or end that."""
        self.call("PUT", f"{ADMIN}/v1/suspend/{quote(user)}", {"suspend": suspended})

    def lock(self, user: str, locked: bool = True) -> None:
        """As an administrator, by hand: lock an account, or unlock it."""
        self.call("PUT", f"{ADMIN}/v2/users/{quote(user)}", {"locked": locked})

    def notify(self, user: str, text: str) -> None:
        """As an administrator: send a server notice."""
        content = {"msgtype": "m.text", "body": text}
        self.call("POST", f"{ADMIN}/v1/send_server_notice", {"user_id": user, "content": content})


def _from_the_server(event: Json) -> bool:
    return str(event["sender"]).startswith("@notices:")
