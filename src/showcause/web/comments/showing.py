"""From a thread's places to what its page writes: the text or what stands in its place, marks, what may be done.

A hidden comment keeps its place, with the rule and the decision; its text is not in the page. What its author deleted
and what was erased by law are told apart from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.safestring import SafeString

from showcause.comments.states import CommentState
from showcause.comments.values import (
    Author,
    AuthorKind,
    Branch,
    Comment,
    Edit,
    Estimate,
    Mark,
    MarkKind,
    Place,
)
from showcause.domain.wording import minute_in_words
from showcause.web.comments import rules
from showcause.web.comments.folding import folded, paragraphs
from showcause.web.comments.words import words
from showcause.web.texts import say

GONE: Final[Mapping[CommentState, str]] = {
    CommentState.HIDDEN: "hidden",
    CommentState.DELETED: "deleted",
    CommentState.ERASED: "erased",
}
SAYS: Final[Mapping[MarkKind, str]] = {
    MarkKind.HIDDEN: "hidden",
    MarkKind.REFUSED: "refused_why",
    MarkKind.SHOWN_AGAIN: "again",
    MarkKind.PUBLISHED_AFTER_ALL: "after_all",
    MarkKind.LABELLED: "labelled",
}
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
class Told:
    """A mark as the page says it. `statement` leads its author to the reasons; `soon` where they are on their way."""

    says: str
    clause: str = ""
    title: str = ""
    leaf: str | None = None
    statement: str = ""
    soon: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that was said at a moment."""

    stamp: str
    when: str
    text: SafeString
    title: str = ""


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
    return labels | {mark.clause for place in places for mark in place.marks}


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
        beside=tuple(_beside(each, reader.language) for each in place.beside), edited=it.edited_at is not None,
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


def told(place: Place, language: str, titles: Mapping[str, str]) -> tuple[Told, ...]:
    """Return what a place's marks say: what holds now, and what came before it in as few lines as it needs."""
    w, it = words(language), place.comment
    if it.state in (CommentState.DELETED, CommentState.ERASED):
        return (Told(w[GONE[it.state]]),)
    if it.state is CommentState.HIDDEN and not place.marks:
        return (Told(w["hidden_plain"]),)
    label = () if place.label is None else (_labelled(place.label, w, titles),)
    if not place.marks:
        return label
    last = place.marks[-1]
    named = next((each for each in reversed(place.marks) if each.clause), last)
    title = titles.get(named.clause, "") if last.kind in (MarkKind.HIDDEN, MarkKind.REFUSED) else ""
    says = w["hidden_plain"] if last.kind is MarkKind.HIDDEN and not title else w[SAYS[last.kind]]
    return (Told(says, named.clause.partition("@")[0], title, last.leaf), *label)


def _labelled(label: Mark, w: Mapping[str, str], titles: Mapping[str, str]) -> Told:
    return Told(w[SAYS[label.kind]], label.clause.partition("@")[0], titles.get(label.clause, ""), label.leaf)


def _beside(each: Any, language: str) -> Moment:
    title = words(language)[f"beside_{each.kind}"]
    at = each.created_at
    return Moment(stamp(at), minute_in_words(at, language), paragraphs(each.text), title)


def history(edits: Iterable[Edit], language: str) -> tuple[Moment, ...]:
    """Return what a comment said before, newest first."""
    return tuple(
        Moment(stamp(each.at), minute_in_words(each.at, language), paragraphs(each.former))
        for each in sorted(edits, key=lambda each: each.at, reverse=True)
    )


def estimate(known: Estimate, language: str) -> str:
    """Say how long validation takes, as far as the queue knows."""
    waiting = known.waiting
    if known.median is None:
        id_, args = ("queue-unknown", {"waiting": waiting}) if waiting > 1 else ("unknown", {})
    else:
        args = {"median": _rounded(known.median)}
        id_, args = ("queue", args | {"waiting": waiting}) if waiting > 1 else ("next", args)
    return say(language, f"comments.estimate.{id_}", **args)


def _rounded(span: timedelta) -> int:
    """Return a span in seconds, rounded up to a minute, five minutes or an hour: nobody knows it any better."""
    seconds = max(60, int(span.total_seconds()))
    step = 60 if seconds < 600 else 300 if seconds < 7200 else 3600
    return -(-seconds // step) * step


def stamp(moment: datetime) -> str:
    """Return a moment as `<time>` and programs read it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
