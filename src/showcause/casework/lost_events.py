"""Going on without events that are lost: who decided so stands in the journal."""

from datetime import datetime

from showcause.casework.log.publishing import acting
from showcause.casework.ports import Ids
from showcause.domain.people import Role
from showcause.store.tx import Tx


def give_up(tx: Tx, now: datetime, ids: Ids, by: str, lost: int) -> None:
    """Note that an operator goes on without events that were judged. Raises: NotPermitted for who is none."""
    tx.note("give-up-events", acting(tx, by, Role.OPERATOR).id, ids(), "events", lost=lost)
