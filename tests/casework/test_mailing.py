"""Mail in a house: reporters who are an address, persons whose platform does not reach them, letters that come back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from showcause.casework import founding, intake, lodging, returned, subjects, telling
from showcause.casework.ports import IncomingReport
from showcause.casework.subjects import Told
from showcause.domain.errors import BadInput, IllegalStep
from showcause.domain.lifecycle import ReportState, ServiceState
from showcause.domain.mail import mail_account
from showcause.domain.report import Report
from showcause.domain.restriction import Measure
from showcause.domain.site import ConnectedPlatform, Letter, LetterKind
from showcause.domain.statement import Statement
from showcause.domain.subject import Subject, SubjectKind, SubjectRecord
from showcause.gateways.mail_letter import Sender
from tests.house import House, fresh_id
from tests.services.smtp import FROM, KEY, Postbox, house_with_mail, mail_through

RITA = "rita@readers.example"
SAM = "sam@people.example"


@pytest.fixture
def postbox(house: House) -> Iterator[Postbox]:
    with house_with_mail(house) as opened:
        yield opened


def report_by_mail(house: House, ref: str = "spam-sam") -> Report:
    """Report an account as somebody who left an e-mail address."""
    incoming = IncomingReport(
        fresh_id(), house.account(ref), None, mail_account(RITA), "look at this", house.now, {"shown": "this"}
    )
    return house.run(intake.submit, incoming)


def named(postbox: Postbox) -> str | None:
    """Return the record that the newest letter's envelope names."""
    return Sender(FROM, KEY).record_of(postbox.envelopes[-1].mail_from or "")


def test_a_reporter_by_mail_gets_a_number_and_the_outcome(house: House, postbox: Postbox) -> None:
    report = report_by_mail(house)
    house.work()
    house.decide(house.case_of(report), rung="suspend")
    received, answered = postbox.to(RITA)
    assert report.number in received["Subject"]
    assert report.number in answered.get_content()
    assert house.all(Report)[0].state is ReportState.ANSWERED
    assert {each.state for each in house.all(Letter)} == {ServiceState.SERVED}
    assert house.all(Letter)[0].channel == "mail"
    assert house.all(ConnectedPlatform, name="mail") == []


def test_an_address_stands_nowhere_but_sealed_and_is_forgotten_with_its_owner(
    house: House, postbox: Postbox
) -> None:
    report = report_by_mail(house)
    house.work()
    record = next(each for each in house.all(SubjectRecord) if each.platform == "mail")
    assert "rita" not in repr((record, report, house.all(Letter), house.journal(record.id)))
    with house.store.read() as view:
        assert view.unseal(record.ref) == {"ref": RITA}


def test_without_a_mail_server_the_answer_cannot_be_delivered_and_the_record_says_why(house: House) -> None:
    house.worker.world.platforms = {
        **house.worker.world.platforms, "mail": mail_through(None, house.clock)
    }  # fmt: skip
    report_by_mail(house)
    house.work()
    [letter] = house.all(Letter)
    assert (letter.state, letter.bounced_because) == (ServiceState.UNDELIVERABLE, "mail is not configured")


def test_what_could_not_be_delivered_is_sent_again_once_the_channel_is_mended(
    house: House, postbox: Postbox
) -> None:
    report = report_by_mail(house)
    postbox.rcpt = "550 5.1.1 no such user"
    house.decide(house.case_of(report), rung="suspend")
    received, answer = house.all(Letter)
    assert {received.state, answer.state} == {ServiceState.UNDELIVERABLE}
    for letter in (received, answer):
        house.run(returned.deliver_again, letter.id, "bea")
    house.work()
    assert {each.revision for each in house.all(Letter)} == {received.revision}
    postbox.rcpt = "250 OK"
    house.now += timedelta(minutes=1)
    for letter in (received, answer):
        house.run(returned.deliver_again, letter.id, "bea")
    house.work()
    assert {each.state for each in house.all(Letter)} == {ServiceState.SERVED}
    assert house.all(Report)[0].state is ReportState.ANSWERED
    with pytest.raises(IllegalStep):
        house.run(returned.deliver_again, answer.id, "bea")


def unreachable(house: House, ref: str = "spam-sam") -> Subject:
    """Return an account that cannot read on the platform, with a contact address known."""
    account = house.account(ref)
    house.run(subjects.tell, Told(account, contact=SAM))
    house.world.impose(SubjectKind.ACCOUNT, ref, Measure.LOCK)
    return account


def test_whom_the_platform_does_not_reach_is_served_by_mail(house: House, postbox: Postbox) -> None:
    unreachable(house)
    statement = house.statement_of(house.suspended())
    assert (statement.state, statement.channel) == (ServiceState.SERVED, "mail")
    assert statement.window_until is not None
    [letter] = postbox.to(SAM)
    assert statement.reference in letter["Subject"]
    assert named(postbox) == statement.id


def test_whom_the_platform_reaches_gets_no_mail(house: House, postbox: Postbox) -> None:
    house.run(subjects.tell, Told(house.account("spam-sam"), contact=SAM))
    assert house.statement_of(house.suspended()).channel == "inbox"
    assert postbox.letters == []


def test_whom_neither_reaches_has_an_undeliverable_statement(house: House, postbox: Postbox) -> None:
    unreachable(house)
    postbox.rcpt = "550 5.1.1 no such user"
    statement = house.statement_of(house.suspended())
    assert (statement.state, statement.bounced_because) == (ServiceState.UNDELIVERABLE, "smtp-550")
    assert statement.window_until is None


def test_a_mail_server_that_rests_is_asked_for_a_day(house: House, postbox: Postbox) -> None:
    unreachable(house)
    postbox.rcpt = "451 4.7.1 come back later"
    decision = house.suspended()
    for _ in range(20):
        house.wait(hours=1)
    assert house.statement_of(decision).state is ServiceState.DRAFTED
    postbox.rcpt = "250 OK"
    house.wait(hours=1)
    assert house.statement_of(decision).state is ServiceState.SERVED


def test_a_platform_that_never_answers_is_gone_round_by_mail(house: House, postbox: Postbox) -> None:
    house.run(subjects.tell, Told(house.account("spam-sam"), contact=SAM))
    decision = house.suspended()
    house.run(telling.letter, LetterKind.RESTORATION, account=house.statement_of(decision).subject, about=decision.id,
              language="en", sentences=[("restored.unknown", {})], reference="R-1")  # fmt: skip
    house.platform.faults.down = True
    for _ in range(8):
        house.wait(minutes=6)
    assert len(postbox.to(SAM)) == 1


# --- what comes back ----------------------------------------------------------------------------------------


def test_a_statement_that_comes_back_was_not_served_and_its_window_does_not_run(
    house: House, postbox: Postbox
) -> None:
    unreachable(house)
    decision = house.suspended()
    house.wait(hours=5)
    before = house.log_kinds().count("service")
    house.run(returned.come_back, house.statement_of(decision).id, "5.1.1")
    statement = house.statement_of(decision)
    assert statement.state is ServiceState.UNDELIVERABLE
    assert (statement.served_at, statement.window_until) == (None, None)
    assert statement.bounced_because == "returned 5.1.1"
    assert house.log_kinds().count("service") == before + 1
    house.run(telling.serve_again, statement.id, "bea")
    house.work()
    again = house.statement_of(decision)
    assert again.state is ServiceState.SERVED
    assert again.served_at == house.now


def test_a_letter_that_comes_back_is_undeliverable(house: House, postbox: Postbox) -> None:
    report_by_mail(house)
    house.work()
    letter_id = named(postbox)
    assert letter_id is not None
    house.run(returned.come_back, letter_id, "5.2.1")
    [letter] = house.all(Letter)
    assert (letter.state, letter.served_at) == (ServiceState.UNDELIVERABLE, None)


def test_what_was_told_otherwise_or_answered_or_long_ago_does_not_come_back(
    house: House, postbox: Postbox
) -> None:
    by_platform = house.statement_of(house.suspended("reached-rob"))
    assert house.run(returned.come_back, by_platform.id, "5.1.1") is None
    unreachable(house)
    appealed = house.statement_of(house.suspended())
    house.run(lodging.lodge, appealed.reference, "this is wrong")
    assert house.run(returned.come_back, appealed.id, "5.1.1") is None
    unreachable(house, "spam-sue")
    old = house.statement_of(house.suspended("spam-sue"))
    house.now += timedelta(days=11)
    assert house.run(returned.come_back, old.id, "5.1.1") is None
    assert house.run(returned.come_back, fresh_id(), "5.1.1") is None
    assert {each.state for each in house.all(Statement)} == {ServiceState.SERVED}


# --- names and addresses ------------------------------------------------------------------------------------


def test_no_platform_is_connected_under_the_name_of_mail(house: House) -> None:
    with pytest.raises(BadInput):
        house.run(founding.connect_platform, "mail", "simulator", {}, "ada")


def test_what_is_no_address_is_not_kept_as_contact(house: House) -> None:
    with pytest.raises(BadInput):
        house.run(
            subjects.tell, Told(house.account("sam"), contact="sam@other.example\nBcc: eve@evil.example")
        )


def test_nobody_is_reported_by_their_address(house: House) -> None:
    incoming = IncomingReport(fresh_id(), mail_account(SAM), None, None, "look", house.now)
    with pytest.raises(BadInput):
        house.run(intake.submit, incoming)
    assert house.all(SubjectRecord) == []
