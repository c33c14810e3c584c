"""What webhooks tell: which step of which record is which event, and the letters that one transaction leaves behind.

A letter is a job, written in the transaction of what it tells, so that none is lost and none is sent for what was
rolled back. It holds ids and codes: whoever hears it fetches the rest with a key of their own.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from showcause.casework.ports import Ids
from showcause.domain.appeal import Appeal
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.report import Report
from showcause.domain.statement import Statement
from showcause.domain.webhook import WebhookEndpoint
from showcause.store.journal import Code
from showcause.store.tx import Move, Tx
from showcause.store.view import View

KIND: Final = "webhook"
"""The kind of the jobs that carry letters."""
TEST: Final = "webhook.test"

EVENTS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("report", "filed"): "report.filed",
        ("report", "refused"): "report.refused",
        ("report", "answered"): "report.answered",
        ("decision", "in-force"): "decision.in-force",
        ("decision", "superseded"): "decision.superseded",
        ("decision", "lapsed"): "decision.lapsed",
        ("enforcement", "pending"): "order.waiting",
        ("enforcement", "lifting"): "order.waiting",
        ("enforcement", "cancelled"): "order.cancelled",
        ("enforcement", "applied"): "enforcement.applied",
        ("enforcement", "lifted"): "enforcement.lifted",
        ("enforcement", "failed"): "enforcement.failed",
        ("enforcement", "stuck"): "enforcement.stuck",
        ("enforcement", "drifted"): "enforcement.drifted",
        ("enforcement", "permanent"): "enforcement.permanent",
        ("statement", "served"): "statement.served",
        ("statement", "undeliverable"): "statement.undeliverable",
        ("appeal", "lodged"): "appeal.lodged",
        ("appeal", "affirmed"): "appeal.answered",
        ("appeal", "amended"): "appeal.answered",
        ("appeal", "reversed"): "appeal.answered",
        ("appeal", "refused"): "appeal.answered",
        ("appeal", "withdrawn"): "appeal.ended",
        ("appeal", "moot"): "appeal.ended",
    }
)
"""The event that a record of this kind makes by entering this state."""

NAMES: Final = tuple(dict.fromkeys(EVENTS.values()))
_RECORDS: Final[Mapping[str, type[Any]]] = MappingProxyType(
    {
        "report": Report,
        "decision": Decision,
        "enforcement": Enforcement,
        "statement": Statement,
        "appeal": Appeal,
    }
)


def event_of(move: Move) -> str | None:
    """Return the event that a step is, or None. An appeal that a reviewer gives back is not lodged again."""
    name = EVENTS.get((move.kind, move.state))
    return None if name == "appeal.lodged" and move.before else name


def announce(tx: Tx, now: datetime, ids: Ids) -> None:
    """Leave a letter for every active endpoint that wants to hear of what this transaction did.

    A transaction without an event costs nothing, one without an endpoint a single look into a small table.
    """
    told = [(name, move) for move in tx.moves if (name := event_of(move))]
    if not told:
        return
    endpoints = tx.find(WebhookEndpoint, active=True)
    wanted = {name for each in endpoints for name in each.events}
    for name, move in told:
        if name in wanted:
            data = _data(tx, move)
            message = ids()
            for endpoint in _listening(endpoints, name, data):
                send(tx, now, endpoint, message, name, data)


def send(
    tx: Tx, now: datetime, endpoint: WebhookEndpoint, message: str, event: str, data: Mapping[str, Code]
) -> str:
    """Queue one letter to one endpoint and return its job's key; a letter is queued once."""
    key = f"{KIND}:{message}:{endpoint.id}"
    args = {"message": message, "event": event, "at": stamp(now), **data}
    tx.job(KIND, key, endpoint.id, due=now, args=args)
    return key


def stamp(now: datetime) -> str:
    """Return a moment as letters write it."""
    return now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _listening(
    endpoints: list[WebhookEndpoint], name: str, data: Mapping[str, Code]
) -> Iterator[WebhookEndpoint]:
    return (
        each for each in endpoints if name in each.events and each.platform in (None, data.get("platform"))
    )


def _data(view: View, move: Move) -> dict[str, Code]:
    """Return what a letter says: ids, states, platform; of several records that moved together, how many."""
    record: Any = view.first(_RECORDS[move.kind], id=move.record)
    decision = record.id if move.kind == "decision" else getattr(record, "decision", None)
    platform = getattr(record, "platform", None) or _platform_of(view, decision)
    data: dict[str, Code] = {"kind": move.kind, "state": move.state, "platform": platform}
    if move.count > 1:
        data["count"] = move.count
    else:
        data["id"] = move.record
    if move.before:
        data["before"] = move.before
    if decision is not None:
        data["decision"] = decision
    if case := getattr(record, "case", None):
        data["case"] = case
    return data


def _platform_of(view: View, decision: str | None) -> str | None:
    found = view.first(Decision, id=decision) if decision else None
    return found.platform if found else None
