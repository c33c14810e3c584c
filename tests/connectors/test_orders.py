"""A platform that fetches its orders: what is asked, taken back, believed, and never lies open."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from showcause.casework.ports import Confirmation, Errand, Found, Order, Reason, Result, Snapshot, Verb
from showcause.connectors.orders import MOST_LATER, OrdersPlatform
from showcause.connectors.orders_book import Book
from showcause.connectors.orders_card import card
from showcause.domain.errors import (
    BadInput,
    NotFound,
    NotReversible,
    NotYetConfirmed,
    PlatformUnavailable,
    RateLimited,
    ReceiptRefused,
    Unsupported,
)
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from tests.contracts.connector.peers import CONNECTOR, gate_and_spool, token
from tests.contracts.connector.receipts import Issuer

MALLORY = Subject("commons", SubjectKind.ACCOUNT, "mallory-of-the-garden")
SUSPEND = Measure.SUSPEND
STANDS, FREE = frozenset({SUSPEND}), frozenset[Measure]()


class Site:
    """A connector without patience, as the worker has it, and a platform that answers by hand."""

    def __init__(self, folder: Path) -> None:
        self.issuer, self.folder, self.now = Issuer(CONNECTOR), folder, datetime(2026, 11, 25, tzinfo=UTC)
        self.connector = self.open()

    def open(self) -> OrdersPlatform:
        """Return a connector over the same files, as another process has it."""
        gate, spool = gate_and_spool(self.folder, "commons", self.issuer, observe=False)
        offered = card("commons", "suspend:account hide:content", "yes")
        return OrdersPlatform(
            offered, Book(self.folder / "orders.db", b"\x02" * 32), gate, spool, lambda: self.now
        )

    def fetched(self) -> list[Errand]:
        return self.open().errands(None, 100)

    def only(self, verb: Verb) -> Errand:
        [found] = self.fetched()
        assert found.verb is verb
        return found

    def say(self, errand: Errand, result: Result = Result.DONE, standing: frozenset[Measure] | None = None,
            **more: object) -> Errand | None:  # fmt: skip
        said = Confirmation(result, standing=standing, **more)  # type: ignore[arg-type]  # fields by name
        return self.open().confirm(errand.id, said)

    def suspended(self) -> tuple[Order, bytes]:
        """Suspend Mallory, confirmed."""
        order, receipt = self.issuer.order(MALLORY, SUSPEND)
        with pytest.raises(NotYetConfirmed):
            self.connector.apply(order, receipt)
        self.say(self.only(Verb.RESTRICT), standing=STANDS)
        self.connector.apply(order, receipt)
        return order, receipt


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_an_order_waits_to_be_fetched_with_the_receipt_that_opened_the_gate(site: Site) -> None:
    order, receipt = site.issuer.order(MALLORY, SUSPEND, datetime(2027, 1, 1, tzinfo=UTC))
    for _ in range(2):
        with pytest.raises(NotYetConfirmed):
            site.connector.apply(order, receipt)
    [asked] = site.fetched()
    assert (asked.verb, asked.subject, asked.measure, asked.number) == (Verb.RESTRICT, MALLORY, SUSPEND, 1)
    assert (asked.receipt, asked.until) == (receipt, order.until)
    site.say(asked, standing=STANDS)
    assert site.fetched() == []
    site.connector.apply(order, receipt)
    assert site.connector.state_of(MALLORY).measures == STANDS
    assert list(site.connector.restricted()) == [Found(MALLORY, SUSPEND)]


def test_nothing_can_be_fetched_that_the_gate_did_not_let_through(site: Site) -> None:
    order, receipt = site.issuer.order(MALLORY, SUSPEND)
    with pytest.raises(ReceiptRefused):
        site.connector.apply(order, receipt[:-2])
    assert site.fetched() == []


def test_a_lift_takes_back_what_nobody_fetched_and_then_asks_for_nothing(site: Site) -> None:
    order, receipt = site.issuer.order(MALLORY, SUSPEND)
    with pytest.raises(NotYetConfirmed):
        site.connector.apply(order, receipt)
    with pytest.raises(NotYetConfirmed):
        site.connector.lift(order)  # how things stand is not known yet
    site.say(site.only(Verb.LOOK), standing=FREE)
    assert not site.connector.lift(order).changed
    assert site.fetched() == []


def test_a_lift_of_what_was_fetched_and_not_confirmed_is_an_order_of_its_own(site: Site) -> None:
    order, receipt = site.issuer.order(MALLORY, SUSPEND)
    with pytest.raises(NotYetConfirmed):
        site.connector.apply(order, receipt)
    site.only(Verb.RESTRICT)
    with pytest.raises(NotYetConfirmed):
        site.connector.lift(order)
    site.say(site.only(Verb.LOOK), standing=FREE)  # it looked before it restricted
    with pytest.raises(NotYetConfirmed):
        site.connector.lift(order)
    lift = site.only(Verb.LIFT)
    assert (lift.number, lift.receipt) == (order.number, b"")
    site.say(lift, standing=FREE)
    assert not site.connector.lift(order).changed
    assert site.fetched() == []


def test_a_restriction_that_comes_after_its_lift_is_lifted_again_at_once(site: Site) -> None:
    order, receipt = site.issuer.order(MALLORY, SUSPEND)
    with pytest.raises(NotYetConfirmed):
        site.connector.apply(order, receipt)
    late = site.only(Verb.RESTRICT)
    with pytest.raises(NotYetConfirmed):
        site.connector.lift(order)
    site.say(site.only(Verb.LOOK), standing=FREE)
    with pytest.raises(NotYetConfirmed):
        site.connector.lift(order)
    site.say(site.only(Verb.LIFT), standing=FREE)
    site.connector.lift(order)
    site.say(late, standing=STANDS)
    assert (site.only(Verb.LIFT).subject, site.only(Verb.LIFT).measure) == (MALLORY, SUSPEND)


def test_what_gives_back_stands_first_in_the_list_and_a_cursor_goes_on(site: Site) -> None:
    order, _ = site.suspended()
    for name in ("one", "two", "three"):
        with pytest.raises(NotYetConfirmed):
            site.connector.deliver(Subject("commons", SubjectKind.ACCOUNT, name), "a letter", name)
    with pytest.raises(NotYetConfirmed):
        site.connector.lift(order)
    assert [each.verb for each in site.fetched()] == [Verb.LIFT, Verb.TELL, Verb.TELL, Verb.TELL]
    first = site.open().errands(None, 2)
    following = site.open().errands(first[-1].cursor, 2)
    assert [each.reference for each in (*first, *following)] == ["", "one", "two", "three"]
    with pytest.raises(BadInput):
        site.open().errands("1-2; drop", 2)


def test_a_confirmation_counts_once_and_done_needs_what_stands(site: Site) -> None:
    order, receipt = site.issuer.order(MALLORY, SUSPEND)
    with pytest.raises(NotYetConfirmed):
        site.connector.apply(order, receipt)
    asked = site.only(Verb.RESTRICT)
    with pytest.raises(BadInput, match="standing"):
        site.say(asked)
    with pytest.raises(BadInput, match="reason"):
        site.say(asked, Result.REFUSED)
    assert site.say(asked, standing=STANDS) is not None
    assert site.say(asked, Result.GONE) is None
    assert site.connector.state_of(MALLORY).measures == STANDS
    with pytest.raises(NotFound):
        site.open().confirm("0" * 32, Confirmation(Result.GONE))


@pytest.mark.parametrize(
    "reason, raised", [(Reason.RECEIPT, ReceiptRefused), (Reason.UNSUPPORTED, Unsupported)]
)
def test_a_refusal_of_the_platform_is_no_act(site: Site, reason: Reason, raised: type[Exception]) -> None:
    order, receipt = site.issuer.order(MALLORY, SUSPEND)
    with pytest.raises(NotYetConfirmed):
        site.connector.apply(order, receipt)
    site.say(site.only(Verb.RESTRICT), Result.REFUSED, reason=reason)
    with pytest.raises(raised):
        site.connector.apply(order, receipt)
    assert list(site.connector.restricted()) == []


def test_a_lift_that_the_platform_cannot_do_is_admitted(site: Site) -> None:
    order, _ = site.suspended()
    with pytest.raises(NotYetConfirmed):
        site.connector.lift(order)
    site.say(site.only(Verb.LIFT), Result.REFUSED, reason=Reason.NOT_REVERSIBLE)
    with pytest.raises(NotReversible):
        site.connector.lift(order)


def test_a_platform_that_says_later_is_asked_again_and_not_for_ever(site: Site) -> None:
    order, receipt = site.issuer.order(MALLORY, SUSPEND)
    for each in range(MOST_LATER):
        with pytest.raises(NotYetConfirmed):
            site.connector.apply(order, receipt)
        wait = 1.5 if each == 0 else None
        site.say(site.only(Verb.RESTRICT), Result.LATER, retry_after=wait)
        with pytest.raises(RateLimited if wait else PlatformUnavailable):
            site.connector.apply(order, receipt)
    with pytest.raises(Unsupported, match="12 times"):
        site.connector.apply(order, receipt)


def test_an_urgent_act_is_asked_at_once_marked_and_after_the_look_before_it(site: Site) -> None:
    with pytest.raises(NotYetConfirmed):
        site.connector.urgent(token(), Urgent.THREAT_TO_LIFE, MALLORY, SUSPEND, "a" * 32)
    look, act = site.fetched()
    assert (look.verb, act.verb, act.urgent, act.number, act.receipt) == (
        Verb.LOOK,
        Verb.RESTRICT,
        True,
        None,
        b"",
    )
    site.say(look, standing=FREE, has={"rooms": ["general"]})
    site.say(act, standing=STANDS)
    site.connector.resume("a" * 32)
    [spooled] = site.connector.spooled()
    assert (spooled.acted, spooled.snapshot) == (True, {"rooms": ["general"]})


def test_a_letter_that_reached_somebody_is_not_told_twice_and_one_that_did_not_may_be(site: Site) -> None:
    with pytest.raises(NotYetConfirmed):
        site.connector.deliver(MALLORY, "You were suspended.", "ref-1")
    site.say(site.only(Verb.TELL), Result.REFUSED, reason=Reason.UNREACHABLE)
    assert site.connector.deliver(MALLORY, "You were suspended.", "ref-1").bounced == "unreachable"
    with pytest.raises(NotYetConfirmed):
        site.connector.deliver(MALLORY, "You were suspended.", "ref-1")
    site.say(site.only(Verb.TELL))
    first = site.connector.deliver(MALLORY, "You were suspended.", "ref-1")
    assert first.delivered
    assert site.connector.deliver(MALLORY, "You were suspended.", "ref-1") == first
    assert site.fetched() == []


def test_a_snapshot_is_a_fresh_look_each_time(site: Site) -> None:
    for rooms in (["general", "kitchen"], ["general"]):
        with pytest.raises(NotYetConfirmed):
            site.connector.snapshot(MALLORY)
        site.say(site.only(Verb.LOOK), standing=FREE, has={"rooms": rooms})
        assert site.connector.snapshot(MALLORY).items == {"rooms": rooms}
    with pytest.raises(NotYetConfirmed):
        site.connector.snapshot(MALLORY)
    site.say(site.only(Verb.LOOK), Result.GONE)
    with pytest.raises(NotFound):
        site.connector.snapshot(MALLORY)


def test_where_the_platform_does_not_say_what_somebody_has_nothing_is_claimed_to_be_lost(site: Site) -> None:
    before = Snapshot(site.now, {"rooms": ["general"]})
    with pytest.raises(NotYetConfirmed):
        site.connector.compare(MALLORY, before)
    site.say(site.only(Verb.LOOK), standing=FREE)
    with pytest.raises(Unsupported):
        site.connector.compare(MALLORY, before)
    with pytest.raises(NotYetConfirmed):
        site.connector.compare(MALLORY, before)
    site.say(site.only(Verb.LOOK), standing=FREE, has={"rooms": []})
    assert site.connector.compare(MALLORY, before).lost == ("rooms: general",)


def test_what_the_platform_says_by_itself_counts_if_it_is_newer_than_the_last_order(site: Site) -> None:
    with pytest.raises(NotYetConfirmed):
        site.connector.snapshot(MALLORY)
    look = site.only(Verb.LOOK)
    site.open().seen(MALLORY, {"rooms": ["general", "kitchen"]})
    site.say(look, standing=FREE)
    before = site.connector.snapshot(MALLORY)
    assert before.items == {"rooms": ["general", "kitchen"]}
    site.now += timedelta(seconds=1)
    order, _ = site.suspended()
    site.now += timedelta(seconds=1)
    with pytest.raises(NotYetConfirmed):
        site.connector.lift(order)
    site.say(site.only(Verb.LIFT), standing=FREE)
    site.connector.lift(order)
    with pytest.raises(NotYetConfirmed):
        site.connector.compare(MALLORY, before)  # what was said before the order proves nothing now
    site.open().seen(MALLORY, {"rooms": ["general"]})
    site.say(site.only(Verb.LOOK), standing=FREE)
    assert site.connector.compare(MALLORY, before).lost == ("rooms: kitchen",)


def test_the_platform_s_own_list_adds_what_was_done_by_hand_and_takes_away_what_was_undone(
    site: Site,
) -> None:
    site.suspended()
    other = Subject("commons", SubjectKind.ACCOUNT, "olga")
    site.open().stands([Found(other, SUSPEND)])
    assert list(site.connector.restricted()) == [Found(other, SUSPEND)]
    with pytest.raises(BadInput):
        site.open().stands([Found(Subject("elsewhere", SubjectKind.ACCOUNT, "x"), SUSPEND)])


def test_no_name_and_no_text_lies_open_in_the_connector_s_file(site: Site) -> None:
    site.suspended()
    with pytest.raises(NotYetConfirmed):
        site.connector.deliver(MALLORY, "You were suspended for advertising.", "ref-of-the-letter")
    with pytest.raises(NotYetConfirmed):
        site.connector.snapshot(MALLORY)
    for each in site.fetched():
        site.say(each, standing=STANDS, has={"rooms": ["the secret garden"]})
    files = [each.read_bytes() for each in site.folder.glob("orders.db*")]
    assert files
    for word in (b"mallory-of-the-garden", b"advertising", b"ref-of-the-letter", b"secret garden"):
        assert not any(word in data for data in files), word


def test_the_doctor_says_that_nobody_fetches_and_what_waits_longest(site: Site) -> None:
    order, receipt = site.issuer.order(MALLORY, SUSPEND)
    with pytest.raises(NotYetConfirmed):
        site.connector.apply(order, receipt)
    site.now += timedelta(minutes=20)
    found = {each.name: each for each in site.connector.doctor()}
    assert not found["orders are fetched"].ok
    assert "apikey add" in found["orders are fetched"].remedy
    assert not found["waiting orders"].ok
    site.fetched()
    site.now += timedelta(minutes=5)
    [stale] = [each for each in site.connector.doctor() if each.name == "orders are fetched"]
    assert (stale.ok, "fetched last" in stale.says) == (False, True)


def test_a_forgotten_person_stands_in_no_file_of_the_connector(site: Site) -> None:
    site.suspended()
    book, gate = site.connector.book, site.connector.gate
    assert book.told(MALLORY) is not None
    site.connector.forget(MALLORY, ())
    assert book.told(MALLORY) is None
    assert list(site.connector.restricted()) == []
    held = b"".join(path.read_bytes() for path in site.folder.rglob("*.db*"))
    assert book.of(MALLORY) not in held
    assert gate.memory.digest(MALLORY) not in held
