"""The only place where parts are wired together. The console script starts here.

Everything heavy is imported inside the functions: `showcause --help` and `showcause verify FILE` need neither a
site nor a database nor Django.
"""

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from showcause.compose.connectors import build_connector, connector_key, urgent_token
from showcause.compose.pages import pages_served
from showcause.compose.signing import Signing, in_a_process_of_its_own, in_this_process, signer_served
from showcause.compose.site import Site, new_id, open_site, open_unchecked, utc_now
from showcause.home import Home, make_folder, make_key, replace_private
from showcause.settings import PlatformSettings, read_settings

if TYPE_CHECKING:
    from showcause.casework.ports import Clock, Ids, Platform

__all__ = ["Site", "Wiring", "main", "new_id", "open_site", "utc_now"]


@dataclass(frozen=True)
class Wiring:
    """What the command line may ask of the wiring; see `cli.wiring` for the other side."""

    clock: "Clock" = utc_now
    ids: "Ids" = new_id
    signing: Signing = in_a_process_of_its_own

    def moved(self, clock: "Clock") -> "Wiring":
        """Return the same under a clock that is not the machine's, which the signer then has to share."""
        return replace(self, clock=clock, signing=in_this_process)

    def open(self, home: Path) -> Site:
        """Open a checked site."""
        return open_site(home, clock=self.clock, ids=self.ids, signing=self.signing)

    def open_unchecked(self, home: Path) -> Site:
        """Open a site without looking into its database."""
        return open_unchecked(home, clock=self.clock, ids=self.ids, signing=self.signing)

    def prepare(self, home: Home, origin: str) -> str:
        """Make folders and secrets of a new site, or find those of an interrupted `init`; return the verifier key."""
        from showcause.gateways.signer import make_key as make_log_key
        from showcause.gateways.signer import read_key as read_log_key
        from showcause.transparency.policy import Policy

        home.make_folders()
        for name in ("master.key", "urgent.key", "mail.key"):
            make_key(home.secrets / name)
        if not home.log_key.exists():
            home.state.unlink(missing_ok=True)
            make_log_key(origin, secrets.token_bytes(32), home.log_key, home.state)
        key = read_log_key(home.log_key).verifier
        replace_private(home.policy, Policy((key,)).to_bytes())
        return str(key)

    def prepare_connector(self, home: Home, settings: PlatformSettings) -> "Platform":
        """Make a connector's folder and secrets, or find them, and build it."""
        make_folder(home.secrets / settings.name)
        more = ("section.key",) if settings.kind == "comments" else ()
        for name in ("gate.key", "spool.key", *more):
            make_key(home.secret_of(settings.name, name))
        return build_connector(home, settings, self.clock, read_settings(home.config, os.environ))

    def connector_key(self, home: Home, name: str) -> str:
        """Return the text of the public key with which a connector confirms what it did."""
        return connector_key(home, name)

    def connector(self, home: Path, name: str) -> "Platform":
        """Build one connector without opening the database, as the urgent lane must."""
        from showcause.domain.errors import NotFound

        at = Home(home.absolute())
        machine = read_settings(at.config, os.environ)
        found = machine.platform(name)
        if found is None:
            raise NotFound(
                f"no platform {name[:64]!r} is connected", "Connect it first: `showcause connect`."
            )
        return build_connector(at, found, self.clock, machine)

    def urgent_token(
        self, home: Home, token_id: str, moderator: str, categories: Sequence[str], expires: datetime
    ) -> bytes:
        """Issue a person's token of the urgent lane."""
        return urgent_token(home, token_id, moderator, categories, expires)

    def pages(
        self, home: Path, host: str, port: int, *, demo: bool = False
    ) -> AbstractContextManager[Callable[[], None]]:
        """Serve a site's pages over HTTP from a child process while the block runs; see `pages_served`."""
        return pages_served(home, host, port, demo=demo)

    def signer(
        self, folder: Path, path: Path
    ) -> AbstractContextManager[Callable[[Callable[[], bool]], None]]:
        """Offer a signer at a socket while the block runs; see `signer_served`."""
        return signer_served(folder, path, self.clock)

    def verifier(self) -> bytes:
        """Return the checker of proofs as one HTML file, made from the modules that the pages use."""
        from showcause.web.window.offline import verifier

        return verifier()

    def with_accounts(self) -> None:
        """Let this process know the tables of logins; to be called before a site is opened."""
        from showcause.web.configuration import configure

        configure()

    def migrate(self, site: Site) -> None:
        """Bring a site's tables to what this program needs, those of logins included. Harmless to repeat."""
        from showcause.store.schema import migrate
        from showcause.web.configuration import make_account_tables

        migrate(site.store)
        make_account_tables(site.store.database.alias)

    def recover(self, key: Path, state: Path, note: str) -> int:
        """Set the signer's lost file again from a checkpoint; return its size."""
        from showcause.gateways.signer import recover

        return recover(key, state, note, self.clock()).size


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code tells whose turn it is (see `cli.frame`)."""
    from showcause.cli.root import root

    try:
        root.main(args=arguments, prog_name="showcause", obj=Wiring())
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
