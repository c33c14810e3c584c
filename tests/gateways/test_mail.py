"""Mail against a real SMTP server: what it takes, refuses, delays and breaks off; and what stands in a letter."""

import re
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from showcause.casework.ports import GivenUp, Order
from showcause.domain.errors import BadInput, MailUnavailable, Misconfigured, Unsupported
from showcause.domain.mail import check_address, mail_account
from showcause.domain.restriction import Measure
from showcause.gateways import mail as gateway
from showcause.gateways.mail import Mail, MailServer
from showcause.gateways.mail_letter import Sender, compose
from tests.services.smtp import FROM, KEY, Smtp, mail_through, running_smtp, self_made_certificate

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RITA = mail_account("rita@readers.example")
TEXT = "Your report was received\n\nWe have it under R-123.\n"
ID = "0f" * 16
REFERENCE = f"R-123:{ID}"


def post(smtp: Smtp | None) -> Mail:
    return mail_through(smtp, lambda: NOW)


def test_a_letter_is_plain_text_with_its_number_and_an_envelope_that_names_the_letter() -> None:
    with running_smtp() as smtp:
        delivery = post(smtp).deliver(RITA, TEXT, REFERENCE)
    assert delivery.delivered
    assert delivery.channel == "mail"
    [envelope], [letter] = smtp.postbox.envelopes, smtp.postbox.letters
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content_charset() == "utf-8"
    assert "R-123" in letter["Subject"]
    assert letter["Subject"].startswith("Your report was received")
    assert "R-123" in letter.get_content()
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["From"] == FROM
    assert letter["To"] == "rita@readers.example"
    assert envelope.mail_from is not None
    assert "rita" not in envelope.mail_from
    assert Sender(FROM, KEY).record_of(envelope.mail_from) == ID


def test_the_same_letter_sent_twice_is_the_same_message() -> None:
    with running_smtp() as smtp:
        for reference in (REFERENCE, REFERENCE, f"R-123:{'1f' * 16}"):
            post(smtp).deliver(RITA, TEXT, reference)
    first, again, other = (letter["Message-ID"] for letter in smtp.postbox.letters)
    assert first == again != other


def test_a_refusal_for_good_is_a_bounce_that_repeats_no_address() -> None:
    with running_smtp() as smtp:
        smtp.postbox.rcpt = "550 5.1.1 <rita@readers.example> unknown"
        refused = post(smtp).deliver(RITA, TEXT, REFERENCE)
        smtp.postbox.rcpt, smtp.postbox.data = "250 OK", "554 5.6.0 not wanted"
        not_wanted = post(smtp).deliver(RITA, TEXT, REFERENCE)
    assert (refused.delivered, refused.bounced) == (False, "smtp-550")
    assert (not_wanted.delivered, not_wanted.bounced) == (False, "smtp-554")


@pytest.mark.parametrize("where", ["rcpt", "data", "mail"])
def test_a_refusal_that_may_pass_is_tried_again(where: str) -> None:
    with running_smtp() as smtp:
        setattr(smtp.postbox, where, "451 4.7.1 greylisted, rita@readers.example")
        with pytest.raises(MailUnavailable) as refused:
            post(smtp).deliver(RITA, TEXT, REFERENCE)
    assert "451" in refused.value.message
    assert "rita" not in refused.value.message


def test_our_own_address_refused_is_not_the_recipients_fault() -> None:
    with running_smtp() as smtp:
        smtp.postbox.mail = "550 5.7.1 sender not known here"
        with pytest.raises(MailUnavailable):
            post(smtp).deliver(RITA, TEXT, REFERENCE)


def test_a_connection_that_breaks_after_the_text_leaves_it_open_and_the_repeat_is_the_same_message() -> None:
    with running_smtp() as smtp:
        smtp.postbox.drop_after_data = True
        with pytest.raises(MailUnavailable):
            post(smtp).deliver(RITA, TEXT, REFERENCE)
        smtp.postbox.drop_after_data = False
        assert post(smtp).deliver(RITA, TEXT, REFERENCE).delivered
    first, again = (letter["Message-ID"] for letter in smtp.postbox.letters)
    assert first == again


def test_without_a_server_a_letter_bounces_and_says_why() -> None:
    delivery = post(None).deliver(RITA, TEXT, REFERENCE)
    assert (delivery.delivered, delivery.bounced) == (False, "mail is not configured")
    assert post(None).doctor()[0].ok


def test_nobody_listening_is_tried_again_and_shown_by_the_doctor() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    mail = Mail(MailServer("127.0.0.1", port, "none"), Sender(FROM, KEY), lambda: NOW)
    with pytest.raises(MailUnavailable):
        mail.deliver(RITA, TEXT, REFERENCE)
    assert not mail.doctor()[0].ok


def test_starttls_and_tls_carry_letters_and_logins_only_under_a_trusted_certificate(tmp_path: Path) -> None:
    shows, trusts = self_made_certificate(tmp_path)
    for at_once, security in ((False, "starttls"), (True, "tls")):
        with running_smtp(shows, at_once=at_once, login=True) as smtp:
            known = {"user": "house", "password": lambda: "right"}
            trusted = smtp.server(security, trust=trusts, **known)
            assert Mail(trusted, Sender(FROM, KEY), lambda: NOW).deliver(RITA, TEXT, REFERENCE).delivered
            stranger = smtp.server(security, **known)
            with pytest.raises(MailUnavailable, match="not safe"):
                Mail(stranger, Sender(FROM, KEY), lambda: NOW).deliver(RITA, TEXT, REFERENCE)
        assert smtp.postbox.logins == ["house:right"]


def test_a_server_without_starttls_gets_no_letter() -> None:
    with running_smtp() as smtp, pytest.raises(MailUnavailable):
        Mail(smtp.server("starttls"), Sender(FROM, KEY), lambda: NOW).deliver(RITA, TEXT, REFERENCE)
    assert smtp.postbox.envelopes == []


def test_letters_leave_this_machine_only_under_protection() -> None:
    mail = Mail(MailServer("mail.example", 25, "none"), Sender(FROM, KEY), lambda: NOW)
    with pytest.raises(MailUnavailable, match="another machine"):
        mail.deliver(RITA, TEXT, REFERENCE)
    assert not mail.doctor()[0].ok


def test_a_server_without_a_sender_mails_nothing_and_the_doctor_says_so() -> None:
    mail = Mail(MailServer("127.0.0.1", 9, "none"), Sender("", KEY), lambda: NOW)
    assert mail.deliver(RITA, TEXT, REFERENCE).bounced == "mail is not configured"
    assert not mail.doctor()[0].ok


def test_a_password_file_that_cannot_be_read_makes_letters_wait() -> None:
    def no_password() -> str:
        raise Misconfigured("others may read it")

    with running_smtp() as smtp:
        server = smtp.server(user="house", password=no_password)
        with pytest.raises(MailUnavailable):
            Mail(server, Sender(FROM, KEY), lambda: NOW).deliver(RITA, TEXT, REFERENCE)


def test_a_server_that_drips_its_answer_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "SECONDS_IN_ALL", 0.5)
    done = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            while not done.wait(0.05):
                try:
                    connection.sendall(b"2")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        server = MailServer("127.0.0.1", listener.getsockname()[1], "none")
        with pytest.raises(
            MailUnavailable
        ):  # it drips until it is left: the letter ends by its time or never
            Mail(server, Sender(FROM, KEY), lambda: NOW).deliver(RITA, TEXT, REFERENCE)
        done.set()
        thread.join()


def test_no_text_writes_a_header_of_its_own_and_long_lines_are_folded() -> None:
    text = "Réponse à votre signalement\r\nBcc: mallory@evil.example\n\n" + "é" * 5_000
    made = compose(Sender(FROM, KEY), "rita@readers.example", text, f"R-1\nBcc: eve@evil.example:{ID}", NOW)
    raw = made.as_bytes()
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"\nBcc:" not in head
    assert made["Bcc"] is None
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert made.get_content().startswith("Réponse")
    assert "é" * 5_000 in made.get_content()
    assert body


def test_an_address_in_another_script_needs_a_server_that_can_carry_it() -> None:
    with running_smtp() as smtp:
        assert post(smtp).deliver(mail_account("дарья@пример.example"), TEXT, REFERENCE).delivered
    assert smtp.postbox.envelopes[0].rcpt_tos == ["дарья@xn--e1afmkfd.example"]


@pytest.mark.parametrize(
    "address",
    ["", "rita", "rita@", "@x.example", "a@b@c.example", "rita@localhost", "rita@x.example, eve@y.example",
     "rita@x.example\nBcc: eve@y.example", "<rita@x.example>", "Rita <rita@x.example>", "rita @x.example",
     "-oQ/tmp@x.example", "rita@x..example", "r" * 65 + "@x.example", "rita@" + "x" * 250 + ".example", None, 7],
)  # fmt: skip
def test_what_is_no_address_or_more_than_one_is_refused(address: object) -> None:
    with pytest.raises(BadInput):
        check_address(address)


def test_an_envelope_address_is_believed_only_with_our_own_digest() -> None:
    sender = Sender(FROM, KEY)
    good = sender.envelope(REFERENCE)
    assert sender.record_of(good.upper()) == ID
    assert Sender(FROM, b"n" * 32).record_of(good) is None
    flipped = re.sub(r"\+(.)", lambda found: "+" + ("b" if found[1] == "a" else "a"), good)
    for bad in (
        flipped,
        FROM,
        good.replace("site.example", "evil.example"),
        good.replace("house", "mouse"),
        "",
    ):
        assert sender.record_of(bad) is None
    assert len(good.partition("@")[0]) <= 64
    assert Sender("a" * 40 + "@site.example", KEY).envelope(REFERENCE) == "a" * 40 + "@site.example"


def test_mail_can_only_tell() -> None:
    mail = post(None)
    order = Order(ID, RITA, Measure.SUSPEND, None, 1)
    for call in (
        lambda: mail.apply(order, b""), lambda: mail.lift(order), lambda: mail.void(1), lambda: mail.snapshot(RITA),
        lambda: mail.attest(order, GivenUp.VOID), lambda: mail.state_of(RITA), lambda: mail.resume(ID),
        lambda: mail.entered(ID, 1),
    ):  # fmt: skip
        with pytest.raises(Unsupported):
            call()
    assert mail.card.measures == {}
    assert mail.card.notice_channel == "mail"
