"""Subjects: what a platform tells of its accounts and their content."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from showcause.casework import subjects
from showcause.casework.ports import FetchesOrders
from showcause.domain.api_key import Scope
from showcause.domain.subject import Reach, Subject, SubjectKind, SubjectRecord
from showcause.web.api.auth import Bearer, platform_of
from showcause.web.api.kinds import Count, Id, Moment, Plain, Ref, Sent, SubjectName, Told
from showcause.web.house import house

router = Router()


class ReachNumbers(Sent):
    """The numbers of an account's audience. They add a reviewer and never remove a rule."""

    followers: Count = 0
    members: Annotated[Count, Field(description="Members of the spaces that the account runs.")] = 0
    gained_today: Annotated[Count, Field(description="Followers gained since midnight UTC.")] = 0
    live_until: Annotated[Moment | None, Field(description="Until when the account is live at an event.")] = (
        None
    )


class SubjectSent(SubjectName):
    """What you know of a subject now. What is left out stays as it is."""

    author: Annotated[
        Ref | None, Field(description="The account that made it; counts when the subject is first seen.")
    ] = None
    reach: ReachNumbers | None = None
    contact: Annotated[
        str | None,
        Field(
            min_length=3,
            max_length=subjects.MOST_ADDRESS,
            description="An e-mail address for letters, stored sealed; null drops it. Accounts only.",
        ),
    ] = None
    snapshot: Annotated[
        Plain | None,
        Field(
            description="What the subject has now, at most 64 kB of JSON, stored sealed; the last two are kept."
        ),
    ] = None


class SubjectKept(Told):
    """What is kept of a subject."""

    id: Id
    kind: SubjectKind
    author: Id | None
    reach: ReachNumbers
    has_contact: bool
    snapshots: int


@router.put(
    "/subjects",
    auth=Bearer(Scope.SUBJECTS),
    response=SubjectKept,
    operation_id="putSubject",
    summary="Tell of a subject",
)
def put_subject(request: HttpRequest, body: SubjectSent) -> Any:
    """Registers an account or a piece of content, or notes what you say of it now. May be repeated.

    If you fetch orders and do not say `has` with their confirmations, push a snapshot before you confirm a `look` and
    after you carried out a `lift`: what came back is compared with what was there, and the person is told.
    """
    platform = platform_of(request)
    told = subjects.Told(
        Subject(platform, body.kind, body.ref),
        author=Subject(platform, SubjectKind.ACCOUNT, body.author) if body.author is not None else None,
        reach=_reach(body.reach) if body.reach else None,
        contact=body.contact if "contact" in body.model_fields_set else subjects.UNCHANGED,
        snapshot=body.snapshot,
    )
    kept = house().runner.run(subjects.tell, told)
    fetching: object = house().site.platforms.get(platform)
    if told.snapshot is not None and isinstance(fetching, FetchesOrders):
        fetching.seen(told.subject, told.snapshot)
    return _kept(kept)


def _reach(sent: ReachNumbers) -> Reach:
    return Reach(sent.followers, sent.members, sent.gained_today, sent.live_until)


def _kept(record: SubjectRecord) -> SubjectKept:
    return SubjectKept(
        id=record.id,
        kind=record.kind,
        author=record.author,
        reach=ReachNumbers(
            followers=record.reach.followers,
            members=record.reach.members,
            gained_today=record.reach.gained_today,
            live_until=record.reach.live_until,
        ),
        has_contact=record.contact is not None,
        snapshots=len(record.snapshots),
    )
