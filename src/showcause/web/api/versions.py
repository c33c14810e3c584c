"""Versions of rules over what happened: whom one would have hit, and what two of them would have hit differently."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import Field

from showcause.casework.rulework import backtesting, forecasting, showing
from showcause.casework.rulework.trying import Forecast
from showcause.domain.api_key import Scope
from showcause.domain.errors import BadInput
from showcause.store.events import EventLog
from showcause.web.api.auth import Bearer, key_of, platform_of
from showcause.web.api.kinds import Moment, Told
from showcause.web.house import house
from showcause.web.limits import BUCKETS

router = Router()
MOST_EVENTS: Final = 200_000
"""How many events are looked at, those included that only fill the windows; beyond, the command line does it."""
MOST_TOLD: Final = 100

Version = Annotated[
    str,
    Path(
        min_length=1,
        max_length=140,
        description="A version of a rule, ended ones too: its name and number, or the beginning of its digest.",
        examples=["flood@3", "flood@5f2a9c"],
    ),
]
Since = Annotated[
    Moment | None, Query(alias="from", description="Begin of the period; else a week before its end.")
]
Until = Annotated[Moment | None, Query(alias="to", description="End of the period; else now.")]


class HitTold(Told):
    """What a version would have hit among your events in a period."""

    events: Annotated[int, Field(description="How many events of yours the period has.")]
    hits: int
    degraded: Annotated[int, Field(description="Events about which it cannot know.")]
    accounts: int
    sample: Annotated[list[str], Field(description="Your own ids of the first 100 events that it hits.")]
    missing: Annotated[
        list[str],
        Field(description="In sentences: events of the period that are not there any more, and why."),
    ]


class DifferenceTold(HitTold):
    """What a version would have hit, beside what an earlier one would have."""

    new: Annotated[int, Field(description="Hits that the earlier one does not have.")]
    lost: int
    unchanged: int
    accounts_new: int
    accounts_lost: int


@router.get(
    "/rules/{version}/hits",
    auth=Bearer(Scope.VERDICTS),
    response=HitTold,
    operation_id="whoElse",
    summary="Ask whom a version would have hit",
)
def who_else(request: HttpRequest, version: Version, since: Since = None, until: Until = None) -> Any:
    """Evaluates a version of a rule over your events of a period, as it was evaluated when it acted.

    No account is named; your own ids of events are. Periods of more than 200,000 events, with what fills the windows
    before them, are refused; the house's command line has no such bound.
    """
    return _told(_forecast(request, version, None, since, until))


@router.get(
    "/rules/{version}/hits/{before}",
    auth=Bearer(Scope.VERDICTS),
    response=DifferenceTold,
    operation_id="compareVersions",
    summary="Compare two versions of a rule",
)
def difference(
    request: HttpRequest, version: Version, before: Version, since: Since = None, until: Until = None
) -> Any:
    """Says what a version of a rule would have hit in a period, and what an earlier version of it would have hit."""
    return _told(_forecast(request, version, before, since, until))


def _forecast(
    request: HttpRequest, version: str, before: str | None, since: datetime | None, until: datetime | None
) -> Forecast:
    """Evaluate within the bounds. Raises: BadInput, NotFound, TooMany."""
    here, platform = house(), platform_of(request)
    BUCKETS.take("who-else", key_of(request).id)
    end = until or here.now()
    start = since or end - timedelta(days=7)
    with here.store.read(here.now()) as view:
        held = showing.named(view, version, platform)
        earlier = showing.named(view, before, platform) if before else None
        prepared = backtesting.prepare_past(view, held, earlier)
    first = backtesting.microseconds(start) - prepared.longest
    check_span(here.intake.log, first, backtesting.microseconds(end), MOST_EVENTS)
    return forecasting.forecast(prepared, here.intake.log, platform, start, end)


def check_span(log: EventLog, first: int, last: int, most: int) -> None:
    """Check that no more events lie between two times than may be looked at. Raises: BadInput."""
    count = log.last_until(last)[0] - log.last_until(first - 1)[0]
    if count > most:
        raise BadInput(
            f"the period has {count} events, with those before it that fill the windows; at most {most}",
            "Ask for a shorter one, or use `showcause rules who-else` on the machine itself.",
        )


def _told(found: Forecast) -> dict[str, Any]:
    names = (
        "events",
        "hits",
        "degraded",
        "accounts",
        "new",
        "lost",
        "unchanged",
        "accounts_new",
        "accounts_lost",
    )
    lists = {"sample": [*found.sample[:MOST_TOLD]], "missing": [*found.lacks]}
    return {name: getattr(found, name) for name in names} | lists
