"""What an event of a platform looks like: the fields that rules may read, with their types and marks.

A platform declares its schema; a rule is checked against it before it can exist, and an event is admitted by it before
it is stored (`admitting.py`). A field is named by its path: `kind`, or `actor.age_s` for the key `age_s` within the
group `actor`. There is one level of groups, and no lists: what a rule wants to know about several things of one event
(how many, whether one of them is ...) the platform supplies as a field.

Marks:

- `sensitive`: the value is personal. It is replaced by a keyed hash at the door, so a rule sees only the hash: it may
  be compared for equality with another field or looked up in a named list, and nothing else has a meaning.
- `from_reports`: the value is derived from what users reported. It taints whatever reads it: such a rule may open or
  order a review and nothing more.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

from showcause.domain.errors import BadInput

FIELDS_AT_MOST = 500
PATH = re.compile(r"[a-z][a-z0-9_]{0,39}(?:\.[a-z][a-z0-9_]{0,39})?")


class Type(StrEnum):
    """What a value is. `int` and `float` may meet in a comparison or a sum; no others mix (S-6)."""

    BOOL = "bool"
    INT = "int"
    FLOAT = "float"
    TEXT = "text"

    @property
    def is_number(self) -> bool:
        """Say whether one can calculate with it; a bool is not a number (S-7)."""
        return self in (Type.INT, Type.FLOAT)


@dataclass(frozen=True, slots=True)
class Field:
    """One field that events of a platform may have.

    `nullable` says whether an event may come without it. `words` is how a sentence calls it, by language: `("en", "the
    age of the account in seconds")`; without words a sentence shows the path.
    """

    path: str
    type: Type
    nullable: bool = True
    sensitive: bool = False
    from_reports: bool = False
    words: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not PATH.fullmatch(self.path):
            raise BadInput(
                f"`{self.path}` is not the name of a field: small letters, digits, `_`, at most one dot"
            )
        if self.sensitive and self.type is not Type.TEXT:
            raise BadInput(
                f"`{self.path}` is marked sensitive, and only text can be replaced by a keyed hash"
            )

    @property
    def group(self) -> str | None:
        """Return the key of the group that holds it, or nothing when it lies at the top."""
        group, dot, _ = self.path.partition(".")
        return group if dot else None

    @property
    def key(self) -> str:
        """Return its key within its group, or at the top."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True)
class Schema:
    """All fields of a platform's events.

    Raises: BadInput for a name that stands twice, or that is a field and a group at once, and for too many fields.
    """

    fields: tuple[Field, ...]
    by_path: Mapping[str, Field] = field(init=False, repr=False, compare=False)
    kept: dict[str, Any] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What is made from a schema once, by whoever makes it; nothing here belongs to what the schema says."""

    def __post_init__(self) -> None:
        if len(self.fields) > FIELDS_AT_MOST:
            raise BadInput(f"a schema has at most {FIELDS_AT_MOST} fields; this one has {len(self.fields)}")
        by_path = {each.path: each for each in self.fields}
        if len(by_path) < len(self.fields):
            raise BadInput(f"a field stands twice: {', '.join(sorted(_repeated(self.fields)))}")
        if both := {each.group for each in self.fields} & set(by_path):
            raise BadInput(f"a name cannot be a field and a group: {', '.join(sorted(filter(None, both)))}")
        object.__setattr__(self, "by_path", MappingProxyType(by_path))

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def get(self, path: str) -> Field | None:
        """Return the field at this path, if there is one."""
        return self.by_path.get(path)

    @cached_property
    def groups(self) -> frozenset[str]:
        """Return the names of all groups."""
        return frozenset(each.group for each in self.fields if each.group)


def _repeated(fields: tuple[Field, ...]) -> set[str]:
    seen: set[str] = set()
    return {each.path for each in fields if each.path in seen or seen.add(each.path)}  # type: ignore[func-returns-value]
