"""The port to strangers' servers: one message out, one status back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answered:
    """What a server answered; `retry_after` in seconds, if it asked to wait."""

    status: int
    retry_after: int | None = None


class Outside(Protocol):
    """Calls to addresses that a user of the house gave."""

    def check(self, url: str) -> None:
        """Check that a URL may be called. Raises: AddressRefused."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        """Post a body once. Raises: AddressRefused, EndpointUnavailable."""
