"""Verdicts: which rule fired on which event, why, and whether it would again."""

from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from showcause.casework.rulework.backtesting import moment
from showcause.casework.rulework.explaining import Explained, explain
from showcause.casework.rulework.replaying import ReplayCode, ReplayResult, replay
from showcause.domain.api_key import Scope
from showcause.domain.errors import NotFound
from showcause.store.verdicts import Verdict, named, reached, verdicts
from showcause.store.view import View
from showcause.web.api.auth import Bearer, key_of, platform_of
from showcause.web.api.kinds import Moment, Told
from showcause.web.house import house
from showcause.web.limits import BUCKETS

router = Router()
MOST_EVENTS: Final = 200_000
"""How many events are read to count the windows of one verdict again; beyond, the command line does it."""
MOST_LISTED: Final = 1_000
MOST_RULES: Final = 10_000

Name = Annotated[
    str,
    Field(
        min_length=3,
        max_length=200,
        description="The name of a verdict: the event's place, the rule, and the beginning of its digest.",
        examples=["812.flood.5f2a9c81d0ab"],
    ),
]
Value = bool | int | float | str | None
Words = dict[Literal["en", "fr"], str]


class VerdictTold(Told):
    """A rule that fired on an event of your platform."""

    id: Name
    event: Annotated[int, Field(description="The event's place in the order of all events.")]
    at: Moment
    rule: str
    version: Annotated[str, Field(description="The digest of the rule.")]
    rules: Annotated[str, Field(description="The digest of the whole rule set.")]
    counters: Annotated[
        dict[str, int | float | None], Field(description="What each counter said; null: unknown.")
    ]
    came: Annotated[list[str], Field(description="What followed, by words that never change.")]
    report: Annotated[
        str | None, Field(description="The report that it became, or counts onto; null where it is none.")
    ]
    budget_ms: Annotated[
        float | None, Field(description="How long you waited for it at most; null where you did not ask.")
    ]
    used_ms: Annotated[float | None, Field(description="How much of that had passed when it was recorded.")]


class VerdictPage(Told):
    """Verdicts in the order of their events, those of one event together. A page may hold fewer than were asked for."""

    items: list[VerdictTold]
    next: Annotated[int | None, Field(description="Send it as `after` for the next page; null at the end.")]


class FindingTold(Told):
    """One thing that is missing, or that differs."""

    code: Annotated[ReplayCode, Field(description="Never changes its meaning.")]
    about: Annotated[str, Field(description="The counter that it is about, if any.")]
    said: str


class ReplayTold(Told):
    """What came of making a verdict once more."""

    verdict: VerdictTold
    result: ReplayResult
    findings: list[FindingTold]


class DecidedTold(Told):
    """One condition that made the rule fire."""

    text: str
    words: Words
    read: Annotated[dict[str, Value], Field(description="What it read; what names somebody is `(personal)`.")]


class BehindTold(Told):
    """One event behind a number."""

    sequence: int
    at: Moment
    id: Annotated[str, Field(description="Your own id of it; empty where it was emptied.")]


class CountedTold(Told):
    """What a counter said, and the newest of the events behind it."""

    name: str
    id: str
    value: int | float | None
    saturated: Annotated[bool, Field(description="It was at its bound, and there was more.")]
    made_of: int
    events: list[BehindTold]
    why: Annotated[str, Field(description="Why no events are named.")]


class ListedTold(Told):
    """A list that was looked into."""

    name: str
    version: int
    digest: str
    matched: Value


class ExplanationTold(Told):
    """Why a rule fired."""

    id: Name
    event: int
    at: Moment
    rule: str
    number: int | None
    version: str
    rules: str
    semantics: int
    result: ReplayResult
    missing: list[FindingTold]
    title: Words
    clause: str
    says: Words
    does: Words
    decided: list[DecidedTold]
    counters: list[CountedTold]
    lists: list[ListedTold]
    tree: Annotated[list[str], Field(description="All that was looked at, indented by depth.")]


@router.get(
    "/verdicts",
    auth=Bearer(Scope.VERDICTS),
    response=VerdictPage,
    operation_id="listVerdicts",
    summary="List verdicts",
)
def list_verdicts(
    request: HttpRequest,
    after: Annotated[int, Query(ge=0, le=2**53, description="The last event that you have seen.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
) -> Any:
    """Lists which rules fired on events of your platform, all those of one event together."""
    here, platform = house(), platform_of(request)
    with here.store.read(here.now()) as view:
        # What a part that is behind says of earlier events would be missed by who asks on from here.
        judged = upto.sequence if (upto := reached(view, platform)) is not None else 0
        found = verdicts(view, after, most=limit, upto=judged)
        last = found[-1].event if len(found) == limit else None
        if last is not None:  # all of the last event, however many rules fired on it
            found += verdicts(view, last - 1, most=MOST_RULES, upto=last)
        whole = {each.id: each for each in found}
        return {"items": [_told(each) for each in _theirs(platform, [*whole.values()])], "next": last}


@router.get(
    "/verdicts/{id}",
    auth=Bearer(Scope.VERDICTS),
    response=VerdictTold,
    operation_id="getVerdict",
    summary="Look at a verdict",
)
def get_verdict(request: HttpRequest, id: Name) -> Any:
    """Tells which rule fired on an event of your platform, in which version, and what its counters said."""
    here = house()
    with here.store.read(here.now()) as view:
        return _told(_named(view, request, id))


@router.get(
    "/verdicts/{id}/explanation",
    auth=Bearer(Scope.VERDICTS),
    response=ExplanationTold,
    operation_id="explainVerdict",
    summary="Explain a verdict",
)
def explain_verdict(request: HttpRequest, id: Name) -> Any:
    """Says what decided, in words, what it read, and which events stand behind each number.

    Nobody is named: your own ids of events are, and by them you find who it was.
    """
    here = house()
    with here.store.read(here.now()) as view:
        verdict = _named(view, request, id)
        _count(request)
        found: Explained = explain(view, here.intake.log, verdict, most=MOST_EVENTS)
    return found


@router.get(
    "/verdicts/{id}/replay",
    auth=Bearer(Scope.VERDICTS),
    response=ReplayTold,
    operation_id="replayVerdict",
    summary="Replay a verdict",
)
def replay_verdict(request: HttpRequest, id: Name) -> Any:
    """Makes a verdict once more, by what made it, and says whether it comes out the same, or what is missing.

    Windows that hold more than 200,000 events are not counted again here; the house's command line does it.
    """
    here = house()
    with here.store.read(here.now()) as view:
        verdict = _named(view, request, id)
        _count(request)
        [found] = replay(view, here.intake.log, [verdict], MOST_EVENTS)
    return {"verdict": _told(verdict), "result": found.result, "findings": found.findings}


def _named(view: View, request: HttpRequest, id: str) -> Verdict:
    """Return a verdict on an event of the key's platform. Raises: BadInput, NotFound."""
    found = named(view, id)
    if not _theirs(platform_of(request), [found]):
        raise NotFound(f"no rule {found.rule!r} fired on event {found.event}", "`GET /verdicts` lists them.")
    return found


def _theirs(platform: str, found: list[Verdict]) -> list[Verdict]:
    """Return those verdicts that are of events of a platform."""
    if not found:
        return []
    log = house().intake.log
    ours = {each.sequence for each in log.at({each.at for each in found}) if each.platform == platform}
    return [each for each in found if each.event in ours]


def _told(each: Verdict) -> dict[str, Any]:
    names = ("id", "event", "rule", "version", "rules", "counters", "came")
    times = {"budget_ms": each.budget, "used_ms": each.used}
    return {
        **{name: getattr(each, name) for name in names},
        "at": moment(each.at),
        "report": each.report or None,
        **{name: None if micros is None else micros / 1000 for name, micros in times.items()},
    }


def _count(request: HttpRequest) -> None:
    BUCKETS.take("replay", key_of(request).id)
