"""The newspaper beside Plaza: its articles, and a comment section in which everything has happened once.

What readers write is published by the section's own functions, what the newsroom refuses or hides is decided and
carried out like any other decision. It ends with comments that wait, so that whoever opens the demo can go on.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from showcause.casework import intake, refusing
from showcause.casework.intake import Manner
from showcause.casework.ports import IncomingReport
from showcause.casework.refusing import Words
from showcause.comments import articles, authors, counting, newsroom, posting, threads, validation
from showcause.comments.section import Section
from showcause.comments.values import Article, Author, Comment, Draft
from showcause.demo.stage import UNDO, Stage
from showcause.domain import newsroom as law
from showcause.domain.decision import Decision
from showcause.domain.statement import Statement
from showcause.domain.subject import Subject, SubjectKind

SECTION: Final = "feuille"
READER: Final = "bea"
HEARS: Final = "cleo"
BEGAN: Final = timedelta(minutes=150)
"""So long ago the first comment was written."""
READ_AFTER: Final = (3, 6, 4, 9, 5)
"""Minutes after which comments are read, in turn."""
WAITING, REFUSED = "wait", "refuse"
AGAINST: Final = (REFUSED, "hide", "back")


def paper() -> Mapping[str, Any]:
    """Return the newspaper's articles and people, as they are written down."""
    text = Path(__file__).with_name("paper.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def open_newspaper(stage: Stage, section: Section, address: str) -> Mapping[str, Any]:
    """Publish the articles below an address, and let readers and newsroom do what they do; return what pages need."""
    kiosk = _Kiosk(stage, section, paper())
    known = [
        kiosk.publish(each, f"{address}/demo/journal/{each['slug']}") for each in kiosk.paper["articles"]
    ]
    for told, article in zip(kiosk.paper["articles"], known, strict=True):
        kiosk.let_write(told["comments"], article)
        if told.get("closed"):
            articles.close(section, article)
    kiosk.decide()
    return {
        "name": kiosk.paper["name"],
        "articles": [_for_pages(each) for each in kiosk.paper["articles"]],
        "authors": {"author": kiosk.people["camille"].id, "wronged": kiosk.people["octave"].id},
        "comments": {name: each.id for name, each in kiosk.named.items()},
        "statements": kiosk.statements,
    }


def _for_pages(told: Mapping[str, Any]) -> dict[str, Any]:
    wanted = ("slug", "part", "title", "standfirst", "by", "paragraphs", "closed")
    return {name: told[name] for name in wanted if name in told}


@dataclass
class _Kiosk:
    """The newspaper at work: who writes, what was written, and what was decided."""

    stage: Stage
    section: Section
    paper: Mapping[str, Any]
    people: dict[str, Author] = field(default_factory=dict)
    named: dict[str, Comment] = field(default_factory=dict)
    to_decide: list[tuple[Mapping[str, Any], Comment]] = field(default_factory=list)
    statements: dict[str, str] = field(default_factory=dict)

    def publish(self, told: Mapping[str, Any], address: str) -> Article:
        """Make an article known, and let it have readers."""
        article = articles.meet(
            self.section, self.stage.clock() - BEGAN, self.stage.runner.ids, key=told["slug"], address=address,
            title=told["title"], part=told["part"], language="fr", vouched=True,
        )  # fmt: skip
        readers = counting.Readers(self.section, time.monotonic)
        for number in range(told["readers"]):
            readers.read(article, self.stage.clock(), f"reader-{number}")
        readers.flush()
        return article

    def let_write(self, told: list[Mapping[str, Any]], article: Article) -> None:
        """Let readers write one comment after the other; most are read and accepted some minutes later."""
        step = BEGAN / (len(told) + 1)
        for number, each in enumerate(told):
            at = self.stage.clock() - BEGAN + step * number
            made = self._write(each, article, at)
            if each.get("id"):
                self.named[each["id"]] = made
            self._read(each, made, at + timedelta(minutes=READ_AFTER[number % len(READ_AFTER)]))
        for each in (each for each in told if each.get("then") == "delete"):
            author = self.people[each["by"]]
            posting.delete(self.section, self.stage.clock(), author, self.named[each["id"]].id)

    def _write(self, told: Mapping[str, Any], article: Article, at: datetime) -> Comment:
        author, ids = self._author(told["by"], at), self.stage.runner.ids
        parent = self.named[told["to"]].id if "to" in told else None
        draft = Draft(article, author, told["text"], ids(), parent, told.get("lang", "fr"))
        return posting.post(self.section, at, ids, draft)

    def _author(self, name: str, at: datetime) -> Author:
        if name not in self.people:
            ids = self.stage.runner.ids
            if name == "staff":
                self.people[name] = authors.staff(self.section, at, ids, self.paper["staff"])
            else:
                self.people[name] = authors.guest(self.section, at, ids, *self.paper["people"][name])
        return self.people[name]

    def _read(self, told: Mapping[str, Any], comment: Comment, at: datetime) -> None:
        """Let the newsroom read a comment, as far as it is not left for whoever plays on."""
        then = told.get("then", "")
        if then in AGAINST or then == "judge":
            self.to_decide.append((told, comment))
        if then in (WAITING, REFUSED):
            return
        validation.accept(self.section, at, comment.id, READER)
        match then:
            case "pin":
                newsroom.pin(self.section, comment.id, pinned=True)
            case "highlight":
                newsroom.highlight(self.section, comment.id, highlighted=True)
            case _:
                pass

    # --- decisions -------------------------------------------------------------------------------------------

    def decide(self) -> None:
        """Refuse and hide what is to be, find no breach in what was reported, and hear the appeal."""
        made = [
            (told, self._refuse(told, comment)) for told, comment in self.to_decide if told["then"] in AGAINST
        ]
        for told, comment in self.to_decide:
            if told["then"] == "judge":
                self._judge(told, comment)
        self.stage.clock.now += UNDO
        self.stage.settle()
        for told, decision in made:
            if told["then"] == "back":
                lodged = self.stage.appeal(decision, told["appeal"])
                self.stage.hear(lodged, HEARS, told["heard"])
            self.statements[told["id"]] = self._statement(decision)

    def _refuse(self, told: Mapping[str, Any], comment: Comment) -> Decision:
        now = threads.by_id(self.section, comment.id)
        author = Subject(self.section.name, SubjectKind.ACCOUNT, now.author.id)
        standing = law.Comment(now.id, law.Standing(now.state), now.checked_at is not None)
        words = Words(standing, self._subject(now), author, now.text, now.language)
        preset = told.get("preset", "damaging")
        return self.stage.runner.run(refusing.refuse, words, told["clause"], preset, told["sentence"], READER)

    def _judge(self, told: Mapping[str, Any], comment: Comment) -> None:
        """Let somebody report a comment under a rule, and find no breach of it."""
        author = Subject(self.section.name, SubjectKind.ACCOUNT, comment.author.id)
        report = IncomingReport(
            f"demo-{comment.id}", self._subject(comment), author, None, "La journaliste y est insultée.",
            self.stage.clock(), hint=f"{told['clause']}@1",
        )  # fmt: skip
        self.stage.runner.run(intake.submit, report, Manner(language="fr", as_of=comment.created_at))
        self.stage.no_breach(self.stage.case_about(self._subject(comment)), READER, told["reason"])

    def _subject(self, comment: Comment) -> Subject:
        return Subject(self.section.name, SubjectKind.CONTENT, comment.id)

    def _statement(self, decision: Decision) -> str:
        with self.stage.store.read(self.stage.clock()) as view:
            return view.find(Statement, decision=decision.id)[0].id
