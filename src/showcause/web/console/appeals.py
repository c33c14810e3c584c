"""Appeals: the queue by promised hour, and the page on which another human hears one and answers it with reasons."""

from typing import Any, Final

from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.http import HttpResponse

from showcause.casework import attachments
from showcause.casework.unsealing import AppealFile, read_appeal
from showcause.domain.appeal import Appeal
from showcause.domain.decision import Decision
from showcause.domain.errors import Forgotten, LinkEnded, NotPermitted
from showcause.domain.statement import Statement
from showcause.domain.subject import SubjectRecord
from showcause.store.view import View
from showcause.web.console.access import opens, reads
from showcause.web.console.cases import steps
from showcause.web.console.decisions import titles
from showcause.web.console.offers import offers
from showcause.web.console.paging import page_of
from showcause.web.console.visit import Visit, handles
from showcause.web.files import file_response
from showcause.web.house import house

OPEN_FOR: Final = 900
"""Seconds for which the files of an opened appeal can be fetched by whoever opened it."""
SALT: Final = "showcause/v1 opened file"


@reads("appeals")
def appeals(visit: Visit) -> HttpResponse:
    """Show the open appeals: time-critical ones first, then by the hour that was promised."""
    page = page_of(visit, lambda limit, skip: house().store.queries.appeals(limit, skip=skip))
    with house().store.read(visit.now) as view:
        names = handles(view)
        rows = [_row(view, visit, row, names) for row in page.rows]
    return visit.show("appeals", rows=rows, pages=page)


def _row(view: View, visit: Visit, row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    held = view.get(Decision, row["decision"])
    late = visit.now >= row["promised_at"]
    return row | {
        "holder": names.get(row["reviewer"] or "", ""),
        "titles": titles(view, visit, held),
        "outcome": held.outcome,
        "late": late or row["overdue"],
        "left": max(60, int(abs((row["promised_at"] - visit.now).total_seconds())) // 60 * 60),
    }


@reads("appeal")
def appeal(visit: Visit, id: str) -> HttpResponse:
    """Show an appeal without its words."""
    return draw(visit, id)


@opens("appeal")
def open_file(visit: Visit, id: str) -> HttpResponse:
    """Show an appeal with its words and files; who is not hearing it leaves an entry in the log."""
    try:
        return draw(visit, id, visit.run(read_appeal, id, visit.who.id))
    except NotPermitted as problem:
        return draw(visit.refused(problem), id)


def draw(visit: Visit, id: str, file: AppealFile | None = None) -> HttpResponse:
    """Draw an appeal's page, with its words if they were opened."""
    with house().store.read(visit.now) as view:
        held = view.get(Appeal, id)
        contested, names = view.get(Decision, held.decision), handles(view)
        reviewing = held.review_until is not None and visit.now < held.review_until
        context = {
            "appeal": held,
            "record": held,
            "decision": contested,
            "titles": titles(view, visit, contested),
            "subject": view.get(SubjectRecord, contested.subject),
            "statement": view.first(Statement, decision=contested.id),
            "proposer": names.get(contested.proposer, ""),
            "approver": names.get(contested.approver or "", ""),
            "holder": names.get(held.reviewer or "", "") if reviewing else "",
            "hearing": reviewing and held.reviewer == visit.who.id,
            "late": held.overdue or (held.answered_at is None and visit.now >= held.promised_at),
            "offers": offers(view, visit, held),
            "steps": steps(view, id, names),
            "file": file,
            "files": _files(view, visit, id) if file else [],
        }
    return visit.show("appeal", **context)


def _files(view: View, visit: Visit, id: str) -> list[dict[str, Any]]:
    """Return the files that came with an appeal, each with an address that only its opener can use for some minutes."""
    try:
        listed = attachments.listed(view, id)
    except Forgotten:
        return []
    signer = TimestampSigner(salt=SALT)
    return [
        {"file": each, "address": f"/desk/file/{signer.sign(f'{each.id}.{visit.who.id}')}"} for each in listed
    ]


@reads("appeal")
def opened(visit: Visit, token: str) -> HttpResponse:
    """Answer with the safe copy of a file of an appeal that this person opened a moment ago.

    Raises: LinkEnded; then the appeal is opened once more.
    """
    try:
        named = TimestampSigner(salt=SALT).unsign(token, max_age=OPEN_FOR)
    except (BadSignature, SignatureExpired):
        raise LinkEnded(
            "this address was altered, or its minutes are over", "Open the appeal once more."
        ) from None
    attachment, _, opener = named.partition(".")
    if opener != visit.who.id:
        raise LinkEnded("somebody else opened this file", "Open the appeal yourself.")
    with house().store.read(visit.now) as view:
        return file_response(attachments.shown(view, attachment))
