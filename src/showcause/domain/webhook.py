"""Webhooks: a platform's own software is told that something happened, by ids and codes, and fetches the rest."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """One address that is told. `address` is the id of the sealed URL, which may itself be a password.

    `secrets` are sealed ids, the newest first: while two hold, both sign. Without any it was removed for good.
    """

    id: str
    name: str
    address: str
    events: tuple[str, ...]
    secrets: tuple[str, ...]
    active: bool
    made_at: datetime
    made_by: str
    platform: str | None = None
    rotated_at: datetime | None = None
    revision: int = 0

    @property
    def state(self) -> str:
        """Return active, paused or removed."""
        return ("active" if self.active else "paused") if self.secrets else "removed"
