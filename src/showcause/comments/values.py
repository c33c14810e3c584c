"""What the comment section's functions take and return: frozen values without behaviour, and what they refuse.

Every `id` is 32 hexadecimal characters and may stand in addresses; `no` and `seq` are the database's own numbers, for
this room alone. Times are aware, in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from showcause.comments.states import BesideState, CommentState
from showcause.domain.errors import BadInput


class Mode(StrEnum):
    """When comments are validated: before they are published, after it, or before it until an author is trusted."""

    BEFORE = "before"
    AFTER = "after"
    TRUST = "trust"


class Order(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    ANSWERED = "answered"


class AuthorKind(StrEnum):
    """Who writes: somebody with a name and an address, an account of the newspaper's own, or the newspaper."""

    GUEST = "guest"
    ACCOUNT = "account"
    STAFF = "staff"


class Held(StrEnum):
    """Why a comment waits for validation; shown to the desk."""

    MODE = "mode"
    NEW_AUTHOR = "new-author"
    DISTRUSTED = "distrusted"
    LIMITED = "limited"
    LOOK_ALIKE = "look-alike"
    NO_PROOF = "no-proof"
    FLOOD = "flood"
    AGAIN = "again"


class Problem(StrEnum):
    """Why something that somebody sent is not taken; pages have a sentence for each."""

    EMPTY = "empty"
    TOO_LONG = "too-long"
    NAME = "name"
    STAFF_NAME = "staff-name"
    MAIL = "mail"
    CLOSED = "closed"
    NOT_OPEN_YET = "not-open-yet"
    SUSPENDED = "suspended"
    NO_PARENT = "no-parent"
    NOT_YOURS = "not-yours"
    TOO_LATE = "too-late"
    NOT_REFUSED = "not-refused"
    UNKNOWN_SITE = "unknown-site"
    FORM_FORGED = "form-forged"
    FORM_TOO_OLD = "form-too-old"
    FORM_TOO_QUICK = "form-too-quick"
    SLOW = "slow"
    ENOUGH = "enough"
    TOKEN = "token"  # noqa: S105 - the name of a problem


class NotTaken(BadInput):
    """What somebody sent is not taken, for a reason that pages can say in their language. `bound` is its number."""

    def __init__(self, problem: Problem, message: str, hint: str | None = None, bound: int = 0) -> None:
        super().__init__(message, hint)
        self.problem, self.bound = problem, bound


@dataclass(frozen=True, slots=True)
class SectionSettings:
    """How one newspaper runs its section. `origins` (scheme, host, port) may show it in a frame."""

    origins: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en", "fr")
    mode: Mode = Mode.BEFORE
    parts: Mapping[str, Mode] = field(default_factory=dict)
    edit_window: timedelta = timedelta(minutes=10)
    trust_after: int = 5
    staff: tuple[str, ...] = ()
    longest: int = 5_000
    proof: bool = False


@dataclass(frozen=True, slots=True)
class Article:
    """Something that readers may write under. `part` is the newspaper's section; `mode` None follows it.

    `published` counts the places in its thread that everybody sees.
    """

    no: int
    id: str
    key: str
    address: str
    title: str
    part: str
    language: str
    created_at: datetime
    mode: Mode | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    closed: bool = False
    published: int = 0


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who writes. `person` is the `no` of the author that this one was found to be; its own otherwise.

    `trusted` is what the newsroom said, None if nothing. No address is here: it lies sealed in the main store.
    """

    no: int
    id: str
    name: str
    kind: AuthorKind
    person: int
    created_at: datetime
    confirmed_at: datetime | None = None
    accepted: int = 0
    refused: int = 0
    trusted: bool | None = None
    replies_by_mail: bool = False
    forgotten_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Byline:
    """Whose name stands over a comment."""

    no: int
    id: str
    name: str
    kind: AuthorKind
    person: int


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment. `parent`, `root`, `again` and `article` are ids; a root has neither parent nor root.

    `shown` is its number in the order of publication, None while it was never in the thread. `replies` counts those
    below a root, or those that answer a reply, that everybody sees. `near` is equal for comments of one flood.
    """

    seq: int
    id: str
    article: str
    author: Byline
    text: str
    language: str
    created_at: datetime
    state: CommentState
    parent: str | None = None
    root: str | None = None
    again: str | None = None
    shown: int | None = None
    held: Held | None = None
    edited_at: datetime | None = None
    checked_at: datetime | None = None
    checked_by: str | None = None
    aside_until: datetime | None = None
    replies: int = 0
    pinned: bool = False
    highlighted: bool = False
    near: int = 0

    @property
    def unchecked(self) -> bool:
        """Tell whether it is visible subject to validation."""
        return self.state is CommentState.PUBLISHED and self.checked_at is None


class MarkKind(StrEnum):
    HIDDEN = "hidden"
    SHOWN_AGAIN = "shown-again"
    REFUSED = "refused"
    PUBLISHED_AFTER_ALL = "published-after-all"
    LABELLED = "labelled"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a decision did to a comment, as the thread says it: rule and id of the decision's leaf, no name.

    `clause` is a citation (`comments.insult@1`), `leaf` what `/decisions/<leaf>` takes; empty and None for an act of
    the urgent lane.
    """

    kind: MarkKind
    at: datetime
    clause: str
    leaf: str | None


class BesideKind(StrEnum):
    REPLY = "reply"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Beside:
    """A published answer or correction by somebody whom a comment is about, with their name."""

    id: str
    kind: BesideKind
    text: str
    created_at: datetime
    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is to stand beside a comment, in whatever state; `comment` is the comment's id."""

    id: str
    comment: str
    author: Byline
    kind: BesideKind
    text: str
    language: str
    state: BesideState
    created_at: datetime
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a thread: the comment, its marks from the first to the last, what stands beside it.

    `label` is there while a decision has it labelled; unlike a mark it goes when that ends. `judged` names the rules of
    which no breach was found in what it says now.
    """

    comment: Comment
    marks: tuple[Mark, ...] = ()
    beside: tuple[Beside, ...] = ()
    label: Mark | None = None
    judged: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """A root with its first replies; `more` is how many are folded, `after` the cursor to them."""

    root: Place
    replies: tuple[Place, ...] = ()
    more: int = 0
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """A page of a thread. `upto` is the last publication in it, for `threads.since`; `after` leads to the next page.

    `pinned` stand on the first page before the others and are not repeated.
    """

    branches: tuple[Branch, ...]
    upto: int
    total: int
    pinned: tuple[Branch, ...] = ()
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment as it was sent. `form` is the unique key of the form; `held` keeps it for validation in any mode.

    `again` is the id of the refused comment that this one is sent instead of.
    """

    article: Article
    author: Author
    text: str
    form: str
    parent: str | None = None
    language: str = ""
    again: str | None = None
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A draft on its way into the database, checked, under a fresh id. `bands` find texts that are nearly the same."""

    draft: Draft
    id: str
    at: datetime
    bands: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """What a comment said until a moment."""

    at: datetime
    former: str


@dataclass(frozen=True, slots=True)
class WaitingFilter:
    """Which waiting comments to list; `unchecked` also lists published ones that nobody checked yet.

    `held` is why they wait; `known` tells whether their author has had one accepted before. Floods whose `near` is in
    `spared` are left out.
    """

    article: str | None = None
    part: str | None = None
    author: str | None = None
    near: int | None = None
    held: Held | None = None
    known: bool | None = None
    spared: tuple[int, ...] = ()
    unchecked: bool = True
    after: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A comment for the desk: where it stands, what it answers, its author's past in numbers.

    `flood` is how many comments are nearly the same; `look_alike` is whose name the author's looks like.
    """

    comment: Comment
    article: Article
    author: Author
    parent: Comment | None
    flood: int
    look_alike: str | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long validation takes: how many wait, and the median of what the last `of` really waited, if one can say."""

    waiting: int
    median: timedelta | None
    of: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """An article's or a part's comments, counted by state."""

    waiting: int = 0
    published: int = 0
    unchecked: int = 0
    hidden: int = 0
    refused: int = 0
    deleted: int = 0
