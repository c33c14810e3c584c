"""The lifecycle of a comment: the only place that says how its state may move. The database's guards are made of it.

A comment that was never in the thread is `waiting` or `refused`; one that readers saw is `published` or `hidden`.
*Visible subject to validation* is no state: such a comment is published and nobody has checked it yet.
"""

from enum import StrEnum
from typing import Final

from showcause.domain.lifecycle import Lifecycle


class CommentState(StrEnum):
    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"
    HIDDEN = "hidden"
    DELETED = "deleted"
    ERASED = "erased"


class CommentEvent(StrEnum):
    PUBLISH = "publish"
    REFUSE = "refuse"
    HIDE = "hide"
    SHOW_AGAIN = "show-again"
    DELETE = "delete"
    ERASE = "erase"


_S, _E = CommentState, CommentEvent

COMMENT: Final[Lifecycle[CommentState, CommentEvent]] = Lifecycle(
    name="comment",
    start=CommentState.WAITING,
    turn={
        CommentState.WAITING: "desk",
        CommentState.PUBLISHED: "nobody",
        CommentState.REFUSED: "author",
        CommentState.HIDDEN: "author",
        CommentState.DELETED: "nobody",
        CommentState.ERASED: "nobody",
    },
    arrows={
        (_S.WAITING, _E.PUBLISH): _S.PUBLISHED,
        (_S.WAITING, _E.REFUSE): _S.REFUSED,
        (_S.PUBLISHED, _E.HIDE): _S.HIDDEN,
        (_S.HIDDEN, _E.SHOW_AGAIN): _S.PUBLISHED,
        (_S.REFUSED, _E.PUBLISH): _S.PUBLISHED,
    }
    | {(each, _E.DELETE): _S.DELETED for each in (_S.WAITING, _S.PUBLISHED, _S.REFUSED, _S.HIDDEN)}
    | {(each, _E.ERASE): _S.ERASED for each in _S if each is not _S.ERASED},
)


class BesideState(StrEnum):
    """How the answer of somebody who is written about stands, which is to stand beside a comment."""

    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"
    ERASED = "erased"


class BesideEvent(StrEnum):
    PUBLISH = "publish"
    REFUSE = "refuse"
    ERASE = "erase"


BESIDE: Final[Lifecycle[BesideState, BesideEvent]] = Lifecycle(
    name="answer beside a comment",
    start=BesideState.WAITING,
    turn={
        BesideState.WAITING: "desk",
        BesideState.PUBLISHED: "nobody",
        BesideState.REFUSED: "author",
        BesideState.ERASED: "nobody",
    },
    arrows={
        (BesideState.WAITING, BesideEvent.PUBLISH): BesideState.PUBLISHED,
        (BesideState.WAITING, BesideEvent.REFUSE): BesideState.REFUSED,
        (BesideState.PUBLISHED, BesideEvent.REFUSE): BesideState.REFUSED,
        (BesideState.REFUSED, BesideEvent.PUBLISH): BesideState.PUBLISHED,
    }
    | {
        (each, BesideEvent.ERASE): BesideState.ERASED
        for each in BesideState
        if each is not BesideState.ERASED
    },
)
