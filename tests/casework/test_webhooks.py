"""Webhooks: what is told in which transaction, signed how, repeated how long, and what the log says of endpoints."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from showcause.casework import deciding, founding, hearing, intake, lodging, webhook_events, webhooks
from showcause.casework.log.grouping import GroupWriter
from showcause.casework.messenger import WAITS, Messenger
from showcause.casework.ports import Ids, IncomingReport
from showcause.connectors.simulator import MEASURES
from showcause.domain.errors import (
    AddressRefused,
    AlreadyExists,
    BadInput,
    IllegalStep,
    NotFound,
    NotPermitted,
    SamePerson,
)
from showcause.domain.lifecycle import LIFECYCLES
from showcause.domain.site import Document
from showcause.domain.subject import Subject
from showcause.domain.webhook import WebhookEndpoint
from showcause.gateways.calling_out import Outbound
from showcause.store import jobs
from showcause.store.jobs import Job
from showcause.store.savepoint import savepoint
from showcause.store.store import Store
from showcause.store.tx import Tx
from tests.casework import floods
from tests.house import PLATFORM, House, fresh_id, opened_house
from tests.services.receiver import Heard, Receiver, receiving


@dataclass
class Hooked:
    """A house with one endpoint that is really called."""

    house: House
    receiver: Receiver
    messenger: Messenger
    secret: str = ""
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def url(self) -> str:
        return f"http://{self.receiver.place}/in/s3cret-path"

    def add(
        self, name: str = "crm", events: tuple[str, ...] = (), platform: str | None = None
    ) -> WebhookEndpoint:
        made = self.house.run(webhooks.add, name, self.url, events, "ada", platform)
        self.secret = made.secret
        return made.endpoint

    def carry(self, **span: float) -> list[dict[str, Any]]:
        """Let time pass, carry what is due, and return what was heard since."""
        before = len(self.receiver.heard)
        self.house.now += timedelta(**span)
        self.messenger.run_due()
        return [json.loads(each.body) for each in self.receiver.heard[before:]]

    def letters(self, name: str = "crm") -> list[Job]:
        with self.house.store.read() as view:
            return webhooks.deliveries(view, webhooks.endpoint(view, name))


@pytest.fixture
def hooked(house: House) -> Iterator[Hooked]:
    with receiving() as receiver:
        house.now = datetime.now(UTC).replace(
            microsecond=0
        )  # the second opinion checks the time by its own clock
        yield Hooked(house, receiver, Messenger(house.runner, Outbound([receiver.place])))


def verified(secret: str, heard: Heard) -> Any:
    """Return what a letter says if the library by the scheme's authors finds its signature good."""
    return Webhook(secret).verify(heard.body, heard.headers)


# --- what is told -------------------------------------------------------------------------------------------


def test_every_step_that_is_told_exists_in_the_law() -> None:
    machines = {"statement": "service"}
    for kind, state in webhook_events.EVENTS:
        assert state in LIFECYCLES[machines.get(kind, kind)].turn, (kind, state)


def test_a_decision_is_told_from_the_report_to_the_answer_to_an_appeal(hooked: Hooked) -> None:
    hooked.add()
    decision = hooked.house.suspended()
    appeal = hooked.house.run(lodging.lodge, decision.reference, "this is wrong")
    hooked.house.run(hearing.claim, appeal.id, "dan")
    hooked.house.run(hearing.release, appeal.id, "dan")
    hooked.house.run(hearing.claim, appeal.id, "dan")
    hooked.house.run(hearing.reverse, appeal.id, "dan", "it was satire")
    hooked.house.work()
    heard = hooked.carry()
    assert Counter(each["type"] for each in heard) == {
        "report.filed": 1, "decision.in-force": 2, "order.waiting": 2, "enforcement.applied": 1,
        "statement.served": 2, "report.answered": 1, "appeal.lodged": 1, "appeal.answered": 1,
        "decision.superseded": 1, "enforcement.lifted": 1,
    }  # fmt: skip
    told = {each["type"]: each["data"] for each in heard}
    assert told["decision.superseded"]["id"] == decision.id
    assert told["enforcement.lifted"]["decision"] == decision.id
    assert {each["data"]["platform"] for each in heard} == {PLATFORM}


def test_a_letter_is_signed_as_the_scheme_says(hooked: Hooked) -> None:
    hooked.add()
    hooked.house.report(hooked.house.account("sam"))
    [told] = hooked.carry()
    [heard] = hooked.receiver.heard
    assert verified(hooked.secret, heard) == told
    assert heard.headers["webhook-id"].startswith("msg_")
    assert set(told) == {"type", "timestamp", "data"}
    assert told["timestamp"] == webhook_events.stamp(hooked.house.now)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 44).verify(heard.body, heard.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(hooked.secret).verify(heard.body + b" ", heard.headers)


def test_what_is_rolled_back_is_not_told(hooked: Hooked) -> None:
    hooked.add()
    proposed = hooked.house.propose(
        hooked.house.case_of(hooked.house.report(hooked.house.account("sam"))), rung="suspend"
    )
    before = len(hooked.letters())
    with pytest.raises((SamePerson, NotPermitted)):
        hooked.house.run(deciding.approve, proposed.id, "bea")
    assert len(hooked.letters()) == before


def test_what_shares_a_transaction_with_a_refused_use_case_is_told_alone(hooked: Hooked) -> None:
    hooked.add()
    house = hooked.house
    subjects = [house.account(name) for name in ("sam", "sue", "sid")]

    def takes(tx: Tx, now: datetime, ids: Ids, about: Subject, *, refuses: bool) -> None:
        intake.submit(tx, now, ids, IncomingReport(fresh_id(), about, None, None, "look", now))
        if refuses:
            raise BadInput("not this one")

    with GroupWriter(house.store, house.signer, fresh_id, house.clock) as writer:
        tickets = [writer.submit(takes, each, refuses=each.ref == "sue") for each in subjects]
        for each, ticket in zip(subjects, tickets, strict=True):
            if each.ref == "sue":
                with pytest.raises(BadInput):
                    ticket.wait()
            else:
                ticket.wait()
    assert [each["type"] for each in hooked.carry()] == ["report.filed", "report.filed"]


def test_a_part_that_is_undone_alone_is_not_told(hooked: Hooked) -> None:
    hooked.add()
    sam, sue = (hooked.house.account(name) for name in ("sam", "sue"))

    def takes(tx: Tx, now: datetime, ids: Ids) -> None:
        intake.submit(tx, now, ids, IncomingReport(fresh_id(), sam, None, None, "look", now))
        with suppress(BadInput), savepoint(tx):
            intake.submit(tx, now, ids, IncomingReport(fresh_id(), sue, None, None, "look", now))
            raise BadInput("not this one")

    hooked.house.run(takes)
    assert len(hooked.letters()) == 1


def test_an_endpoint_hears_only_its_events_and_its_platform(hooked: Hooked) -> None:
    hooked.house.run(founding.connect_platform, "forum", "simulator", MEASURES, "ada")
    hooked.add("all")
    hooked.add("answers", ("appeal.answered", "report.answered"))
    hooked.add("forum", platform="forum")
    hooked.house.report(hooked.house.account("sam"))
    assert [len(hooked.letters(name)) for name in ("all", "answers", "forum")] == [1, 0, 0]


def test_many_orders_of_one_decision_are_told_together(hooked: Hooked) -> None:
    hooked.add(events=("order.waiting", "decision.in-force"))
    campaign = floods.commit(hooked.house, floods.propose(hooked.house, floods.flood(hooked.house, 101)))
    heard = hooked.carry()
    assert [each["type"] for each in heard] == ["decision.in-force", "order.waiting"]
    told = {each["type"]: each["data"] for each in heard}
    assert told["order.waiting"]["decision"] == campaign.decision.id
    assert told["order.waiting"]["count"] == 101
    assert "id" not in told["order.waiting"]


# --- repeating ----------------------------------------------------------------------------------------------


def test_a_letter_is_repeated_with_growing_waits_for_two_days_and_then_dead(hooked: Hooked) -> None:
    hooked.add()
    hooked.receiver.answers = [500]
    hooked.house.report(hooked.house.account("sam"))
    assert len(hooked.carry()) == 1
    for wait in WAITS:
        assert hooked.carry(seconds=wait.total_seconds() - 1) == []
        assert len(hooked.carry(seconds=1)) == 1
    [letter] = hooked.letters()
    assert (letter.state, letter.error, letter.attempts) == (jobs.DEAD, "status-500", len(WAITS))
    assert timedelta(hours=44) < sum(WAITS, timedelta()) < timedelta(hours=50)
    assert len({each.headers["webhook-id"] for each in hooked.receiver.heard}) == 1
    assert len({each.body for each in hooked.receiver.heard}) == 1


def test_only_success_is_success(hooked: Hooked) -> None:
    hooked.add()
    for status in (200, 204, 299):
        hooked.receiver.answers = [status]
        hooked.house.report(hooked.house.account("sam"))
        hooked.carry()
        assert hooked.letters()[0].state == jobs.DONE
    for status in (302, 400, 404, 500):
        hooked.receiver.answers = [status]
        hooked.house.report(hooked.house.account("sam"))
        hooked.carry()
        assert hooked.letters()[0].state == jobs.READY


def test_who_asks_to_wait_is_left_alone_so_long(hooked: Hooked) -> None:
    hooked.add()
    hooked.receiver.answers, hooked.receiver.headers = [429, 204], {"Retry-After": "900"}
    hooked.house.report(hooked.house.account("sam"))
    hooked.carry()
    hooked.house.report(hooked.house.account("sue"))
    assert hooked.carry(seconds=890) == []
    assert len(hooked.carry(seconds=11)) == 2


def test_an_endpoint_that_is_gone_is_paused_and_the_log_says_so(hooked: Hooked) -> None:
    endpoint = hooked.add()
    hooked.receiver.answers = [410]
    hooked.house.report(hooked.house.account("sam"))
    size = hooked.house.log_size()
    hooked.carry()
    assert not hooked.house.all(WebhookEndpoint)[0].active
    assert hooked.letters()[0].error == "status-410"
    assert hooked.house.log_size() == size + 1
    assert hooked.house.journal(endpoint.id)[-1].verb == "pause"
    hooked.house.report(hooked.house.account("sue"))
    assert len(hooked.letters()) == 1


def test_an_endpoint_that_is_down_holds_up_no_other_and_loses_nothing(hooked: Hooked) -> None:
    hooked.add("up")
    made = hooked.house.run(webhooks.add, "down", "http://127.0.0.1:9/", (), "ada")
    outside = Counting(Outbound([hooked.receiver.place, "127.0.0.1:9"]))
    hooked.messenger.outside = outside
    for name in ("sam", "sue", "sid"):
        hooked.house.report(hooked.house.account(name))
    hooked.messenger.run_due()
    assert len(hooked.receiver.heard) == 3
    assert outside.urls.count("http://127.0.0.1:9/") == 1
    waiting = hooked.letters("down")
    assert made.endpoint.id == waiting[0].record
    assert sorted(each.attempts for each in waiting) == [0, 0, 1]
    assert {each.state for each in waiting} == {jobs.READY}


@dataclass
class Counting:
    """The real way out, which remembers where it was sent."""

    outbound: Outbound
    urls: list[str] = field(default_factory=list)

    def check(self, url: str) -> None:
        self.outbound.check(url)

    def post(self, url: str, body: bytes, headers: Any) -> Any:
        self.urls.append(url)
        return self.outbound.post(url, body, headers)


def test_an_address_inside_the_network_is_never_called(hooked: Hooked) -> None:
    hooked.add()
    hooked.messenger.outside = Outbound()
    hooked.house.report(hooked.house.account("sam"))
    assert hooked.carry() == []
    assert (hooked.letters()[0].state, hooked.letters()[0].error) == (jobs.DEAD, AddressRefused.code)


def test_letters_wait_for_no_platform_and_orders_for_no_endpoint(hooked: Hooked) -> None:
    hooked.add()
    hooked.house.report(hooked.house.account("sam"))
    hooked.house.work()
    assert hooked.letters()[0].state == jobs.READY
    assert hooked.receiver.heard == []


# --- sending again ------------------------------------------------------------------------------------------


def test_a_letter_sent_again_has_the_same_message_id_and_body(hooked: Hooked) -> None:
    hooked.add()
    hooked.house.report(hooked.house.account("sam"))
    hooked.carry()
    message = str(hooked.letters()[0].args["message"])
    assert hooked.house.run(webhooks.replay, message, "ada") == 1
    hooked.carry(seconds=1)
    first, again = hooked.receiver.heard
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.body == again.body
    with pytest.raises(NotFound):
        hooked.house.run(webhooks.replay, fresh_id(), "ada")
    with pytest.raises(NotPermitted):
        hooked.house.run(webhooks.replay, message, "bea")


def test_everything_since_a_moment_is_sent_again_once_each(hooked: Hooked) -> None:
    hooked.add()
    hooked.house.report(hooked.house.account("sam"))
    hooked.carry(minutes=10)
    since = hooked.house.now
    for name in ("sue", "sid"):
        hooked.house.report(hooked.house.account(name))
        hooked.carry(minutes=1)
    assert hooked.house.run(webhooks.replay_since, "crm", since, "ada") == 2
    assert len(hooked.carry(seconds=1)) == 2
    assert hooked.house.run(webhooks.replay_since, "crm", since, "ada") == 2
    assert len(hooked.carry(seconds=1)) == 2


def test_a_paused_endpoint_hears_nothing_until_it_is_resumed(hooked: Hooked) -> None:
    hooked.add()
    hooked.house.report(hooked.house.account("sam"))
    hooked.house.run(webhooks.pause, "crm", "ada")
    hooked.house.report(hooked.house.account("sue"))
    assert hooked.carry() == []
    [letter] = hooked.letters()
    assert (letter.state, letter.error) == (jobs.DEAD, "endpoint-paused")
    with pytest.raises(IllegalStep):
        hooked.house.run(webhooks.replay, str(letter.args["message"]), "ada")
    hooked.house.run(webhooks.resume, "crm", "ada")
    hooked.house.run(webhooks.replay, str(letter.args["message"]), "ada")
    assert len(hooked.carry()) == 1


def test_a_test_letter_arrives_signed(hooked: Hooked) -> None:
    hooked.add(events=("appeal.answered",))
    hooked.house.run(webhooks.test, "crm", "ada")
    [told] = hooked.carry()
    assert told["type"] == "webhook.test"
    assert verified(hooked.secret, hooked.receiver.heard[0]) == told


# --- secrets and the record ---------------------------------------------------------------------------------


def test_a_new_secret_signs_together_with_the_old_one_for_a_day(hooked: Hooked) -> None:
    hooked.add()
    old = hooked.secret
    new = hooked.house.run(webhooks.rotate, "crm", "ada").secret
    hooked.house.run(webhooks.test, "crm", "ada")
    hooked.carry()
    heard = hooked.receiver.heard[-1]
    assert len(heard.headers["webhook-signature"].split()) == 2
    assert verified(old, heard) == verified(new, heard)
    with hooked.house.store.read() as view:
        endpoint = webhooks.endpoint(view, "crm")
        assert webhooks.signing_secrets(view, endpoint, hooked.house.now + timedelta(hours=23)) == [new, old]
        assert webhooks.signing_secrets(view, endpoint, hooked.house.now + timedelta(hours=24)) == [new]
    newest = hooked.house.run(webhooks.rotate, "crm", "ada").secret
    with hooked.house.store.read() as view:
        endpoint = webhooks.endpoint(view, "crm")
        assert webhooks.signing_secrets(view, endpoint, hooked.house.now) == [newest, new]


def test_each_change_of_an_endpoint_is_logged_without_its_url_or_secret(hooked: Hooked) -> None:
    size = hooked.house.log_size()
    hooked.add()
    for verb in (webhooks.rotate, webhooks.pause, webhooks.resume, webhooks.remove):
        hooked.house.run(verb, "crm", "ada")
    assert hooked.house.log_kinds()[size:] == ["setting"] * 5
    documents = [each for each in hooked.house.all(Document) if "showcause/v1 webhook" in each.text]
    assert {json.loads(each.text)["state"] for each in documents} == {"active", "paused", "removed"}
    told = json.loads(documents[0].text)
    assert (told["name"], told["platform"], told["events"]) == ("crm", None, list(webhook_events.NAMES))
    for each in documents:
        for word in ("s3cret-path", hooked.receiver.place, hooked.secret, "127.0.0.1"):
            assert word not in each.text
        assert hashlib.sha256(hooked.url.encode()).hexdigest() not in each.text


def test_a_removed_endpoint_is_gone_with_its_secrets_and_its_name_is_free(hooked: Hooked) -> None:
    gone = hooked.add()
    hooked.house.run(webhooks.remove, "crm", "ada")
    with hooked.house.store.read() as view:
        assert webhooks.endpoints(view) == []
        for sealed in (*gone.secrets, gone.address):
            with pytest.raises(NotFound):
                view.unseal(sealed)
    with pytest.raises(NotFound):
        hooked.house.run(webhooks.resume, "crm", "ada")
    hooked.add()


def test_only_an_operator_changes_endpoints_and_only_what_can_be(hooked: Hooked) -> None:
    hooked.add()
    for verb in (webhooks.rotate, webhooks.pause, webhooks.resume, webhooks.remove, webhooks.test):
        with pytest.raises(NotPermitted):
            hooked.house.run(verb, "crm", "bea")
    with pytest.raises(NotPermitted):
        hooked.house.run(webhooks.add, "other", hooked.url, (), "bea")
    with pytest.raises(AlreadyExists):
        hooked.add()
    for name, url, events, platform, error in (
        ("UPPER", hooked.url, (), None, BadInput), ("ok", "ftp://x.example", (), None, BadInput),
        ("ok", "https://x y", (), None, BadInput), ("ok", hooked.url, ("report.deleted",), None, BadInput),
        ("ok", hooked.url, (), "nowhere", NotFound),
    ):  # fmt: skip
        with pytest.raises(error):
            hooked.house.run(webhooks.add, name, url, events, "ada", platform)


def test_neither_journal_nor_jobs_nor_the_record_hold_url_secret_or_person(hooked: Hooked) -> None:
    endpoint = hooked.add()
    hooked.house.suspended("very-personal-name")
    hooked.carry()
    told = b"".join(each.body for each in hooked.receiver.heard).decode()
    kept = repr([(each.key, dict(each.args), each.error) for each in hooked.letters()])
    kept += repr(hooked.house.journal(endpoint.id)) + repr(hooked.house.all(WebhookEndpoint)) + told
    assert len(hooked.receiver.heard) > 5
    for word in (
        "s3cret-path",
        hooked.receiver.place,
        hooked.secret,
        "very-personal-name",
        "rita",
        "look at this",
    ):
        assert word not in kept


def test_the_guide_names_every_event_and_no_other() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    table = [line for line in guide.splitlines() if line.startswith("| `")]
    named = {name for line in table for name in re.findall(r"`([a-z.-]+)`", line.split("|")[1])}
    assert named == {*webhook_events.NAMES, webhook_events.TEST}


def test_letters_are_written_carried_and_sent_again_on_every_database(store: Store, tmp_path: Path) -> None:
    with opened_house(store, tmp_path) as house, receiving() as receiver:
        hooked = Hooked(house, receiver, Messenger(house.runner, Outbound([receiver.place])))
        hooked.add()
        since = house.now
        house.report(house.account("sam"))
        assert [each["type"] for each in hooked.carry()] == ["report.filed"]
        house.now += timedelta(seconds=1)
        assert house.run(webhooks.replay_since, "crm", since, "ada") == 1
        assert len(hooked.carry()) == 1
        house.run(webhooks.remove, "crm", "ada")
        house.report(house.account("sue"))
        assert hooked.carry() == []
