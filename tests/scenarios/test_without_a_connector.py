"""The whole story on a platform that uses orders and confirmations alone: its program, the API, a person's own page.

What the platform's program and the person do goes over HTTP to a house that listens. The receipts are those of the
house's own log, checked by the reference verifier against its key; what moderators do are the use cases themselves.
"""

import http.cookiejar
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from showcause.casework import api_keys, connector_keys, deciding, founding, hearing, orphans
from showcause.casework.log import watching
from showcause.casework.log.cosigning import Cosigning, Kept
from showcause.casework.log.fsck import fsck
from showcause.casework.worker import World as Outside
from showcause.connectors.gate import Gate, Pinned
from showcause.connectors.memory import Memory
from showcause.connectors.orders import OrdersPlatform
from showcause.connectors.orders_book import Book
from showcause.connectors.orders_card import card
from showcause.connectors.urgent import UrgentSpool
from showcause.domain.api_key import Scope
from showcause.domain.appeal import Appeal
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import NotYetConfirmed, SamePerson
from showcause.domain.lifecycle import AppealState, DecisionState, EnforcementState, ServiceState
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.site import Mode
from showcause.domain.statement import Statement
from showcause.domain.subject import Subject, SubjectKind
from showcause.domain.witness import Demand, Level, Witness
from showcause.domain.witness import Role as WitnessRole
from showcause.gateways.calling_out import Outbound
from showcause.gateways.witnesses import HttpWatchers
from showcause.transparency import confirmation
from showcause.transparency.confirmation import Basis, Event
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.web.configuration import serve_house
from showcause.witness import memory as witness_memory
from showcause.witness import serving
from showcause.witness.cosigning import Cosigner
from tests.contracts.connector.orders_peer import MEASURES, NAME, Faulty, Program, Serving
from tests.house import House
from tests.web.stand import listening

KEY = SigningKey(NAME, KeyKind.ED25519, b"k" * 32)
SCOPES = (Scope.ORDERS, Scope.REPORTS, Scope.SUBJECTS, Scope.APPEALS)
MALLORY = {"kind": "account", "ref": "mallory"}


@dataclass
class Commons:
    """A house without a connector to this platform, and the platform."""

    house: House
    connector: OrdersPlatform
    forum: Faulty
    program: Program

    def settle(self, rounds: int = 6) -> None:
        """Let worker and program take turns, as they do all the time."""
        for _ in range(rounds):
            self.house.wait(seconds=1)
            self.program.round()

    def state(self) -> set[EnforcementState]:
        return {each.state for each in self.house.all(Enforcement)}

    def may_write(self, ref: str) -> bool:
        try:
            self.forum.write(ref, "hello?")
        except PermissionError:
            return False
        return True


def _connector(house: House, levels: Mapping[str, Pinned] | None = None) -> OrdersPlatform:
    """Return the connector as one process opens it: the worker's, or that of the pages."""
    memory = Memory(house.folder / "orders-gate.db", b"g" * 32)
    gate = Gate(NAME, NAME, house.log_policy, memory, levels=levels, key=KEY)
    issuer = house.urgent_key.public_key().public_bytes_raw()
    spool = UrgentSpool(house.folder / "orders-spool", b"s" * 32, issuer)
    book = Book(house.folder / "orders.db", b"s" * 32)
    return OrdersPlatform(card(NAME, MEASURES, "yes"), book, gate, spool, house.clock)


@pytest.fixture
def commons(tmp_path: Path) -> Iterator[Commons]:
    with listening(tmp_path) as stand:
        house = stand.house
        offered = card(NAME, MEASURES, "yes").measures
        house.run(founding.connect_platform, NAME, "orders", offered, "ada", mode=Mode.ENFORCE)
        house.run(connector_keys.introduce, NAME, str(KEY.verifier), "ada")
        house.run(founding.change_setting, "address", stand.address, "ada")
        _, key = house.run(api_keys.add, "commons", SCOPES, NAME, "ada")
        connector, site = _connector(house), Serving(house)
        site.connector = _connector(house)
        house.worker.world = Outside({NAME: connector}, house.signer)
        serve_house(replace(stand.pages, site=site))
        forum = Faulty(str(tmp_path / "forum.db"))
        for name in ("mallory", "rita", "olga"):
            for room in ("square", "kitchen"):
                forum.join(name, room)
        program = Program(stand.address, key, forum, house.signer.verifier_key, connector.is_waiting)
        yield Commons(house, connector, forum, program)


def test_a_report_becomes_an_order_a_proof_a_letter_an_appeal_and_a_way_back(commons: Commons) -> None:
    house = commons.house
    # The platform reports; nothing happens to anybody by that.
    sent = {"external_key": "r1", "subject": MALLORY, "reporter": "rita", "reason": "a link to everybody"}
    for _ in range(2):
        commons.program.call("POST", "/reports", sent)
    [case] = [each for each in house.all(Case) if each.platform == NAME]
    commons.settle(2)
    assert commons.may_write("mallory")

    # Two people decide; the order waits for the platform, which is away just now.
    proposed = house.propose(case, rung="suspend", by="bea")
    house.run(deciding.approve, proposed.id, "cleo")
    house.wait(seconds=31)
    house.wait(minutes=30)
    assert commons.may_write("mallory")
    assert commons.state() == {EnforcementState.PENDING}, "waiting is no failure"

    # It comes back: it is asked what she has, checks the receipt of the order, and confirms.
    commons.settle()
    assert not commons.may_write("mallory")
    assert commons.state() == {EnforcementState.APPLIED}
    [statement] = [each for each in house.all(Statement) if each.decision == proposed.id]
    assert statement.state is ServiceState.SERVED
    [letter] = commons.forum.letters("mallory")
    assert statement.reference in letter
    assert "integrity.spam" in letter

    # She lost a room meanwhile, and appeals on her own page, without logging in.
    commons.forum.leave("mallory", "kitchen")
    _appeal(letter, "The host had asked me for the link.")
    [appeal] = house.all(Appeal)
    for had_part in ("bea", "cleo"):
        with pytest.raises(SamePerson):
            house.run(hearing.claim, appeal.id, had_part)
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "The host had asked for the link.")
    assert not commons.may_write("mallory")
    commons.settle()
    assert commons.may_write("mallory")
    assert commons.state() == {EnforcementState.LIFTED}
    with house.store.read() as view:
        assert view.get(Decision, proposed.id).state is DecisionState.SUPERSEDED
        assert view.get(Appeal, appeal.id).state is AppealState.REVERSED
    letters = commons.forum.letters("mallory")
    assert any("The host had asked for the link." in each for each in letters)
    # Of both the record holds the connector's word, which is not more than the platform's own.
    [order] = house.all(Enforcement)
    told = [confirmation.opened(each, KEY.verifier) for each in order.confirmations]
    assert [(each.event, each.basis) for each in told] == [
        (Event.IMPOSED, Basis.CLAIMED),
        (Event.LIFTED, Basis.CLAIMED),
    ]
    assert fsck(house.store).sound
    [restored] = [each for each in letters if "rooms: kitchen" in each]
    back, lost = restored.split("not back", 1)
    assert "rooms: square" in back
    assert "rooms: kitchen" in lost

    # The old receipt opens nothing any more on the platform's own side.
    assert commons.forum.used_up(MALLORY, "suspend") == 1
    assert commons.program.call("GET", "/orders")["orders"] == []


def test_at_r1_the_platform_is_asked_only_with_what_the_witness_cosigned(
    commons: Commons, tmp_path: Path
) -> None:
    house, key = commons.house, commons.house.signer.verifier_key
    memory = witness_memory.Memory(tmp_path / "witness.db")
    memory.name_ourselves("daily.example/w1", [KeyKind.COSIGNATURE], b"w" * 32)
    memory.watch(key)
    daily = str(memory.keys[0].verifier)
    door = serving.Door(Cosigner(memory, lambda: int(house.now.timestamp())), None, lambda: 0)
    with serving.listening(door, "127.0.0.1", 0) as port:
        watchers = HttpWatchers(Outbound([f"127.0.0.1:{port}"]), key)
        asking = Cosigning(house.store, watchers, [key], house.clock, Kept(lambda: "", lambda _: None))
        named = Witness("daily", daily, f"http://127.0.0.1:{port}", WitnessRole.WITNESS, "The Daily")
        house.run(watching.name_witness, named, "ada")
        house.run(watching.set_level, Measure.SUSPEND, Demand(Level.R1), "ada")
        pinned = Pinned("R1", f"log {key}\nwitness daily {daily}\nquorum daily\n")
        connector = _connector(house, {"suspend": pinned})
        house.worker.world = Outside({NAME: connector}, house.signer, None, asking)

        sent = {"external_key": "r1", "subject": MALLORY, "reporter": "rita", "reason": "a link to everybody"}
        commons.program.call("POST", "/reports", sent)
        [case] = [each for each in house.all(Case) if each.platform == NAME]
        house.run(deciding.approve, house.propose(case, rung="suspend", by="bea").id, "cleo")
        house.wait(seconds=31)
        commons.settle()
        assert commons.may_write("mallory"), "nobody has cosigned the decision yet"
        assert house.worker.head is not None
        asking.gather(house.worker.head)
        receipts: list[dict[str, str]] = []
        for _ in range(20):  # it is asked first what she has
            house.wait(seconds=5)
            orders = commons.program.call("GET", "/orders")["orders"]
            receipts = [each["receipt"] for each in orders if each["verb"] == "restrict"]
            if receipts:
                break
            commons.program.round()
        [receipt] = receipts
        assert daily.partition("+")[0] in receipt["checkpoint"]
        commons.settle()
        assert not commons.may_write("mallory")
    memory.close()


def test_a_confirmation_is_acted_on_at_once_and_not_at_the_next_attempt(commons: Commons) -> None:
    house = commons.house
    house.run(deciding.approve, _proposed(commons).id, "cleo")
    house.wait(seconds=31)
    for _ in range(12):
        house.wait(minutes=6)  # the program is away for an hour: attempts lie minutes apart by now
    for _ in range(4):
        commons.program.round()
        house.wait(seconds=1)
    assert commons.state() == {EnforcementState.APPLIED}


def test_the_appeal_may_come_by_the_platform_s_own_program(commons: Commons) -> None:
    house = commons.house
    house.run(deciding.approve, _proposed(commons).id, "cleo")
    house.wait(seconds=31)
    commons.settle()
    [statement] = house.all(Statement)
    told = commons.program.call(
        "POST", "/appeals", {"reference": statement.reference, "text": "It was asked for."}
    )
    assert told["state"] == "lodged"


def test_what_the_platform_s_people_did_by_hand_is_an_orphan(commons: Commons) -> None:
    commons.forum.restrict({"kind": "account", "ref": "olga"}, "suspend")
    commons.program.call("PUT", "/restrictions", {"restrictions": commons.forum.everything()})
    found = commons.house.run(orphans.scan, NAME, list(commons.connector.restricted()))
    assert [each.measure for each in found.new] == [Measure.SUSPEND]


def test_an_urgent_act_goes_out_without_a_receipt_and_enters_the_log_with_its_number(
    commons: Commons,
) -> None:
    house, mallory = commons.house, Subject(NAME, SubjectKind.ACCOUNT, "mallory")
    token = house.urgent_token("bea", Urgent.THREAT_TO_LIFE)
    with pytest.raises(NotYetConfirmed):
        commons.connector.urgent(token, Urgent.THREAT_TO_LIFE, mallory, Measure.SUSPEND)
    commons.program.round()
    assert not commons.may_write("mallory")
    house.worker.enter_urgent(NAME)
    assert house.worker.enter_urgent(NAME) == 1
    [entered] = house.all(Enforcement)
    assert (entered.number, entered.state) == (1, EnforcementState.APPLIED)
    [decided] = house.all(Decision)
    assert len(decided.evidence) == 1, "what she had before the act is in the record"


def _proposed(commons: Commons) -> Decision:
    sent = {"external_key": "r1", "subject": MALLORY, "reporter": "rita", "reason": "a link to everybody"}
    commons.program.call("POST", "/reports", sent)
    [case] = [each for each in commons.house.all(Case) if each.platform == NAME]
    return commons.house.propose(case, rung="suspend", by="bea")


def _appeal(letter: str, text: str) -> None:
    """Appeal as a person does: follow the link in the letter, write, and send the form of the page."""
    found = re.search(r"http://localhost:\d+/s/\S+", letter)
    assert found is not None, letter
    page = found[0].rstrip(".,)")
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    with browser.open(page, timeout=300) as shown:
        form = shown.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token is not None
    values = {"csrfmiddlewaretoken": token[1], "text": text, "language": "en"}
    request = urllib.request.Request(f"{page}/appeal", urllib.parse.urlencode(values).encode())
    with browser.open(request, timeout=300) as answer:
        assert answer.status == 200
