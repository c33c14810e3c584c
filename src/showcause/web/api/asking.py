"""Asking before publishing: one event is taken, and the rules in force say whether its content waits for a person."""

import time
from datetime import timedelta
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from showcause.casework import links
from showcause.casework.event_schemas import schema_of
from showcause.casework.reading import setting
from showcause.casework.rulework import answering, reported
from showcause.casework.rulework.answering import FEWEST_MILLISECONDS, Review, Why
from showcause.domain.api_key import Scope
from showcause.domain.errors import WrongContentType
from showcause.domain.link import LinkKind
from showcause.web.api.auth import Bearer, platform_of
from showcause.web.api.events import JSON, EventSent, refuse
from showcause.web.api.kinds import Id, Moment, Reference, Told
from showcause.web.asking import ASKING
from showcause.web.asking import Told as Answered
from showcause.web.house import House, house

router = Router()
LANGUAGES = ("en", "fr")
Words = dict[Literal["en", "fr"], str]


class KeptBackTold(Told):
    """Why a content is kept back, for the platform and for its author."""

    rule: Annotated[str, Field(description="The rule that fired.")]
    version: Annotated[str, Field(description="The digest of the rule.")]
    clause: Annotated[str, Field(description="The clause that the rule watches over.")]
    title: Annotated[Words, Field(description="What the rule is called.")]
    says: Annotated[Words, Field(description="The rule as a sentence; empty where its files cannot be read.")]
    verdict: Annotated[
        str,
        Field(description="The name of the verdict; empty where no rule could tell, and that was enough."),
    ]
    case: Annotated[Id | None, Field(description="The case in which a person looks at it.")]
    number: Annotated[Reference, Field(description="The number to quote to the author.")]
    link: Annotated[
        str, Field(description="Where the author sees why, and what happens next. No login needed.")
    ]
    review: Annotated[Review, Field(description="How far the people are with it.")]
    passes_until: Annotated[
        Moment | None, Field(description="Until when the same words of the same account pass.")
    ]


class AnswerTold(Told):
    """Whether to publish. The same event is answered alike, until a person has looked at what was kept back."""

    answer: Annotated[
        Literal["pass", "hold"], Field(description="`hold`: do not publish it; a person looks at it first.")
    ]
    why: Annotated[Why, Field(description="Why, by a code that never changes its meaning.")]
    sequence: Annotated[int, Field(description="The event's place in the order of all events.")]
    at: Moment
    new: Annotated[bool, Field(description="Whether this request brought it; else it was there before.")]
    dropped: Annotated[list[str], Field(description="The fields that your schema does not name.")]
    within_ms: Annotated[int, Field(description="How long you were kept waiting at most.")]
    kept: Annotated[
        KeptBackTold | None,
        Field(description="By which rule, for which case; null where nothing was said in time."),
    ]


@router.post(
    "/events/ask",
    auth=Bearer(Scope.EVENTS, "asks"),
    response=AnswerTold,
    operation_id="askAboutEvent",
    summary="Ask before you publish",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": EventSent.model_json_schema(ref_template="#/components/schemas/{model}")}
            },
        }
    },
)
def ask_about_event(
    request: HttpRequest,
    within: Annotated[
        int | None,
        Query(ge=FEWEST_MILLISECONDS, le=60_000, description="How many milliseconds you can wait at most."),
    ] = None,
) -> Any:
    """Takes one event before you act on it, and tells what the rules in force say: `pass`, or `hold`.

    The event is on the disk before you are answered, and in the same order as all others; send it again and you are
    answered alike. `hold` means that a person looks at the content before it is published: give its author the link.
    It is never about an account. Where nothing was said in time, the answer is what your house chose for such cases.
    """
    began = time.monotonic()
    if request.content_type != JSON:
        raise WrongContentType("the body is no event", f"Send one event as {JSON}.")
    here, platform = house(), platform_of(request)
    with here.store.read(now := here.now()) as view:
        declared = schema_of(view, platform)
        waits = answering.milliseconds(view, [within])
    [placed] = here.intake.take(platform, declared, [request.body], now, timedelta(milliseconds=waits))
    sequence = placed.sequence
    if not placed.taken or sequence is None:
        raise refuse(placed)
    told = ASKING.told(platform, declared, sequence, began, waits)
    return {
        "answer": "hold" if told.held else "pass",
        "why": told.why,
        "sequence": sequence,
        "at": placed.moment,
        "new": placed.outcome == "new",
        "dropped": placed.dropped,
        "within_ms": waits,
        "kept": _kept(here, told),
    }


def _kept(here: House, told: Answered) -> dict[str, Any] | None:
    """Return by which rule something was kept back."""
    if told.kept is None or told.kept.report.rule is None:
        return None
    report, hit = told.kept.report, told.kept.report.rule
    with here.store.read(here.now()) as view:
        said = {each: reported.said(view, report, each) for each in LANGUAGES}
        address = setting(view, "address") or here.address
        token = links.token(view, LinkKind.KEPT_BACK, report.id)
    return {
        "rule": hit.rule,
        "version": hit.version,
        "clause": hit.clause,
        "title": {language: each.title for language, each in said.items() if each is not None},
        "says": {language: each.says for language, each in said.items() if each is not None},
        "verdict": hit.verdict,
        "case": report.case,
        "number": report.number,
        "link": f"{address}/h/{token}",
        "review": told.kept.review,
        "passes_until": told.kept.kept.passes_until,
    }
