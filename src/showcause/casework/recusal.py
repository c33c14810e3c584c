"""Who may hear an appeal: nobody who took part in the decision, confirmed it, or decided what it grew out of."""

from showcause.domain import appeal as law
from showcause.domain.decision import Decision
from showcause.domain.errors import SamePerson
from showcause.domain.people import Moderator, can_decide
from showcause.domain.urgent import UrgentEntry
from showcause.store.view import View


def check_reviewer(tx: View, decision: Decision, who: Moderator, *, affirming: bool = False) -> None:
    """Check that this person may hear an appeal against this decision.

    Who decided or confirmed it never does. Who took part in an earlier decision that it replaced does only when
    nobody else is left, since an appeal that nobody hears helps the person least.

    Raises: NotPermitted, SamePerson. Source: DSA Art. 20(6).
    """
    confirmed = _confirmers(tx, decision)
    law.check_reviewer(decision, who, confirmed, affirming=affirming)
    earlier = _took_part_before(tx, decision)
    if who.id not in earlier or decision.single_operator:
        return
    excluded = earlier | confirmed | {decision.proposer, decision.approver}
    if any(can_decide(other) and other.id not in excluded for other in tx.find(Moderator, active=True)):
        raise SamePerson(
            "you took part in the decision that this one replaced; somebody else hears the appeal"
        )


def _confirmers(tx: View, decision: Decision) -> frozenset[str]:
    """Return who confirmed an urgent act: a second pair of eyes, though the decision names only the first."""
    entry = tx.first(UrgentEntry, decision=decision.id) if decision.urgent else None
    return frozenset({entry.second} if entry and entry.second else ())


def _took_part_before(tx: View, decision: Decision) -> frozenset[str]:
    """Return who proposed, approved or confirmed any decision that this one replaced, however long the chain."""
    found: set[str] = set()
    waiting, seen = [decision], {decision.id}
    while waiting:
        last = waiting.pop()
        for id_ in {last.supersedes, last.part_of, last.interim_decision} - {None, *seen}:
            before = tx.get(Decision, str(id_))
            seen.add(before.id)
            waiting.append(before)
            found |= {before.proposer, before.approver or ""} | _confirmers(tx, before)
    return frozenset(found - {""})
