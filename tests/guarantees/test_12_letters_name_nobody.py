"""Guarantee 12, where letters leave the house: addresses, URLs and secrets stand nowhere but sealed.

A story is played with a reporter and a person who are reached by mail and an endpoint that is told of everything, with
refusals and failures on the way; then every file of the house, every log line and every letter to the endpoint is
searched.
"""

import json
import logging

import pytest

from showcause.casework import intake, lodging, returned, subjects, webhooks
from showcause.casework.messenger import Messenger
from showcause.casework.ports import IncomingReport
from showcause.casework.subjects import Told
from showcause.domain.mail import mail_account
from showcause.domain.restriction import Measure
from showcause.domain.statement import Statement
from showcause.domain.subject import SubjectKind
from showcause.gateways.calling_out import Outbound
from tests.guarantees.test_12_people_can_be_forgotten import encodings, files_of_the_house
from tests.house import House, fresh_id
from tests.services.receiver import Receiver, receiving
from tests.services.smtp import Postbox, house_with_mail

PERSON, CONTACT = "zanzibar-zoe", "zoe.zanzibar@people.example"
REPORTER = "quinn.quixotic@readers.example"
PATH = "/in/perambulating-marmalade"
WORDS = (PERSON, CONTACT, REPORTER, PATH, "effervescent albatross", "unfathomable teapot")


def play(house: House, postbox: Postbox, receiver: Receiver) -> list[str]:
    """Play the story; return what else must stand nowhere: the endpoint's secrets."""
    url = f"http://{receiver.place}{PATH}"
    made = house.run(webhooks.add, "crm", url, (), "ada")
    rotated = house.run(webhooks.rotate, "crm", "ada")
    messenger = Messenger(house.runner, Outbound([receiver.place]))
    account = house.account(PERSON)
    house.run(subjects.tell, Told(account, contact=CONTACT))
    house.world.impose(SubjectKind.ACCOUNT, PERSON, Measure.LOCK)
    reason = "effervescent albatross"
    incoming = IncomingReport(fresh_id(), account, None, mail_account(REPORTER), reason, house.now)
    postbox.rcpt = f"451 4.7.1 <{REPORTER}> come back later"
    receiver.answers = [500]
    case = house.case_of(house.run(intake.submit, incoming))
    house.work()
    messenger.run_due()
    postbox.rcpt = f"550 5.1.1 <{REPORTER}> no such user"
    house.wait(minutes=5)
    postbox.rcpt, receiver.answers = "250 OK", [204]
    decision = house.decide(case, rung="suspend")
    statement = house.statement_of(decision)
    house.run(returned.come_back, statement.id, "5.1.1")
    house.run(lodging.lodge, decision.reference, "unfathomable teapot")
    house.wait(minutes=5)
    messenger.run_due()
    return [made.secret, rotated.secret]


def test_no_address_url_or_secret_stands_in_files_log_lines_or_letters_to_programs(
    file_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="showcause")
    with house_with_mail(file_house) as postbox, receiving() as receiver:
        secrets = play(file_house, postbox, receiver)
        told = b"".join(each.body + json.dumps(each.headers).encode() for each in receiver.heard)
        place = receiver.place
    assert len(postbox.letters) > 1
    assert len(receiver.heard) > 5
    assert [each.bounced_because for each in file_house.all(Statement)] == ["returned 5.1.1"]
    lines = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("showcause"))
    for word in (*WORDS, *secrets, place):
        for form in encodings(word):
            for path in files_of_the_house(file_house.folder):
                assert form not in path.read_bytes(), f"{word} stands in {path.name}"
            assert word == place or form not in told, f"{word} stands in what programs are told"
        assert word not in lines, f"{word} stands in the log lines"
    assert "webhook:" in lines
