"""Cases: what is under review. States and counts, never reporters."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from showcause.casework.programs import theirs
from showcause.casework.reading import subject_of
from showcause.domain.api_key import Scope
from showcause.domain.case import Case
from showcause.domain.errors import Forgotten
from showcause.domain.lifecycle import CaseState
from showcause.domain.subject import SubjectKind, SubjectRecord
from showcause.store.listing import Row, listed
from showcause.store.view import View
from showcause.web.api.auth import Bearer, platform_of
from showcause.web.api.kinds import Id, Moment, SubjectTold, Told
from showcause.web.api.pages import PageAsked, following, place
from showcause.web.house import house

router = Router()


class CaseTold(Told):
    """One subject under review. `reports` counts what came in; nothing in a decision takes that number."""

    id: Id
    state: CaseState
    subject: SubjectTold
    opened_at: Moment
    urgent: bool
    tier: int
    reports: int
    merged_into: Id | None


class CasePage(Told):
    """Cases, oldest first."""

    items: list[CaseTold]
    next: str | None


@router.get(
    "/cases",
    auth=Bearer(Scope.CASES),
    response=CasePage,
    operation_id="listCases",
    summary="List cases",
)
def list_cases(request: HttpRequest, asked: PageAsked) -> Any:
    """Lists the cases of your platform, oldest first."""
    here, platform = house(), platform_of(request)
    with here.store.read(here.now()) as view:
        whose = f"cases {platform}"
        rows = listed(view, "cases", place(view, whose, asked), asked.limit + 1, platform=platform)
        items = [_told(view, row) for row in rows[: asked.limit]]
        return CasePage(items=items, next=following(view, whose, rows, asked.limit))


@router.get(
    "/cases/{id}",
    auth=Bearer(Scope.CASES),
    response=CaseTold,
    operation_id="getCase",
    summary="Look at a case",
)
def get_case(request: HttpRequest, id: Id) -> Any:
    """Tells how far the review of a subject is."""
    here = house()
    with here.store.read(here.now()) as view:
        case = theirs(view, Case, "case", platform_of(request), id=id)
        names = ("id", "state", "subject", "opened_at", "urgent", "tier", "reports", "merged_into")
        return _told(view, {name: getattr(case, name) for name in names})


def _told(view: View, row: Row) -> CaseTold:
    return CaseTold(**{**row, "subject": told_subject(view, row["subject"])})


def told_subject(view: View, record_id: str) -> SubjectTold:
    """Return a subject as its own platform is told of it."""
    try:
        subject = subject_of(view, record_id)
    except Forgotten:
        record = view.get(SubjectRecord, record_id)
        return SubjectTold(id=record_id, kind=SubjectKind(record.kind), ref=None)
    return SubjectTold(id=record_id, kind=subject.kind, ref=subject.ref)
