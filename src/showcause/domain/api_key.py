"""Keys of programs: what a platform's own software may do here, and until when.

The secret is shown once, when the key is made; stored is its digest. Making and revoking a key are entries of the log.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from showcause.domain.errors import NotAuthenticated, NotPermitted


class Scope(StrEnum):
    """What a key allows; a key has only those that it was given."""

    REPORTS = "reports"
    EVENTS = "events"
    VERDICTS = "verdicts"
    SUBJECTS = "subjects"
    CASES = "cases"
    DECISIONS = "decisions"
    APPEALS = "appeals"
    ORDERS = "orders"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key. `platform` is the only platform that it speaks for; None: none, for reading counts and proofs."""

    id: str
    name: str
    platform: str | None
    scopes: tuple[Scope, ...]
    digest: str
    made_at: datetime
    made_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    revision: int = 0


def check_key(key: ApiKey, scope: Scope, now: datetime) -> None:
    """Check that a key may be used for something now.

    Raises: NotAuthenticated for a key that was revoked or has ended; NotPermitted without the scope.
    """
    if key.revoked_at is not None:
        raise NotAuthenticated("this key was revoked", "Ask an operator for another one.")
    if key.expires_at is not None and now >= key.expires_at:
        raise NotAuthenticated(
            f"this key ended on {key.expires_at:%d %B %Y}", "Ask an operator for another one."
        )
    if scope not in key.scopes:
        raise NotPermitted(
            f"this key lacks the scope {scope}", "Make a key that has it: scopes never grow afterwards."
        )
