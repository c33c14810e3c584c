"""What a check of the log finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not hold, and where: an entry, a tile, the head, or a record by kind and id."""

    where: str
    code: str
    says: str
