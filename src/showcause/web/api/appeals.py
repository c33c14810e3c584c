"""Appeals that a person hands in on their platform."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from showcause.casework.lodging import MOST_TEXT
from showcause.casework.programs import appeal_of, lodge_appeal
from showcause.domain.api_key import Scope
from showcause.domain.appeal import Appeal, Appellant
from showcause.domain.lifecycle import AppealState
from showcause.store.view import View
from showcause.web.api.auth import Bearer, platform_of
from showcause.web.api.kinds import Flag, Id, Language, Moment, Reference, Sent, Told
from showcause.web.api.repeating import run_once
from showcause.web.house import house

router = Router()


class AppealSent(Sent):
    """An appeal in the person's own words, against what the reference in their letter names."""

    reference: Reference
    text: Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]
    language: Language = "en"


class AppealTold(Told):
    """An appeal as it stands now."""

    reference: Reference
    state: AppealState
    decision: Id
    appellant: Appellant
    lodged_at: Moment
    promised_at: Annotated[Moment, Field(description="The hour by which a person answers.")]
    answered_at: Moment | None
    overdue: Flag


@router.post(
    "/appeals",
    auth=Bearer(Scope.APPEALS),
    response={201: AppealTold, 200: AppealTold},
    operation_id="lodgeAppeal",
    summary="Lodge an appeal",
)
def lodge(request: HttpRequest, body: AppealSent) -> Any:
    """Lodges an appeal by the reference of a statement, or by the number of an answered report.

    It is heard by a person who took no part in the decision. 201: lodged now; 200: the same request came before.
    """
    platform = platform_of(request)
    made = run_once(
        request,
        lambda tx, now, ids: [
            lodge_appeal(tx, now, ids, platform, body.reference, body.text, body.language).id
        ],
    )
    here = house()
    with here.store.read(here.now()) as view:
        return Status(200 if made.replayed else 201, _told(view, view.get(Appeal, made.records[0])))


@router.get(
    "/appeals/{reference}",
    auth=Bearer(Scope.APPEALS),
    response=AppealTold,
    operation_id="getAppeal",
    summary="Look at an appeal",
)
def get_appeal(request: HttpRequest, reference: Reference) -> Any:
    """Tells what became of an appeal, by its own reference."""
    here = house()
    with here.store.read(here.now()) as view:
        return _told(view, appeal_of(view, platform_of(request), reference))


def _told(view: View, appeal: Appeal) -> AppealTold:
    return AppealTold.model_validate(appeal)
