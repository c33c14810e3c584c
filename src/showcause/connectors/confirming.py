"""Confirming: what a connector says about its own acts, signed with a key that lies beside its gate.

What was said is on the disk before it is told. After a crash the same act is confirmed with the same bytes; a new act,
even on the same order (somebody undid it by hand, and it was put back), is confirmed anew. The key is in no database
of the site: whoever can write there cannot say that the connector did something.
"""

from datetime import datetime
from typing import Final

from showcause.connectors.memory import Memory
from showcause.domain.restriction import Measure
from showcause.transparency.confirmation import (
    Basis,
    Confirmation,
    Event,
    Ordered,
    Urgent,
    opened,
    signed,
)
from showcause.transparency.errors import LogError, Malformed
from showcause.transparency.keys import SigningKey, VerifierKey

_SAME: Final = (
    frozenset({Event.IMPOSED, Event.STANDING}),
    frozenset({Event.LIFTED, Event.ABSENT, Event.KEPT, Event.UNTOUCHED}),
)
"""What a repeated call finds, and what the call that did it said: it stands; it is gone, as far as this order goes."""


class Confirming:
    """One connector's confirmations. Without a key it says nothing."""

    def __init__(self, connector: str, platform: str, memory: Memory, key: SigningKey | None) -> None:
        self._connector, self._platform, self._memory, self._key = connector, platform, memory, key

    def say(
        self,
        record: str,
        about: Ordered | Urgent,
        measure: Measure,
        event: Event,
        at: datetime,
        basis: Basis,
        *,
        again: bool = True,
    ) -> str:
        """Return the signed confirmation of an act that is remembered under the key `record`; empty without a key.

        With `again`, what was said before about the same is said once more in the same bytes. An order that names no
        decision, and an urgent act under an id of somebody's own making, have no form and are confirmed by nothing.
        """
        if self._key is None:
            return ""
        known = self._memory.confirmed(record)
        if again and known and _repeats(known, self._key.verifier, about, measure, event):
            return known
        time = int(at.timestamp())
        said = Confirmation(self._connector, self._platform, about, measure, event, time, basis)
        try:
            note = signed(said, self._key)
        except Malformed:
            return ""
        return self._memory.confirmed(record, note)


def _repeats(known: str, key: VerifierKey, about: Ordered | Urgent, measure: Measure, event: Event) -> bool:
    """Tell whether what was said is of the present key and says the same of the same."""
    try:
        said = opened(known, key)
    except LogError:  # it was said under a key that was replaced meanwhile
        return False
    same = said.event is event or any({said.event, event} <= each for each in _SAME)
    return same and (said.about, said.measure) == (about, measure)
