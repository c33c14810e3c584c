"""Notices from the public form: one sender, one matter, one or several items, each of which becomes a report.

What it is about and who it is from are checked before anything is stored; then all items are taken in one transaction,
or none. The same notice sent twice, as a double click or a reload does, is one notice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from showcause.casework import intake, links, telling
from showcause.casework.intake import Manner
from showcause.casework.ports import Ids, IncomingReport
from showcause.casework.reading import platform
from showcause.domain.errors import BadInput
from showcause.domain.mail import mail_account
from showcause.domain.people import SYSTEM
from showcause.domain.policy import Clause, Urgent
from showcause.domain.report import IntakeKind, Report
from showcause.domain.site import LetterKind
from showcause.domain.subject import Subject
from showcause.store.tx import Tx

MOST_ITEMS: Final = 20


class Illegal(StrEnum):
    """What a notice of illegal content says it is about, in everyday words; it sorts, and decides nothing."""

    CHILD = "child"
    LIFE = "life"
    TERROR = "terror"
    HATE = "hate"
    STALKING = "stalking"
    INTIMATE = "intimate"
    PRIVATE = "private"
    FRAUD = "fraud"
    GOODS = "goods"
    DEFAMATION = "defamation"
    COPYRIGHT = "copyright"
    OTHER = "other"

    @property
    def no_name_asked(self) -> bool:
        """Tell whether the notifier's name is neither asked nor kept. Source: DSA Art. 16(2)(c)."""
        return self is Illegal.CHILD

    @property
    def never_copied(self) -> bool:
        """Tell whether even a notice must not hold the material: link, do not upload."""
        return self in (Illegal.CHILD, Illegal.INTIMATE, Illegal.PRIVATE)

    @property
    def goes_first(self) -> bool:
        """Tell whether it is looked at before others."""
        return self in (Illegal.CHILD, Illegal.LIFE, Illegal.TERROR)


@dataclass(frozen=True, slots=True)
class Known:
    """What the house itself knows of an item, whoever reports it: its author, its words, since when they are so."""

    author: Subject | None = None
    evidence: Mapping[str, Any] | None = field(default=None, repr=False)
    as_of: datetime | None = None


UNKNOWN: Final = Known()


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody sends by the form. `key` names one filled-in form; `email` and `name` are empty when not given.

    `life` says that somebody's life or safety is in danger. `first` is false when its sender has claimed urgency so
    often that their reports wait in the ordinary order: none of them is refused. `known` are the items that stand in
    this house's own section; their words become evidence, but for what must not be copied.
    """

    key: str
    items: tuple[Subject, ...]
    hint: str
    language: str
    reason: str = field(default="", repr=False)
    illegal: Illegal | None = None
    good_faith: bool = False
    life: bool = False
    urgent: bool = False
    first: bool = True
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    known: Mapping[Subject, Known] = field(default_factory=dict, repr=False)


def about_clause(clause: Clause) -> tuple[bool, bool]:
    """Return whether a breach of a clause endangers a life, and whether it goes before others."""
    return clause.urgent_category is Urgent.THREAT_TO_LIFE, clause.urgent_category is not None


def send(tx: Tx, now: datetime, ids: Ids, notice: Notice) -> tuple[Report, ...]:
    """Take a notice: one report for each item, filed or refused, and one confirmation of receipt for all.

    Raises: BadInput; NotFound for a platform that is not connected.
    """
    items = tuple(dict.fromkeys(notice.items))
    if not 1 <= len(items) <= MOST_ITEMS:
        raise BadInput(f"a notice names 1 to {MOST_ITEMS} items; this one names {len(items)}")
    for name in {item.platform for item in items}:
        platform(tx, name)
    shared = tx.keyed_hash(f"notice:{_digest(notice)}")[:32] if len(items) > 1 else None
    manner, reporter = _manner(notice, shared), _reporter(notice)
    incoming = [_incoming(notice, item, reporter, now) for item in items]
    known = len(tx.find(Report, notice=shared)) if shared else 0
    made = tuple(
        intake.submit(tx, now, ids, each, replace(manner, as_of=_as_of(notice, each))) for each in incoming
    )
    if shared and not known and intake.is_acknowledged(tx, incoming[0]):
        intake.acknowledge(tx, now, ids, made[0], [each.number for each in made[1:]])
    return made


def _incoming(notice: Notice, item: Subject, reporter: Subject | None, now: datetime) -> IncomingReport:
    known = notice.known.get(item, UNKNOWN)
    copied = notice.illegal is None or not notice.illegal.never_copied
    evidence = known.evidence if copied else None
    key = f"form:{_digest(notice, item)}"
    return IncomingReport(key, item, known.author, reporter, notice.reason, now, evidence, notice.hint)


def _as_of(notice: Notice, each: IncomingReport) -> datetime | None:
    """Return since when an item's words are as they are; None also where an earlier outcome never answers."""
    by_hand = notice.illegal is not None or notice.life or notice.urgent
    return None if by_hand else notice.known.get(each.subject, UNKNOWN).as_of


def _manner(notice: Notice, shared: str | None) -> Manner:
    no_name = notice.illegal is not None and notice.illegal.no_name_asked
    urgent = notice.life or notice.urgent or (notice.illegal is not None and notice.illegal.goes_first)
    return Manner(
        IntakeKind.ARTICLE_16 if notice.illegal else IntakeKind.TERMS_REPORT,
        notice.language,
        life=notice.life or notice.illegal is Illegal.LIFE,
        good_faith=notice.good_faith,
        has_identity=bool(notice.name.strip() and notice.email),
        no_name_asked=no_name,
        urgent=urgent and notice.first,
        name="" if no_name else notice.name.strip(),
        notice=shared,
        acknowledged=shared is None,
    )


def _reporter(notice: Notice) -> Subject | None:
    if not notice.email or (notice.illegal is not None and notice.illegal.no_name_asked):
        return None
    return mail_account(notice.email)


def _digest(notice: Notice, item: Subject | None = None) -> str:
    """Return what names one item of one filled-in form with one content; only a keyed hash of it is ever stored."""
    plain = replace(notice, items=(), first=True)
    parts: Sequence[object] = (notice.key, plain, notice.reason, notice.name, notice.email)
    return sha256(repr((*parts, item or notice.items)).encode()).hexdigest()


def send_link_again(tx: Tx, now: datetime, ids: Ids, report_id: str) -> Report:
    """Make a report's links worthless and send a new one to the reporter's address.

    Raises: BadInput when nobody can be written to.
    """
    report = tx.get(Report, report_id)
    if report.reporter_subject is None:
        raise BadInput(
            "there is no address to which a new link could go", "The number still leads to the page."
        )
    links.replace(tx, now, ids, report.id, SYSTEM)
    telling.letter(
        tx,
        now,
        ids,
        LetterKind.LINK,
        account=report.reporter_subject,
        about=report.id,
        language=report.language,
        sentences=[("link.report-again", {"reference": report.number})],
        reference=report.number,
    )
    return report
