"""The service: one loop that signs, carries out, serves, keeps deadlines, takes reports in and publishes by the hour.

It stops cleanly on SIGTERM and SIGINT, after the step at hand. On a full disk, an I/O error or a fallen invariant the
process ends with an error: what was committed stands, and a supervisor starts it again.
"""

import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from ipaddress import ip_address
from time import monotonic
from typing import TYPE_CHECKING

import click

from showcause.cli.desk import Desk, on_desk
from showcause.domain.errors import (
    BadInput,
    Broken,
    Misconfigured,
    Refused,
    ShowcauseError,
    StoreBusy,
    StoreFull,
    StoreUnusable,
    Unavailable,
)  # fmt: skip

if TYPE_CHECKING:
    from showcause.casework.log.signing import SignedHead
    from showcause.cli.wiring import Site

log = logging.getLogger("showcause.serve")
JOBS_BEFORE_A_LOOK = 100
"""So many jobs are done before the loop looks whether it should end, and at the platforms."""
SECONDS_TO_END = 5
"""So long an unfinished letter may hold up the end; its lease runs out, and it is sent again."""
PATIENCE = 60.0
"""So many seconds the public head waits for what witnesses say, whatever is wrong with asking them."""
IDLE = 0.2
"""Seconds between two looks at what is due."""


@dataclass(slots=True)
class Round:
    """What one round did."""

    jobs: int = 0
    reports: int = 0
    urgent: int = 0
    published: bool = False
    scanned: int = 0
    letters: int = 0
    judged: int = 0
    size: int = 0


class Service:
    """One site at work. `watch` is called after each round and raises when the pages ended.

    `alone` until its threads run: a single round asks witnesses itself.
    """

    def __init__(self, site: "Site") -> None:
        self.site, self.worker = site, site.worker
        self.next_poll: datetime | None = None
        self.tallied: date | None = None
        self.opened: datetime | None = None
        self.ending = threading.Event()
        self.alone, self.gathered = True, -1
        self.patience: dict[datetime, float] = {}
        self.watch: Callable[[], None] = lambda: None

    def round(self, most: int = 1_000) -> Round:
        """Do once what is due now, at most so many jobs."""
        done, now = Round(), self.site.clock()
        if self.next_poll is None or now >= self.next_poll:
            self.next_poll = now + timedelta(seconds=self.site.settings.poll_seconds)
            for name in self.site.platforms:
                self._visit(name, now, done)
        self._tally(now)
        if self.alone:
            self._ask_first()
            done.judged = self._judge_once()
            self.site.tell_authors()
        done.jobs = self.worker.run_due(most)
        if (head := self.worker.head) is not None:
            done.size, done.published = head.size, self._publish(head, now)
        return done

    def _tally(self, now: datetime) -> None:
        """Publish the count of a day when it is over; the verb itself publishes no day twice."""
        if self.tallied != now.date():
            from showcause.casework.tallies import tally

            self.site.runner.run(tally)
            self.tallied = now.date()
        if self.opened != (hour := now.replace(minute=0, second=0, microsecond=0)):
            from showcause.casework.opening import open_facets

            self.site.runner.run(open_facets)
            self.opened = hour

    def _ask_first(self) -> None:
        """Have the head cosigned before the jobs that may wait for that; nobody else does it in a single round."""
        from showcause.casework.log.watching import levels_of

        with self.site.store.read() as view:
            asks = bool(levels_of(view))
        if asks:
            self.worker.sign()
        if asks and self.worker.head is not None:
            self.site.cosigning.gather(self.worker.head)

    def _visit(self, name: str, now: datetime, done: Round) -> None:
        """Enter what the urgent lane did, take reports in, and search for orphans once a night."""
        for step in (self._urgent, self._reports, self._scan):
            try:
                step(name, now, done)
            except (StoreFull, StoreUnusable):
                raise
            except (Unavailable, Refused) as error:
                log.warning("platform %s: %s waits: %s", name, step.__name__.strip("_"), error.code)

    def _urgent(self, name: str, now: datetime, done: Round) -> None:
        done.urgent += self.worker.enter_urgent(name)

    def _reports(self, name: str, now: datetime, done: Round) -> None:
        done.reports += self.worker.poll(name)

    def _scan(self, name: str, now: datetime, done: Round) -> None:
        from showcause.cli.searching import is_due, search

        if is_due(self.site, name, now):
            search(self.site, name)
            done.scanned += 1

    def _publish(self, head: "SignedHead", now: datetime) -> bool:
        from showcause.casework.log import public_log

        folder, cosigning = self.site.home.public, self.site.cosigning
        began = public_log.interval_began(self.site.store, folder, now)
        if began is None:
            if self.gathered < 0:
                self.gathered = 0
                self._ask_about_public_head()
            if cosigning.rounds != self.gathered:  # somebody cosigned late, or was read just now
                self.gathered = cosigning.rounds
                public_log.add_cosignatures(folder, cosigning.cosigned)
            return False
        if self.alone and cosigning.asked_since(began) is None:
            cosigning.gather(head)
        asked = cosigning.asked_since(began)
        if asked is None and monotonic() < self.patience.setdefault(began, monotonic() + PATIENCE):
            cosigning.want(head)
            return False
        self.patience.clear()
        key = self.site.signer.verifier_key
        return public_log.publish(self.site.store, folder, asked or head, key, now)

    def _ask_about_public_head(self) -> None:
        """After a start, have a newly named witness cosign what the public sees now, and not only what comes next.

        Where orders wait for witnesses, they have seen newer heads already, and say no to this one; mirrors are fed and
        read all the same.
        """
        from showcause.casework.log import public_log
        from showcause.casework.log.watching import levels_of

        with self.site.store.read() as view:
            asks = bool(levels_of(view))
        if not self.alone and (head := public_log.published_head(self.site.home.public)):
            about = self.site.cosigning.look_from if asks else self.site.cosigning.want
            about(head)

    def run(self) -> None:
        """Repeat until told to end. Threads carry letters, ask witnesses, judge events and move old ones meanwhile."""
        beside = [
            threading.Thread(target=self._carry, name="messenger", daemon=True),
            threading.Thread(target=self._cosign, name="witnesses", daemon=True),
            threading.Thread(target=self._judge, name="events", daemon=True),
            threading.Thread(target=self._keep_history, name="history", daemon=True),
        ]
        self.alone = False
        keep_what_was_loaded()
        for each in beside:
            each.start()
        try:
            self._repeat()
        finally:
            self.ending.set()
            self.site.cosigning.wake()
            for each in beside:
                each.join(SECONDS_TO_END)

    def _cosign(self) -> None:
        """Ask witnesses until told to end: none of them delays a signature, an order or a deadline."""
        try:
            self.site.cosigning.run(self.ending)
        finally:
            self.site.store.close()

    def _judge_once(self) -> int:
        try:
            judged = self.site.judging.round()
            self.site.check_verdicts()
            while self.site.history.step():
                pass
            return judged
        finally:
            self.site.judging.close()

    def _judge(self) -> None:
        """Judge events until told to end: no flood of them delays an order, and no order delays them."""
        try:
            while not self.ending.is_set():
                self.site.wait_for_asking(IDLE)
                try:
                    while self.site.judging.round() and not self.ending.is_set():
                        pass
                    self.site.check_verdicts()
                except (StoreFull, StoreUnusable) as error:
                    log.error("events are not judged: %s", error.code)
                    self.ending.wait(10)
                except ShowcauseError as error:
                    log.warning("events wait to be judged: %s", error.code)
                    self.ending.wait(10)
            self.site.judging.close()
        finally:
            self.site.store.close()

    def _keep_history(self) -> None:
        """Move old events to files until told to end. It may be ended within a step, too."""
        try:
            while not self.ending.wait(IDLE):
                try:
                    if not self.site.history.step():
                        self.ending.wait(60)
                except ShowcauseError as error:
                    log.warning("old events wait to be moved: %s: %s", error.code, error.message)
                    self.ending.wait(600)
        finally:
            self.site.store.close()

    def _carry(self) -> None:
        """Carry letters until told to end: no stranger's server delays an order."""
        try:
            while not self.ending.wait(1.0):
                for step in (self._carry_webhooks, self.site.tell_authors):
                    try:
                        step()
                    except ShowcauseError as error:
                        log.warning("%s waits: %s", step.__name__.strip("_").replace("_", " "), error.code)
                        self.ending.wait(10)
        finally:
            self.site.store.close()

    def _carry_webhooks(self) -> int:
        return self.site.messenger.run_due(JOBS_BEFORE_A_LOOK)

    def _repeat(self) -> None:
        while not self.ending.is_set():
            try:
                done = self.round(JOBS_BEFORE_A_LOOK)
            except StoreUnusable:
                raise
            except StoreBusy as error:
                log.warning("the database is busy: %s", error.code)
                done = Round()
            if done.reports or done.jobs or done.urgent or done.published:
                log.info(
                    "jobs %d, reports %d, urgent %d, log %d", done.jobs, done.reports, done.urgent, done.size
                )
            self.site.note_round()
            self.watch()
            self.ending.wait(IDLE)


@click.command()
@click.option("--once", is_flag=True, help="Do one round and end: for cron, and to try things out.")
@click.option("--listen", metavar="HOST:PORT", help="Offer the pages, the API and the public log over HTTP.")
@click.option("--beyond-loopback", is_flag=True, help="Allow an address that other machines can reach.")
@on_desk()
def serve(desk: Desk, once: bool, listen: str | None, beyond_loopback: bool) -> None:
    """Run the worker: sign, carry out, serve, keep deadlines, take reports in, publish; serve pages if told where."""
    log_to_stderr(desk.site.settings.log_level)
    place = listen if listen is not None else desk.site.settings.listen
    service = Service(desk.site)
    served = _pages(desk, place, beyond_loopback) if place and not once else nullcontext(service.watch)
    if once:
        done = service.round()
        done.letters = desk.site.messenger.run_due()
        desk.answer(
            done,
            f"{done.jobs} jobs, {done.reports} reports, {done.urgent} urgent acts; the log has {done.size} entries"
            f"{' and was published' if done.published else ''}.",
        )
        return
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: service.ending.set())
    with served as service.watch:
        log.info("serving %s", desk.site.settings.origin)
        try:
            service.run()
        except (StoreFull, StoreUnusable, OSError, Broken) as error:
            log.error("the service ends: %s", getattr(error, "code", type(error).__name__))
            raise
    log.info("ended")
    desk.answer(asdict(Round()) | {"ended": True})


def _pages(desk: Desk, place: str, beyond_loopback: bool) -> AbstractContextManager[Callable[[], None]]:
    host, _, port = place.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise BadInput(
            f"{place[:64]!r} is no place to listen", "Write host:port, for example 127.0.0.1:8420."
        )
    if not beyond_loopback and not _is_loopback(host):
        raise Misconfigured(
            f"{host} can be reached from other machines", "Say --beyond-loopback if that is what you want."
        )
    return desk.wiring.pages(desk.site.home.path, host, int(port))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def keep_what_was_loaded() -> None:
    """Take what was loaded out of what is looked through for garbage, which takes a fifth of the time otherwise."""
    gc.collect()
    gc.freeze()


def log_to_stderr(level: str) -> None:
    """Write this process' own lines to stderr, from a level on; nobody else's."""
    handler = logging.StreamHandler(sys.stderr)
    form = "%(asctime)s level=%(levelname)s logger=%(name)s %(message)s"
    handler.setFormatter(logging.Formatter(form, "%Y-%m-%dT%H:%M:%S%z"))
    ours = logging.getLogger("showcause")
    ours.handlers, ours.propagate = [handler], False
    ours.setLevel(level.upper())
