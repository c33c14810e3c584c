"""How a comment begins: in the thread at once, or waiting for somebody to read it first, and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from showcause.comments.states import CommentState
from showcause.comments.values import Article, Author, AuthorKind, Held, Mode, SectionSettings

TRUST: Final = "trust"
"""Stands as who checked it at a comment that its author's past checked."""
STAFF: Final = "staff"


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first state of a comment; `held` says why it waits, `checked_by` who vouched for it beforehand."""

    state: CommentState
    held: Held | None = None
    checked_by: str | None = None


AT_ONCE: Final = Beginning(CommentState.PUBLISHED)
VOUCHED: Final = Beginning(CommentState.PUBLISHED, checked_by=TRUST)


def mode_of(article: Article, parts: Mapping[str, Mode], settings: SectionSettings) -> Mode:
    """Return when comments of an article are validated: its own mode, its part's, the section's."""
    return article.mode or parts.get(article.part) or settings.parts.get(article.part) or settings.mode


def begin(
    author: Author, mode: Mode, trust_after: int, measures: Collection[str], held: Held | None
) -> Beginning:
    """Return how a comment of an author begins. `measures` stand on them; `held` keeps it in any mode."""
    if author.kind is AuthorKind.STAFF:
        return Beginning(CommentState.PUBLISHED, checked_by=STAFF)
    if reason := held or _standing(author, measures):
        return Beginning(CommentState.WAITING, reason)
    if author.trusted or (mode is Mode.TRUST and is_trusted(author, trust_after)):
        return VOUCHED
    match mode:
        case Mode.AFTER:
            return AT_ONCE
        case Mode.BEFORE:
            return Beginning(CommentState.WAITING, Held.MODE)
        case Mode.TRUST:
            return Beginning(CommentState.WAITING, Held.NEW_AUTHOR)


def is_trusted(author: Author, trust_after: int) -> bool:
    """Tell whether an author's past is enough: n accepted comments, and n more for each that was refused."""
    return author.accepted >= trust_after * (1 + author.refused)


def _standing(author: Author, measures: Collection[str]) -> Held | None:
    if "limit" in measures:
        return Held.LIMITED
    return Held.DISTRUSTED if author.trusted is False else None
