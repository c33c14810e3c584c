"""A real SMTP server on this machine, whose answers a test sets, and a house that mails through it."""

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from showcause.casework.ports import Clock
from showcause.gateways.mail import Mail, MailServer
from showcause.gateways.mail_letter import Sender
from tests.house import House
from tests.services.processes import PATIENCE, free_port

FROM = "house@site.example"
KEY = b"m" * 32


@dataclass
class Postbox:
    """What the server got, and what it answers. `drop_after_data` breaks the connection when the text is there."""

    rcpt: str = "250 OK"
    data: str = "250 OK"
    mail: str = ""
    drop_after_data: bool = False
    slow: float = 0.0
    envelopes: list[Envelope] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        await asyncio.sleep(self.slow)
        return self.mail or "250 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.data.startswith("2"):
            self.envelopes.append(envelope)
        if self.drop_after_data:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return self.data

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append(f"{given.login.decode()}:{given.password.decode()}")
        return AuthResult(success=given.password == b"right")

    @property
    def letters(self) -> list[EmailMessage]:
        """Return what was taken, parsed."""
        return [_parsed(each) for each in self.envelopes]

    def to(self, address: str) -> list[EmailMessage]:
        """Return what was taken for one address."""
        return [_parsed(each) for each in self.envelopes if each.rcpt_tos == [address]]


def _parsed(envelope: Envelope) -> EmailMessage:
    assert isinstance(envelope.content, bytes)
    parsed = message_from_bytes(envelope.content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


@dataclass
class Smtp:
    """One running server."""

    postbox: Postbox
    port: int

    def server(self, security: str = "none", **more: object) -> MailServer:
        """Return the way to this server."""
        return MailServer("127.0.0.1", self.port, security, **more)  # type: ignore[arg-type]  # a test's own words


@contextmanager
def running_smtp(
    tls: ssl.SSLContext | None = None, *, at_once: bool = False, login: bool = False
) -> Iterator[Smtp]:
    """Run a server while the block runs; with `tls` it offers STARTTLS, or speaks TLS from the start."""
    postbox = Postbox()
    port = free_port()
    controller = Controller(
        postbox, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE, enable_SMTPUTF8=True,
        ssl_context=tls if at_once else None, tls_context=None if at_once else tls,
        require_starttls=tls is not None and not at_once,
        auth_required=login and not at_once, auth_require_tls=not at_once,
        authenticator=postbox.authenticate if login else None,
    )  # fmt: skip
    controller.start()
    try:
        yield Smtp(postbox, port)
    finally:
        controller.stop()


def mail_through(smtp: Smtp | None, clock: Clock, address: str = FROM) -> Mail:
    """Return mail through this server, or without any."""
    return Mail(smtp.server() if smtp else None, Sender(address, KEY), clock)


@contextmanager
def house_with_mail(house: House) -> Iterator[Postbox]:
    """Let a house's worker mail while the block runs."""
    with running_smtp() as smtp:
        before = house.worker.world.platforms
        house.worker.world.platforms = {**before, "mail": mail_through(smtp, house.clock)}
        yield smtp.postbox
        house.worker.world.platforms = before


def self_made_certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server on 127.0.0.1 shows, and what trusts it and nobody else."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    shows = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shows.load_cert_chain(certificate, key)
    return shows, ssl.create_default_context(cafile=str(certificate))
