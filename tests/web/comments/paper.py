"""A newspaper with a comment section on a house's pages: its article, those who write there, and what they see."""

import base64
import functools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from showcause.casework import connector_keys, founding, policies, refusing
from showcause.casework.catalogue import comments_folder, load
from showcause.casework.refusing import Words
from showcause.casework.worker import Worker, World
from showcause.comments import acts, articles, authors, posting, token_keys, validation
from showcause.comments.acts import Why
from showcause.comments.opening import open_section
from showcause.comments.platform import MEASURES, CommentsPlatform
from showcause.comments.section import Section
from showcause.comments.values import Answer, Article, Author, Comment, Draft, Mode, SectionSettings
from showcause.connectors.gate import Gate
from showcause.connectors.memory import Memory
from showcause.connectors.urgent import UrgentSpool
from showcause.domain.decision import Decision
from showcause.domain.newsroom import Comment as Standing
from showcause.domain.newsroom import Standing as State
from showcause.domain.policy import Clause
from showcause.domain.restriction import Measure
from showcause.domain.site import ConnectedPlatform
from showcause.domain.site import Mode as SiteMode
from showcause.domain.subject import Subject, SubjectKind
from showcause.gateways.inspecting import ProcessInspector
from showcause.transparency.keys import KeyKind, SigningKey
from tests.house import PLATFORM, fresh_id
from tests.web.stand import Served, Stand

SITE = "https://courrier.example"
NAME = "courrier"
LEAF = "ab" * 16
KEY = SigningKey(NAME, KeyKind.ED25519, b"n" * 32)
SLIP = re.compile(r'name="slip" value="([^"]+)"')


@functools.cache
def insult() -> Clause:
    """Return the rule against insults."""
    return next(each for each in load(comments_folder()).clauses if each.id == "comments.insult")


@dataclass
class Paper:
    """A section under one article. `by` are its authors, by name."""

    stand: Stand
    section: Section
    article: Article
    by: dict[str, Author] = field(default_factory=dict)

    @property
    def client(self) -> Client:
        return self.stand.client

    @property
    def home(self) -> str:
        return f"/comments/a/{self.article.id}"

    @property
    def frame(self) -> str:
        return f"/comments/f/{self.article.id}"

    def author(self, name: str) -> Author:
        """Return somebody who writes, the same one each time."""
        if name not in self.by:
            mail = f"{len(self.by)}@reader.example"
            self.by[name] = authors.guest(self.section, self.stand.house.now, fresh_id, name, mail)
        return self.by[name]

    def comment(self, text: str, by: str = "Ada Petit", to: Comment | None = None, **more: Any) -> Comment:
        """Write a comment a second later, past the form."""
        self.stand.house.now += timedelta(seconds=1)
        draft = Draft(self.article, self.author(by), text, fresh_id(), to.id if to else None, **more)
        return posting.post(self.section, self.stand.house.now, fresh_id, draft)

    def accept(self, comment: Comment) -> None:
        validation.accept(self.section, self.stand.house.now, comment.id, "bea")

    def hide(self, comment: Comment, clause: str = "comments.insult@1", leaf: str = LEAF) -> None:
        """Do what the connector does for a decision to hide; a waiting comment is refused by it."""
        acts.impose(
            self.section, self.stand.house.now, self._subject(comment), Measure.HIDE, Why("o", clause, leaf)
        )

    def refuse(self, comment: Comment | Answer, sentence: str = "", by: str = "bea") -> Decision:
        """Refuse a comment as the desk does, and let half a minute pass until that takes force."""
        about = Subject(NAME, SubjectKind.CONTENT, comment.id)
        author = Subject(NAME, SubjectKind.ACCOUNT, comment.author.id)
        words = Words(Standing(comment.id, State.WAITING), about, author, comment.text, "en", "The strike")
        made: Decision = self.stand.house.run(
            refusing.refuse, words, "comments.insult", insult().presets[0].id, sentence, by
        )
        for seconds in (31, 1, 1):
            self.stand.house.wait(seconds=seconds)
        return made

    def show_again(self, comment: Comment, leaf: str = "cd" * 16) -> None:
        acts.free(
            self.section, self.stand.house.now, self._subject(comment), Measure.HIDE, Why("p", "", leaf)
        )

    def slip(self, address: str = "") -> str:
        """Open a form, read it as long as people do, and return what it carries."""
        page = read(self.client.get(address or self.home))
        self.stand.house.now += timedelta(seconds=30)
        return str(SLIP.findall(page)[0])

    def send(self, text: str = "A thought.", client: Client | None = None, **fields: str) -> Any:
        """Send the form as a stranger, or as whoever the client's cookie says."""
        sent = {"slip": fields.pop("slip", "") or self.slip(), "text": text, "lang": "en"}
        sent |= {"name": "Ada Petit", "mail": "ada@reader.example"} | fields
        where = fields.pop("where", self.home)
        return (client or self.client).post(where, sent, HTTP_ORIGIN=self.stand.address)

    def known(self, name: str) -> Client:
        """Return the browser of somebody who is known."""
        from showcause.web.comments import visitor

        client = Client(HTTP_HOST=self.stand.address.partition("//")[2])
        client.cookies[visitor.cookie_name()] = authors.cookie(
            self.section, self.stand.house.now, self.author(name)
        )
        return client

    def asked(self, **told: str) -> str:
        """Return the address that the embedding script asks for."""
        about = {"article": "strike", "address": f"{SITE}/strike.html", "title": "The strike", "lang": "en"}
        return "/comments/frame?" + urlencode(about | told)

    def _subject(self, comment: Comment) -> Subject:
        return Subject(NAME, SubjectKind.CONTENT, comment.id)


def connect(stand: Stand, section: Section, folder: Path) -> None:
    """Let the house's worker carry decisions out in the section, through its gate."""
    home = stand.house
    memory = Memory(folder / "comments-gate.db", b"g" * 32)
    spool = UrgentSpool(folder / "comments-spool", b"s" * 32, home.urgent_key.public_key().public_bytes_raw())
    gate = Gate(NAME, NAME, home.log_policy, memory, key=KEY)
    platforms = {PLATFORM: home.platform, NAME: CommentsPlatform(section, gate, spool, home.clock)}
    home.worker = Worker(home.runner, World(platforms, home.signer, ProcessInspector()))


def _is_connected(stand: Stand) -> bool:
    with stand.house.store.read() as view:
        return view.first(ConnectedPlatform, name=NAME) is not None


@contextmanager
def newspaper(
    stand: Stand, folder: Path, origin: str = SITE, language: str = "en", url: str = "", **settings: Any
) -> Iterator[Paper]:
    """Give a house's pages a comment section with one article."""
    told = SectionSettings(origins=(origin,), **{"mode": Mode.AFTER, "staff": ("La Rédaction",), **settings})
    section = open_section(url or f"sqlite:///{folder / 'comments.db'}", NAME, b"k" * 32, told)
    served = stand.pages.site
    assert isinstance(served, Served)
    served.comments = section
    if not _is_connected(stand):
        stand.house.run(founding.connect_platform, NAME, "comments", MEASURES, "ada", mode=SiteMode.ENFORCE)
        stand.house.run(connector_keys.introduce, NAME, str(KEY.verifier), "ada")
        stand.house.run(policies.approve, stand.house.run(policies.propose, insult(), "ada").id, "bea")
    connect(stand, section, folder)
    article = articles.meet(
        section, stand.house.now, fresh_id, key="strike", address=f"{origin}/strike.html",
        title="The strike", language=language,
    )  # fmt: skip
    yield Paper(stand, section, article)
    section.close()


def minting(paper: Paper) -> Callable[..., str]:
    """Give the newspaper a key that the section believes, and return what signs tokens with it."""
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    kid = token_keys.add(paper.section, paper.stand.house.now, public).kid

    def mint(**claims: object) -> str:
        now = int(paper.stand.house.now.timestamp()) + 30
        told = {"aud": NAME, "sub": "reader-7", "name": "Léa Marin", "exp": now + 300} | claims
        parts = [json.dumps(each).encode() for each in ({"alg": "EdDSA", "kid": kid}, told)]
        said = b".".join(base64.urlsafe_b64encode(each).rstrip(b"=") for each in parts)
        return (said + b"." + base64.urlsafe_b64encode(key.sign(said)).rstrip(b"=")).decode()

    return mint


def read(answer: Any) -> str:
    """Return a page's text."""
    return str(answer.content.decode())
