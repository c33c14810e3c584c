"""Letters that came back after a mail server had taken them: then they were never served, and the record says so.

Served means accepted by a channel that still reaches the person. A bounce shows that it did not: the appeal window
that had begun is taken back, and the desk has the next action, as for every letter that cannot be delivered.
"""

from datetime import datetime, timedelta
from typing import Final

from showcause.casework import telling
from showcause.casework.log.publishing import acting
from showcause.casework.ports import Ids
from showcause.domain.appeal import Appeal
from showcause.domain.errors import IllegalStep
from showcause.domain.lifecycle import SERVICE, ServiceEvent, ServiceState
from showcause.domain.mail import MAIL
from showcause.domain.people import SYSTEM, Role
from showcause.domain.site import Letter
from showcause.domain.statement import Statement
from showcause.store.tx import Tx

WITHIN: Final = timedelta(days=10)
"""How long after service a bounce counts. Mail servers give up after five days; what comes later is not theirs."""


def come_back(tx: Tx, now: datetime, ids: Ids, record_id: str, status: str) -> Statement | Letter | None:
    """Note that a mailed statement or letter came back; None when this changes nothing.

    It changes nothing for what was told through another channel meanwhile, for what its person has answered by an
    appeal, and after ten days: whoever received a letter can write that it came back.
    """
    statement = tx.first(Statement, id=record_id)
    if statement is not None:
        return _statement(tx, now, ids, tx.get(Statement, record_id), status)
    letter = tx.first(Letter, id=record_id)
    if letter is None or not _counts(letter, now):
        return None
    return tx.update(
        letter,
        verb="bounce",
        actor=SYSTEM,
        state=SERVICE.step(letter.state, ServiceEvent.BOUNCE),
        served_at=None,
        bounced_because=f"returned {status}",
    )


def deliver_again(tx: Tx, now: datetime, ids: Ids, letter_id: str, by: str) -> Letter:
    """Queue another attempt to deliver a letter that could not be, after the channel was mended.

    Raises: IllegalStep unless it is undeliverable; NotFound; NotPermitted for who does not work at the desk.
    """
    who = acting(tx, by, Role.MODERATOR, Role.SENIOR, Role.OPERATOR)
    letter = tx.get(Letter, letter_id)
    if letter.state is not ServiceState.UNDELIVERABLE:
        raise IllegalStep(f"this letter is {letter.state}", "Only what could not be delivered is sent again.")
    tx.note("deliver-again", who.id, letter.id, "letter")
    tx.job("deliver", f"deliver:{letter.id}:{now:%Y%m%dT%H%M%S}", letter.id, due=now)
    return letter


def _statement(tx: Tx, now: datetime, ids: Ids, statement: Statement, status: str) -> Statement | None:
    if not _counts(statement, now) or tx.first(Appeal, statement=statement.id) is not None:
        return None
    back = tx.update(
        statement,
        verb="bounce",
        actor=SYSTEM,
        state=SERVICE.step(statement.state, ServiceEvent.BOUNCE),
        served_at=None,
        window_until=None,
        bounced_because=f"returned {status}",
    )
    telling.log_service(tx, now, ids, back, "returned")
    return back


def _counts(record: Statement | Letter, now: datetime) -> bool:
    served = record.state is ServiceState.SERVED and record.channel == MAIL
    return served and record.served_at is not None and now < record.served_at + WITHIN
