"""Reports: how everything enters."""

import json
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field, field_validator

from showcause.casework.intake import MOST_HINT, MOST_KEY, MOST_REASON, Manner
from showcause.casework.ports import IncomingReport
from showcause.casework.programs import MOST_REPORTS, Taken, take_reports, theirs
from showcause.domain.api_key import Scope
from showcause.domain.lifecycle import ReportState
from showcause.domain.report import IntakeKind, Report
from showcause.domain.subject import Subject, SubjectKind
from showcause.web.api.auth import Bearer, platform_of
from showcause.web.api.kinds import Flag, Id, Language, Moment, Plain, Ref, Reference, Sent, SubjectName, Told
from showcause.web.api.repeating import run_once
from showcause.web.house import house

router = Router()
MOST_EVIDENCE = 32 * 1024


class ReportSent(Sent):
    """One report about one subject. Sending it again under the same external key changes nothing."""

    external_key: Annotated[
        str, Field(min_length=1, max_length=MOST_KEY, description="Your own id of this report.")
    ]
    subject: SubjectName
    author: Annotated[Ref | None, Field(description="The account that made the content, if you know it.")] = (
        None
    )
    reporter: Annotated[Ref | None, Field(description="The account that reports; null if anonymous.")] = None
    reason: Annotated[str, Field(max_length=MOST_REASON, description="The reporter's own words.")] = ""
    hint: Annotated[str, Field(max_length=MOST_HINT, description="The category that the reporter chose.")] = (
        ""
    )
    language: Language = "en"
    intake: Annotated[
        Literal["terms-report", "art16"],
        Field(description="A breach of your terms, or a notice of illegal content (DSA Art. 16)."),
    ] = "terms-report"
    life: Annotated[Flag, Field(description="Somebody's life is in danger: reviewed before all others.")] = (
        False
    )
    good_faith: Annotated[
        Flag, Field(description="Art. 16(2)(d): the notifier's statement of good faith.")
    ] = False
    identity_known: Annotated[
        Flag, Field(description="Art. 16(2)(c): you have the notifier's name and e-mail address.")
    ] = False
    no_name_asked: Annotated[
        Flag, Field(description="Art. 16(2)(c): no name is asked, for offences against children.")
    ] = False
    evidence: Annotated[
        Plain | None, Field(description="What was reported, as it stood then. It is stored sealed.")
    ] = None

    @field_validator("evidence")
    @classmethod
    def _bounded(cls, value: Plain | None) -> Plain | None:
        if value is not None and len(json.dumps(value, ensure_ascii=False).encode()) > MOST_EVIDENCE:
            raise ValueError(f"at most {MOST_EVIDENCE} bytes as JSON")
        return value


class ReportTold(Told):
    """A report as it stands now. Who reported is never told."""

    id: Id
    number: Reference
    state: ReportState
    intake: IntakeKind
    received_at: Moment
    subject: Id
    case: Id | None
    refused_because: str


class ReportTaken(ReportTold):
    """A report, and whether this request made it."""

    new: bool


class BatchSent(Sent):
    """Several reports: all of them are taken, or none."""

    reports: Annotated[list[ReportSent], Field(min_length=1, max_length=MOST_REPORTS)]


class BatchTold(Told):
    """The reports of a batch, in the order in which they were sent."""

    reports: list[ReportTaken]


@router.post(
    "/reports",
    auth=Bearer(Scope.REPORTS),
    response={201: ReportTaken, 200: ReportTaken},
    operation_id="takeReport",
    summary="Send a report",
)
def take_report(request: HttpRequest, body: ReportSent) -> Any:
    """Takes one report and files it into the open case of its subject. 201: it is new; 200: it was taken before.

    A report opens a review and does nothing else: no number of reports ever restricts anybody.
    """
    [told] = _take(request, [body])
    return Status(201 if told.new else 200, told)


@router.post(
    "/reports/batch",
    auth=Bearer(Scope.REPORTS),
    response=BatchTold,
    operation_id="takeReports",
    summary="Send many reports",
)
def take_batch(request: HttpRequest, body: BatchSent) -> Any:
    """Takes up to 1,000 reports in one transaction: all of them, or none if one is at fault, which is named.

    While a batch is written everybody else waits: some hundred at a time are better than a thousand.
    """
    return BatchTold(reports=_take(request, body.reports))


@router.get(
    "/reports/{number}",
    auth=Bearer(Scope.REPORTS),
    response=ReportTold,
    operation_id="getReport",
    summary="Look at a report",
)
def get_report(request: HttpRequest, number: Reference) -> Any:
    """Tells what became of a report, by its number."""
    here = house()
    with here.store.read(here.now()) as view:
        return _told(theirs(view, Report, "report", platform_of(request), number=number))


def _take(request: HttpRequest, sent: list[ReportSent]) -> list[ReportTaken]:
    platform = platform_of(request)
    several = [_incoming(platform, each) for each in sent]
    taken: list[Taken] = []

    def make(tx: Any, now: Any, ids: Any) -> list[str]:
        taken[:] = take_reports(tx, now, ids, several)
        return [each.report.id for each in taken]

    made = run_once(request, make)
    if made.replayed:
        here = house()
        with here.store.read(here.now()) as view:
            return [_taken(view.get(Report, id_), new=False) for id_ in made.records]
    return [_taken(each.report, new=each.new) for each in taken]


def _incoming(platform: str, sent: ReportSent) -> tuple[IncomingReport, Manner]:
    incoming = IncomingReport(
        external_key=sent.external_key,
        subject=Subject(platform, sent.subject.kind, sent.subject.ref),
        author=_account(platform, sent.author),
        reporter=_account(platform, sent.reporter),
        reason=sent.reason,
        received_at=house().now(),
        evidence=sent.evidence,
        hint=sent.hint,
    )
    manner = Manner(
        IntakeKind(sent.intake),
        sent.language,
        life=sent.life,
        good_faith=sent.good_faith,
        has_identity=sent.identity_known,
        no_name_asked=sent.no_name_asked,
    )
    return incoming, manner


def _account(platform: str, ref: str | None) -> Subject | None:
    return Subject(platform, SubjectKind.ACCOUNT, ref) if ref is not None else None


def _told(report: Report) -> ReportTold:
    return ReportTold.model_validate(report)


def _taken(report: Report, *, new: bool) -> ReportTaken:
    return ReportTaken(**_told(report).model_dump(), new=new)
