"""What a thread says besides comments: marks of decisions, what stands beside, earlier words, how long one waits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.safestring import SafeString

from showcause.comments.states import CommentState
from showcause.comments.values import Edit, Estimate, Mark, MarkKind, Place
from showcause.domain.wording import minute_in_words
from showcause.web.comments.folding import paragraphs
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


@dataclass(frozen=True, slots=True)
class Told:
    """A mark as the page says it. `statement` leads its author to the reasons; `soon` where they are on their way.

    `sentence` is the one of their comment that it concerns, where that is not the whole.
    `found_nothing` is a mark that restricts nobody, and is drawn less loudly.
    """

    says: str
    clause: str = ""
    title: str = ""
    leaf: str | None = None
    statement: str = ""
    soon: bool = False
    sentence: str = ""
    found_nothing: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that was said at a moment."""

    stamp: str
    when: str
    text: SafeString
    title: str = ""
    id: str = ""
    name: str = ""
    language: str = ""


def told(place: Place, language: str, titles: Mapping[str, str]) -> tuple[Told, ...]:
    """Return what a place's marks say: what holds now, and what came before it in as few lines as it needs."""
    w, it = words(language), place.comment
    if it.state in (CommentState.DELETED, CommentState.ERASED):
        return (Told(w[GONE[it.state]]),)
    if it.state is CommentState.HIDDEN and not place.marks:
        return (Told(w["hidden_plain"]),)
    label = () if place.label is None else (_labelled(place.label, w, titles),)
    if not place.marks:
        return (*label, *_judged(place, w, titles))
    last = place.marks[-1]
    named = next((each for each in reversed(place.marks) if each.clause), last)
    title = titles.get(named.clause, "") if last.kind in (MarkKind.HIDDEN, MarkKind.REFUSED) else ""
    says = w["hidden_plain"] if last.kind is MarkKind.HIDDEN and not title else w[SAYS[last.kind]]
    return (Told(says, named.clause.partition("@")[0], title, last.leaf), *label)


def _labelled(label: Mark, w: Mapping[str, str], titles: Mapping[str, str]) -> Told:
    return Told(w[SAYS[label.kind]], label.clause.partition("@")[0], titles.get(label.clause, ""), label.leaf)


def _judged(place: Place, w: Mapping[str, str], titles: Mapping[str, str]) -> tuple[Told, ...]:
    """Return the rules of which no breach was found, each once, by the last decision of it."""
    last = (
        {each.clause: each for each in place.judged} if place.comment.state is CommentState.PUBLISHED else {}
    )
    return tuple(
        Told(
            *(w["judged"], each.clause.partition("@")[0], titles.get(each.clause, ""), each.leaf),
            found_nothing=True,
        )
        for each in last.values()
    )


def beside(each: Any, language: str) -> Moment:
    title = words(language)[f"beside_{each.kind}"]
    at = each.created_at
    when = minute_in_words(at, language)
    return Moment(
        stamp(at), when, paragraphs(each.text), title, each.id, each.name, each.language or language
    )


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
