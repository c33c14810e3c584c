"""A newspaper's comments as far as the law of the desk asks about them: what may be done to which, and by whom.

The words of a comment, its author's address and its article live in the `comments` room. Here stands only what decides
whether a button is there. Accepting a comment restricts nobody and is noted; refusing one is a decision.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from showcause.domain.errors import IllegalStep, SamePerson

ALONE: Final = timedelta(hours=4)
"""So long one person lets attack mode hold, and as long a pause follows before the same person may do it again."""
TOGETHER: Final = timedelta(hours=24)
"""So long it holds from the moment at which a second person prolongs it."""


class Standing(StrEnum):
    """How a comment stands; the values are those of the comments themselves."""

    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"
    HIDDEN = "hidden"
    DELETED = "deleted"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Comment:
    """One reader's comment. `checked` tells whether somebody of the house has looked at it."""

    id: str
    state: Standing
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Article:
    """One article's thread. `open` tells whether readers may write under it now."""

    id: str
    open: bool = True


@dataclass(frozen=True, slots=True)
class Author:
    """One author of comments; a forgotten one is nobody any more."""

    id: str
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A comment section: until when attack mode holds or held, and who switched it on or prolonged it last."""

    id: str
    until: datetime | None = None
    by: str | None = None


def attack_until(section: Section, person: str, now: datetime) -> datetime:
    """Return until when attack mode holds if this person switches it on, or prolongs it, now.

    Raises: SamePerson for who has used up their four hours alone, with the rule and the hour from which they may again.
    """
    if section.until is None or section.by is None:
        return now + ALONE
    if now < section.until:
        if section.by == person:
            raise SamePerson(
                f"you let attack mode hold until {section.until:%d %B %H:%M} UTC; longer needs another person"
            )
        return now + TOGETHER
    again = section.until + ALONE
    if section.by == person and now < again:
        raise SamePerson(
            "one person lets attack mode hold for at most four hours",
            f"Another person may switch it on now, and you from {again:%d %B %H:%M} UTC on.",
        )
    return now + ALONE


def check_attacked(section: Section, now: datetime) -> None:
    """Check that attack mode holds, so that it can be ended.

    Raises: IllegalStep.
    """
    if section.until is None or now >= section.until:
        raise IllegalStep("attack mode does not hold")


def check_unchecked(comment: Comment) -> None:
    """Check that a comment waits for somebody's look: before it is shown, or after.

    Raises: IllegalStep, saying how it stands.
    """
    if comment.state is Standing.WAITING:
        return
    if comment.state is not Standing.PUBLISHED:
        raise IllegalStep(f"the comment is {comment.state}, so there is nothing to accept")
    if comment.checked:
        raise IllegalStep("somebody has accepted this comment already")


def check_refusable(comment: Comment) -> None:
    """Check that a comment can be refused or hidden: it waits, or readers can see it.

    Raises: IllegalStep, saying how it stands.
    """
    if comment.state not in (Standing.WAITING, Standing.PUBLISHED):
        raise IllegalStep(f"the comment is {comment.state}, so there is nothing to refuse")


def check_shown(comment: Comment) -> None:
    """Check that readers can see a comment: only such a one is pinned or marked.

    Raises: IllegalStep.
    """
    if comment.state is not Standing.PUBLISHED:
        raise IllegalStep(f"the comment is {comment.state}; only what readers see is pinned or marked")
