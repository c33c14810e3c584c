"""Signed links: who has one may read and act without logging in, until it ends or is replaced.

A link is not stored. It names its record and a generation, and only the house can make it; replacing a link raises the
generation, so every earlier one stops working. A record without a mark has its first link.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from showcause.domain.appeal import OPEN, Appeal
from showcause.domain.statement import Statement

AFTER_THE_END = timedelta(days=30)
"""How long a link still shows what came of it once the window is over and every appeal is answered."""


class LinkKind(StrEnum):
    """Where a link leads.

    A person's statement, one item of a campaign, a reporter's report, a first login, or a content that was kept back.
    """

    STATEMENT = "statement"
    ITEM = "item"
    REPORT = "report"
    WELCOME = "welcome"
    KEPT_BACK = "kept-back"


@dataclass(frozen=True, slots=True)
class LinkMark:
    """That the link of a record was replaced (`generation` counts how often) or closed."""

    id: str
    about: str
    generation: int
    revoked: bool
    changed_at: datetime
    revision: int = 0


def statement_link_ends(statement: Statement, appeals: Iterable[Appeal]) -> datetime | None:
    """Return when a statement's link ends; None while its window has not begun or an appeal is open."""
    heard = list(appeals)
    if statement.window_until is None or any(appeal.state in OPEN for appeal in heard):
        return None
    answered = (appeal.answered_at for appeal in heard if appeal.answered_at is not None)
    return max(statement.window_until, *answered, statement.window_until) + AFTER_THE_END
