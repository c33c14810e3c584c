"""Addresses of those who write in a comment section: kept for what concerns their words, and confirmed by a letter.

The section knows a keyed hash; the address itself lies here, sealed under its author's own key, and goes with it.
"""

from datetime import datetime

from showcause.casework import telling
from showcause.casework.ports import Ids
from showcause.casework.reading import reference, register
from showcause.casework.subjects import keep_contact
from showcause.domain.decision import Decision
from showcause.domain.lifecycle import ServiceState
from showcause.domain.site import Letter, LetterKind
from showcause.domain.statement import Statement
from showcause.domain.subject import Subject
from showcause.store.tx import Tx
from showcause.store.view import View


def introduce(
    tx: Tx, now: datetime, ids: Ids, account: Subject, address: str, language: str, link: str | None
) -> Letter | None:
    """Keep a new author's e-mail address, and write to it: whoever follows the link confirms that it is theirs.

    Without a link nothing is written. Raises: BadInput for a text that is no address; Forgotten.
    """
    record = register(tx, account)
    keep_contact(tx, now, ids, record.id, address)
    if link is None:
        return None
    return telling.letter(
        tx,
        now,
        ids,
        LetterKind.ADDRESS,
        account=record.id,
        about=record.id,
        language=language,
        sentences=[("address.confirm", {"link": link}), ("address.ignore", {})],
        reference=reference(ids),
    )


def answer_published(
    tx: Tx, now: datetime, ids: Ids, account: Subject, title: str, language: str, link: str
) -> Letter | None:
    """Tell whoever answered beside a comment, being written about, that the answer stands there; it quotes nothing.

    None where no address is kept any more.
    """
    record = register(tx, account)
    if record.contact is None:
        return None
    return telling.letter(
        tx,
        now,
        ids,
        LetterKind.NOTICE,
        account=record.id,
        about=record.id,
        language=language,
        sentences=[("notice.answer", {"title": title, "link": link})],
        reference=reference(ids),
    )


def statements_on(view: View, account: Subject, leaves: tuple[str, ...]) -> dict[str, Statement]:
    """Return the statements that tell an account of decisions, by the decisions' leaves."""
    owner = view.keys.known("\x00".join((account.platform, account.kind, account.ref)))
    if owner is None or not leaves:
        return {}
    decisions = {each.id: each.leaf for each in view.find(Decision, leaf=leaves)}
    told = view.find(Statement, decision=tuple(decisions), person=owner) if decisions else []
    return {decisions[each.decision]: each for each in told if each.state is not ServiceState.EXEMPT}
