"""What anybody may read without a key: where everything is, and the rules in force."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from showcause.domain import policy
from showcause.domain.lifecycle import PolicyState
from showcause.domain.policy import Ground
from showcause.domain.restriction import Measure
from showcause.domain.site import PolicyVersion
from showcause.web.api.kinds import Moment, Told
from showcause.web.house import house
from showcause.web.limits import take

router = Router()


class Texts(Told):
    """One text in each language of the house."""

    en: str
    fr: str


class RungTold(Told):
    """One step of a clause's ladder."""

    name: str
    measure: Measure
    seconds: Annotated[int | None, Field(description="How long it lasts; null: no end date.")]


class ClauseTold(Told):
    """One rule in force, as decisions cite it."""

    ref: Annotated[str, Field(examples=["integrity.spam@1"])]
    in_force_from: Moment
    ground: Ground
    category: str
    title: Texts
    rule: Texts
    why: Texts
    ladder: list[RungTold]


class ClauseList(Told):
    """The rules in force."""

    items: list[ClauseTold]


class Start(Told):
    """Where things are."""

    openapi: str
    docs: str
    policies: str
    log: str
    checkpoint: str


@router.get("/", response=Start, operation_id="start", summary="Where things are")
def start(request: HttpRequest) -> Any:
    """Tells where the parts of this API and of the public log are."""
    take(request, "pages")
    at = house().address
    return Start(
        openapi=f"{at}/api/v1/openapi.json",
        docs=f"{at}/api/v1/docs",
        policies=f"{at}/api/v1/policies",
        log=f"{at}/log/",
        checkpoint=f"{at}/checkpoint",
    )


@router.get("/policies", response=ClauseList, operation_id="listPolicies", summary="List the rules in force")
def list_policies(request: HttpRequest) -> Any:
    """Lists the rules in force, each with its ladder of measures. No key is needed."""
    take(request, "pages")
    here = house()
    with here.store.read(here.now()) as view:
        held = view.find(PolicyVersion, state=PolicyState.IN_FORCE)
    return ClauseList(items=[_told(each) for each in sorted(held, key=lambda each: each.clause_id)])


def _texts(texts: policy.Texts) -> Texts:
    return Texts(**{each.language: each.text for each in texts})


def _told(version: PolicyVersion) -> ClauseTold:
    clause = version.clause
    return ClauseTold(
        ref=clause.ref,
        in_force_from=version.in_force_from or version.proposed_at,
        ground=clause.ground,
        category=clause.category,
        title=_texts(clause.titles),
        rule=_texts(clause.rules),
        why=_texts(clause.whys),
        ladder=[
            RungTold(
                name=rung.name,
                measure=rung.measure,
                seconds=int(rung.duration.total_seconds()) if rung.duration is not None else None,
            )
            for rung in clause.ladder
        ],
    )
