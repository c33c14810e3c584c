"""The port to mail, besides that of a platform: what came back, and who it was about."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from showcause.casework.ports.values import Check, Delivery
from showcause.domain.subject import Subject


@dataclass(frozen=True, slots=True)
class Returned:
    """A letter that came back: the id of its statement or letter, and the status code that says why."""

    record: str
    status: str


@runtime_checkable
class Post(Protocol):
    """Mail: letters leave through it, and some come back."""

    def deliver(self, subject: Subject, text: str, reference: str, stop: str = "") -> Delivery:
        """Hand a text to the mail server; see `Tell`. A `reference` of the form `number:id` names its record.

        `stop` is an address by which mail programs stop such letters, for those that nobody is owed.
        """

    def returned(self, message: bytes, recipient: str = "") -> Returned | None:
        """Return what a message to our own envelope address says came back; None when it says nothing of the kind."""

    def doctor(self) -> list[Check]:
        """Return what mail needs to work, each point with its remedy."""
