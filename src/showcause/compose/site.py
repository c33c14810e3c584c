"""An opened installation, and the checks before it is handed out."""

import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from showcause.compose.comments import open_comments, section_of
from showcause.compose.connectors import Connectors
from showcause.compose.signing import Signing, in_a_process_of_its_own
from showcause.home import Home, check_secrets, read_key, replace_private
from showcause.settings import Settings, read_settings

if TYPE_CHECKING:
    from showcause.casework.log.comparing import Differs
    from showcause.casework.log.cosigning import Cosigning, Kept
    from showcause.casework.messenger import Messenger
    from showcause.casework.ports import Clock, Head, Ids, KeyRing, Platform, Post, Signer
    from showcause.casework.ports.witnesses import Knowing
    from showcause.casework.runner import Runner
    from showcause.casework.worker import Worker
    from showcause.comments.section import Section
    from showcause.compose.judging import Judging
    from showcause.compose.keeping import Keeping
    from showcause.compose.signing import Taken
    from showcause.compose.waking import Bell
    from showcause.gateways.calling_out import Outbound
    from showcause.store.config import Store
    from showcause.transparency.keys import VerifierKey

log = logging.getLogger("showcause.site")

VERDICTS = 200
"""How many verdicts are made once more each night."""
MOST_REPLAYED = 2_000_000
"""How many events are read for that at most: some ten seconds."""
PATIENCE = 5.0
"""How many seconds a command waits for the serving process to sign what was just committed."""


def utc_now() -> datetime:
    """Return the time now."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a fresh id: 128 random bits."""
    return secrets.token_hex(16)


# --- An opened site -----------------------------------------------------------------------------------------


@dataclass
class Site:
    """One installation, opened. Connectors and the signer are opened on first use; `close` ends all."""

    home: Home
    settings: Settings
    store: "Store"
    clock: "Clock"
    ids: "Ids"
    signing: Signing = in_a_process_of_its_own
    _closing: list[Callable[[], None]] = field(default_factory=list)
    _checked: str = ""
    _bells: "dict[str, Bell]" = field(default_factory=dict)
    differing: "Sequence[Differs]" = ()
    """Who showed, when the signer was opened, a head that the database does not continue."""

    @cached_property
    def runner(self) -> "Runner":
        """Return what runs use cases on this site."""
        from showcause.casework.runner import Runner

        return Runner(self.store, self.ids, self.clock)

    @cached_property
    def platforms(self) -> "Mapping[str, Platform]":
        """Return the connectors by name, each built when it is first asked for."""
        return Connectors(self.home, self.settings, self.clock)

    def section(self, name: str | None = None) -> "Section | None":
        """Return the comment section, opened; None where the site has none, or none of this name.

        Raises: as `open_comments`.
        """
        found = section_of(self.settings, name)
        return self._section if found is not None else None

    @cached_property
    def _section(self) -> "Section":
        found = section_of(self.settings)
        assert found is not None, "asked for where there is one"  # noqa: S101
        section = open_comments(self.home, self.settings, found, self.clock())
        self._closing.append(section.close)
        return section

    @cached_property
    def signer(self) -> "HeadKeeper":
        """Return the log's signer; while it is open, no other process signs.

        Opening it asks those who watch what they hold, for a bounded time, before anything can be signed: a log that
        they know further, or otherwise, is fenced.

        Raises: SignerTaken while another process has it; Misconfigured for a key that the pinned policy does not know.
        """
        from showcause.casework.log.comparing import compare
        from showcause.gateways.witness_heads import HttpHeads

        signer = self.signing(self.home, self.settings, self.clock)
        try:
            _check_keys(signer, self.log_keys())
            heads = HttpHeads(self.outside, *signer.verifier_keys)
            self.differing = compare(self.store, heads, signer, self._kept, self.clock())
        except BaseException:
            signer.close()
            raise
        self._closing.append(signer.close)
        return HeadKeeper(signer, self.home.head)

    @property
    def key_ring(self) -> "KeyRing":
        """Return what changes the log's keys; it takes the signer."""
        return self.signer.ring

    def knowing(self, key: str, note: str) -> "Knowing":
        """Return what asks those who watch whether they know a key that signed a note.

        Raises: LogError when it did not sign it.
        """
        from showcause.gateways.witness_keys import HttpKnowing

        return HttpKnowing(self.outside, key, note)

    @cached_property
    def worker(self) -> "Worker":
        """Return the worker; it takes the signer, and the keys of connectors are logged before it works."""
        from showcause.casework.worker import Worker, World
        from showcause.compose.connectors import introduce_keys
        from showcause.gateways.inspecting import ProcessInspector

        worker = Worker(self.runner, World(self.platforms, self.signer, ProcessInspector(), self.cosigning))
        introduce_keys(self.runner, self.home, self.settings)
        return worker

    @cached_property
    def cosigning(self) -> "Cosigning":
        """Return what gathers the signatures of witnesses."""
        from showcause.casework.log.cosigning import Cosigning
        from showcause.casework.log.public_log import reader
        from showcause.gateways.feeding import Feeding
        from showcause.gateways.witnesses import HttpWatchers

        keys = [str(each) for each in self.log_keys()]
        feeding = Feeding(self.outside, reader(self.home.public))
        watchers = HttpWatchers(self.outside, *keys, feeding=feeding)
        return Cosigning(self.store, watchers, keys, self.clock, self._kept)

    @cached_property
    def _kept(self) -> "Kept":
        """Return where it is written down what each witness said last."""
        from showcause.casework.log.cosigning import Kept

        file = self.home.witnesses
        return Kept(
            lambda: file.read_text(encoding="utf-8") if file.exists() else "",
            lambda text: replace_private(file, text.encode()),
        )

    @cached_property
    def mail(self) -> "Post":
        """Return mail, which says so itself when no server is set."""
        from showcause.compose.connectors import build_mail

        return build_mail(self.home, self.settings, self.clock)

    @cached_property
    def outside(self) -> "Outbound":
        """Return the way to addresses that a user gave; own hosts are those that the settings name."""
        from showcause.gateways.calling_out import Outbound

        return Outbound(self.settings.private_hosts.split(","))

    @cached_property
    def judging(self) -> "Judging":
        """Return what judges events."""
        from showcause.compose.judging import Judging

        return Judging(self.runner, lambda stopped: self._note_stopped(self.home.judging, stopped))

    def judging_of(self, number: int, of: int) -> "Judging":
        """Return what judges one part of events that are shared out over so many processes."""
        from showcause.compose.judging import Judging

        file = self.home.judging.with_name(f"{self.home.judging.name}.{number}-{of}")
        return Judging(self.runner, lambda stopped: self._note_stopped(file, stopped), number, of)

    def share_out(self, platform: str, of: int, by: str) -> int:
        """Share a platform's events out over so many processes that judge them; return from which event on.

        Raises: as `Judging.share_out`.
        """
        begun = self.judging.share_out(platform, of, by)
        for each in self._of_parts():
            each.unlink(missing_ok=True)
        return begun

    def _of_parts(self) -> list[Path]:
        """Return the files that say which events are not judged any more by processes that share them."""
        file = self.home.judging
        return sorted(file.parent.glob(f"{file.name}.[0-9]*-[0-9]*"))

    def _note_stopped(self, file: Path, stopped: Mapping[str, str]) -> None:
        if stopped or file.exists():
            replace_private(file, json.dumps(stopped).encode())

    def judging_stopped(self) -> Mapping[str, str]:
        """Return the platforms whose events are judged no further, each with the code of what was wrong."""
        found: dict[str, str] = {}
        for each in (self.home.judging, *self._of_parts()):
            found |= json.loads(each.read_bytes()) if each.exists() else {}
        return found

    def _bell(self, listener: str = "") -> "Bell":
        from showcause.compose.waking import Bell

        if listener not in self._bells:
            self._bells[listener] = Bell(self.home.asked.with_name(f"{self.home.asked.name}{listener}"))
        return self._bells[listener]

    def wake_judging(self) -> None:
        """Say to whoever judges events that somebody waits for what is said of one."""
        self._bell().ring()

    def wait_for_asking(self, seconds: float, listener: str = "") -> None:
        """Wait so many seconds at most for somebody who asks about an event; each process has a name of its own."""
        self._bell(listener).wait(seconds)

    def check_verdicts(self) -> None:
        """Make a sample of verdicts once more, once in each day of UTC, and write down what came of it."""
        from showcause.casework.rulework.self_checking import check_some
        from showcause.stream.opening import is_there, open_beside

        day, file = self.clock().date().isoformat(), self.home.verdicts
        if self._checked == day or not is_there(self.store):
            return
        self._checked = day
        if file.exists() and json.loads(file.read_bytes())["day"] == day:
            return
        events = open_beside(self.store)
        try:
            with self.store.read(self.clock()) as view:
                found = check_some(view, events, secrets.randbelow, VERDICTS, MOST_REPLAYED)
        finally:
            events.close()
        replace_private(file, json.dumps({"day": day, **asdict(found)}).encode())
        log.log(logging.CRITICAL if found.differing else logging.INFO, "%s", found.says)

    @cached_property
    def history(self) -> "Keeping":
        """Return what moves old events to files, and lets those go."""
        from showcause.compose.keeping import Keeping

        days, history_days = self.settings.events_keep_days, self.settings.history_keep_days
        return Keeping(self.store, self.clock, days, history_days)

    def differing_verdicts(self) -> Sequence[str]:
        """Return the verdicts that the last sample found to differ."""
        file = self.home.verdicts
        found: list[str] = json.loads(file.read_bytes())["differing"] if file.exists() else []
        return found

    @cached_property
    def messenger(self) -> "Messenger":
        """Return what carries webhooks' letters."""
        from showcause.casework.messenger import Messenger

        return Messenger(self.runner, self.outside)

    def tell_authors(self) -> int:
        """Draft what authors of comments asked to be told by mail; return how many letters.

        Raises: as `open_comments`.
        """
        from showcause.compose.noticing import Noticing

        section = self.section()
        if section is None or not self.settings.mail_server:
            return 0
        return Noticing(section, self.runner).step()

    def signed_note(self) -> str:
        """Return the signed checkpoint over everything committed so far, from the serving process if there is one.

        Raises: NotYetSigned when that process does not sign in time; NotFound on an empty log; Fenced; ClockBehind.
        """
        from showcause.casework.log.signing import sign_head
        from showcause.domain.errors import NotFound, SignerTaken

        try:
            signer = self.signer
        except SignerTaken:
            return self._note_of_serving_process()
        head = sign_head(self.store, signer)
        if head is None:
            raise NotFound("the log is empty", "Run `showcause init` first.")
        return head.note

    def _note_of_serving_process(self) -> str:
        from showcause.domain.errors import Fenced, NotYetSigned
        from showcause.transparency.checkpoint import parse_checkpoint
        from showcause.transparency.note import parse_note

        with self.store.read() as view:
            state = view.log.state()
        if state.fenced:
            raise Fenced("the log is fenced: nothing is signed")
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.home.head.exists():
                note = self.home.head.read_text(encoding="utf-8")
                if parse_checkpoint(parse_note(note).text).size >= state.size:
                    return note
            time.sleep(0.05)
        raise NotYetSigned(
            f"the process that signs has not signed {state.size} entries in {PATIENCE:g} seconds"
        )

    def last_signed(self) -> "Head":
        """Return the last head that was signed, without keeping anybody from signing.

        Raises: Misconfigured when the signer's file is missing or damaged, or when no signer answers at its socket.
        """
        return self._signed()[0]

    def signed_at(self) -> datetime:
        """Return when the signer signed last. Raises: as `last_signed`."""
        return self._signed()[1]

    def _signed(self) -> "tuple[Head, datetime]":
        from showcause.gateways.signer import read_state
        from showcause.gateways.signer_client import last_signed

        if self.settings.signer_socket:
            return last_signed(self.home.path / self.settings.signer_socket)
        state = read_state(self.home.state)
        return state.head, state.time

    def log_keys(self) -> "Sequence[VerifierKey]":
        """Return the log's public keys as the pinned policy has them, the principal one first.

        Raises: Misconfigured when it has none.
        """
        from showcause.domain.errors import Misconfigured
        from showcause.transparency.policy import parse_policy

        logs = parse_policy(self.home.policy.read_bytes()).logs
        keys = tuple(key for key in logs if key.name == self.settings.origin)
        if not keys:
            raise Misconfigured(
                f"the pinned policy trusts no key of the log {self.settings.origin}",
                "Compare trust/log-policy with its backup. An origin is a log's name for ever.",
            )
        return keys

    def log_key(self) -> str:
        """Return the text of the log's principal public key; the private one is read by the signer alone.

        Raises: Misconfigured.
        """
        return str(self.log_keys()[0])

    def note_round(self) -> None:
        """Leave a sign that the worker is alive."""
        self.home.heartbeat.touch(0o600)

    def worked_at(self) -> datetime | None:
        """Return when the worker finished its last round, None when it never did."""
        try:
            return datetime.fromtimestamp(self.home.heartbeat.stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    def close(self) -> None:
        """Close the database and let another process sign."""
        for close in reversed(self._closing):
            close()
        for bell in self._bells.values():
            bell.close()
        self.store.close()


class HeadKeeper:
    """A signer that leaves its last note in a file, so that other commands can hand out receipts meanwhile."""

    def __init__(self, signer: "Taken", file: Path) -> None:
        self._signer, self._file, self._kept = signer, file, ""

    @property
    def ring(self) -> "KeyRing":
        """Return what changes the keys."""
        return self._signer

    @property
    def origin(self) -> str:
        """Return the log's name."""
        return self._signer.origin

    @property
    def verifier_key(self) -> str:
        """Return the text of the public key."""
        return self._signer.verifier_key

    @property
    def verifier_keys(self) -> "Sequence[str]":
        """Return the texts of all keys that sign."""
        return self._signer.verifier_keys

    def last(self) -> "Head":
        """Return the last head that was signed."""
        return self._signer.last()

    def sign(self, head: "Head", proof: Sequence[bytes]) -> str:
        """Return the signed note for a head, and keep it."""
        note = self._signer.sign(head, proof)
        if note != self._kept:
            replace_private(self._file, note.encode())
            self._kept = note
        return note


def _check_keys(signer: "Signer", pinned: "Sequence[VerifierKey]") -> None:
    """Check that what signs is what the connectors believe. Raises: Misconfigured."""
    from showcause.domain.errors import Misconfigured

    unknown = set(signer.verifier_keys) - {str(key) for key in pinned}
    if unknown:
        raise Misconfigured(
            "the pinned policy does not trust this site's signing key",
            "Compare trust/log-policy and the signer's key with their backups.",
        )


# --- Opening ------------------------------------------------------------------------------------------------


def open_site(
    home: Path,
    *,
    clock: "Clock" = utc_now,
    ids: "Ids" = new_id,
    signing: Signing = in_a_process_of_its_own,
) -> Site:
    """Open an installation after checking its settings, secrets, triggers, and that policy and record name one log.

    Raises: Misconfigured, TriggersDiffer, StoreBusy.
    """
    from showcause.store.schema import check

    site = open_unchecked(home, clock=clock, ids=ids, signing=signing)
    try:
        check_secrets(site.home)
        check(site.store)
        _check_origin(site)
    except BaseException:
        site.close()
        raise
    return site


def open_unchecked(
    home: Path,
    *,
    clock: "Clock" = utc_now,
    ids: "Ids" = new_id,
    signing: Signing = in_a_process_of_its_own,
) -> Site:
    """Open an installation without looking into its database, as `migrate`, `doctor` and `restore` must."""
    from showcause.store.config import open_store

    at = Home(home.absolute())
    settings = read_settings(at.config, os.environ)
    store = open_store(settings.database or at.database, at.keys, read_key(at.secrets / "master.key"))
    return Site(at, settings, store, clock, ids, signing)


def _check_origin(site: Site) -> None:
    """Check that settings, pinned policy and record all name the same log; the signer's key is checked when it signs.

    Raises: Misconfigured.
    """
    from showcause.casework.reading import setting
    from showcause.domain.errors import Misconfigured

    with site.store.read() as view:
        recorded = setting(view, "origin")
    if recorded is None:
        raise Misconfigured(
            "this site was not founded yet", "Run `showcause init` again; it goes on where it stopped."
        )
    if recorded != site.settings.origin:
        raise Misconfigured(
            f"the record is of the log {recorded}, but the settings say {site.settings.origin}",
            "An origin is a log's name for ever; put back the file that belongs to this site.",
        )
    site.log_keys()
