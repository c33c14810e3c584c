"""The connectors of a site: each with its own gate, memory, spool and secrets, and none with the database.

Mail is found here by its name like a platform, because it can tell; it is not among those that are visited.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from showcause.compose.comments import open_comments
from showcause.home import Home, make_folder, make_key, read_key, read_secret, refuse_loose
from showcause.settings import PlatformSettings, Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from showcause.casework.ports import Clock, Platform
    from showcause.casework.runner import Runner
    from showcause.connectors.gate import Pinned
    from showcause.gateways.mail import Mail
    from showcause.transparency.keys import SigningKey


class Connectors(Mapping[str, "Platform"]):
    """The connectors of a site by name; one is built when it is first asked for.

    `mail` can be asked for and is not counted: nothing is polled, searched or restricted there.
    """

    def __init__(self, home: Home, settings: Settings, clock: "Clock") -> None:
        self._home, self._clock = home, clock
        self._settings = {each.name: each for each in settings.platforms}
        self._built: dict[str, Platform] = {}
        self._machine = settings

    def mail(self) -> "Mail":
        """Return mail, with the server that the settings name or without one."""
        return build_mail(self._home, self._machine, self._clock)

    def __getitem__(self, name: str) -> "Platform":
        from showcause.domain.mail import MAIL

        if name == MAIL and name not in self._built:
            self._built[name] = self.mail()
        if name not in self._built:
            self._built[name] = build_connector(self._home, self._settings[name], self._clock, self._machine)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)


def build_connector(home: Home, settings: PlatformSettings, clock: "Clock", machine: Settings) -> "Platform":
    """Build one connector: its gate with the pinned policy, its own memory, its spool. No record is needed.

    Raises: Misconfigured for missing or loose secrets, or an address that cannot be.
    """
    from showcause.connectors.gate import Gate
    from showcause.connectors.memory import Memory
    from showcause.connectors.tokens import RevokedIds
    from showcause.connectors.urgent import UrgentSpool
    from showcause.domain.errors import Misconfigured

    name, folder = settings.name, home.connector(settings.name)
    make_folder(folder)
    memory = Memory(folder / "gate.db", read_key(home.secret_of(name, "gate.key")))
    policy = home.policy.read_text(encoding="utf-8")
    observe, levels = settings.mode == "observe", _pinned_levels(home)
    gate = Gate(name, name, policy, memory, observe=observe, levels=levels, key=_signing_key(home, name))
    issuer = _urgent_key(home).public_key().public_bytes_raw()
    spool = UrgentSpool(
        folder / "spool", read_key(home.secret_of(name, "spool.key")), issuer, RevokedIds(home.revoked)
    )
    match settings.kind:
        case "matrix":
            from showcause.connectors.matrix import MatrixPlatform
            from showcause.connectors.matrix_api import SynapseApi

            token = home.path / settings.token_file
            refuse_loose(token)
            return MatrixPlatform(SynapseApi(settings.address, token), gate, spool, clock)
        case "simulator":
            from showcause.connectors.simulator import Simulator
            from showcause.connectors.simulator_world import World

            return Simulator(World(clock, folder / "world.db"), gate, spool, clock)
        case "comments":
            from showcause.comments.platform import CommentsPlatform

            section = open_comments(home, machine, settings, clock())
            mails = bool(machine.mail_server)
            return CommentsPlatform(section, gate, spool, clock, home.erased_comments, mails=mails)
        case "orders":
            from showcause.connectors.orders import OrdersPlatform
            from showcause.connectors.orders_book import Book
            from showcause.connectors.orders_card import card

            book = Book(folder / "orders.db", read_key(home.secret_of(name, "spool.key")))
            return OrdersPlatform(card(name, settings.measures, settings.notices), book, gate, spool, clock)
        case other:
            raise Misconfigured(f"there is no connector {other}")


def connector_key(home: Home, name: str) -> str:
    """Return the text of the public key with which a connector confirms; the key is made if there is none.

    Raises: Misconfigured when its file is loose or no key.
    """
    return str(_signing_key(home, name).verifier)


def introduce_keys(runner: "Runner", home: Home, settings: Settings) -> None:
    """Log the key of every connector whose present key is not the logged one: a site from before there were any, a
    connector whose key was lost, or a `connect` that was interrupted.

    Raises: Misconfigured when a key's file is loose or no key.
    """
    from showcause.casework.connector_keys import introduce
    from showcause.domain.site import ConnectedPlatform

    with runner.store.read(runner.clock()) as view:
        logged = {each.name: each.key for each in view.find(ConnectedPlatform)}
    for name in (each.name for each in settings.platforms if each.name in logged):
        key = connector_key(home, name)
        if key != logged[name]:
            runner.run(introduce, name, key)


def _signing_key(home: Home, name: str) -> "SigningKey":
    from showcause.transparency.keys import KeyKind, SigningKey

    make_folder(home.connector(name))
    return SigningKey(name, KeyKind.ED25519, make_key(home.connector(name) / "signing.key"))


def build_mail(home: Home, settings: Settings, clock: "Clock") -> "Mail":
    """Build mail; its key makes the tokens by which bounces name their letter.

    Raises: Misconfigured when that key is loose.
    """
    from showcause.gateways.mail import Mail, MailServer
    from showcause.gateways.mail_letter import Sender

    sender = Sender(settings.mail_from, make_key(home.secrets / "mail.key"))
    if not settings.mail_server:
        return Mail(None, sender, clock)
    host, _, port = settings.mail_server.rpartition(":")
    password = home.path / settings.mail_password_file
    server = MailServer(
        *(host.strip("[]"), int(port), settings.mail_security, settings.mail_user),
        password=lambda: read_secret(password),
    )
    return Mail(server, sender, clock)


def _pinned_levels(home: Home) -> "dict[str, Pinned]":
    """Return the stricter trust that is pinned, by measure.

    Raises: Misconfigured for a level whose policy is missing: nothing of it would be carried out.
    """
    from showcause.connectors.gate import Pinned
    from showcause.domain.errors import Misconfigured
    from showcause.domain.witness import table_from_text

    table = home.trust / "receipt-levels"
    found = {}
    for measure, demand in table_from_text(table.read_text("utf-8") if table.exists() else "").items():
        place = home.trust / f"log-policy-{demand.level.lower()}"
        if not place.exists():
            raise Misconfigured(f"{place.name} is missing, and {measure} asks for it", WRITE_AGAIN)
        found[str(measure)] = Pinned(demand.level, place.read_text("utf-8"), demand.fallback_after)
    return found


WRITE_AGAIN = "Write the files of trust again: `showcause log trust`."


def _urgent_key(home: Home) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(read_key(home.secrets / "urgent.key"))


def urgent_token(
    home: Home, token_id: str, moderator: str, categories: Sequence[str], expires: datetime
) -> bytes:
    """Issue a person's token of the urgent lane."""
    from showcause.connectors.tokens import issue_token
    from showcause.domain.policy import Urgent

    return issue_token(_urgent_key(home), token_id, moderator, [Urgent(each) for each in categories], expires)
