"""Orders: what a platform without a connection of ours is asked, and what it says became of it."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field, field_validator

from showcause.casework import fetched
from showcause.casework.ports import Confirmation, Errand, FetchesOrders, Found, Reason, Result, Verb
from showcause.domain.api_key import Scope
from showcause.domain.errors import Unsupported
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from showcause.web.api.auth import Bearer, platform_of
from showcause.web.api.kinds import Flag, Id, Moment, Plain, Ref, Sent, Told
from showcause.web.house import house

router = Router()
MOST_ORDERS: Final = 100
MOST_LISTED: Final = 10_000
MOST_THINGS: Final = 64 * 1024
"""Bytes, as JSON, of what a platform says that a subject has."""
LONGEST_WAIT: Final = 20
LOOK_EACH: Final = 0.1
_WAITERS = threading.BoundedSemaphore(4)
"""Half of the threads that serve pages, so that nobody who waits keeps a reader out."""


class OrdersAsked(BaseModel):
    """Which orders are asked for."""

    after: Annotated[str | None, Field(max_length=24, description="`next` of the answer before.")] = None
    limit: Annotated[int, Field(ge=1, le=MOST_ORDERS)] = MOST_ORDERS
    wait: Annotated[
        int, Field(ge=0, le=LONGEST_WAIT, description="Seconds to wait for the first one if there is none.")
    ] = 0


class Named(Told):
    """Whom or what an order is about."""

    platform: str
    kind: SubjectKind
    ref: str


class OrderTold(Told):
    """One thing that your platform is asked.

    `restrict` and `lift` have a measure; a restriction has the receipt that your side checks, or is `urgent` and has
    none yet. `tell` has a text for the person; `look` asks how things stand and changes nothing.
    """

    id: Id
    verb: Verb
    subject: Named
    measure: Measure | None
    until: Moment | None
    number: Annotated[
        int | None, Field(description="The order's number; of a lift, of the order that it ends.")
    ]
    connector: Annotated[str, Field(description="The name under which the log numbers your orders.")]
    served: Annotated[Flag, Field(description="The person was served the reasons before.")]
    urgent: Flag
    receipt: Plain | None
    text: str
    reference: str
    asked_at: Moment


class OrdersTold(Told):
    """What waits for your platform, what gives back first. `next` is there when the list goes on."""

    orders: list[OrderTold]
    next: str | None


class ConfirmationSent(Sent):
    """What became of an order. `standing` says what stands there after it was done: read it from your own tables."""

    outcome: Annotated[
        Result, Field(description="`later` asks to be asked again; `gone`: there is nobody of this name.")
    ]
    reason: Annotated[Reason | None, Field(description="Why it is refused.")] = None
    standing: Annotated[
        list[Measure] | None,
        Field(max_length=len(Measure), description="The measures that stand on the subject now."),
    ] = None
    has: Annotated[
        Plain | None,
        Field(
            description="What the subject has now (rooms, followers, name), for the comparison. It is stored sealed."
        ),
    ] = None
    retry_after: Annotated[float | None, Field(ge=0, le=3600, description="Seconds, with `later`.")] = None

    @field_validator("has")
    @classmethod
    def _bounded(cls, value: Plain | None) -> Plain | None:
        if value is not None and len(json.dumps(value, ensure_ascii=False).encode()) > MOST_THINGS:
            raise ValueError(f"at most {MOST_THINGS} bytes as JSON")
        return value


class ConfirmationTold(Told):
    """Whether this confirmation was the first of its order; a repeated one changes nothing."""

    id: Id
    new: bool


class StandingSent(Sent):
    """One restriction that stands on your platform, whoever put it there."""

    kind: SubjectKind
    ref: Ref
    measure: Measure


class ListSent(Sent):
    """All restrictions that stand on your platform now."""

    restrictions: Annotated[list[StandingSent], Field(max_length=MOST_LISTED)]


class ListTaken(Told):
    """How many restrictions were taken."""

    restrictions: int


@router.get(
    "/orders",
    auth=Bearer(Scope.ORDERS),
    response=OrdersTold,
    operation_id="listOrders",
    summary="Fetch orders",
)
def list_orders(request: HttpRequest, asked: Annotated[OrdersAsked, Query()]) -> Any:
    """Lists what your platform is asked and has not confirmed yet; the same comes again until it has.

    Check the receipt of every restriction before you carry it out, unless it is urgent. A lift needs none.
    """
    platform = _platform(request)
    found = platform.errands(asked.after, asked.limit)
    if not found and asked.wait:
        _wait(platform, asked.wait)
        found = platform.errands(asked.after, asked.limit)
    following = found[-1].cursor if len(found) == asked.limit else None
    return OrdersTold(orders=[_told(each, platform.connector) for each in found], next=following)


@router.post(
    "/orders/{id}/confirmation",
    auth=Bearer(Scope.ORDERS),
    response=ConfirmationTold,
    operation_id="confirmOrder",
    summary="Say what became of an order",
)
def confirm_order(request: HttpRequest, id: Id, body: ConfirmationSent) -> Any:
    """Notes what became of an order. It is believed by what stands: `done` alone proves nothing.

    Repeating a confirmation is harmless. The first counts; how things stand is asked again by a new order.
    """
    standing = None if body.standing is None else frozenset(body.standing)
    said = Confirmation(body.outcome, body.reason, standing, body.has, body.retry_after)
    errand = _platform(request).confirm(id, said)
    if errand is not None:
        house().runner.run(fetched.confirmed, errand)
    return ConfirmationTold(id=id, new=errand is not None)


@router.put(
    "/restrictions",
    auth=Bearer(Scope.ORDERS),
    response=ListTaken,
    operation_id="putRestrictions",
    summary="List what stands",
)
def put_restrictions(request: HttpRequest, body: ListSent) -> Any:
    """Takes the complete list of the restrictions that stand on your platform, those made by hand among them.

    What nobody ordered is found by the nightly search, and its number is published.
    """
    platform, name = _platform(request), platform_of(request)
    platform.stands([Found(Subject(name, each.kind, each.ref), each.measure) for each in body.restrictions])
    return ListTaken(restrictions=len(body.restrictions))


def _platform(request: HttpRequest) -> FetchesOrders:
    """Return the platform of the request's key. Raises: NotPermitted; Unsupported for one that has a connector."""
    name = platform_of(request)
    found: object = house().site.platforms.get(name)
    if isinstance(found, FetchesOrders):
        return found
    raise Unsupported(
        f"{name} does not fetch its orders: its connector brings them there",
        "Connect a platform without a connector by `showcause connect orders NAME`.",
    )


def _wait(platform: FetchesOrders, seconds: int) -> None:
    """Wait for something to fetch, at most so long; when too many wait already, do not."""
    with _place() as free:
        end = time.monotonic() + seconds
        while free and not platform.is_waiting() and time.monotonic() < end:
            time.sleep(LOOK_EACH)


@contextmanager
def _place() -> Iterator[bool]:
    free = _WAITERS.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            _WAITERS.release()


def _told(errand: Errand, connector: str) -> OrderTold:
    subject = errand.subject
    return OrderTold(
        id=errand.id,
        verb=errand.verb,
        subject=Named(platform=subject.platform, kind=subject.kind, ref=subject.ref),
        measure=errand.measure,
        until=errand.until,
        number=errand.number,
        connector=connector,
        served=errand.served,
        urgent=errand.urgent,
        receipt=json.loads(errand.receipt) if errand.receipt else None,
        text=errand.text,
        reference=errand.reference,
        asked_at=errand.asked_at,
    )
