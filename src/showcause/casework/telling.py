"""Telling people: statements and letters drafted in the deciding transaction, served later, and what came of it.

Served means accepted by a channel that still reaches the person; that moment opens the appeal window.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from showcause.casework import letters
from showcause.casework.log import ledger
from showcause.casework.ports import Delivery, Ids
from showcause.casework.reading import person, setting
from showcause.casework.wording import Said
from showcause.domain.decision import Decision
from showcause.domain.lifecycle import (
    FILING,
    REPORT,
    SERVICE,
    FilingEvent,
    ReportEvent,
    ReportState,
    ServiceEvent,
    ServiceState,
)
from showcause.domain.people import SYSTEM
from showcause.domain.permissions import Action, check_action
from showcause.domain.report import Report
from showcause.domain.sentences import stamp
from showcause.domain.site import Letter, LetterKind
from showcause.domain.statement import Exemption, Statement, window_end
from showcause.domain.subject import SubjectRecord
from showcause.store import bulk
from showcause.store.tx import Tx
from showcause.transparency.leaf import Kind, Slot

SMALL_TIERS = frozenset({"micro", "small", "newspaper"})
"""Whose statements are not filed with the Commission: the duty is that of online platforms that are not micro or small
(DSA Art. 24(5), Art. 19). A comment section that only accompanies a publication is none (recital 13)."""


def draft_statement(
    tx: Tx,
    now: datetime,
    ids: Ids,
    decision: Decision,
    person: SubjectRecord,
    said: Sequence[Said],
    reference: str,
) -> Statement:
    """Draft a statement in the deciding transaction and queue its service; decides the filing leg by the site's tier.

    Source: DSA Art. 17; Art. 19 for the exemption of micro and small platforms from filing.
    """
    statement = tx.insert(
        Statement(
            id=ids(),
            state=SERVICE.start,
            filing=FILING.start,
            decision=decision.id,
            subject=person.author or person.id,
            person=person.owner,
            language=decision.language,
            sentences=tx.seal(person.owner, "statement", [[id_, dict(args)] for id_, args in said]),
            reference=reference,
            drafted_at=now,
        ),
        verb="draft",
        actor=SYSTEM,
    )
    if (setting(tx, "tier") or "micro") in SMALL_TIERS:
        statement = tx.update(
            statement,
            verb="exempt-filing",
            actor=SYSTEM,
            filing=FILING.step(statement.filing, FilingEvent.EXEMPT),
        )
    tx.job("serve", f"serve:{statement.id}", statement.id, due=now)
    return statement


@dataclass(frozen=True, slots=True)
class Drafted:
    """One of many statements of one decision: for which account and owner, what it says, and its own reference."""

    account: str
    owner: str
    said: Sequence[Said]
    reference: str


def draft_statements(tx: Tx, now: datetime, ids: Ids, decision: Decision, drafts: Sequence[Drafted]) -> None:
    """Draft many statements of one decision and queue their service; see `draft_statement`."""
    sealed = bulk.seal_all(
        tx, "statement", [(each.owner, [[id_, dict(args)] for id_, args in each.said]) for each in drafts]
    )
    made = [
        Statement(
            *(ids(), SERVICE.start, FILING.start, decision.id, each.account, each.owner, decision.language),
            sentences=text,
            reference=each.reference,
            drafted_at=now,
        )
        for each, text in zip(drafts, sealed, strict=True)
    ]
    bulk.insert_all(tx, made, verb="draft", actor=SYSTEM)
    if (setting(tx, "tier") or "micro") in SMALL_TIERS:
        filing = FILING.step(FILING.start, FilingEvent.EXEMPT)
        exempt_ = [(each, replace(each, filing=filing, revision=each.revision + 1)) for each in made]
        bulk.update_all(tx, exempt_, verb="exempt-filing", actor=SYSTEM)
    bulk.add_jobs(tx, "serve", [(f"serve:{each.id}", each.id, "") for each in made], due=now)


def letter(
    tx: Tx,
    now: datetime,
    ids: Ids,
    kind: LetterKind,
    *,
    account: str,
    about: str,
    language: str,
    sentences: Sequence[Said],
    reference: str,
) -> Letter:
    """Draft a letter to an account and queue its delivery."""
    owner = tx.get(SubjectRecord, account).owner
    made = tx.insert(
        Letter(
            ids(),
            SERVICE.start,
            kind,
            person=owner,
            account=account,
            about=about,
            language=language,
            sentences=tx.seal(owner, "letter", [[id_, dict(args)] for id_, args in sentences]),
            reference=reference,
            drafted_at=now,
        ),
        verb="draft",
        actor=SYSTEM,
    )
    tx.job("deliver", f"deliver:{made.id}", made.id, due=now)
    return made


def acknowledgement(report: Report, others: Sequence[str] = ()) -> list[Said]:
    """Return the sentences of a confirmation of receipt."""
    return letters.acknowledgement(report, others)


def answer_refused(tx: Tx, now: datetime, ids: Ids, report: Report) -> None:
    """Queue the answer to a report that was refused; without an account to reach, it counts as answered at once."""
    _answer(tx, now, ids, report, letters.answer_refused(report))


def answer_with(tx: Tx, now: datetime, ids: Ids, report: Report, said: Sequence[Said]) -> None:
    """Queue the answer that tells a reporter what was decided."""
    _answer(tx, now, ids, report, said)


def _answer(tx: Tx, now: datetime, ids: Ids, report: Report, said: Sequence[Said]) -> None:
    if report.rule is not None:
        answer(tx, now, report)  # a rule is nobody to write to
        return
    if report.reporter_subject is None:
        # An anonymous reporter asks for the outcome with the number; it is there from now on.
        answer(tx, now, lay_out(tx, report, LetterKind.ANSWER, said))
        return
    letter(
        tx,
        now,
        ids,
        LetterKind.ANSWER,
        account=report.reporter_subject,
        about=report.id,
        language=report.language,
        sentences=said,
        reference=report.number,
    )


def lay_out(tx: Tx, report: Report, kind: LetterKind, said: Sequence[Said]) -> Report:
    """Lay a letter out for whoever has the number of an anonymous report, sealed under a key of its own."""
    holder = report.holder or tx.keys.new_owner()
    letter_ = {"kind": str(kind), "when": stamp(tx.now), "said": [[id_, dict(args)] for id_, args in said]}
    told = (*report.told, tx.seal(holder, "letter", letter_))
    return tx.update(report, verb="lay-out", actor=SYSTEM, holder=holder, told=told)


def answer(tx: Tx, now: datetime, report: Report) -> Report:
    """Note that a report was answered. A later decision is told again. Source: DSA Art. 16(5)."""
    state = REPORT.step(report.state, ReportEvent.ANSWER)
    return tx.update(report, verb="answer", actor=SYSTEM, state=state, answered_at=now)


def serve(tx: Tx, now: datetime, ids: Ids, statement_id: str, delivery: Delivery) -> Statement:
    """Note what came of handing a statement to the channel: served, which opens the appeal window, or bounced."""
    statement = tx.get(Statement, statement_id)
    if statement.state in (ServiceState.SERVED, ServiceState.EXEMPT):
        return statement
    if not delivery.delivered:
        return bounce(tx, statement, delivery)
    served = tx.update(
        statement,
        verb="serve",
        actor=SYSTEM,
        state=SERVICE.step(statement.state, ServiceEvent.SERVE),
        served_at=now,
        window_until=window_end(now),
        channel=delivery.channel,
    )
    log_service(tx, now, ids, served, "served")
    return served


def bounce(tx: Tx, statement: Statement, delivery: Delivery) -> Statement:
    """Note that no channel reaches the person; the desk has the next action, and the window does not run."""
    if statement.state is ServiceState.UNDELIVERABLE:
        return statement
    return tx.update(
        statement,
        verb="bounce",
        actor=SYSTEM,
        state=SERVICE.step(statement.state, ServiceEvent.BOUNCE),
        bounced_because=delivery.bounced[:200],
    )


def serve_again(tx: Tx, now: datetime, ids: Ids, statement_id: str, by: str) -> Statement:
    """Queue another attempt to serve a statement that could not be delivered, at a moderator's word.

    Raises: IllegalStep unless it is undeliverable; NotPermitted for who may not decide.
    """
    who, statement = person(tx, by), tx.get(Statement, statement_id)
    check_action(who, statement, Action.STATEMENT_SERVE, now)
    tx.note("serve-again", who.id, statement.id, "statement")
    tx.job("serve", f"serve:{statement.id}:{now:%Y%m%dT%H%M%S}", statement.id, due=now)
    return statement


def exempt(tx: Tx, statement: Statement, because: Exemption) -> Statement:
    """Note why a statement is not sent. Source: DSA Art. 17(2), (5)."""
    return tx.update(
        statement,
        verb="exempt",
        actor=SYSTEM,
        state=SERVICE.step(statement.state, ServiceEvent.EXEMPT),
        exemption=because,
    )


def deliver(tx: Tx, now: datetime, letter_id: str, delivery: Delivery) -> Letter:
    """Note what came of handing a letter to the channel; an answer that was served answers its report."""
    made = tx.get(Letter, letter_id)
    if made.state in (ServiceState.SERVED, ServiceState.EXEMPT):
        return made
    if made.state is ServiceState.UNDELIVERABLE and not delivery.delivered:
        return made
    event = ServiceEvent.SERVE if delivery.delivered else ServiceEvent.BOUNCE
    noted = tx.update(
        made,
        verb=str(event),
        actor=SYSTEM,
        state=SERVICE.step(made.state, event),
        served_at=now if delivery.delivered else None,
        channel=delivery.channel,
        bounced_because=delivery.bounced[:200],
    )
    if noted.kind is LetterKind.ANSWER and delivery.delivered:
        report = tx.get(Report, noted.about)
        if report.state in (ReportState.FILED, ReportState.REFUSED, ReportState.ANSWERED):
            answer(tx, now, report)
    return noted


def log_service(tx: Tx, now: datetime, ids: Ids, statement: Statement, event: str) -> None:
    """Log that a statement was served or came back. The leaf refers to no other: its absence must not mark a
    silenced act.
    """
    facts = {"minute": ledger.minute(now), "event": event, "statement": statement.reference}
    ledger.draft(
        tx,
        ledger.Draft(
            Kind.SERVICE,
            ids(),
            statement.id,
            person=statement.person,
            actor=ledger.house(tx),
            values={Slot.FACTS: facts},
        ),
    )
