"""What tests of the comment section share: an opened section on each database, and somebody who writes in it."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from showcause.comments import articles, authors, posting, threads, validation
from showcause.comments.likeness import bands
from showcause.comments.opening import open_section
from showcause.comments.section import Section
from showcause.comments.values import (
    Article,
    Author,
    Comment,
    Draft,
    Incoming,
    Mode,
    NotTaken,
    SectionSettings,
)
from tests.databases import POSTGRES

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = b"k" * 32
SITE = "https://courrier.example"
SETTINGS = SectionSettings(origins=(SITE,), mode=Mode.AFTER, staff=("La Rédaction",))


def fresh_id() -> str:
    """Return a fresh id."""
    return secrets.token_hex(16)


@dataclass
class Newsroom:
    """A section and people who write in it. The clock stands still until a test moves it."""

    section: Section
    now: datetime = NOON
    people: dict[str, Author] = field(default_factory=dict)

    def settings(self, **changes: Any) -> None:
        """Change the section's settings."""
        self.section.settings = replace(self.section.settings, **changes)

    def article(self, key: str = "strike", **said: Any) -> Article:
        """Return an article, met at need."""
        address = said.pop("address", f"{SITE}/{key}.html")
        return articles.meet(self.section, self.now, fresh_id, key=key, address=address, **said)

    def author(self, name: str = "Anna Roth") -> Author:
        """Return somebody with a name, the same one each time."""
        if name not in self.people:
            mail = f"{len(self.people)}@reader.example"
            self.people[name] = authors.guest(self.section, self.now, fresh_id, name, mail)
        return self.people[name]

    def post(
        self, text: str = "A word.", by: str = "Anna Roth", under: str = "strike", **draft: Any
    ) -> Comment:
        """Post a comment a second later; `to` is the comment that it answers."""
        self.now += timedelta(seconds=1)
        answered: Comment | None = draft.pop("to", None)
        sent = Draft(self.article(under), self.author(by), text, draft.pop("form", fresh_id()),
                     parent=answered.id if answered else None, **draft)  # fmt: skip
        return posting.post(self.section, self.now, fresh_id, sent)

    def incoming(self, text: str, by: str = "Anna Roth") -> Incoming:
        """Return a comment as it stands in line."""
        return Incoming(
            Draft(self.article(), self.author(by), text, fresh_id()), fresh_id(), self.now, bands(text)
        )

    def staff(self, name: str) -> Author:
        """Return the author under which the newspaper writes."""
        return authors.staff(self.section, self.now, fresh_id, name)

    def read(self, comment: Comment | NotTaken) -> Comment:
        """Return how a comment is now."""
        assert isinstance(comment, Comment)
        return threads.by_id(self.section, comment.id)

    def accept(self, comment: Comment) -> Comment:
        """Accept a comment."""
        return validation.accept(self.section, self.now, comment.id, "moderator")


@pytest.fixture(params=["sqlite", POSTGRES])
def newsroom(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Newsroom]:
    """A newsroom on each database; what is written is visible at once and checked later."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_database")
    else:
        url = f"sqlite:///{tmp_path}/comments.db"
    opened = Newsroom(open_section(url, "courrier", KEY, SETTINGS))
    yield opened
    opened.section.close()


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Newsroom]:
    """A newsroom in memory."""
    opened = Newsroom(open_section("sqlite:///:memory:", "courrier", KEY, SETTINGS))
    yield opened
    opened.section.close()
