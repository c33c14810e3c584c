"""The ground under the end-to-end tests: a real Matrix server does what our tests take for granted."""

import pytest

from tests.services.matrix import Matrix, MatrixRefused
from tests.services.synapse import SERVER_NAME, Synapse

pytestmark = pytest.mark.synapse


def test_a_reported_message_is_listed_for_the_administrator(synapse: Synapse) -> None:
    author, reader = synapse.unique("author"), synapse.unique("reader")
    room = author.create_room()
    reader.join(room)
    message = author.send(room, "a sentence that somebody minds")
    reader.report_event(room, message, "I mind it")
    listed = [each for each in synapse.admin.event_reports() if each["event_id"] == message]
    assert [(each["sender"], each["user_id"], each["reason"]) for each in listed] == [
        (author.id, reader.id, "I mind it")
    ]
    assert author.id.endswith(f":{SERVER_NAME}")


def test_a_reported_person_is_listed_for_the_administrator(synapse: Synapse) -> None:
    reporter, reported = synapse.unique(), synapse.unique()
    reporter.report_user(reported.id, "they follow me everywhere")
    listed = [each for each in synapse.admin.user_reports() if each["target_user_id"] == reported.id]
    assert [(each["user_id"], each["reason"]) for each in listed] == [
        (reporter.id, "they follow me everywhere")
    ]


def test_a_suspended_person_cannot_send_but_reads_the_notice(synapse: Synapse) -> None:
    person = synapse.unique()
    room = person.create_room()
    synapse.admin.suspend(person.id)
    with pytest.raises(MatrixRefused) as refusal:
        person.send(room, "still here")
    assert (refusal.value.status, refusal.value.code) == (403, "M_USER_SUSPENDED")
    synapse.admin.notify(person.id, "Your account is suspended.")
    assert person.notices() == ["Your account is suspended."]
    synapse.admin.suspend(person.id, False)
    assert person.send(room, "here again")


def test_only_an_administrator_reads_reports(synapse: Synapse) -> None:
    with pytest.raises(MatrixRefused) as refusal:
        synapse.unique().event_reports()
    assert refusal.value.status == 403
    with pytest.raises(MatrixRefused) as refusal:
        Matrix(synapse.port).call("GET", "/_synapse/admin/v1/event_reports")
    assert refusal.value.status == 401
