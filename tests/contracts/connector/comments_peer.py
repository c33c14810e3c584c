"""The comment section as a platform under test: readers who write under one article, in a database of its own."""

import itertools
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from showcause.comments import acts, articles, authors, inbox, posting
from showcause.comments.acts import Why
from showcause.comments.opening import open_section
from showcause.comments.platform import CommentsPlatform
from showcause.comments.section import Section
from showcause.comments.values import Author, Draft, Mode, NotTaken, Problem, SectionSettings
from showcause.domain.errors import PlatformUnavailable, RateLimited
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from tests.contracts.connector.peers import CONNECTOR, gate_and_spool, now
from tests.contracts.connector.receipts import Issuer

NAME = "journal"
SITE = "https://paper.example"
SETTINGS = SectionSettings(origins=(SITE,), mode=Mode.AFTER)
T = TypeVar("T")


def fresh_id() -> str:
    """Return a fresh id."""
    return secrets.token_hex(16)


def opened(url: str, settings: SectionSettings = SETTINGS) -> Section:
    """Open the section in a database, as a process does when it starts."""
    return open_section(url, NAME, b"\x03" * 32, settings)


class Faulty(CommentsPlatform):
    """The connector, with a section that can be broken."""

    down: Exception | None = None
    lies = False
    hangs = False

    def _ask(self, call: Callable[[], T]) -> T:
        if self.down is not None:
            raise self.down
        return super()._ask(call)

    def _act(self, call: Callable[[], None]) -> None:
        if self.down is not None:
            raise self.down
        if not self.lies:
            super()._act(call)
        if self.hangs:
            raise PlatformUnavailable("the section did not answer in time")


class CommentsPeer:
    """Readers of one article."""

    loses = "comments"

    def __init__(self, url: str, folder: Path) -> None:
        self.issuer, self._url, self._folder = Issuer(CONNECTOR), url, folder
        self._numbers, self._connectors = itertools.count(1), list[Faulty]()
        self.section = opened(url)
        self.article = articles.meet(
            self.section, now(), fresh_id, key="bridge", address=f"{SITE}/bridge", title="A bridge"
        )

    def __enter__(self) -> "CommentsPeer":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for each in (self.section, *(connector.section for connector in self._connectors)):
            each.close()

    def connect(self, *, observe: bool = False) -> Faulty:
        gate, spool = gate_and_spool(self._folder, NAME, self.issuer, observe=observe)
        made = Faulty(opened(self._url), gate, spool, now)
        self._connectors.append(made)
        return made

    def person(self) -> Subject:
        number = next(self._numbers)
        author = authors.guest(
            self.section, now(), fresh_id, f"Reader {number}", f"reader-{number}@example.org"
        )
        for text in ("What a bridge.", "And how long it took."):
            self.write(author, text)
        return Subject(NAME, SubjectKind.ACCOUNT, author.id)

    somebody_else = person

    def nobody(self) -> Subject:
        return Subject(NAME, SubjectKind.ACCOUNT, fresh_id())

    def write(self, author: Author, text: str) -> str:
        """Post a comment and return its id."""
        draft = Draft(self.article, author, text, fresh_id())
        return posting.post(self.section, now(), fresh_id, draft).id

    def can_write(self, person: Subject) -> bool:
        try:
            self.write(authors.by_id(self.section, person.ref), "hello")
        except NotTaken as refused:
            assert refused.problem is Problem.SUSPENDED  # noqa: PT017  # nothing else may stop them
            return False
        return True

    def notices(self, person: Subject) -> list[str]:
        author = authors.by_id(self.section, person.ref)
        return [letter.text for letter in reversed(inbox.of(self.section, author))]

    def leave_a_room(self, person: Subject) -> None:
        author = authors.by_id(self.section, person.ref)
        sql = "SELECT id FROM {p}comment WHERE author = %s ORDER BY seq LIMIT 1"
        posting.delete(self.section, now(), author, self.section.rows(sql, author.no)[0][0])

    def by_hand(self, person: Subject, measure: Measure) -> None:
        acts.impose(self.section, now(), person, measure, Why("hand"))

    def file_report(self, about: Subject, reason: str) -> None:
        raise NotImplementedError("readers report on the house's own pages")

    def delete_report(self, reason: str) -> None:
        raise NotImplementedError("readers report on the house's own pages")

    @contextmanager
    def _faulty(self, **changes: object) -> Iterator[None]:
        for connector in self._connectors:
            for name, value in changes.items():
                setattr(connector, name, value)
        yield
        for connector in self._connectors:
            connector.down, connector.lies, connector.hangs = None, False, False

    def lying(self) -> AbstractContextManager[None]:
        return self._faulty(lies=True)

    def limiting(self, seconds: float) -> AbstractContextManager[None]:
        return self._faulty(down=RateLimited("the section asks to wait", retry_after=seconds))

    def failing(self) -> AbstractContextManager[None]:
        return self._faulty(down=PlatformUnavailable("the section does not answer"))

    def silent(self) -> AbstractContextManager[None]:
        return self._faulty(hangs=True)
