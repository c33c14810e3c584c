"""From a thread's places to what its page writes: the text or what stands in its place, marks, what may be done.

A hidden comment keeps its place, with the rule and the decision; its text is not in the page. What its author deleted
and what was erased by law are told apart from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.safestring import SafeString

from showcause.comments.states import CommentState
from showcause.comments.values import Author, AuthorKind, Branch, Comment, Mark, Place
from showcause.domain.wording import minute_in_words
from showcause.web.comments import rules
from showcause.web.comments.folding import folded
from showcause.web.comments.telling import GONE, Moment, Told, beside, stamp, told
from showcause.web.comments.words import words

UNFOLDED: Final = 2
"""So many replies are shown without folding."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks, in which language, and what the page already knows: nothing of it is asked for each comment."""

    language: str
    now: datetime
    window: timedelta
    viewer: Author | None = None
    estimate: str = ""
    open: bool = True

    def owns(self, comment: Comment) -> bool:
        """Tell whether the reader wrote a comment."""
        return self.viewer is not None and comment.author.person == self.viewer.person

    def may_edit(self, comment: Comment, marks: Sequence[Mark]) -> bool:
        """Tell whether the reader may still edit a comment."""
        in_time = self.now < comment.created_at + self.window
        state = comment.state in (CommentState.WAITING, CommentState.PUBLISHED)
        return self.owns(comment) and in_time and state and not marks


@dataclass(frozen=True, slots=True)
class Shown:
    """One comment as the page writes it. `kind` is `text`, or what stands in the place of one that is gone."""

    id: str
    kind: str
    name: str
    staff: bool
    own: bool
    stamp: str
    when: str
    language: str
    first: SafeString
    rest: SafeString
    badge: str
    tone: str
    note: str
    unchecked: bool
    refused: bool
    marks: tuple[Told, ...]
    beside: tuple[Moment, ...]
    edited: bool
    pinned: bool
    highlighted: bool
    may_reply: bool
    may_edit: bool
    may_report: bool
    parent: str | None = None
    answers: str = ""

    @property
    def is_gone(self) -> bool:
        """Tell whether something else stands in its place."""
        return self.kind != "text"


@dataclass(frozen=True, slots=True)
class Twig:
    """A root with its first replies as the page writes them; `more` are not in it, `after` leads to them."""

    root: Shown
    replies: tuple[Shown, ...]
    more: int
    after: str | None
    folded: bool

    @property
    def count(self) -> int:
        """Return how many replies there are."""
        return len(self.replies) + self.more


def branches(found: Iterable[Branch], reader: Reader, open_: str = "", reply_to: str = "") -> list[Twig]:
    """Return the branches of a page; the one that `open_` or `reply_to` stands in is not folded."""
    found = list(found)
    titles = rules.titles(_clauses(found), reader.language)
    return [_branch(each, reader, titles, {open_, reply_to} - {""}) for each in found]


def _clauses(found: Sequence[Branch]) -> set[str]:
    places = [place for each in found for place in (each.root, *each.replies)]
    labels = {place.label.clause for place in places if place.label is not None}
    return labels | {mark.clause for place in places for mark in (*place.marks, *place.judged)}


def _branch(branch: Branch, reader: Reader, titles: Mapping[str, str], sought: set[str]) -> Twig:
    root = shown(branch.root, reader, titles)
    names = {place.comment.id: place.comment for place in branch.replies}
    replies = tuple(shown(each, reader, titles, _answered(each.comment, names)) for each in branch.replies)
    own_waiting = any(each.own and each.badge for each in replies)
    folds = (
        len(replies) + branch.more > UNFOLDED and not own_waiting and not sought & ({root.id} | names.keys())
    )
    return Twig(root, replies, branch.more, branch.after, folds)


def _answered(comment: Comment, names: Mapping[str, Comment]) -> str:
    """Return whom a reply answers, if it answers another reply."""
    parent = names.get(comment.parent or "")
    return parent.author.name if parent is not None and parent.state not in GONE else ""


def shown(place: Place, reader: Reader, titles: Mapping[str, str], answers: str = "") -> Shown:
    """Return one place as the page writes it."""
    it, own = place.comment, reader.owns(place.comment)
    kind = GONE.get(it.state, "text")
    first, rest = folded(it.text) if kind == "text" else (SafeString(), SafeString())
    badge, note = _standing(it, own, reader)
    refused = own and it.state is CommentState.REFUSED
    public = it.state is CommentState.PUBLISHED
    return Shown(
        id=it.id, kind=kind, name=it.author.name, staff=it.author.kind is AuthorKind.STAFF, own=own,
        stamp=stamp(it.created_at), when=minute_in_words(it.created_at, reader.language), language=it.language,
        first=first, rest=rest, badge=badge, tone="bad" if refused else "warning",
        note=note, unchecked=it.unchecked and not badge,
        refused=refused, marks=told(place, reader.language, titles),
        beside=tuple(beside(each, reader.language) for each in place.beside), edited=it.edited_at is not None,
        pinned=it.pinned and kind == "text", highlighted=it.highlighted and kind == "text",
        may_reply=public and reader.open, may_edit=reader.may_edit(it, place.marks),
        may_report=public and not own, parent=it.parent, answers=answers,
    )  # fmt: skip


def _standing(it: Comment, own: bool, reader: Reader) -> tuple[str, str]:
    """Return a comment's badge and what it means, if it is anything but published and checked."""
    w = words(reader.language)
    match it.state:
        case CommentState.WAITING if own:
            return w["waiting"], f"{w['only_you']} {reader.estimate}"
        case CommentState.REFUSED if own:
            return w["refused"], ""
        case CommentState.PUBLISHED if own and it.unchecked:
            return w["unchecked"], w["unchecked_why"]
        case _:
            return "", ""
