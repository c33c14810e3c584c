"""Events: what happens on a platform, one by one or line by line. What is answered as taken is on the disk."""

import json
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from showcause.casework.event_schemas import schema_of
from showcause.domain.api_key import Scope
from showcause.domain.errors import AlreadyExists, BadInput, Forgotten, Refused, WrongContentType
from showcause.rules.arriving import MOST_ID, Reason
from showcause.stream.intake import MOST_LINES, Answer, counts, lines_of
from showcause.web.api.auth import Bearer, key_of, platform_of
from showcause.web.api.kinds import Moment, Plain, Sent, Told, rfc3339
from showcause.web.house import house
from showcause.web.limits import BUCKETS

router = Router()
JSON: Final = "application/json"
LINES: Final = "application/x-ndjson"


class EventSent(Sent):
    """One event. Sending it again under the same id changes nothing."""

    id: Annotated[str, Field(min_length=1, max_length=MOST_ID, description="Your own id of this event.")]
    time: Annotated[
        Moment | None, Field(description="When it happened with you. No rule and no window reads it.")
    ] = None
    data: Annotated[Plain, Field(description="The fields that your schema names; others are not kept.")]


class EventPlaced(Told):
    """The place of one event in the order of all events."""

    sequence: int
    at: Annotated[Moment, Field(description="Its time in that order, which no other event has.")]
    new: Annotated[bool, Field(description="Whether this request brought it; else it was there before.")]
    dropped: Annotated[list[str], Field(description="The fields that your schema does not name.")]


class LineTold(Told):
    """What became of one line."""

    line: int
    outcome: Annotated[
        str, Field(description="`new`, `known`, or the code of the refusal, which never changes.")
    ]
    sequence: int | None = None
    at: Moment | None = None
    dropped: Annotated[list[str], Field(default_factory=list)]
    detail: str = ""
    hint: str = ""


class LinesTold(Told):
    """How many lines were taken, known and refused, and what became of each, in their order."""

    new: int
    known: int
    refused: int
    lines: list[LineTold]


@router.post(
    "/events",
    auth=Bearer(Scope.EVENTS, "event-calls"),
    response={201: EventPlaced, 200: EventPlaced | LinesTold},
    operation_id="takeEvents",
    summary="Send events",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": EventSent.model_json_schema(ref_template="#/components/schemas/{model}")},
                LINES: {"schema": {"type": "string", "description": "One event a line."}},
            },
        }
    },
)
def take_events(request: HttpRequest) -> Any:
    """Takes one event (`application/json`), or up to 5,000 lines of one event each (`application/x-ndjson`).

    One event: 201 if it is new, 200 if it was taken before. Lines: always 200, with what became of each; a line at
    fault keeps no other from being taken. An event that is answered as taken is on the disk. The event's own id makes
    sending it again harmless, so `Idempotency-Key` is not looked at. Another event under a known id is refused.
    """
    if request.content_type not in (JSON, LINES):
        raise WrongContentType(
            "the body is neither one event nor lines of events", f"Send {JSON} or {LINES}."
        )
    one = request.content_type == JSON
    lines = [request.body] if one else lines_of(request.body)
    if len(lines) > MOST_LINES:
        raise BadInput(f"{len(lines)} lines; at most {MOST_LINES} are taken at once", "Send them in parts.")
    answers = _take(request, lines)
    return _placed(answers[0]) if one else _told(answers)


def _take(request: HttpRequest, lines: list[bytes]) -> list[Answer]:
    here, platform = house(), platform_of(request)
    BUCKETS.take("events", key_of(request).id, len(lines))
    with here.store.read(now := here.now()) as view:
        declared = schema_of(view, platform)
    return here.intake.take(platform, declared, lines, now)


def _placed(answer: Answer) -> Status[dict[str, Any]]:
    """Return the place of the one event that was sent. Raises: AlreadyExists, Forgotten, BadInput."""
    if answer.taken:
        new = answer.outcome == "new"
        told = {"sequence": answer.sequence, "at": answer.moment, "new": new, "dropped": answer.dropped}
        return Status(201 if new else 200, told)
    raise refuse(answer)


def refuse(answer: Answer) -> Refused:
    """Return why one event that was sent was not taken."""
    match answer.outcome:
        case Reason.DIFFERS:
            return AlreadyExists(answer.detail, answer.hint)
        case Reason.FORGOTTEN:
            return Forgotten(answer.detail, answer.hint)
        case _:
            return BadInput(f"{answer.outcome}: {answer.detail}", answer.hint)


def _told(answers: list[Answer]) -> HttpResponse:
    """Return what became of each line, written at once: thousands of values go through no model."""
    body = {**counts(answers), "lines": [_line(each) for each in answers]}
    return HttpResponse(json.dumps(body, ensure_ascii=False), content_type=JSON)


def _line(each: Answer) -> dict[str, Any]:
    told: dict[str, Any] = {"line": each.line, "outcome": each.outcome}
    if each.moment is not None:
        told |= {"sequence": each.sequence, "at": rfc3339(each.moment)}
    if each.dropped:
        told["dropped"] = each.dropped
    if each.detail:
        told |= {"detail": each.detail, "hint": each.hint}
    return told
