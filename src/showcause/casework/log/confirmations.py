"""What connectors confirmed, checked before it is believed: signed by the key that is logged, about exactly this order.

An effect of an order commits to the connector's signed confirmation, whole, in the field `text` of its slot `facts`,
and so does each item of a campaign's effect. The record keeps the same text with the enforcement. What somebody at the
desk did without the platform (accepting that a restriction was undone there) has no confirmation, and neither has an
order that was given up while its connector could not be asked: there nothing is claimed.
"""

from collections.abc import Mapping
from typing import Final

from showcause.casework.reading import platform
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import ConfirmationRefused
from showcause.store.view import View
from showcause.transparency.confirmation import Event, Ordered, Urgent, opened, read
from showcause.transparency.errors import LogError, Mismatched
from showcause.transparency.keys import VerifierKey, parse_verifier_key

SHOWN_BY: Final[Mapping[str, frozenset[Event]]] = {
    "applied": frozenset({Event.IMPOSED, Event.STANDING}),
    "lifted": frozenset({Event.LIFTED, Event.ABSENT, Event.KEPT, Event.UNTOUCHED}),
    "void": frozenset({Event.VOID}),
    "failed": frozenset({Event.FAILED}),
    "stuck": frozenset({Event.STUCK}),
    "permanent": frozenset({Event.PERMANENT}),
}
"""What a connector can have said where the log says that an order came to this."""

UNASKED: Final = frozenset({"failed", "stuck"})
"""What can be logged without a confirmation: the connector could not be asked."""


def taken(view: View, enforcement: Enforcement, event: str, note: str, spool: str = "") -> str:
    """Return a confirmation that may be kept and committed to; empty where no key of this connector is logged yet.

    `spool` is the id of the urgent act that it may be about instead of the order.

    Raises: ConfirmationRefused for none, for another key's, and for one about anything but this order and event.
    """
    logged = platform(view, enforcement.platform).key
    if not logged:
        return ""
    if not note:
        raise ConfirmationRefused(f"the connector of {enforcement.platform} did not sign what it did")
    leaf = view.get(Decision, enforcement.decision).leaf
    try:
        check(note, parse_verifier_key(logged), enforcement, leaf, event, spool)
    except LogError as error:
        raise ConfirmationRefused(
            f"what the connector of {enforcement.platform} confirmed does not fit order {enforcement.number}: "
            f"{error.message}"
        ) from error
    return note


def check(
    note: str, key: VerifierKey, enforcement: Enforcement, leaf: str, event: str | None, spool: str = ""
) -> None:
    """Check that a confirmation is signed by a key, and about this order of the decision with this leaf.

    `event` is what the log says came of it; None: anything.

    Raises: LogError.
    """
    said = opened(note, key)
    about = (Ordered(enforcement.number, leaf), *([Urgent(spool)] if spool else []))
    if (said.connector, said.platform) != (enforcement.platform, enforcement.platform):
        raise Mismatched("it is of another connector or platform")
    if said.about not in about or said.measure != enforcement.measure:
        raise Mismatched("it is about another order or measure")
    if event is not None and said.event not in SHOWN_BY.get(event, frozenset()):
        raise Mismatched(f"it says {said.event}, which does not show that the order was {event}")


def showing(enforcement: Enforcement, event: str) -> str | None:
    """Return the last confirmation that is kept and shows that an order came to this; None if there is none."""
    shown = SHOWN_BY.get(event, frozenset())
    return next((each for each in reversed(enforcement.confirmations) if read(each).event in shown), None)


def kept(enforcement: Enforcement, said: str) -> dict[str, tuple[str, ...]]:
    """Return the change of an enforcement that keeps one confirmation more; none for nothing and for the same again."""
    if not said or enforcement.confirmations[-1:] == (said,):
        return {}
    return {"confirmations": (*enforcement.confirmations, said)}
