"""Orders over the API: whose they are, how long one waits for them, and what a confirmation may say."""

import threading
import time
from dataclasses import dataclass, replace

import pytest

from showcause.casework import founding
from showcause.casework.ports import Platform, Verb
from showcause.connectors.gate import Gate
from showcause.connectors.memory import Memory
from showcause.connectors.orders import OrdersPlatform
from showcause.connectors.orders_book import Book
from showcause.connectors.orders_card import card
from showcause.connectors.urgent import UrgentSpool
from showcause.domain.api_key import Scope
from showcause.domain.errors import NotYetConfirmed
from showcause.domain.restriction import Measure
from showcause.domain.site import Mode
from showcause.domain.subject import Subject, SubjectKind
from showcause.web.configuration import serve_house
from tests.house import House
from tests.web.api.program import Program, program
from tests.web.stand import Served, Stand

NAMES = ("commons", "annex")
MALLORY = "mallory"


class Several(Served):
    """The tests' house with two platforms that fetch their orders."""

    fetching: dict[str, OrdersPlatform]

    @property
    def platforms(self) -> dict[str, Platform]:
        return {**super().platforms, **self.fetching}


@dataclass
class Door:
    """The program of one platform, and the connectors of both."""

    commons: Program
    annex: Program
    connectors: dict[str, OrdersPlatform]

    def ask(self, name: str = "commons") -> None:
        """Ask a platform to tell somebody something."""
        someone = Subject(name, SubjectKind.ACCOUNT, MALLORY)
        with pytest.raises(NotYetConfirmed):
            self.connectors[name].deliver(someone, "a letter", f"letter of {name}")


def _connector(house: House, name: str) -> OrdersPlatform:
    gate = Gate(name, name, house.log_policy, Memory(house.folder / f"{name}-gate.db", b"g" * 32))
    spool = UrgentSpool(house.folder / f"{name}-spool", b"s" * 32, b"i" * 32)
    book = Book(house.folder / f"{name}-orders.db", b"s" * 32)
    return OrdersPlatform(card(name, "", "yes"), book, gate, spool, house.clock)


@pytest.fixture
def door(stand: Stand) -> Door:
    house, site = stand.house, Several(stand.house)
    for name in NAMES:
        house.run(
            founding.connect_platform,
            name,
            "orders",
            card(name, "", "yes").measures,
            "ada",
            mode=Mode.ENFORCE,
        )
    site.fetching = {name: _connector(house, name) for name in NAMES}
    serve_house(replace(stand.pages, site=site))
    commons, annex = (program(stand, (Scope.ORDERS,), name, f"{name}-bot") for name in NAMES)
    return Door(commons, annex, {name: _connector(house, name) for name in NAMES})


def test_a_platform_sees_and_confirms_its_own_orders_alone(door: Door) -> None:
    door.ask()
    [order] = door.commons.get("/orders").json()["orders"]
    assert (order["verb"], order["subject"]["ref"], order["text"]) == (Verb.TELL, MALLORY, "a letter")
    assert door.annex.get("/orders").json() == {"orders": [], "next": None}
    path = f"/orders/{order['id']}/confirmation"
    assert door.annex.post(path, {"outcome": "done"}).json()["code"] == "not-found"
    assert door.commons.post(path, {"outcome": "done"}).json() == {"id": order["id"], "new": True}
    assert door.commons.post(path, {"outcome": "gone"}).json()["new"] is False
    assert (
        door.connectors["commons"]
        .deliver(Subject("commons", SubjectKind.ACCOUNT, MALLORY), "a letter", "letter of commons")
        .delivered
    )


def test_a_key_needs_the_scope_and_a_platform_with_a_connector_fetches_nothing(
    stand: Stand, door: Door
) -> None:
    reader = program(stand, (Scope.REPORTS,), "commons", "reader")
    assert reader.get("/orders").json()["code"] == "not-permitted"
    assert program(stand, (Scope.ORDERS,), name="plaza-orders").get("/orders").json()["code"] == "unsupported"
    assert door.commons.send("GET", "/orders", HTTP_AUTHORIZATION="Bearer nonsense").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"outcome": "perhaps"},
        {"outcome": "refused"},
        {"outcome": "done", "standing": ["exile"]},
        {"outcome": "done", "has": {"rooms": "x" * 70_000}},
        {"outcome": "later", "retry_after": -1},
        {"outcome": "done", "by": "me"},
        {},
    ],
)
def test_a_confirmation_out_of_form_is_refused_and_the_order_stays(door: Door, body: object) -> None:
    door.ask()
    [order] = door.commons.get("/orders").json()["orders"]
    refused = door.commons.post(f"/orders/{order['id']}/confirmation", body)
    assert refused.json()["code"] == "bad-input", refused.json()
    assert len(door.commons.get("/orders").json()["orders"]) == 1


def test_who_waits_is_answered_as_soon_as_there_is_something(door: Door) -> None:
    asking = threading.Timer(0.3, door.ask)
    began = time.monotonic()
    asking.start()
    found = door.commons.get("/orders?wait=20").json()["orders"]
    asking.join()
    assert len(found) == 1
    assert time.monotonic() - began < 10
    assert door.commons.get("/orders?wait=21").json()["code"] == "bad-input"


def test_a_list_goes_on_from_its_cursor(door: Door) -> None:
    for each in range(3):
        with pytest.raises(NotYetConfirmed):
            door.connectors["commons"].snapshot(Subject("commons", SubjectKind.ACCOUNT, f"person {each}"))
    first = door.commons.get("/orders?limit=2").json()
    rest = door.commons.get(f"/orders?limit=2&after={first['next']}").json()
    assert [each["subject"]["ref"] for each in (*first["orders"], *rest["orders"])] == [
        "person 0", "person 1", "person 2",
    ]  # fmt: skip
    assert rest["next"] is None
    assert door.commons.get("/orders?after=elsewhere").json()["code"] == "bad-input"


def test_the_list_of_what_stands_is_taken_whole(door: Door) -> None:
    listed = [{"kind": "account", "ref": "olga", "measure": "suspend"}]
    assert door.commons.send("PUT", "/restrictions", {"restrictions": listed}).json() == {"restrictions": 1}
    [found] = door.connectors["commons"].restricted()
    assert (found.subject.ref, found.measure) == ("olga", Measure.SUSPEND)
    door.commons.send("PUT", "/restrictions", {"restrictions": []})
    assert list(door.connectors["commons"].restricted()) == []
    assert list(door.connectors["annex"].restricted()) == []
