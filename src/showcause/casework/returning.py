"""Returning a proposal: by a person, also within the undo delay, by time, or because its ground fell."""

from datetime import datetime

from showcause.casework.ports import Ids
from showcause.casework.reading import (
    person,
)
from showcause.casework.weighing import MOST_REASON
from showcause.domain.case import Case
from showcause.domain.decision import (
    Decision,
)
from showcause.domain.lifecycle import (
    CASE,
    DECISION,
    CaseEvent,
    CaseState,
    DecisionEvent,
)
from showcause.domain.people import SYSTEM
from showcause.domain.permissions import Action, check_action
from showcause.domain.subject import check_text
from showcause.store.tx import Tx


def return_(tx: Tx, now: datetime, ids: Ids, decision_id: str, by: str | None, because: str = "") -> Decision:
    """Return a proposal: by a person, also within the undo delay, or by time (`by` is None). Its case waits again."""
    decision = tx.get(Decision, decision_id)
    actor = SYSTEM
    if by is not None:
        who = person(tx, by)
        check_action(who, decision, Action.DECISION_RETURN, now)
        actor = who.id
        # A colleague's words are the colleague's: the journal holds the sealed id only.
        because = (
            tx.seal(who.owner, "return", {"text": check_text("reason", because, MOST_REASON)})
            if because
            else "-"
        )
    returned = tx.update(
        decision, verb="return", actor=actor, state=DECISION.step(decision.state, DecisionEvent.RETURN)
    )
    tx.note("return-because", actor, decision.id, "decision", because=because)
    for kind in ("commit", "hold-ends"):
        tx.cancel_job(f"{kind}:{decision.id}")
    if decision.case is not None:
        case = tx.get(Case, decision.case)
        if case.state is CaseState.HELD:
            tx.update(
                case,
                verb="return",
                actor=actor,
                state=CASE.step(case.state, CaseEvent.RETURN),
                claimed_by=None,
                claimed_until=None,
            )
    return returned
