"""A platform without a connector as a platform under test: the forum of the guide, and the guide's ten lines.

Its program fetches and confirms over HTTP from a house that listens; it runs in a thread, as it would run beside a
platform. The receipts are those of the suite's own log: the connector hands on the one that opened its gate.
"""

import importlib.util
import itertools
import json
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from showcause.casework import api_keys, founding
from showcause.casework.ports import IncomingReport, Platform, ReportBatch
from showcause.casework.reading import subject_of
from showcause.connectors.orders import OrdersPlatform
from showcause.connectors.orders_book import Book
from showcause.connectors.orders_card import card
from showcause.domain.api_key import Scope
from showcause.domain.report import Report
from showcause.domain.restriction import Measure
from showcause.domain.site import Mode
from showcause.domain.subject import Subject, SubjectKind
from showcause.store.view import View
from showcause.web.configuration import serve_house
from tests.contracts.connector.peers import CONNECTOR, gate_and_spool, now
from tests.contracts.connector.receipts import Issuer
from tests.docs.pages import ROOT
from tests.web.stand import Served, Stand, listening

NAME = "commons"
MEASURES = "suspend:account lock:account limit:account hide:content remove:content"
REPORTS = itertools.count()
PAUSE = 0.01
PATIENT, SHORT = 10.0, 0.3
"""Seconds that a call waits for the program, and for one of which the test knows that it will not answer."""


def reference(name: str) -> ModuleType:
    """Return a file of the guide as a module."""
    folder = ROOT / "docs" / "reference"
    for each in ("forum", "verify_receipt", name):
        if each not in sys.modules:
            spec = importlib.util.spec_from_file_location(each, folder / f"{each}.py")
            assert spec is not None
            assert spec.loader is not None
            sys.modules[each] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(sys.modules[each])
    return sys.modules[name]


class Busy(OSError):
    """The forum's own database is down, or asks to wait."""

    def __init__(self, seconds: float | None = None) -> None:
        super().__init__("not now")
        self.seconds = seconds


class Faulty(reference("forum").Forum):  # type: ignore[misc]  # a file of the guide, loaded as it stands there
    """The forum, with switches that break it."""

    down: Busy | None = None
    lies = False

    def find(self, subject: dict[str, str]) -> None:
        if self.down is not None:
            raise self.down
        super().find(subject)

    def restrict(self, subject: dict[str, str], measure: str) -> None:
        if not self.lies:
            super().restrict(subject, measure)

    def lift(self, subject: dict[str, str], measure: str) -> None:
        if not self.lies:
            super().lift(subject, measure)


class Commons(OrdersPlatform):
    """The connector, which lists as its reports what the house took in over the API."""

    stand: Stand

    def reports(self, cursor: str | None) -> ReportBatch:
        """Return the reports after a place in the house's own list of this platform."""
        first = int(cursor or 0)
        with self.stand.house.store.read() as view:
            taken = [each for each in view.find(Report) if each.platform == NAME]
            found = tuple(_incoming(view, each) for each in taken[first:])
        return ReportBatch(found, str(first + len(found)))


def _incoming(view: View, report: Report) -> IncomingReport:
    assert report.reporter_subject is not None
    assert report.text is not None
    return IncomingReport(
        report.external_key, subject_of(view, report.subject), None, subject_of(view, report.reporter_subject),
        view.unseal(report.text)["text"], report.received_at,
    )  # fmt: skip


class Serving(Served):
    """The tests' house as its pages see it, with one platform more."""

    connector: OrdersPlatform

    @property
    def platforms(self) -> dict[str, Platform]:
        return {**super().platforms, NAME: self.connector}


class Program:
    """The platform's own program: its key, its calls, and its loop in a thread."""

    def __init__(
        self, address: str, key: str, forum: Faulty, log_key: str, is_waiting: Callable[[], bool]
    ) -> None:
        self.address, self.key, self.forum, self.log_key = address, key, forum, log_key
        self.is_waiting = is_waiting
        self.silent, self.ending, self._turn = False, threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Call the API; while the program is silent, no confirmation leaves it."""
        if self.silent and method == "POST":
            raise ConnectionError("the line is dead")
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/api/v1{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer)

    def round(self, wait: int = 0) -> None:
        """Fetch, carry out, confirm: the guide's ten lines."""
        with self._turn:
            reference("ten_lines").work(self.call, self.forum, self.log_key, wait)

    def __enter__(self) -> "Program":
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self.ending.is_set():
            time.sleep(PAUSE)
            if self.is_waiting():  # idle rounds over HTTP would only heat the machine
                with suppress(ConnectionError):
                    self.round()


@dataclass
class Listening:
    """A house with the platform connected, that listens, and the key of the platform's program."""

    stand: Stand
    key: str

    @classmethod
    @contextmanager
    def opened(cls, folder: Path) -> Iterator["Listening"]:
        """Open one; the reports of all tests that share it go into one list."""
        with listening(folder) as stand:
            offered, run = card(NAME, MEASURES, "yes").measures, stand.house.run
            run(founding.connect_platform, NAME, "orders", offered, "ada", mode=Mode.ENFORCE)
            scopes = (Scope.ORDERS, Scope.REPORTS, Scope.SUBJECTS)
            _, key = run(api_keys.add, "commons", scopes, NAME, "ada")
            yield cls(stand, key)

    def serve(self, connector: OrdersPlatform) -> None:
        """Let the pages of this process be this house's, with one connector for the platform."""
        site = Serving(self.stand.house)
        site.connector = connector
        serve_house(replace(self.stand.pages, site=site))


class OrdersPeer:
    """People in a forum whose program fetches orders."""

    loses = "rooms"

    def __init__(self, house: Listening, folder: Path) -> None:
        self.issuer, self.stand, self._folder, self._people = Issuer(CONNECTOR), house.stand, folder, 0
        self._stack, self._connectors = ExitStack(), list[Commons]()
        served = self._open()
        house.serve(served)
        self.forum = Faulty(str(folder / "forum.db"))
        self.forum.join("rita", "general")
        log_key = str(self.issuer.key.verifier)
        self.program = Program(self.stand.address, house.key, self.forum, log_key, served.is_waiting)

    def __enter__(self) -> "OrdersPeer":
        self._stack.enter_context(self.program)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stack.close()

    def connect(self, *, observe: bool = False) -> Commons:
        made = self._open(observe=observe)
        self._connectors.append(made)
        return made

    def _open(self, *, observe: bool = False) -> Commons:
        gate, spool = gate_and_spool(self._folder, NAME, self.issuer, observe=observe)
        book = Book(self._folder / "orders.db", b"\x02" * 32)
        made = Commons(card(NAME, MEASURES, "yes"), book, gate, spool, now, PATIENT)
        made.stand = self.stand
        return made

    def person(self) -> Subject:
        self._people += 1
        ref = f"person-{self._people}"
        for room in ("general", "kitchen"):
            self.forum.join(ref, room)
        return Subject(NAME, SubjectKind.ACCOUNT, ref)

    somebody_else = person

    def nobody(self) -> Subject:
        return Subject(NAME, SubjectKind.ACCOUNT, "nobody-1")

    def can_write(self, person: Subject) -> bool:
        try:
            self.forum.write(person.ref, "hello")
        except PermissionError:
            return False
        return True

    def notices(self, person: Subject) -> list[str]:
        return list(self.forum.letters(person.ref))

    def leave_a_room(self, person: Subject) -> None:
        self.forum.leave(person.ref, "kitchen")

    def by_hand(self, person: Subject, measure: Measure) -> None:
        """Restrict somebody in the forum itself; its program sends the list that it sends every night."""
        self.forum.restrict({"kind": str(person.kind), "ref": person.ref}, str(measure))
        self.program.call("PUT", "/restrictions", {"restrictions": self.forum.everything()})

    def file_report(self, about: Subject, reason: str) -> None:
        self.stand.house.now = now()
        subject = {"kind": str(about.kind), "ref": about.ref}
        sent = {"external_key": f"r{next(REPORTS)}", "subject": subject, "reporter": "rita", "reason": reason}
        for _ in range(2):  # as a program does that lost the first answer
            self.program.call("POST", "/reports", sent)

    def delete_report(self, reason: str) -> None:
        """Delete nothing: a forum's own list of reports, from which the program has sent what it had to send."""

    @contextmanager
    def _impatient(self) -> Iterator[None]:
        for connector in self._connectors:
            connector.patience = SHORT
        yield
        for connector in self._connectors:
            connector.patience = PATIENT

    @contextmanager
    def lying(self) -> Iterator[None]:
        self.forum.lies = True
        yield
        self.forum.lies = False

    @contextmanager
    def _down(self, how: Busy) -> Iterator[None]:
        self.forum.down = how
        yield
        self.forum.down = None

    def limiting(self, seconds: float) -> AbstractContextManager[None]:
        return self._down(Busy(seconds))

    def failing(self) -> AbstractContextManager[None]:
        return self._down(Busy())

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Carry orders out, and lose the way back; then the program's next round confirms what it had done."""
        with self._impatient():
            self.program.silent = True
            yield
            self.program.silent = False
            self.program.round()
