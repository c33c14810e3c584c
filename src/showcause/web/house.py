"""What the pages are given by the wiring: one opened site, behind a protocol, so that no page knows how it is built."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from showcause.casework.ports import Clock, Head, Ids, Platform
    from showcause.casework.runner import Runner
    from showcause.comments.section import Section
    from showcause.store.store import Store
    from showcause.stream.intake import Intake
    from showcause.stream.standing import Kept, Standing


class Site(Protocol):
    """An opened installation, as far as pages need it."""

    @property
    def store(self) -> "Store":
        """Return the store."""

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

    def section(self, name: str | None = None) -> "Section | None":
        """Return the comment section, opened; None where the site has none, or none of this name."""

    def signed_note(self) -> str:
        """Return the signed checkpoint over everything committed so far."""

    def last_signed(self) -> "Head":
        """Return the last head that was signed."""

    def signed_at(self) -> datetime:
        """Return when the signer signed last."""

    def worked_at(self) -> datetime | None:
        """Return when the worker finished its last round, None when it never did."""

    def wake_judging(self) -> None:
        """Say to whoever judges events that somebody waits for what is said of one."""

    def differing_verdicts(self) -> Sequence[str]:
        """Return the verdicts that the last night's sample found to differ."""

    def judging_stopped(self) -> Mapping[str, str]:
        """Return the platforms whose events are judged no further, each with the code of what was wrong."""


@dataclass(frozen=True)
class House:
    """A site with what only its pages need.

    `public` is the folder of the public log, `policy` the pinned trust that pages show, `secret` 32 bytes that sign
    sessions, `address` the public base address without a slash at its end, `proxies` how many proxies of our own stand
    before us and are believed about where a visitor comes from, `story` what the guided story left behind, in the demo
    alone.
    """

    site: Site
    public: Path
    policy: str
    secret: bytes = field(repr=False)
    address: str
    proxies: int = 0
    story: Mapping[str, Any] | None = None
    login: Mapping[str, str] = field(default_factory=dict)
    """The identity provider for OIDC, if any: `name`, `server`, `client` and `secret`."""
    mails: bool = False
    """Whether letters leave by mail."""
    identity_days: int = 0
    """For how many days a country's law demands that it be kept from where a comment was sent; 0: it is not kept."""
    revoke: Callable[[str], None] = lambda id: None
    """Tells the connectors, without any database, that a person's tokens of the urgent lane count no longer."""

    @property
    def store(self) -> "Store":
        """Return the store."""
        return self.site.store

    @property
    def runner(self) -> "Runner":
        """Return what runs use cases."""
        return self.site.runner

    @cached_property
    def intake(self) -> "Intake":
        """Return what takes events in; their log is opened, or made, on first use."""
        from showcause.stream.intake import Intake
        from showcause.stream.opening import open_beside

        return Intake(self.store, open_beside(self.store))

    def section(self, name: str | None = None) -> "Section | None":
        """Return the comment section, opened; None where this site has none, or none of this name."""
        return self.site.section(name)

    def events(self) -> "Standing":
        """Return how many events were taken, and how far each platform's were judged."""
        from showcause.stream.opening import is_there
        from showcause.stream.standing import standing

        return standing(self.store, self.intake.log if is_there(self.store) else None)

    def history(self) -> "Kept | None":
        """Return how the history of events stands, None where there are no events."""
        from showcause.stream.opening import is_there
        from showcause.stream.standing import kept

        return kept(self.intake.log) if is_there(self.store) else None

    def now(self) -> datetime:
        """Return the time now."""
        return self.site.clock()

    @property
    def demo(self) -> bool:
        """Tell whether this is the guided story, whose bar lets one visitor play every part."""
        return self.story is not None

    @property
    def secure(self) -> bool:
        """Tell whether the pages are reached over https."""
        return self.address.startswith("https://")


_served: list[House] = []


def use(house: House) -> None:
    """Serve this house in this process from now on."""
    _served[:] = [house]


def house() -> House:
    """Return the house that this process serves."""
    return _served[0]
