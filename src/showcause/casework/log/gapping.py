"""Gaps: what the log promises and for once did not hold, said in public before the act that falls short.

An order whose measure asks for witnesses may go out without them only where that was declared beforehand, after the
time limit that was declared, and after a leaf of the kind `gap` is in the log. The gate wants to see that leaf: it
commits to the decision's leaf, the level, and how many seconds the order had waited.
"""

from datetime import datetime
from typing import Final

from showcause.casework.log import ledger, receipts
from showcause.casework.ports import Ids
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.logbook import LeafNote
from showcause.domain.people import SYSTEM
from showcause.domain.witness import Demand
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind, Slot
from showcause.transparency.receipt import Receipt

SHOWN: Final = ("event", "duration", "reference")


def is_due(demand: Demand, enforcement: Enforcement, now: datetime) -> bool:
    """Tell whether an order has waited as long as its measure's fallback says."""
    waited = (now - enforcement.ordered_at).total_seconds()
    return demand.fallback_after is not None and waited >= demand.fallback_after


def log_gap(tx: Tx, now: datetime, ids: Ids, enforcement_id: str, demand: Demand) -> None:
    """Draft the leaf that says that an order of a decision goes out below its level; once for each decision."""
    enforcement = tx.get(Enforcement, enforcement_id)
    decision = tx.get(Decision, enforcement.decision)
    if gap_of(tx, decision.id) is not None:
        return
    waited = int((now - enforcement.ordered_at).total_seconds())
    facts: dict[str, Json] = {
        "minute": ledger.minute(now),
        "event": f"below {demand.level}",
        "duration": waited,
        "reference": decision.leaf,
    }
    house = ledger.house(tx)
    values: dict[Slot, dict[str, Json]] = {
        Slot.FACTS: facts,
        Slot.ACTOR: {"proposer": SYSTEM, "approver": None},
    }
    ledger.draft(tx, ledger.Draft(Kind.GAP, ids(), decision.id, person=house, actor=house, values=values))


def gap_of(view: View, decision_id: str) -> str | None:
    """Return the id of the leaf that admits a decision's gap, or None."""
    found = view.first(LeafNote, about=decision_id, kind=str(Kind.GAP))
    return found.id if found else None


def gap_receipt(view: View, gap: str, signed_note: str) -> Receipt:
    """Return the receipt of a gap with what the gate needs of it. Raises: as `receipts.receipt_for`."""
    return receipts.receipt_for(view, gap, signed_note, {Slot.FACTS: SHOWN})
