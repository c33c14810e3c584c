"""Events through the API: each has its place, each line its own answer, and sending again is harmless."""

import json
from pathlib import Path
from typing import Any

import pytest

from showcause.casework.event_schemas import declare
from showcause.domain.api_key import Scope
from showcause.rules.declared import Declaration
from showcause.rules.schema import Field, Schema, Type
from showcause.web.limits import BUCKETS, LIMITS
from tests.house import PLATFORM
from tests.web.api.program import Program, of_another_platform, program
from tests.web.stand import Stand

DECLARED = Declaration(
    Schema(
        (
            Field("kind", Type.TEXT, nullable=False),
            Field("score", Type.FLOAT),
            Field("actor.id", Type.TEXT, sensitive=True),
        )
    ),
    account="actor.id",
)


@pytest.fixture
def calling(stand: Stand) -> Program:
    stand.house.run(declare, PLATFORM, DECLARED, "ada")
    return program(stand, (Scope.EVENTS,))


def event(id: str = "e-1", **data: Any) -> dict[str, Any]:
    return {"id": id, "time": "2026-03-01T12:00:00Z", "data": {"kind": "post", **data}}


def lines(*sent: object) -> bytes:
    return b"".join(each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n" for each in sent)


def send(calling: Program, body: bytes) -> Any:
    return calling.send("POST", "/events", body, content_type="application/x-ndjson")


def test_one_event_gets_its_place_and_keeps_it(calling: Program) -> None:
    first = calling.post("/events", event(colour="red"))
    assert first.status_code == 201
    assert first.json() == {
        "sequence": 1,
        "at": "2026-11-22T12:00:00Z",
        "new": True,
        "dropped": ["colour"],
    }
    assert first["RateLimit-Policy"].startswith('"event-calls"'), "apart from all other calls"
    again = calling.post("/events", event(colour="red"))
    assert again.status_code == 200
    assert again.json() == first.json() | {"new": False}


def test_another_event_under_a_known_id_is_refused(calling: Program) -> None:
    calling.post("/events", event(score=0.5))
    answer = calling.post("/events", event(score=0.6))
    assert answer.status_code == 409
    assert answer.json()["code"] == "already-exists"
    assert "id of its own" in answer.json()["hint"]


@pytest.mark.parametrize(
    "body, said",
    [
        (b'{"id": "e-1", "data": {"kind": "post", "score": NaN}}', "event-value: NaN is no number of JSON"),
        (b'{"id": "e-1", "data": {"kind": "post", "kind": "dm"}}', "event-field-twice"),
        (b'{"id": "e-1", "data": {}}', "event-value: the event lacks kind"),
        (b"[]", "event-out-of-form"),
    ],
)
def test_what_is_refused_says_why_by_a_code(calling: Program, body: bytes, said: str) -> None:
    answer = calling.post("/events", body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(said)
    assert answer.json()["hint"]


def test_each_line_has_its_own_answer(calling: Program) -> None:
    answer = send(calling, lines(event("a"), b"nonsense\n", event("b", colour="red"), event("a")))
    assert answer.status_code == 200
    told = answer.json()
    assert (told["new"], told["known"], told["refused"]) == (2, 1, 1)
    assert told["lines"][0] == {"line": 1, "outcome": "new", "sequence": 1, "at": "2026-11-22T12:00:00Z"}
    assert told["lines"][1]["outcome"] == "event-not-json"
    assert told["lines"][1]["hint"]
    assert told["lines"][2]["dropped"] == ["colour"]
    assert told["lines"][3]["outcome"] == "known"


def test_events_of_two_platforms_share_one_order_and_nothing_else(stand: Stand, calling: Program) -> None:
    other = of_another_platform(stand)
    stand.house.run(declare, "harbour", DECLARED, "ada")
    placed = [each.post("/events", event()).json()["sequence"] for each in (calling, other)]
    assert placed == [1, 2]


def test_before_a_platform_says_what_its_events_hold_none_is_taken(stand: Stand) -> None:
    answer = program(stand, (Scope.EVENTS,)).post("/events", event())
    assert answer.status_code == 404
    assert "showcause events schema plaza" in answer.json()["hint"]


def test_a_body_of_another_kind_is_refused(calling: Program) -> None:
    answer = calling.send("POST", "/events", b"kind=post", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 415


def test_the_limit_counts_events_and_not_requests(calling: Program) -> None:
    BUCKETS.take("events", calling.key.id, LIMITS["events"].burst - 3)
    assert send(calling, lines(event("a"), event("b"), event("c"))).status_code == 200
    refused = send(calling, lines(*(event(f"{n}") for n in range(100))))
    assert refused.status_code == 429
    assert refused["Retry-After"]


def test_nothing_personal_is_in_the_file(stand: Stand, calling: Program, tmp_path: Path) -> None:
    assert calling.post("/events", event(actor={"id": "@mallory:plaza.example"})).status_code == 201
    stored = stand.pages.intake.log.read(0, 9)[0]
    assert stand.pages.intake.names(stored.sealed) == {"actor.id": "@mallory:plaza.example"}
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert any(each.name == "events.db" for each in files)
    assert not [each for each in files if b"@mallory" in each.read_bytes()]
