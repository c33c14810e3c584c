"""Transaction B, one decision at a time: in force, orders, statement, answers, outbox, and its leaf drafted last.

The steps of `force` are numbered as in `docs/decision-cycle.md`. All of them commit together or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from showcause.casework import ending, itemising, judged_before
from showcause.casework.imposing import impose
from showcause.casework.informing import answer_reports, inform
from showcause.casework.log.decision_leaf import log_decision
from showcause.casework.ports import Ids
from showcause.casework.reading import clauses_cited
from showcause.casework.rulework import holding
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.lifecycle import DECISION, DecisionEvent, DecisionState
from showcause.domain.people import SYSTEM
from showcause.domain.restriction import Restriction
from showcause.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Forced:
    """A decision that took force, and the restrictions of earlier ones that fell with it and were not imposed again."""

    decision: Decision
    fallen: frozenset[str]


def force(tx: Tx, now: datetime, ids: Ids, decision: Decision, *, ground: str | None = None) -> Forced:
    """Put one approved decision in force; see the module's steps. `ground` is the reference of a ground that fell.

    What rests on the restrictions that fell is not yet touched: see `cascading.take_force`.
    """
    clauses = clauses_cited(tx, decision)
    # (1) the decision takes force
    decided = tx.update(
        decision,
        verb="commit",
        actor=SYSTEM,
        state=DECISION.step(decision.state, DecisionEvent.APPROVE),
        decided_at=now,
    )
    # (2) orders, with their dense numbers, into the outbox
    restrictions, itemised = impose(tx, now, ids, decided)
    # (3) what it replaces ends
    replaced = [tx.get(Decision, id_) for id_ in (decided.supersedes, decided.interim_decision) if id_]
    fallen = _supersede(tx, now, ids, replaced, decided, restrictions)
    # (4) the statement and (5) the answers, into the outbox
    statement = inform(tx, now, ids, decided, restrictions, clauses, replaced, ground, itemised)
    answer_reports(tx, now, ids, decided, clauses, replaced)
    holding.settle(tx, now, ids, decided, replaced)
    judged_before.mark(tx, now, decided)
    # (6) the leaf, last
    log_decision(tx, now, decided, restrictions, clauses, statement, itemised)
    return Forced(decided, frozenset(fallen))


def _supersede(
    tx: Tx,
    now: datetime,
    ids: Ids,
    replaced: Sequence[Decision],
    by: Decision,
    imposed: Sequence[Restriction],
) -> set[str]:
    """End what earlier decisions imposed, and return which of their restrictions are not imposed again."""
    again = {(r.subject, r.measure) for r in imposed}
    fallen: set[str] = set()
    for old in replaced:
        if old.state not in (DecisionState.IN_FORCE, DecisionState.LAPSED):
            continue
        ending.supersede(tx, old, by)
        ended = tx.find(Restriction, decision=old.id)
        if old.campaign is not None:
            itemising.end_all(tx, now, tx.find(Enforcement, decision=old.id), by.id)
        else:
            for restriction in ended:
                ending.end_restriction(tx, now, ids, restriction, by.id)
        fallen |= {r.id for r in ended if (r.subject, r.measure) not in again}
    ended = ending.end_part(tx, now, ids, by)
    return fallen | {r.id for r in ended if (r.subject, r.measure) not in again}
