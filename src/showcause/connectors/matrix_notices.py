"""Statements as server notices, and the proof that they can be read.

A suspended person cannot accept an invitation, so the server must put people into the notice room by itself
(`auto_join: true`). A server that answers success to a notice that nobody can read has not served it.
"""

import secrets
from hashlib import sha256
from typing import Final

from showcause.casework.ports import Delivery, PlatformState
from showcause.connectors.matrix_api import ADMIN, SynapseApi, path
from showcause.connectors.memory import Memory
from showcause.domain.errors import BadInput, Misconfigured, NotFound
from showcause.domain.restriction import Measure

CHANNEL: Final = "server-notice"
MAX_NOTICE: Final = 48 * 1024


class NoticeChannel:
    """Sends notices, each reference once."""

    def __init__(self, api: SynapseApi, memory: Memory) -> None:
        self._api, self._memory = api, memory

    def deliver(self, user: str, state: PlatformState, text: str, reference: str) -> Delivery:
        """Send a notice to a local user; bounced where it cannot be read. Raises: BadInput for too long a text."""
        if len(text.encode()) > MAX_NOTICE:
            raise BadInput(
                f"a Matrix notice has at most {MAX_NOTICE} bytes", "Send the link to the statement instead."
            )
        if not state.exists:
            return _bounced("the Matrix server does not know the account")
        if Measure.LOCK in state.measures:
            return _bounced("the account is locked and cannot read notices")
        event = self._memory.told(reference)
        if event is None:
            try:
                event = self._memory.told(reference, self.send(user, text, reference)) or ""
            except (Misconfigured, NotFound) as error:
                return _bounced(error.message)
        if Measure.SUSPEND in state.measures and not self.has_joined(user, event):
            return _bounced("the person is suspended and cannot enter the notice room; set `auto_join: true`")
        return Delivery(True, CHANNEL, event)

    def send(self, user: str, text: str, reference: str) -> str:
        """Send a notice and return its event id; the server itself drops a repetition within its own memory."""
        transaction = sha256(reference.encode()).hexdigest()[:32]
        body = {"user_id": user, "content": {"msgtype": "m.text", "body": text}}
        return str(self._api.put(path(ADMIN + "/v1/send_server_notice/{}", transaction), body)["event_id"])

    def has_joined(self, user: str, event: str) -> bool:
        """Tell whether a person is in the room of a notice."""
        try:
            found = self._api.get(path(ADMIN + "/v1/fetch_event/{}", event)).get("event")
            room = str(found["room_id"]) if isinstance(found, dict) else ""
            members = self._api.get(path(ADMIN + "/v1/rooms/{}/members", room)).get("members")
        except NotFound:
            return False
        return isinstance(members, list) and user in members

    def is_enabled(self, nobody: str) -> bool:
        """Tell whether the server has notices at all, by sending one to an account that does not exist."""
        try:
            self._api.post(
                ADMIN + "/v1/send_server_notice",
                {"user_id": nobody, "content": {"msgtype": "m.text", "body": ""}},
            )
        except NotFound:
            return True
        except Misconfigured:
            return False
        return True

    def reaches(self, user: str, greeting: str) -> bool:
        """Tell whether notices reach an account, by one notice that is sent again only while it does not arrive."""
        reference = f"doctor {user}"
        event = self._memory.told(reference)
        if event is None or not self.has_joined(user, event):
            event = self.send(user, greeting, f"{reference} {secrets.token_hex(8)}")
            self._memory.told(reference, event)
        return self.has_joined(user, event)


def _bounced(why: str) -> Delivery:
    return Delivery(False, CHANNEL, bounced=why)
