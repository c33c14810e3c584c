"""Letters that tell an author of a comment section what happened there: answered, or published. None is owed by law.

They can be stopped at any time, so a letter says how, and none goes out after somebody said stop. One that came back
is the last.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from showcause.casework import telling
from showcause.casework.ports import Ids
from showcause.casework.reading import reference
from showcause.casework.wording import Said
from showcause.domain.lifecycle import SERVICE, ServiceEvent, ServiceState
from showcause.domain.people import SYSTEM
from showcause.domain.sentences import Arg
from showcause.domain.site import Letter, LetterKind
from showcause.domain.subject import Subject, SubjectRecord
from showcause.store.tx import Tx
from showcause.store.view import View

STOP: Final = "stop.how"


@dataclass(frozen=True, slots=True)
class Notice:
    """What one letter tells: how many replies, how many comments published, where they are, how to stop.

    `letter` is its id, the same however often it is handed over; `before` that of the last one, if there was one.
    """

    letter: str
    account: Subject
    title: str
    language: str
    replies: int
    published: int
    link: str
    stop: str
    before: str | None = None


def tell(tx: Tx, now: datetime, ids: Ids, notice: Notice) -> bool:
    """Draft the letter, once; False where none is to go to this author any more: no address, or the last came back.

    Raises: Forgotten.
    """
    if tx.first(Letter, id=notice.letter) is not None:
        return True
    last = tx.first(Letter, id=notice.before) if notice.before else None
    record = _record(tx, notice.account)
    bounced = last is not None and last.state is ServiceState.UNDELIVERABLE
    if bounced or record is None or record.contact is None:
        return False
    telling.letter(
        tx,
        now,
        lambda: notice.letter,
        LetterKind.NOTICE,
        account=record.id,
        about=record.id,
        language=notice.language,
        sentences=said(notice),
        reference=reference(ids),
    )
    return True


def recall(tx: Tx, now: datetime, ids: Ids, accounts: Iterable[Subject]) -> int:
    """Keep back the letters to an author that did not go out yet; return how many."""
    kept = 0
    for record in filter(None, (_record(tx, each) for each in accounts)):
        drafted = tx.find(Letter, about=record.id, kind=LetterKind.NOTICE, state=ServiceState.DRAFTED)
        for each in drafted:
            state = SERVICE.step(each.state, ServiceEvent.EXEMPT)
            tx.update(each, verb="recall", actor=SYSTEM, state=state)
        kept += len(drafted)
    return kept


def said(notice: Notice) -> list[Said]:
    """Return what the letter says; it quotes nobody."""
    where: dict[str, Arg] = {"title": notice.title, "link": notice.link}
    sentences = list[Said]()
    for one, many, count in (
        ("notice.published", "notice.published-many", notice.published),
        ("notice.reply", "notice.replies", notice.replies),
    ):
        if count:
            sentences.append((one, where) if count == 1 else (many, {**where, "count": count}))
    return [*sentences, ("stop.often", {}), (STOP, {"link": notice.stop})]


def stop_of(view: View, letter: Letter) -> str:
    """Return the link by which letters of this kind are stopped; empty for what somebody is owed."""
    if letter.kind is not LetterKind.NOTICE:
        return ""
    return next((str(args["link"]) for id_, args in view.unseal(letter.sentences) if id_ == STOP), "")


def _record(view: View, account: Subject) -> SubjectRecord | None:
    owner = view.keys.known("\x00".join((account.platform, account.kind, account.ref)))
    return view.first(SubjectRecord, id=owner) if owner is not None else None
