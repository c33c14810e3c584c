"""What one key of the desk of validation does: accept or refuse, one comment or all of a flood; and its undoing.

What the page showed is what is decided: a comment that its author changed meanwhile is refused to be decided, and the
comments of a flood that say something newer than what was looked at are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.http import HttpRequest

from showcause.casework import refusing
from showcause.casework.quoting import sentence
from showcause.comments import articles, newsroom, threads, validation
from showcause.comments.section import Section
from showcause.comments.values import Comment
from showcause.domain.campaign import OWN_LEAF_UP_TO
from showcause.domain.decision import UNDO, Decision
from showcause.domain.errors import BadInput, NotFound, Stale
from showcause.domain.permissions import Action, check_action
from showcause.web.console.cards import as_law, seen, stands, words, words_of_copy
from showcause.web.console.visit import Visit
from showcause.web.house import house

ASIDE: Final = UNDO + timedelta(minutes=2)
"""So long a refused comment stays out of the queue: its undo delay, and the time that the worker may need."""
AT_ONCE: Final = 500
"""So many comments of a flood are accepted in one transaction, so that readers can go on writing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form of the desk says. `number` is the chosen sentence, None for the whole.

    `flood` means all copies at once; with `exact`, those alone that say what was looked at, word by word.
    """

    comment: str
    do: str
    clause: str = ""
    preset: str = ""
    number: int | None = None
    seen: str = ""
    flood: bool = False
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: the sentence that says it, of how many comments, and the decisions that can be undone."""

    said: str
    count: int
    decisions: Sequence[Decision] = ()


def asked_of(request: HttpRequest) -> Asked:
    """Return what a form says. Raises: BadInput."""
    posted = request.POST
    do, *reason = posted.get("do", "").split(" ")
    if do not in ("accept", "refuse") or (do == "refuse") != (len(reason) == 2):
        raise BadInput("a comment is accepted, or refused for a reason")
    clause, preset = reason or ("", "")
    number = posted.get("sentence", "")[:4]
    return Asked(
        posted.get("comment", "")[:64],
        do,
        clause[:120],
        preset[:120],
        number=int(number) if number.isdecimal() else None,
        seen=posted.get("seen", "")[:64],
        flood=posted.get("flood") == "yes",
        exact=posted.get("exact") == "yes",
    )


def decide(visit: Visit, section: Section, asked: Asked) -> Done:
    """Do what one key says.

    Raises: Stale when the comment says something else by now; what the law refuses.
    """
    comment = threads.by_id(section, asked.comment)
    if asked.do == "accept":
        return _accept(visit, section, comment, asked)
    return _refuse(visit, section, comment, asked)


def check_seen(comment: Comment, looked_at: str) -> None:
    """Check that a comment still says what the page showed. Raises: Stale."""
    if seen(comment.text) != looked_at:
        raise Stale("the author changed this comment while you looked at it; the page shows it as it is now")


def _accept(visit: Visit, section: Section, comment: Comment, asked: Asked) -> Done:
    if comment.checked_by == visit.who.id and not asked.flood:
        return Done("newsroom.did.accept", 1)  # the same key, sent twice
    check_action(visit.who, as_law(comment), Action.COMMENT_ACCEPT, visit.now)
    check_seen(comment, asked.seen)
    check_no_refusal(visit, section, [comment.id])
    if not asked.flood:
        validation.accept(section, visit.now, comment.id, visit.who.id, comment.text)
        return Done("newsroom.did.accept", 1)
    texts = {copy.id: copy.text for copy in _copies(visit, section, comment, asked)}
    many = list(texts)
    for at in range(0, len(many), AT_ONCE):
        validation.accept_many(section, visit.now, many[at : at + AT_ONCE], visit.who.id, texts)
    visit.run(refusing.settle, refusing.subject_of_comment(section.name, comment.id), visit.who.id)
    return Done("newsroom.did.accept", len(many))


def _copies(visit: Visit, section: Section, comment: Comment, asked: Asked) -> list[newsroom.Copy]:
    """Return the comments of a flood that one key is about: those that the page said, and no newer wording."""
    many = newsroom.copies(section, visit.now, comment.near)
    return [each for each in many if each.text == comment.text] if asked.exact else many


def check_no_refusal(visit: Visit, section: Section, comments: Sequence[str]) -> None:
    """Check that no refusal of these comments runs. Raises: IllegalStep."""
    with house().store.read(visit.now) as view:
        for comment in comments:
            refusing.check_not_refused(view, refusing.subject_of_comment(section.name, comment))


def _refuse(visit: Visit, section: Section, comment: Comment, asked: Asked) -> Done:
    check_seen(comment, asked.seen)
    said = sentence(comment.text, asked.number)
    many = _copies(visit, section, comment, asked) if asked.flood else []
    if len(many) > 1:
        copies = [words_of_copy(section, each) for each in many]
        reason = asked.clause, asked.preset, said, visit.who.id
        made: list[Decision] = visit.run(refusing.refuse_many, copies, *reason)
        aside = [each.id for each in many]
    else:
        article = articles.by_id(section, comment.article)
        one = words(section, comment, stands(comment, article.title, article.address))
        made = [visit.run(refusing.refuse, one, asked.clause, asked.preset, said, visit.who.id)]
        aside = [comment.id]
    validation.set_aside(section, aside, visit.now + ASIDE)
    return Done("newsroom.did.refuse", len(aside), made)


def take_back(visit: Visit, section: Section, named: str) -> Done:
    """Undo refusals by their decisions' ids, between spaces. Raises: IllegalStep when their delay is over; NotFound."""
    ids = [each for each in named.split(" ") if each][:OWN_LEAF_UP_TO]
    if not ids:
        raise NotFound("nothing is named that could be undone")
    undone = visit.run(refusing.undo, ids, visit.who.id)
    with house().store.read(visit.now) as view:
        comments = refusing.comments_of(view, undone)
    validation.back(section, comments)
    return Done("newsroom.did.undo", len(comments))
