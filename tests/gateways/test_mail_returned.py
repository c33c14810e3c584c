"""What comes back by mail: notifications that name a letter, and messages written to mislead or to harm."""

import contextlib
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.casework.ports import Returned
from showcause.domain.errors import BadInput
from showcause.gateways.mail_letter import Sender
from showcause.gateways.mail_returned import MOST_BYTES, read_returned
from tests.services.smtp import FROM, KEY

ID = "0f" * 16
SENDER = Sender(FROM, KEY)
OURS = SENDER.envelope(f"R-123:{ID}")


def notification(action: str = "failed", status: str = "5.1.1", to: str = OURS) -> bytes:
    """Return what a mail server writes to the envelope's sender. Source: RFC 3464 appendix A."""
    return (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: {to}\n"
        "Subject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="BOUND"\n\n'
        "--BOUND\nContent-Type: text/plain\n\nI am sorry. <rita@readers.example>: no such user.\n\n"
        "--BOUND\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; rita@readers.example\nAction: {action}\nStatus: {status}\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <rita@readers.example> unknown\n\n"
        "--BOUND\nContent-Type: message/rfc822\n\nSubject: Your report\n\nText.\n\n--BOUND--\n"
    ).encode()


def test_a_notification_of_failure_names_the_letter_and_the_status_and_nobody() -> None:
    assert read_returned(SENDER, notification()) == Returned(ID, "5.1.1")
    assert read_returned(SENDER, notification(status="4.4.7 (expired)")) == Returned(ID, "4.4.7")
    assert read_returned(SENDER, notification(status="rita@readers.example")) == Returned(ID, "5.0.0")


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_what_is_no_failure_changes_nothing(action: str) -> None:
    assert read_returned(SENDER, notification(action)) is None


def test_a_message_to_any_other_address_changes_nothing() -> None:
    for to in (FROM, "house+" + "a" * 40 + "@site.example", "mallory@evil.example", ""):
        assert read_returned(SENDER, notification(to=to)) is None


def test_the_recipient_that_the_mail_server_tells_is_enough() -> None:
    assert read_returned(SENDER, notification(to=FROM), OURS) == Returned(ID, "5.1.1")


def test_a_holiday_notice_changes_nothing() -> None:
    notice = EmailMessage()
    notice["To"], notice["Subject"], notice["Auto-Submitted"] = OURS, "Away until Monday", "auto-replied"
    notice.set_content("Action: failed\nStatus: 5.1.1\n")
    assert read_returned(SENDER, notice.as_bytes()) is None


def test_a_message_without_measure_is_refused() -> None:
    with pytest.raises(BadInput):
        read_returned(SENDER, b"x" * (MOST_BYTES + 1))
    with pytest.raises(BadInput):
        read_returned(SENDER, b"\n" * 100_000)


def test_a_message_nested_without_end_is_refused_or_read_without_harm() -> None:
    deep = f"To: {OURS}\n".encode() + b"Content-Type: message/rfc822\n\n" * 5_000
    many = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (at, at) for at in range(3_000)
    )
    for hostile in (deep, f"To: {OURS}\n".encode() + many):
        with contextlib.suppress(BadInput):
            assert read_returned(SENDER, hostile) is None


def test_many_parts_and_many_addresses_end_soon() -> None:
    parts = b"--B\nContent-Type: message/delivery-status\n\nAction: failed\n\n" * 5_000
    head = b'Content-Type: multipart/report; boundary="B"\nTo: ' + b"a@b.example, " * 20_000 + b"\n\n"
    assert read_returned(SENDER, head + parts) is None
    found = read_returned(SENDER, head + parts, OURS)
    assert found == Returned(ID, "5.0.0")


@given(st.binary(max_size=2_000))
def test_no_bytes_at_all_do_harm(data: bytes) -> None:
    for text in (
        data,
        b"To: " + OURS.encode() + b"\nContent-Type: multipart/report; boundary=B\n\n--B\n" + data,
    ):
        with contextlib.suppress(BadInput):
            read_returned(SENDER, text)
