"""Webhooks: a platform's own software is told that something happened, by ids and codes, and fetches the rest."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """One address that is told. `secrets` are sealed ids, the newest first: while two hold, both sign."""

    id: str
    name: str
    url: str
    events: tuple[str, ...]
    secrets: tuple[str, ...]
    active: bool
    made_at: datetime
    made_by: str
    platform: str | None = None
    rotated_at: datetime | None = None
    revision: int = 0
