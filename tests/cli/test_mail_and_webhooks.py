"""Mail and webhooks on the command line: a test letter, a bounce from a pipe, an endpoint's whole life."""

import json
import signal
from datetime import timedelta

from showcause.casework import subjects
from showcause.casework.subjects import Told
from showcause.compose import open_site
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from showcause.gateways.mail_letter import Sender
from showcause.home import read_key
from tests.cli.house import PLATFORM, House
from tests.cli.test_processes import run, serving
from tests.gateways.test_mail_returned import notification
from tests.services.processes import PATIENCE, until
from tests.services.receiver import receiving
from tests.services.smtp import Smtp, running_smtp

FROM = "house@site.example"


def let_mail_out(house: House, smtp: Smtp) -> None:
    """Set the mail server of a site in its environment."""
    house.environment |= {
        "SHOWCAUSE_MAIL_SERVER": f"127.0.0.1:{smtp.port}",
        "SHOWCAUSE_MAIL_SECURITY": "none",
        "SHOWCAUSE_MAIL_FROM": FROM,
    }


def test_a_test_letter_says_whether_the_server_took_it(house: House) -> None:
    assert "mail is not configured" in house.try_("mail", "test", "me@site.example").stdout
    with running_smtp() as smtp:
        let_mail_out(house, smtp)
        told = house.one("mail", "test", "me@site.example")
        assert told["number"] in smtp.postbox.letters[0]["Subject"]
        smtp.postbox.rcpt = "550 no such user"
        assert house.try_("mail", "test", "me@site.example").exit_code == 1
        assert house.try_("mail", "test", "no address").exit_code == 1
        doctor = house.try_("doctor").stdout
        assert "mail server: it answers (250)" in doctor


def test_letters_that_reached_nobody_are_listed(house: House) -> None:
    assert house.json("mail", "undelivered") == []
    assert house.try_("mail", "again", "0f" * 16, "--as", "ada").exit_code == 1


def served_by_mail(house: House, smtp: Smtp) -> str:
    """Bring a statement to somebody whose platform does not reach them; return the bounce address of its letter."""
    let_mail_out(house, smtp)
    house.world.register("mallory")
    house.world.impose(SubjectKind.ACCOUNT, "mallory", Measure.LOCK)
    site = open_site(house.home, clock=lambda: house.now)
    mallory = Subject(PLATFORM, SubjectKind.ACCOUNT, "mallory")
    site.runner.run(subjects.tell, Told(mallory, contact="mallory@people.example"))
    site.close()
    house.decided()
    house.run("serve", "--once")
    [envelope] = [each for each in smtp.postbox.envelopes if each.rcpt_tos == ["mallory@people.example"]]
    return str(envelope.mail_from)


def test_a_bounce_from_a_pipe_makes_the_statement_undeliverable(house: House) -> None:
    with running_smtp() as smtp:
        to = served_by_mail(house, smtp)
        told = json.loads(house.try_("mail", "bounce", "--json", stdin=notification(to=to).decode()).stdout)
        assert (told["state"], told["status"]) == ("undeliverable", "5.1.1")
        again = json.loads(house.try_("mail", "bounce", "--json", stdin=notification(to=to).decode()).stdout)
        assert again["returned"] is None


def test_whatever_else_comes_through_the_pipe_changes_nothing_and_is_not_bounced(house: House) -> None:
    with running_smtp() as smtp:
        let_mail_out(house, smtp)
        house.run("mail", "test", "me@site.example")
    sender = Sender(FROM, read_key(house.home / "secrets" / "mail.key"))
    to = sender.envelope(f"R-1:{'0f' * 16}")
    for message in (notification(to=to).decode(), "no message\n", "\x00" * 10, "x" * 1_200_000):
        result = house.try_("mail", "bounce", "--json", stdin=message)
        assert result.exit_code == 0, result.stderr
        assert json.loads(result.stdout)["returned"] is None


def test_an_endpoint_from_the_first_test_letter_to_its_removal(house: House) -> None:
    with receiving() as receiver:
        house.environment |= {"SHOWCAUSE_PRIVATE_HOSTS": receiver.place}
        made = house.one("webhook", "add", "crm", f"http://{receiver.place}/in", "--as", "ada")
        assert made["secret"].startswith("whsec_")
        assert house.one("webhook", "test", "crm", "--as", "ada")["state"] == "done"
        house.decided()
        house.run("serve", "--once")
        types = [json.loads(each.body)["type"] for each in receiver.heard]
        assert types[0] == "webhook.test"
        assert {"report.filed", "decision.in-force", "enforcement.applied", "statement.served"} <= set(types)
        letters = house.json("webhook", "deliveries", "crm")
        assert {each["state"] for each in letters} == {"done"}
        before = len(receiver.heard)
        message = next(each["message"] for each in letters if each["event"] == "decision.in-force")
        house.wait(timedelta(seconds=1))
        assert house.one("webhook", "replay", message, "--as", "ada") == {"sent": 1}
        house.run("serve", "--once")
        assert len(receiver.heard) == before + 1
        assert house.one("webhook", "rotate", "crm", "--as", "ada")["secret"] != made["secret"]
        house.wait(timedelta(seconds=1))
        since = ("webhook", "replay", "--endpoint", "crm", "--since", "2026-01-01", "--as", "ada")
        assert house.one(*since)["sent"] == len(letters)
        assert [each["host"] for each in house.json("webhook", "list")] == [receiver.place]
        for verb, state in (("pause", "paused"), ("resume", "active"), ("remove", "removed")):
            assert house.one("webhook", verb, "crm", "--as", "ada")["state"] == state
        assert house.json("webhook", "list") == []


def test_an_address_inside_is_refused_when_it_is_added(house: House) -> None:
    for url in ("https://127.0.0.1/", "http://example.org/", "https://[::1]:8080/x"):
        result = house.try_("webhook", "add", "crm", url, "--as", "ada")
        assert (result.exit_code, "address-refused" in result.stderr) == (1, True)


def test_letters_that_never_arrived_are_shown_by_the_doctor_until_they_are_sent_again(house: House) -> None:
    with receiving() as receiver:
        house.environment |= {"SHOWCAUSE_PRIVATE_HOSTS": receiver.place}
        house.run("webhook", "add", "crm", f"http://{receiver.place}/in", "--as", "ada")
        receiver.answers = [500]
        assert house.one("webhook", "test", "crm", "--as", "ada")["error"] == "status-500"
        for _ in range(12):
            house.wait(timedelta(hours=21))
            house.run("serve", "--once")
        [dead] = house.json("webhook", "deliveries", "--state", "dead")
        assert "LACK site, webhooks: 1 endpoints, 1 letters were given up" in house.try_("doctor").stdout
        receiver.answers = [204]
        house.run("webhook", "replay", dead["message"], "--as", "ada")
        house.run("serve", "--once")
        assert "ok   site, webhooks" in house.try_("doctor").stdout
        assert len(house.json("webhook", "events")) > 10


def test_the_service_carries_letters_beside_its_work_and_a_slow_endpoint_holds_up_neither_work_nor_end(
    house: House,
) -> None:
    with receiving() as receiver:
        receiver.drips = 0.05
        config = house.home / "config.toml"
        config.write_text(f'private-hosts = "{receiver.place}"\n' + config.read_text())
        house.run("webhook", "add", "crm", f"http://{receiver.place}/in", "--as", "ada")
        house.run("report", PLATFORM, "account", "sam", "--reason", "spam")
        with serving(house.home) as child:
            until(lambda: receiver.heard)
            added = run("moderator", "add", "dora", "--as", "ada", home=house.home)
            assert added.returncode == 0, added.stderr
            child.send_signal(signal.SIGTERM)
            assert child.wait(PATIENCE) == 0
    assert [json.loads(each.body)["type"] for each in receiver.heard] == ["report.filed"]
