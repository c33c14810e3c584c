"""What the command line is given by the wiring: protocols, so that no command knows how parts are put together."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from showcause.casework.log.comparing import Differs
    from showcause.casework.log.cosigning import Cosigning
    from showcause.casework.messenger import Messenger
    from showcause.casework.ports import Clock, Head, Ids, KeyRing, Outside, Platform, Post, Signer
    from showcause.casework.ports.witnesses import Knowing
    from showcause.casework.runner import Runner
    from showcause.casework.worker import Worker
    from showcause.comments.section import Section
    from showcause.home import Home
    from showcause.settings import PlatformSettings, Settings
    from showcause.store.config import Store


class Judging(Protocol):
    """What judges the events of a site."""

    def round(self) -> int:
        """Judge what came, within bounds; return how many events."""

    def has_work(self) -> bool:
        """Tell whether any platform's events are shared out over so many processes."""

    def close(self) -> None:
        """Keep what the next start needs."""


class History(Protocol):
    """What keeps the history of a site's events."""

    moved: int
    left: int

    def step(self) -> bool:
        """Do the next thing that is due today; False when nothing is."""


class Site(Protocol):
    """An opened installation."""

    home: "Home"
    settings: "Settings"
    store: "Store"

    @property
    def clock(self) -> "Clock":
        """Return the clock."""

    @property
    def ids(self) -> "Ids":
        """Return what makes fresh ids."""

    @property
    def runner(self) -> "Runner":
        """Return what runs use cases."""

    @property
    def platforms(self) -> "Mapping[str, Platform]":
        """Return the connectors by name."""

    @property
    def signer(self) -> "Signer":
        """Return the log's signer, taken from every other process."""

    @property
    def key_ring(self) -> "KeyRing":
        """Return what changes the log's keys; it takes the signer."""

    def knowing(self, key: str, note: str) -> "Knowing":
        """Return what asks those who watch whether they know a key that signed a note."""

    @property
    def differing(self) -> "Sequence[Differs]":
        """Return who showed, when the signer was opened, a head that the database does not continue."""

    @property
    def worker(self) -> "Worker":
        """Return the worker, which takes the signer."""

    @property
    def cosigning(self) -> "Cosigning":
        """Return what gathers the signatures of witnesses."""

    @property
    def mail(self) -> "Post":
        """Return mail."""

    @property
    def outside(self) -> "Outside":
        """Return the way to addresses that a user gave."""

    @property
    def judging(self) -> "Judging":
        """Return what judges events."""

    def judging_of(self, number: int, of: int) -> "Judging":
        """Return what judges one part of events that are shared out over so many processes."""

    def share_out(self, platform: str, of: int, by: str) -> int:
        """Share a platform's events out over so many processes that judge them; return from which event on."""

    @property
    def messenger(self) -> "Messenger":
        """Return what carries webhooks' letters."""

    def section(self, name: str | None = None) -> "Section | None":
        """Return the comment section, opened; None where the site has none, or none of this name."""

    def tell_authors(self) -> int:
        """Draft what authors of comments asked to be told by mail; return how many letters."""

    def signed_note(self) -> str:
        """Return the signed checkpoint over everything committed so far."""

    def last_signed(self) -> "Head":
        """Return the last head that was signed, without keeping anybody from signing."""

    def log_key(self) -> str:
        """Return the text of the log's public key, without keeping anybody from signing."""

    def signed_at(self) -> datetime:
        """Return when the signer signed last."""

    def wait_for_asking(self, seconds: float, listener: str = "") -> None:
        """Wait so many seconds at most for somebody who asks about an event; each process has a name of its own."""

    @property
    def history(self) -> History:
        """Return what moves old events to files, and lets those go."""

    def check_verdicts(self) -> None:
        """Make a sample of verdicts once more, once a day."""

    def differing_verdicts(self) -> "Sequence[str]":
        """Return the verdicts that the last night's sample found to differ."""

    def judging_stopped(self) -> Mapping[str, str]:
        """Return the platforms whose events are judged no further, each with the code of what was wrong."""

    def note_round(self) -> None:
        """Leave a sign that the worker is alive."""

    def close(self) -> None:
        """Close everything."""


class Wiring(Protocol):
    """What a command may ask for."""

    @property
    def clock(self) -> "Clock":
        """Return the clock."""

    def moved(self, clock: "Clock") -> "Wiring":
        """Return the same under another clock than the machine's."""

    def open(self, home: Path) -> Site:
        """Open a checked site."""

    def open_unchecked(self, home: Path) -> Site:
        """Open a site without looking into its database."""

    def prepare(self, home: "Home", origin: str) -> str:
        """Make a new site's folders and secrets; return the log's verifier key."""

    def prepare_connector(self, home: "Home", settings: "PlatformSettings") -> "Platform":
        """Make a connector's secrets and build it."""

    def connector_key(self, home: "Home", name: str) -> str:
        """Return the text of the public key with which a connector confirms what it did."""

    def connector(self, home: Path, name: str) -> "Platform":
        """Build one connector without the database."""

    def urgent_token(
        self, home: "Home", token_id: str, moderator: str, categories: Sequence[str], expires: datetime
    ) -> bytes:
        """Issue a token of the urgent lane."""

    def pages(
        self, home: Path, host: str, port: int, *, demo: bool = False
    ) -> AbstractContextManager[Callable[[], None]]:
        """Serve a site's pages over HTTP while the block runs; what it is given raises when they ended."""

    def signer(
        self, folder: Path, path: Path
    ) -> AbstractContextManager[Callable[[Callable[[], bool]], None]]:
        """Offer a signer at a socket while the block runs, which is given what answers until told to end."""

    def verifier(self) -> bytes:
        """Return the checker of proofs as one HTML file; it needs no site."""

    def with_accounts(self) -> None:
        """Let this process know the tables of logins; to be called before a site is opened."""

    def migrate(self, site: Site) -> None:
        """Bring a site's tables to what this program needs."""

    def recover(self, key: Path, state: Path, note: str) -> int:
        """Set the signer's lost file again from a checkpoint; return its size."""
