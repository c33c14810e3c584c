"""The port to a platform that fetches its orders itself, as the API needs it.

Its connector speaks to nobody: it keeps what the platform is asked, and the platform's own program comes, fetches, does
it, and says what became of it. Some values hold personal text: whoever stores them seals it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from showcause.casework.ports.values import Found
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject


class Verb(StrEnum):
    """What a platform can be asked: to restrict, to end a restriction, to tell somebody, to say how things stand."""

    RESTRICT = "restrict"
    LIFT = "lift"
    TELL = "tell"
    LOOK = "look"


class Result(StrEnum):
    """What became of it: done; refused, with a reason; nobody is there any more; not now, ask again."""

    DONE = "done"
    REFUSED = "refused"
    GONE = "gone"
    LATER = "later"


class Reason(StrEnum):
    """Why a platform refuses: the receipt does not open the order, or it cannot do this, undo it, or reach them."""

    RECEIPT = "receipt"
    UNSUPPORTED = "unsupported"
    NOT_REVERSIBLE = "not-reversible"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing that the platform is asked. Asked again, it has another id.

    `cursor` is its place in the list. A restriction has a measure, a number and a receipt, or is `urgent` and has
    neither number nor receipt yet. A lift has the number of the order that it ends, if it ends one. `text` and
    `reference` are there for what is told.
    """

    id: str
    cursor: str
    verb: Verb
    subject: Subject
    asked_at: datetime
    measure: Measure | None = None
    until: datetime | None = None
    number: int | None = None
    served: bool = False
    urgent: bool = False
    receipt: bytes = b""
    text: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the platform says became of an errand.

    `standing` are the measures that stand on the subject now, as the platform's own tables say; `has` is what the
    subject has there now, by name, if the platform tells it: compared before and after a restriction.
    """

    result: Result
    reason: Reason | None = None
    standing: frozenset[Measure] | None = None
    has: Mapping[str, Any] | None = None
    retry_after: float | None = None


@runtime_checkable
class FetchesOrders(Protocol):
    """A platform without a connection of ours to it."""

    @property
    def connector(self) -> str:
        """Return the name under which the log numbers its orders."""

    def errands(self, after: str | None, most: int) -> list[Errand]:
        """Return what is asked and not answered, what gives back first; what was returned counts as seen by it.

        Raises: BadInput for a cursor that is none.
        """

    def is_waiting(self) -> bool:
        """Tell whether there is something to fetch; the look is not noted."""

    def confirm(self, errand_id: str, said: Confirmation) -> Errand | None:
        """Note what became of an errand and return it; None if that was said before, which changes nothing.

        Raises: NotFound; BadInput when an answer lacks what its errand needs.
        """

    def stands(self, found: Sequence[Found]) -> None:
        """Take the platform's complete list of the restrictions that stand there now, whoever put them there."""

    def seen(self, subject: Subject, has: Mapping[str, Any]) -> None:
        """Take what a subject has now, as the platform says by itself; it counts like `has` in a confirmation."""
