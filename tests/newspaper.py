"""A comment section on the tests' house, behind a gate of its own: what decisions do there is done by its connector."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from showcause.casework import connector_keys, founding, policies, refusing
from showcause.casework.catalogue import Catalogue, comments_folder, load
from showcause.casework.refusing import Words
from showcause.casework.worker import World as Outside
from showcause.comments import articles, authors, posting, threads
from showcause.comments.opening import open_section
from showcause.comments.platform import MEASURES, CommentsPlatform
from showcause.comments.section import Section
from showcause.comments.values import Article, Author, Comment, Draft, Mode, SectionSettings
from showcause.connectors.gate import Gate
from showcause.connectors.memory import Memory
from showcause.connectors.urgent import UrgentSpool
from showcause.domain import newsroom
from showcause.domain.decision import Decision
from showcause.domain.site import Mode as SiteMode
from showcause.domain.subject import Subject, SubjectKind
from showcause.gateways.inspecting import ProcessInspector
from showcause.transparency.keys import KeyKind, SigningKey
from tests.house import PLATFORM, House, fresh_id

NAME, SITE = "courrier", "https://courrier.example"


@functools.cache
def rules() -> Catalogue:
    """Return the rules for comment sections, read once."""
    return load(comments_folder())


@dataclass
class Newspaper:
    """A section with one article. Comments wait for validation unless its settings say otherwise."""

    house: House
    section: Section
    platform: CommentsPlatform
    article: Article

    def author(self, name: str = "Nora Weiss", mail: str = "nora@reader.example") -> Author:
        """Return a new guest."""
        return authors.guest(self.section, self.house.now, fresh_id, name, mail)

    def write(self, author: Author, text: str, **more: str) -> Comment:
        """Send a comment."""
        self.house.now += timedelta(seconds=1)
        draft = Draft(self.article, author, text, fresh_id(), **more)  # type: ignore[arg-type]  # texts among its fields
        return posting.post(self.section, self.house.now, fresh_id, draft)

    def read(self, comment: Comment) -> Comment:
        """Return how a comment is now."""
        return threads.by_id(self.section, comment.id)

    def account(self, author: Author) -> Subject:
        """Return an author as a subject."""
        return Subject(NAME, SubjectKind.ACCOUNT, author.id)

    def content(self, comment: Comment) -> Subject:
        """Return a comment as a subject."""
        return Subject(NAME, SubjectKind.CONTENT, comment.id)

    def refuse(self, comment: Comment, sentence: str = "", by: str = "bea") -> Decision:
        """Refuse a comment as an insult and let the decision be carried out; return it."""
        words = Words(
            newsroom.Comment(comment.id, newsroom.Standing(comment.state)),
            self.content(comment),
            Subject(NAME, SubjectKind.ACCOUNT, comment.author.id),
            comment.text,
            comment.language,
        )
        given = (words, "comments.insult", "reader", sentence or comment.text, by)
        made = self.house.run(refusing.refuse, *given)
        self.house.wait(seconds=31)
        self.house.wait(seconds=1)
        with self.house.store.read() as view:
            return view.get(Decision, made.id)


@contextmanager
def newspaper_on(house: House, *, mails: bool = False, mode: Mode = Mode.BEFORE) -> Iterator[Newspaper]:
    """Connect a comment section to a house: on its server, else in a file below its folder."""
    on_server = house.store.database.vendor == "postgresql"
    url = house.store.url if on_server else f"sqlite:///{house.folder / 'comments.db'}"
    key = SigningKey(NAME, KeyKind.ED25519, b"j" * 32)
    section = open_section(url, NAME, b"n" * 32, SectionSettings((SITE,), mode=mode))
    gate = Gate(NAME, NAME, house.log_policy, Memory(house.folder / "section-gate.db", b"g" * 32), key=key)
    issuer = house.urgent_key.public_key().public_bytes_raw()
    spool = UrgentSpool(house.folder / "section-spool", b"s" * 32, issuer)
    erased: Path = house.folder / "comments.erased"
    platform = CommentsPlatform(section, gate, spool, house.clock, erased, mails=mails)
    for clause in (each for each in rules().clauses if each.id == "comments.insult"):
        house.run(policies.approve, house.run(policies.propose, clause, "ada").id, "bea")
    house.run(founding.connect_platform, NAME, "comments", MEASURES, "ada", mode=SiteMode.ENFORCE)
    house.run(connector_keys.introduce, NAME, str(key.verifier), "ada")
    platforms = {PLATFORM: house.platform, NAME: platform}
    house.worker.world = Outside(platforms, house.signer, ProcessInspector())
    article = articles.meet(
        section, house.now, fresh_id, key="bridge", address=f"{SITE}/bridge", title="A bridge", language="en"
    )
    yield Newspaper(house, section, platform, article)
    section.close()
