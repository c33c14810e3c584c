"""The people of the house: moderators, their roles, and when one person has to do.

Identities stay inside: a record names a moderator by id, the public learns only whether one or two people decided.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    MODERATOR = "moderator"
    SENIOR = "senior"
    POLICY = "policy"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    NEWSROOM = "newsroom"


@dataclass(frozen=True, slots=True)
class Moderator:
    """A person with rights in the house. `handle` is a staff login; `owner` is whose key seals what is personal."""

    id: str
    handle: str
    roles: tuple[Role, ...]
    active: bool
    added_at: datetime
    owner: str
    revision: int = 0


AUTOMATION = "automation"
SYSTEM = "system"

DECIDING = frozenset({Role.MODERATOR, Role.SENIOR})


def can_decide(person: Moderator) -> bool:
    """Tell whether this person may propose, approve and review at all."""
    return person.active and bool(DECIDING.intersection(person.roles))


def is_single_operator(people: Iterable[Moderator]) -> bool:
    """Tell whether the house has at most one active moderator, so that single-operator mode holds."""
    return sum(1 for person in people if can_decide(person)) <= 1
