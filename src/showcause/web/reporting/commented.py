"""What the reporter's door knows of a comment that stands under a newspaper's article: its words, so that one knows
what one reports, where it stands, what was looked at already, and what else was said there.

Only what every reader sees is shown or copied. A comment that is not published is reported by its link like anything
else, without a word of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from showcause.casework.notices import Known
from showcause.casework.refusing import FAMILY, FIRST
from showcause.comments import articles, threads
from showcause.comments.section import Section
from showcause.comments.states import CommentState
from showcause.comments.values import Article, Comment, Place
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
class Told:
    """A comment as the forms show it. `judged` and `others` are there while it can be reported."""

    comment: Comment
    article: Article
    judged: tuple[Judged, ...] = ()
    others: tuple[Other, ...] = ()

    @property
    def link(self) -> str:
        """Return the comment's own address."""
        return link(self.comment.id)

    @property
    def answer(self) -> str:
        """Return the page for whoever it is about."""
        return f"/comments/a/{self.article.id}/about/{self.comment.id}"


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
    """Return the published comment that a subject is; None for anything else."""
    section = _section(subject)
    if section is None:
        return None
    try:
        branch = threads.around(section, subject.ref)
    except NotFound:
        return None
    places = (branch.root, *branch.replies)
    [place] = [each for each in places if each.comment.id == subject.ref]
    if place.comment.state is not CommentState.PUBLISHED:
        return None
    article = articles.by_id(section, place.comment.article)
    return Told(place.comment, article, _judged(place, language), tuple(_others(places, subject.ref)))


def article_of(subject: Subject) -> Article | None:
    """Return the article under which a reported comment stands, whatever became of it; None for anything else."""
    section, comment = _section(subject), _found(subject)
    return articles.by_id(section, comment.article) if section and comment else None


def unknown(subjects: Iterable[Subject]) -> bool:
    """Tell whether one of these has a comment's link and is none. What somebody describes in words is for a person."""
    return any(
        _section(each) is not None and ID.fullmatch(each.ref) and _found(each) is None for each in subjects
    )


def known(subjects: Iterable[Subject]) -> dict[Subject, Known]:
    """Return what the section knows of the published comments among these: the evidence of their case.

    It is what they say at this moment, whatever their reporter writes.
    """
    return {each: found for each in subjects if (found := _known(each)) is not None}


def _known(subject: Subject) -> Known | None:
    section, comment = _section(subject), _found(subject)
    if section is None or comment is None:
        return None
    author = Subject(section.name, SubjectKind.ACCOUNT, comment.author.id)
    if comment.state is not CommentState.PUBLISHED:
        return Known(author)
    return Known(author, _evidence(section, comment), comment.edited_at or comment.created_at)


def _evidence(section: Section, comment: Comment) -> Mapping[str, Any]:
    article = articles.by_id(section, comment.article)
    return {
        "comment": comment.text,
        "author": comment.author.name,
        "written": comment.created_at.isoformat(timespec="seconds"),
        "article": article.title,
        "address": article.address,
    }


def _found(subject: Subject) -> Comment | None:
    section = _section(subject)
    try:
        return threads.by_id(section, subject.ref) if section else None
    except NotFound:
        return None


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
