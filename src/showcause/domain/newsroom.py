"""A newspaper's comments as far as the law of the desk asks about them: what may be done to which, and by whom.

The words of a comment, its author's address and its article live in the `comments` room. Here stands only what decides
whether a button is there. Accepting a comment restricts nobody and is noted; refusing one is a decision.
"""

from dataclasses import dataclass
from enum import StrEnum

from showcause.domain.errors import IllegalStep


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
