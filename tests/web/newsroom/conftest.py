"""A newspaper for tests: the tests' house with a comment section behind the real connector, and readers who write."""

import functools
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from django.test import Client

from showcause.casework import connector_keys, founding, policies
from showcause.casework.catalogue import comments_folder, load
from showcause.comments import articles, authors, posting, threads
from showcause.comments.opening import open_section
from showcause.comments.platform import MEASURES, CommentsPlatform
from showcause.comments.section import Section
from showcause.comments.values import Article, Author, Comment, Draft, Mode, SectionSettings
from showcause.connectors.gate import Gate
from showcause.connectors.memory import Memory
from showcause.connectors.urgent import UrgentSpool
from showcause.domain.decision import Decision
from showcause.domain.policy import Clause
from showcause.domain.site import Mode as Standing
from showcause.transparency.keys import KeyKind, SigningKey
from tests.house import House, fresh_id
from tests.web.desk import logged_in, text
from tests.web.stand import Served, Stand

NAME = "courrier"
SITE = "https://courrier.example"
RULES = ("comments.insult", "comments.off-topic", "comments.advertising")
KEY = SigningKey(NAME, KeyKind.ED25519, b"n" * 32)
SAID = (
    "Le phare est beau, surtout le soir.", "Qui a payé les travaux du quai ?", "Mon grand-père y travaillait jadis.",
    "La photo date de l’an dernier, je crois.", "Et les horaires du bac, on en parle ?", "Merci pour cet article.",
    "Je préfère celui de la pointe nord.", "Il manque un banc devant la jetée.", "Ma fille a adoré la visite guidée.",
    "On entend la corne de brume jusqu’ici.", "Pourquoi pas un musée dans la tour ?", "Le port mérite mieux que cela.",
)  # fmt: skip
"""Comments that are nothing alike."""
SETTINGS = SectionSettings(origins=(SITE,), mode=Mode.BEFORE, staff=("La Rédaction",))


@dataclass
class Paper:
    """The newspaper. The clock is the house's; a comment is written a second after the one before."""

    stand: Stand
    section: Section
    people: dict[str, Author] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    @property
    def house(self) -> House:
        return self.stand.house

    def article(self, key: str = "phare", title: str = "Le phare s’allume", part: str = "Port") -> Article:
        address = f"{SITE}/{key}"
        return articles.meet(
            self.section, self.house.now, fresh_id, key=key, address=address, title=title, part=part
        )

    def author(self, name: str) -> Author:
        if name not in self.people:
            mail = f"{len(self.people)}@reader.example"
            self.people[name] = authors.guest(self.section, self.house.now, fresh_id, name, mail)
        return self.people[name]

    def write(
        self,
        words: str,
        by: str = "Nora Vidal",
        under: str = "phare",
        to: str | None = None,
        again: str | None = None,
    ) -> Comment:
        self.house.now += timedelta(seconds=1)
        form, article = secrets.token_hex(16), self.article(under)
        draft = Draft(article, self.author(by), words, form, parent=to, language="fr", again=again)
        return posting.post(self.section, self.house.now, fresh_id, draft)

    def now_of(self, comment: Comment) -> Comment:
        return threads.by_id(self.section, comment.id)

    def desk(self, handle: str = "bea") -> Client:
        if handle not in self.clients:
            self.clients[handle] = logged_in(self.stand, handle)
        return self.clients[handle]

    def press(self, comment: Comment, do: str, by: str = "bea", **more: str) -> Any:
        """Send what one key sends, as the script does."""
        from showcause.web.console.cards import seen

        form = {"comment": comment.id, "seen": seen(comment.text), "do": do, **more}
        return self.desk(by).post("/desk/comments/act", form, headers={"Accept": "application/json"})

    def page(self, path: str = "/desk/comments/", by: str = "bea") -> str:
        return text(self.desk(by).get(path))

    def order(self, comments: Sequence[Comment], page: str) -> list[int]:
        """Return which of these comments have a card in a page, in its order."""
        places = {number: page.find(f'id="c-{each.id}"') for number, each in enumerate(comments)}
        return sorted((number for number in places if places[number] >= 0), key=places.__getitem__)

    def decisions(self) -> list[Decision]:
        return self.house.all(Decision)


@functools.cache
def rules() -> tuple[Clause, ...]:
    """Return some of the clauses that are written for comment sections; all of them would take every test longer."""
    return tuple(each for each in load(comments_folder()).clauses if each.id in RULES)


def begin(stand: Stand) -> Paper:
    """Give a house its comment section, as an operator does: connected, enforcing, with its rules in force."""
    house = stand.house
    section = open_section("sqlite:///:memory:", NAME, b"k" * 32, SETTINGS)
    house.run(founding.connect_platform, NAME, "comments", MEASURES, "ada", mode=Standing.ENFORCE)
    house.run(connector_keys.introduce, NAME, str(KEY.verifier), "ada")
    for clause in rules():
        house.run(policies.approve, house.run(policies.propose, clause, "ada").id, "bea")
    gate = Gate(NAME, NAME, house.log_policy, Memory(house.folder / "paper.db", b"p" * 32), key=KEY)
    issuer = house.urgent_key.public_key().public_bytes_raw()
    spool = UrgentSpool(house.folder / "paper-spool", b"s" * 32, issuer)
    connector = CommentsPlatform(section, gate, spool, house.clock)
    house.worker.world.platforms = {**house.worker.world.platforms, NAME: connector}
    cast(Served, stand.pages.site).comments = section
    return Paper(stand, section)


@pytest.fixture
def paper(stand: Stand) -> Iterator[Paper]:
    """A newspaper, visited through Django's client."""
    made = begin(stand)
    yield made
    made.section.close()


@pytest.fixture
def newspaper(site: Stand) -> Iterator[Paper]:
    """A newspaper whose desk a browser reaches."""
    made = begin(site)
    yield made
    made.section.close()
