"""What the reporter's door knows of a comment that stands under a newspaper's article, or of an answer beside one: its
words, so that one knows what one reports, where it stands, what was looked at already, and what else was said there.

Only what every reader sees is shown or copied. What is not published is reported by its link like anything else,
without a word of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from showcause.casework.notices import Known
from showcause.casework.refusing import FAMILY, FIRST
from showcause.comments import articles, besides, threads
from showcause.comments.section import Section
from showcause.comments.states import BesideState, CommentState
from showcause.comments.values import Article, Byline, Comment, Place
from showcause.domain.errors import NotFound
from showcause.domain.policy import Clause
from showcause.domain.subject import Subject, SubjectKind
from showcause.domain.wording import minute_in_words
from showcause.web.comments import rules
from showcause.web.house import house

ID: Final = re.compile(r"[0-9a-f]{32}")
EXCERPT: Final = 140


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule of which no breach was found in the comment as it stands."""

    title: str
    when: str
    leaf: str | None


@dataclass(frozen=True, slots=True)
class Other:
    """Another comment of the same conversation, to be named in the same notice."""

    id: str
    name: str
    excerpt: str
    language: str


@dataclass(frozen=True, slots=True)
class Said:
    """A comment, or an answer beside the comment of this id; `since` is when it began to say what it says."""

    id: str
    author: Byline
    text: str
    language: str
    at: datetime
    since: datetime
    public: bool
    comment: str
    article: str

    @property
    def link(self) -> str:
        """Return its own address."""
        beside = "" if self.id == self.comment else f"#beside-{self.id}"
        return link(self.comment) + beside


@dataclass(frozen=True, slots=True)
class Told:
    """What the forms show of what is reported. `answer` is the page for whoever a comment is about."""

    said: Said
    article: Article
    judged: tuple[Judged, ...] = ()
    others: tuple[Other, ...] = ()
    answer: str = ""


def link(comment: str) -> str:
    """Return a comment's own address."""
    return f"{house().address}/comments/c/{comment}"


def in_order(clauses: Mapping[str, Clause]) -> dict[str, Clause]:
    """Return the rules as a comment's form offers them: those written for comments first, the frequent before all."""

    def place(ref: str) -> tuple[bool, int]:
        family, name = clauses[ref].id.startswith(FAMILY), clauses[ref].id.removeprefix(FAMILY)
        return not family, FIRST.index(name) if family and name in FIRST else len(FIRST)

    return {ref: clauses[ref] for ref in sorted(clauses, key=place)}


def about(subject: Subject, language: str) -> Told | None:
    """Return what a subject is that readers see under an article; None for anything else."""
    section, said = _section(subject), _said(subject)
    if section is None or said is None or not said.public:
        return None
    article = articles.by_id(section, said.article)
    if said.id != said.comment:
        return Told(said, article)
    branch = threads.around(section, said.id)
    places = (branch.root, *branch.replies)
    [place] = [each for each in places if each.comment.id == said.id]
    answer = f"/comments/a/{article.id}/about/{said.id}"
    return Told(said, article, _judged(place, language), tuple(_others(places, said.id)), answer)


def article_of(subject: Subject) -> Article | None:
    """Return the article under which something reported stands, whatever became of it; None for anything else."""
    section, said = _section(subject), _said(subject)
    return articles.by_id(section, said.article) if section and said else None


def unknown(subjects: Iterable[Subject]) -> bool:
    """Tell whether one of these has a comment's link and is none. What somebody describes in words is for a person."""
    return any(
        _section(each) is not None and ID.fullmatch(each.ref) and _said(each) is None for each in subjects
    )


def known(subjects: Iterable[Subject]) -> dict[Subject, Known]:
    """Return what the section knows of the published comments among these: the evidence of their case.

    It is what they say at this moment, whatever their reporter writes.
    """
    return {each: found for each in subjects if (found := _known(each)) is not None}


def _known(subject: Subject) -> Known | None:
    section, said = _section(subject), _said(subject)
    if section is None or said is None:
        return None
    author = Subject(section.name, SubjectKind.ACCOUNT, said.author.id)
    return Known(author, _evidence(section, said), said.since) if said.public else Known(author)


def _evidence(section: Section, said: Said) -> Mapping[str, Any]:
    article = articles.by_id(section, said.article)
    return {
        "comment": said.text,
        "author": said.author.name,
        "written": said.at.isoformat(timespec="seconds"),
        "article": article.title,
        "address": article.address,
        "link": said.link,
    }


def _said(subject: Subject) -> Said | None:
    """Return the comment, or the answer beside one, that a subject is, in whatever state."""
    section = _section(subject)
    if section is None:
        return None
    try:
        return _comment(threads.by_id(section, subject.ref))
    except NotFound:
        return _answer(section, subject.ref)


def _comment(it: Comment) -> Said:
    since = it.edited_at or it.created_at
    public = it.state is CommentState.PUBLISHED
    return Said(it.id, it.author, it.text, it.language, it.created_at, since, public, it.id, it.article)


def _answer(section: Section, answer: str) -> Said | None:
    try:
        it = besides.by_id(section, answer)
    except NotFound:
        return None
    beside, at = threads.by_id(section, it.comment), it.created_at
    public = it.state is BesideState.PUBLISHED
    return Said(it.id, it.author, it.text, it.language, at, at, public, beside.id, beside.article)


def _section(subject: Subject) -> Section | None:
    return house().section(subject.platform) if subject.kind is SubjectKind.CONTENT else None


def _judged(place: Place, language: str) -> tuple[Judged, ...]:
    titles = rules.titles((each.clause for each in place.judged), language)
    return tuple(
        Judged(titles[each.clause], minute_in_words(each.at, language), each.leaf) for each in place.judged
    )


def _others(places: Iterable[Place], reported: str) -> Iterator[Other]:
    for place in places:
        it = place.comment
        if it.state is CommentState.PUBLISHED and it.id != reported:
            line = " ".join(it.text.split())
            excerpt = line if len(line) <= EXCERPT else line[:EXCERPT].rstrip() + "…"
            yield Other(it.id, it.author.name, excerpt, it.language)
