"""Mail: a platform that can only tell. Letters leave through the operator's SMTP server, with the standard library.

The server's word decides: a refusal for good (5xx) of this recipient is a bounce; everything else is tried again. A
connection that breaks after the text was sent leaves it unknown whether the letter went: it is sent again as the same
message. Source: RFC 5321 sections 4.2.1, 6.1.
"""

import ipaddress
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, NoReturn

from showcause.casework.ports import (
    CapabilityCard,
    Check,
    Clock,
    Delivery,
    Found,
    GivenUp,
    Order,
    Outcome,
    PlatformState,
    Progress,
    ReportBatch,
    Restored,
    Returned,
    Snapshot,
    Spooled,
)
from showcause.domain.errors import BadInput, MailUnavailable, Misconfigured, Unsupported
from showcause.domain.mail import MAIL, check_address
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.subject import Reach, Subject
from showcause.gateways.mail_letter import Sender, compose
from showcause.gateways.mail_returned import read_returned

SECONDS_A_STEP: Final = 10.0
SECONDS_IN_ALL: Final = 20.0
"""A letter takes no longer, however slowly the server speaks: the job's lease ends later."""
NOT_SET: Final = "mail is not configured"
_REMEDY: Final = "Set mail-server, mail-from and, if the server wants it, mail-user and mail-password-file."


@dataclass(frozen=True, slots=True)
class MailServer:
    """How the operator's SMTP server is reached; `password` is asked for when it is needed."""

    host: str
    port: int
    security: str = "starttls"
    user: str = ""
    password: Callable[[], str] = lambda: ""
    trust: ssl.SSLContext | None = None

    @contextmanager
    def session(self) -> Iterator[smtplib.SMTP]:
        """Open a session, protected and logged in as it is set; it is cut after its time, whatever the server does.

        Raises: smtplib.SMTPException, OSError; Misconfigured for another machine without protection.
        """
        if self.security == "none" and not _is_this_machine(self.host):
            raise Misconfigured(
                "mail-security is none, and the mail server is another machine",
                "Use starttls or tls: letters hold what is said about people.",
            )
        context = self.trust or ssl.create_default_context()
        smtp = (
            smtplib.SMTP_SSL(timeout=SECONDS_A_STEP, context=context)
            if self.security == "tls"
            else smtplib.SMTP(timeout=SECONDS_A_STEP)
        )
        smtp._host = self.host  # type: ignore[attr-defined]  # the name that the certificate has to carry
        cut = threading.Timer(SECONDS_IN_ALL, _cut, [smtp])
        cut.daemon = True
        cut.start()
        try:
            code, said = smtp.connect(self.host, self.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, said)
            if self.security == "starttls":
                smtp.starttls(context=context)
            if self.user:
                smtp.login(self.user, self.password())
            yield smtp
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
        finally:
            cut.cancel()
            smtp.close()


class Mail:
    """The platform `mail`. Without a server it bounces every letter and says so."""

    def __init__(self, server: MailServer | None, sender: Sender, clock: Clock) -> None:
        self._server, self._sender, self._clock = server, sender, clock

    # --- what mail can do -----------------------------------------------------------------------------------

    def deliver(self, subject: Subject, text: str, reference: str, stop: str = "") -> Delivery:
        """Hand a letter to the SMTP server; the same reference makes the same message. `stop`: see `compose`.

        Raises: MailUnavailable when it may go later.
        """
        if self._server is None or not self._sender.address:
            return Delivery(False, MAIL, bounced=NOT_SET)
        try:
            to = check_address(subject.ref)
        except BadInput:
            return Delivery(False, MAIL, bounced="no e-mail address")
        message = compose(self._sender, to, text, reference, self._clock(), stop)
        with _told_as_ours(), self._server.session() as smtp:
            try:
                smtp.send_message(message, self._sender.envelope(reference), [to])
            except smtplib.SMTPRecipientsRefused as refused:
                return _refused(next(iter(refused.recipients.values())))
            except smtplib.SMTPDataError as refused:
                return _refused((refused.smtp_code, refused.smtp_error))
            except smtplib.SMTPNotSupportedError:
                return Delivery(False, MAIL, bounced="address not in ASCII")
        return Delivery(True, MAIL, reference=self._sender.message_id(reference))

    def returned(self, message: bytes, recipient: str = "") -> Returned | None:
        """Return what a message to our envelope address says came back; see `mail_returned`. Raises: BadInput."""
        return read_returned(self._sender, message, recipient)

    def doctor(self) -> list[Check]:
        """Ask the server for a session and send nothing."""
        if self._server is None:
            return [Check(MAIL, True, "no SMTP server is set: nothing is mailed, and pages say so", _REMEDY)]
        if not self._sender.address:
            return [Check(MAIL, False, "a server is set, but mail-from is not: nothing is mailed", _REMEDY)]
        try:
            with _told_as_ours(), self._server.session() as smtp:
                code, _ = smtp.noop()
        except MailUnavailable as error:
            return [Check("mail server", False, error.message, _REMEDY)]
        room = self._sender.names_letters
        return [
            Check("mail server", code == 250, f"it answers ({code})", _REMEDY),
            Check(
                "bounces", room,
                "come back to an address that names the letter" if room else "cannot name the letter",
                "Use a mail-from of at most 23 characters before the @.",
            ),
        ]  # fmt: skip

    @property
    def card(self) -> CapabilityCard:
        """Return what mail offers: no measure, and a way to tell somebody."""
        return CapabilityCard(MAIL, {}, MAIL, can_answer_there=False)

    # --- what it cannot do ----------------------------------------------------------------------------------

    def reports(self, cursor: str | None) -> ReportBatch:
        """Return none: nobody reports by mail."""
        return ReportBatch((), cursor or "")

    def restricted(self, progress: Progress | None = None) -> Iterator[Found]:
        """Return none: nothing can be restricted here."""
        return iter(())

    def spooled(self) -> Iterator[Spooled]:
        """Return none: nothing is acted on here."""
        return iter(())

    def forget(self, subject: Subject, references: Collection[str]) -> None:
        """Do nothing: mail remembers nobody."""

    def reach(self, subject: Subject) -> Reach | None:
        """Return None: an address has no audience."""
        return None

    def snapshot(self, subject: Subject) -> Snapshot:
        """Raises: Unsupported."""
        _only_tells()

    def compare(self, subject: Subject, snapshot: Snapshot) -> Restored:
        """Raises: Unsupported."""
        _only_tells()

    def state_of(self, subject: Subject) -> PlatformState:
        """Raises: Unsupported."""
        _only_tells()

    def apply(self, order: Order, receipt_json: bytes) -> Outcome:
        """Raises: Unsupported."""
        _only_tells()

    def lift(self, order: Order) -> Outcome:
        """Raises: Unsupported."""
        _only_tells()

    def void(self, number: int) -> None:
        """Raises: Unsupported."""
        _only_tells()

    def attest(self, order: Order, what: GivenUp) -> str:
        """Raises: Unsupported."""
        _only_tells()

    def urgent(
        self, token: bytes, category: Urgent, subject: Subject, measure: Measure, spool_id: str | None = None
    ) -> str:
        """Raises: Unsupported."""
        _only_tells()

    def resume(self, spool_id: str) -> None:
        """Raises: Unsupported."""
        _only_tells()

    def entered(self, spool_id: str, number: int) -> None:
        """Raises: Unsupported."""
        _only_tells()


def _only_tells() -> NoReturn:
    raise Unsupported("mail can only tell", "Name the platform on which the account or the content is.")


def _refused(answer: tuple[int, bytes | str]) -> Delivery:
    """Return the bounce that a refusal for good is; its words stay out, for they repeat the address.

    Raises: MailUnavailable for a refusal that may pass.
    """
    code = answer[0]
    if 500 <= code < 600:
        return Delivery(False, MAIL, bounced=f"smtp-{code}")
    raise MailUnavailable(f"the mail server answered {code}")


@contextmanager
def _told_as_ours() -> Iterator[None]:
    """Say what a session raises in our words, which repeat no address."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise MailUnavailable(f"the mail server answered {error.smtp_code}") from None
    except ssl.SSLError as error:
        raise MailUnavailable(f"the connection is not safe: {error.reason or type(error).__name__}") from None
    except Misconfigured as error:  # letters wait until it is set right: they do not bounce for our mistake
        raise MailUnavailable(error.message, error.hint) from None
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise MailUnavailable(f"the mail server cannot be used: {type(error).__name__}") from None


def _cut(smtp: smtplib.SMTP) -> None:
    """End a session from outside: a read that waits returns. Closing would wait for that very read."""
    if smtp.sock is not None:
        with suppress(OSError):
            socket.socket.shutdown(smtp.sock, socket.SHUT_RDWR)


def _is_this_machine(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
