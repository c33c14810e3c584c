"""What the desk shows of a waiting comment: its sentences, where it stands, why it waits, its author's past."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from showcause.casework.quoting import sentences
from showcause.casework.refusing import Prepared, Words, subject_of_author, subject_of_comment
from showcause.comments import newsroom, validation
from showcause.comments.newsroom import Copy, Former
from showcause.comments.section import Section
from showcause.comments.values import Comment, Held, Waiting, WaitingFilter
from showcause.domain import newsroom as law
from showcause.domain.policy import say
from showcause.domain.sentences import stamp

AHEAD: Final = 8
"""So many comments are in the page: the next one is there before anybody asks for it."""
FLOOD: Final = 2
KEYS: Final = 9
BY_MACHINE: Final = frozenset({Held.LOOK_ALIKE, Held.FLOOD})
"""Why a comment waits where a machine, and not a plain rule, brought it to the desk."""
SHOWN_COPIES: Final = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a comment's text: what stands before a sentence, and the sentence with its number."""

    before: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Key:
    """One prepared refusal as a button: its digit ("" beyond nine), what is sent, title, rule and whole reason."""

    digit: str
    value: str
    title: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Card:
    """One comment as the desk shows it. `seen` names the text that was looked at; `copies` are others of its flood."""

    waiting: Waiting
    pieces: Sequence[Piece]
    after: str
    seen: str
    age: int
    former: Former | None = None
    copies: Sequence[str] = ()
    flood: int = 0
    exact: bool = False

    @property
    def comment(self) -> Comment:
        """Return the comment itself."""
        return self.waiting.comment

    @property
    def why(self) -> str:
        """Return the reason why it waits, as a part of a sentence's id."""
        if self.comment.unchecked:
            return "unchecked"
        return str(self.comment.held or Held.MODE)

    @property
    def since(self) -> str:
        """Return the day since which the author has been known."""
        return self.waiting.author.created_at.date().isoformat()

    @property
    def one(self) -> bool:
        """Tell whether there is only one sentence to choose."""
        return len(self.pieces) < 2


def cards(section: Section, now: datetime, wanted: WaitingFilter, most: int = AHEAD) -> list[Card]:
    """Return the next comments for the desk, each once: of a flood only its first."""
    found: list[Card] = []
    while True:
        page = validation.waiting(section, now, wanted, most)
        for each in page:
            near = each.comment.near
            if near in wanted.spared:
                break
            if near and each.flood >= FLOOD:
                wanted = replace(wanted, spared=(*wanted.spared, near))
            found.append(card(section, now, each))
            wanted = replace(wanted, after=each.comment.seq)
        else:
            if len(page) < most or len(found) >= most:
                return found[:most]
        if len(found) >= most:
            return found[:most]


def card(section: Section, now: datetime, waiting: Waiting) -> Card:
    """Return one comment as the desk shows it, with the others of its flood."""
    text = waiting.comment.text
    pieces, at = [], 0
    for number, (begin, end) in enumerate(sentences(text), start=1):
        pieces.append(Piece(text[at:begin], number, text[begin:end]))
        at = end
    count, texts = 0, list[str]()
    if waiting.flood >= FLOOD:
        count, texts = newsroom.alike(section, now, waiting.comment.near, SHOWN_COPIES + 1)
    others = [each for each in texts if each != text]
    age = roughly(now - waiting.comment.created_at)
    return Card(
        *(waiting, pieces, text[at:], seen(text), age),
        former=newsroom.former(section, waiting.comment),
        copies=others[:SHOWN_COPIES],
        flood=count if count >= FLOOD else 0,
        exact=not others,
    )


def roughly(span: timedelta) -> int:
    """Return a length of time in seconds as people say it: in minutes, from three hours on in hours, then in days."""
    seconds = max(60, int(span.total_seconds()))
    size = 86_400 if seconds >= 3 * 86_400 else 3600 if seconds >= 3 * 3600 else 60
    return seconds // size * size


def seen(text: str) -> str:
    """Return a short name of a text, to notice that its author changed it meanwhile."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def keys(found: Sequence[Prepared], language: str) -> list[Key]:
    """Return the prepared refusals as buttons; the first nine have a digit."""
    return [
        Key(
            str(place) if place <= KEYS else "",
            f"refuse {each.clause.id} {each.preset.id}",
            say(each.clause.titles, language),
            say(each.clause.rules, language),
            say(each.preset.titles, language),
        )
        for place, each in enumerate(found, start=1)
    ]


def words(section: Section, comment: Comment, about: str) -> Words:
    """Return a comment as the law takes it for a refusal."""
    return Words(
        as_law(comment),
        subject_of_comment(section.name, comment.id),
        subject_of_author(section.name, comment.author.id),
        comment.text,
        comment.language,
        about,
        comment.held in BY_MACHINE,
    )


def words_of_copy(section: Section, copy: Copy) -> Words:
    """Return one comment of a flood as the law takes it for a refusal; a machine found that they are alike."""
    return Words(
        law.Comment(copy.id, law.Standing(copy.state), copy.checked),
        subject_of_comment(section.name, copy.id),
        subject_of_author(section.name, copy.author),
        copy.text,
        copy.language,
        detected=True,
    )


def as_law(comment: Comment) -> law.Comment:
    """Return what the law asks of a comment."""
    return law.Comment(comment.id, law.Standing(comment.state), comment.checked_at is not None)


def stands(comment: Comment, title: str, address: str) -> str:
    """Return where a comment stood, for colleagues who read the decision later."""
    return f"{title}\n{address}\n{stamp(comment.created_at)}"
