"""Signed links of the people concerned: sent again through their own channel, replaced, closed, printed for the desk.

A reference number alone opens no statement: others know it, too. Whoever quotes one is answered where the statement
went, so only its person reads the link.
"""

from datetime import datetime

from showcause.casework import links, telling
from showcause.casework.affairs import affair_of
from showcause.casework.ports import Ids
from showcause.casework.reading import person, setting
from showcause.domain.errors import Misconfigured, NotPermitted
from showcause.domain.link import LinkKind
from showcause.domain.people import SYSTEM, can_decide
from showcause.domain.site import Letter, LetterKind
from showcause.domain.statement import Statement
from showcause.store.tx import Tx


def renew(tx: Tx, now: datetime, ids: Ids, statement_id: str) -> Letter:
    """Close every link of an affair and send a new one to its person.

    Raises: Misconfigured while the site has no public address; nothing is closed then.
    """
    statement = tx.get(Statement, statement_id)
    for each in affair_of(tx, statement).statements:
        links.replace(tx, now, ids, each.id, SYSTEM)
    return _send(tx, now, ids, statement, "link.again")


def remind(tx: Tx, now: datetime, ids: Ids, statement_id: str) -> Letter:
    """Send the link that works now to the person whose statement it is. Raises: Misconfigured."""
    return _send(tx, now, ids, tx.get(Statement, statement_id), "link.asked")


def print_(tx: Tx, now: datetime, ids: Ids, statement_id: str, by: str) -> str:
    """Return the address of a statement's page for a moderator, who hands it to the person; the journal says so.

    Raises: NotPermitted for who may not decide; Misconfigured while the site has no public address.
    """
    _note(tx, statement_id, by, "print-link")
    return f"{_address(tx)}/s/{links.token(tx, LinkKind.STATEMENT, statement_id)}"


def replace(tx: Tx, now: datetime, ids: Ids, statement_id: str, by: str) -> str:
    """Make every earlier link of an affair worthless, and return the new one. Raises: as `print_`."""
    who = _note(tx, statement_id, by, "replace-link")
    for each in affair_of(tx, tx.get(Statement, statement_id)).statements:
        links.replace(tx, now, ids, each.id, who)
    return f"{_address(tx)}/s/{links.token(tx, LinkKind.STATEMENT, statement_id)}"


def revoke(tx: Tx, now: datetime, ids: Ids, statement_id: str, by: str) -> None:
    """Close every link of an affair; `replace` opens another. Raises: NotPermitted for who may not decide."""
    who = _note(tx, statement_id, by, "revoke-link")
    for each in affair_of(tx, tx.get(Statement, statement_id)).statements:
        links.close(tx, now, ids, each.id, who)


def _note(tx: Tx, statement_id: str, by: str, verb: str) -> str:
    who = person(tx, by)
    if not can_decide(who):
        raise NotPermitted("this person's role does not allow handling the links of people concerned")
    tx.note(verb, who.id, statement_id, "statement")
    return who.id


def _address(tx: Tx) -> str:
    address = setting(tx, "address")
    if not address:
        raise Misconfigured(
            "the site has no public address, so there is no page to lead to",
            "Set it: `showcause setting set address https://…`.",
        )
    return address


def _send(tx: Tx, now: datetime, ids: Ids, statement: Statement, sentence: str) -> Letter:
    _address(tx)
    return telling.letter(
        tx,
        now,
        ids,
        LetterKind.LINK,
        account=statement.subject,
        about=statement.id,
        language=statement.language,
        sentences=[(sentence, {"reference": statement.reference})],
        reference=statement.reference,
    )
