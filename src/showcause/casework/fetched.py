"""What the house does when a platform that fetches its orders has said what became of one: it looks at once."""

from datetime import datetime

from showcause.casework.ports import Errand, Ids, Verb
from showcause.domain.errors import NotYetConfirmed
from showcause.domain.statement import Statement
from showcause.store.jobs import hurry
from showcause.store.tx import Tx


def confirmed(tx: Tx, now: datetime, ids: Ids, errand: Errand) -> int:
    """Make the jobs due now that waited for an answer about this subject or this text; return how many.

    The answer itself is with the connector, which believes it or not; nothing is recorded here.
    """
    if errand.verb is not Verb.TELL:
        return hurry(tx, NotYetConfirmed.code, now, lane=tx.owner_of(errand.subject, alone=False))
    reference, _, letter = errand.reference.partition(":")
    if letter:
        return hurry(tx, NotYetConfirmed.code, now, record=letter)
    statement = tx.first(Statement, reference=reference)
    return hurry(tx, NotYetConfirmed.code, now, record=statement.id) if statement else 0
